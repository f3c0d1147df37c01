using System.Text;
using Integritet.Platform.EventStore;

namespace Integritet.Benchmarks.EventStore;

/// <summary>Appends of one event of some 300 bytes, each with its expected version; a caller goes on to a new stream after ten.</summary>
internal sealed class Workload(string run)
{
    private const int EventsPerStream = 10;

    private static readonly EventMetadata Metadata = new("01970000-0000-7000-8000-000000000001", "01970000-0000-7000-8000-000000000002", "key-4711") { Subjects = ["ps_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"] };

    private readonly long[] _done = new long[1024];

    /// <summary>The headers column of every event.</summary>
    public static byte[] Headers { get; } = Encoding.UTF8.GetBytes("""{"subjects":["ps_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"]}""");

    /// <summary>The caller's next append and the version it makes.</summary>
    public (Append Append, long Version) Next(int caller)
    {
        var done = _done[caller]++;
        var version = (done % EventsPerStream) + 1;
        return (new Append("almena", $"consent-{run}-{caller}-{done / EventsPerStream}", ExpectedVersion.Exactly(version - 1), [Event()], Metadata), version);
    }

    /// <summary>The caller's next append of many events to a new stream.</summary>
    public Append NextMany(int caller, int events) =>
        new("almena", $"decision-{run}-{caller}-{_done[caller]++}", ExpectedVersion.NoStream, [.. Enumerable.Range(0, events).Select(_ => Event())], Metadata);

    /// <summary>A numbered append of many events to a new stream.</summary>
    public Append NextMany(int caller, int events, int number) => NextMany(caller, events) with { Stream = $"consent-{run}-{number}" };

    private static EventToAppend Event() => new(
        Guid.CreateVersion7(), "consent-given.v1", "Integritet.Consent.Consents.ConsentGiven, Integritet.Consent",
        Encoding.UTF8.GetBytes(
            """
            {"consentId":"01970000-0000-7000-8000-000000000003","subject":"ps_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG","purpose":"own-marketing","policyVersion":7,"method":"web-form","language":"sv","expiresAt":"2027-11-21T00:00:00Z","evidence":"form-2026-11/4711"}
            """));
}
