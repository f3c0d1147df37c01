using System.Collections.Immutable;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Consents;

/// <summary>One consent record, as far as commands on it need to know.</summary>
public abstract record ConsentRecord
{
    private ConsentRecord() { }

    /// <summary>Streams <c>consent-{id}</c>.</summary>
    public static Aggregate<ConsentRecord> Aggregate { get; } = new("consent", new Unrecorded(), Evolve);

    /// <summary>Nothing has been said yet.</summary>
    public sealed record Unrecorded : ConsentRecord;

    /// <summary>Given; <paramref name="Withdrawn"/> are the purposes taken back since.</summary>
    public sealed record Given(string Subject, ImmutableArray<string> Purposes, ImmutableHashSet<string> Withdrawn) : ConsentRecord;

    /// <summary>Refused; nothing follows a refusal but a new record.</summary>
    public sealed record Refused(string Subject) : ConsentRecord;

    public static ConsentRecord Evolve(ConsentRecord state, object @event) => (state, @event) switch
    {
        (Unrecorded, ConsentEvent.Given e) => new Given(e.Subject, [.. e.Purposes.Select(p => p.Purpose)], []),
        (Unrecorded, ConsentEvent.Refused e) => new Refused(e.Subject),
        (Given given, ConsentEvent.Withdrawn e) => given with { Withdrawn = given.Withdrawn.Union(e.Purposes) },
        _ => throw new InvalidOperationException($"{@event.GetType().Name} cannot follow on {state.GetType().Name}."),
    };
}
