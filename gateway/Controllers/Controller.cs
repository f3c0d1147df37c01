using Integritet.Gateway.ApiKeys;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.Messaging;

namespace Integritet.Gateway.Controllers;

/// <param name="Contact">Where the controller is reached about data protection, as it publishes it.</param>
[StoredEvent("controller-registered.v1")]
public sealed record ControllerRegistered(
    string Controller, string Country, string Zone, IReadOnlyList<string> Languages, string Contact, string RegisteredBy, DateTimeOffset RegisteredAt);

/// <summary>A policy was published for a controller: it exists, whether or not it was registered here.</summary>
[StoredEvent("controller-policy-published.v1")]
public sealed record ControllerPolicyPublished(string Controller, long SourceVersion, int PolicyVersion, string PolicyHash) : IReceivedFact;

/// <summary>A controller of this installation that was registered here: one tenant.</summary>
public sealed record Controller(ControllerRegistered Registration)
{
    public static readonly Aggregate<Controller?> Aggregate = new("controller", null, Evolve);

    /// <summary>Ids that paths need for themselves (api.md).</summary>
    public static bool IsReserved(string id) => id is "api-keys" or "operations" or "installation" or "controllers" or "subject-tokens";

    public static bool IsValidId(string id) => Identifier.IsValid(id) && !IsReserved(id);

    public static Controller? Evolve(Controller? state, object @event) => (state, @event) switch
    {
        (null, ControllerRegistered e) => new Controller(e),
        _ => throw new InvalidOperationException($"{@event.GetType().Name} cannot follow in the stream of a controller."),
    };
}
