using System.Collections.Immutable;
using Integritet.Platform.Hosting;

namespace Integritet.Disclosure.Cases;

/// <summary>One case.</summary>
public abstract record CaseRecord
{
    private CaseRecord() { }

    /// <summary>Streams <c>case-{id}</c>.</summary>
    public static Aggregate<CaseRecord> Aggregate { get; } = new("case", new Unopened(), Evolve);

    /// <summary>There is none.</summary>
    public sealed record Unopened : CaseRecord;

    /// <summary>On record, open or closed.</summary>
    public sealed record Opened(Guid Id, string Reference, string Kind, string? Reason, bool Limited, DateTimeOffset? ObjectionUntil) : CaseRecord
    {
        /// <summary>Whom it covers; none: everybody, unless it was opened <see cref="Limited"/>.</summary>
        public ImmutableHashSet<string> Subjects { get; init; } = [];

        public bool Closed { get; init; }

        /// <summary>What was written at its closure; null while it is open, and once erased.</summary>
        public string? Closure { get; init; }

        /// <summary>Version of its stream.</summary>
        public long Version { get; init; } = 1;
    }

    public static CaseRecord Evolve(CaseRecord state, object @event) => (state, @event) switch
    {
        (Unopened, CaseEvent.Opened e) => new Opened(e.CaseId, e.Reference, e.Kind, e.Reason, e.Limited, e.ObjectionUntil),
        (Opened { Closed: false } c, CaseEvent.SubjectsAdded e) => c with { Subjects = c.Subjects.Union(e.Pseudonyms), Version = c.Version + 1 },
        (Opened { Closed: false } c, CaseEvent.Closed e) => c with { Closed = true, Closure = e.Text, Version = c.Version + 1 },
        _ => throw new InvalidOperationException($"{@event.GetType().Name} cannot follow on {state.GetType().Name}."),
    };
}
