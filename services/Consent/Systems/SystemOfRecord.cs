using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Systems;

/// <summary>A system of record was registered, or is registered otherwise than before.</summary>
/// <param name="Encrypted">Whether what it holds is encrypted (NI-11).</param>
/// <param name="Processor">Who runs it, where that is not the controller itself.</param>
[StoredEvent("system-registered.v1")]
public sealed record SystemOfRecordRegistered(string Name, bool Encrypted, string? Processor);

/// <summary>One system of record.</summary>
/// <param name="Registered">As it stands; null where it was never registered.</param>
public sealed record SystemOfRecord(SystemOfRecordRegistered? Registered)
{
    /// <summary>Streams <c>system-{name}</c>.</summary>
    public static Aggregate<SystemOfRecord> Aggregate { get; } = new("system", new SystemOfRecord((SystemOfRecordRegistered?)null), Evolve);

    public static SystemOfRecord Evolve(SystemOfRecord state, object @event) => @event switch
    {
        SystemOfRecordRegistered e => new SystemOfRecord(e),
        _ => throw new InvalidOperationException($"{@event.GetType().Name} is no event of a system of record."),
    };
}

/// <summary>A system as callers see it.</summary>
public sealed record SystemView(string Name, bool Encrypted, string? Processor);
