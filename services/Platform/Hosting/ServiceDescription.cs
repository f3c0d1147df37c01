using System.Reflection;
using Integritet.Platform.EventStore;

namespace Integritet.Platform.Hosting;

/// <summary>What distinguishes one service from another, as far as its host is concerned.</summary>
/// <param name="Name">Lower-case name: issuer of its tokens, source of its events, <c>service.name</c> of its telemetry.</param>
/// <param name="Assembly">Where its stored events are.</param>
public sealed record ServiceDescription(string Name, Assembly Assembly)
{
    /// <summary>Read models kept in the transaction of every append.</summary>
    public IReadOnlyList<InlineProjection> Projections { get; init; } = [];

    /// <summary>
    /// Further assemblies with stored events (Platform parts that store some).
    /// </summary>
    public IReadOnlyList<Assembly> MoreEvents { get; init; } = [];
}
