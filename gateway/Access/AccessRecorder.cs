using System.Globalization;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Microsoft.Extensions.Options;

namespace Integritet.Gateway.Access;

/// <summary>Writes the access record. The store's group commit takes the records of all calls that wait together.</summary>
public sealed class AccessRecorder(EventStreams streams, IOptions<GatewayOptions> options, TimeProvider time)
{
    private static readonly AppendOptions Kind = new() { StreamType = "api-calls" };

    private readonly string _replica = options.Value.Replica.Length > 0 ? options.Value.Replica : Environment.MachineName;
    private readonly TimeSpan _timeout = TimeSpan.FromMilliseconds(options.Value.RecordTimeoutMs);
    private HourStream _stream = new(0, "");

    /// <summary>Records a call with the status it will be answered with; returns when the record is durable. Throws <see cref="EventStoreUnavailableException"/> when it cannot be.</summary>
    public async Task RecordAsync(HttpContext http, ApiCall call, int status)
    {
        call.RecordTried = true;
        var subjects = TakeSubjects(http);
        var credential = call.Credential;
        var principal = credential?.Caller.Principal ?? Caller.Anonymous.Principal;
        var record = new ApiCallRecorded(
            call.Access?.Operation ?? "unknown", call.Method, call.Access?.Template ?? "", call.Controller, principal, credential?.Caller.Person, credential?.Id,
            credential?.Caller.Roles ?? [], subjects, status, call.ReceivedAt, call.CorrelationId, call.Secure);
        var metadata = new EventMetadata(call.CorrelationId, http.TraceId(), principal) { Subjects = subjects };
        await AppendAsync(call.Controller ?? ApiCall.Installation, record, metadata);
    }

    /// <summary>Records calls that were turned away.</summary>
    public Task RecordAsync(ApiCallsTurnedAway turnedAway) =>
        AppendAsync(ApiCall.Installation, turnedAway, new EventMetadata(Guid.CreateVersion7().ToString("N"), "rate-limit", "gateway"));

    private async Task AppendAsync(string tenant, object record, EventMetadata metadata)
    {
        using var limit = new CancellationTokenSource(_timeout);
        try
        {
            var result = await streams.AppendAsync(tenant, StreamName(), ExpectedVersion.Any, [record], metadata, Kind, limit.Token);
            if (result is not AppendResult.Appended)
                throw new InvalidOperationException($"An access record cannot end as {result.GetType()}.");
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested)
        {
            throw new EventStoreUnavailableException("The access record was not written in time.", e);
        }
    }

    // A stream per replica and hour: writers of several replicas never meet in one, and none grows without end.
    private string StreamName()
    {
        var now = time.GetUtcNow();
        var hour = now.Ticks / TimeSpan.TicksPerHour;
        var stream = _stream;
        if (stream.Hour != hour)
            _stream = stream = new(hour, string.Create(CultureInfo.InvariantCulture, $"api-calls-{_replica}-{now:yyyyMMddHH}"));
        return stream.Name;
    }

    private sealed record HourStream(long Hour, string Name);

    private static string[] TakeSubjects(HttpContext http)
    {
        var headers = http.Response.Headers;
        if (!headers.TryGetValue(InternalHeaders.Subjects, out var sent))
            return [];
        headers.Remove(InternalHeaders.Subjects);
        return sent.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }
}
