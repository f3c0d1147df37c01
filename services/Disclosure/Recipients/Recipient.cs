using System.Collections.Immutable;
using Integritet.Platform.Hosting;

namespace Integritet.Disclosure.Recipients;

/// <summary>One recipient with its agreements and access rights.</summary>
public abstract record Recipient
{
    private Recipient() { }

    /// <summary>Streams <c>recipient-{id}</c>.</summary>
    public static Aggregate<Recipient> Aggregate { get; } = new("recipient", new Unregistered(), Evolve);

    /// <summary>There is none.</summary>
    public sealed record Unregistered : Recipient;

    /// <summary>On record. Its name is null once erased.</summary>
    public sealed record Registered(Guid Id, string Kind, string? Name, string Country, string? Safeguard) : Recipient
    {
        public ImmutableList<Agreement> Agreements { get; init; } = [];

        public ImmutableList<AccessRight> AccessRights { get; init; } = [];

        /// <summary>Version of its stream.</summary>
        public long Version { get; init; } = 1;
    }

    public static Recipient Evolve(Recipient state, object @event) => (state, @event) switch
    {
        (Unregistered, RecipientEvent.Registered e) => new Registered(e.RecipientId, e.Kind, e.Name, e.Country, e.Safeguard),
        (Registered r, RecipientEvent.AgreementRegistered e) => r with
        {
            Agreements = r.Agreements.Add(new Agreement(e.AgreementId, e.Type, e.SignedAt, e.ExpiresAt, e.Reference, r.Version + 1)), Version = r.Version + 1,
        },
        (Registered r, RecipientEvent.AccessRightGranted e) => r with
        {
            AccessRights = r.AccessRights.Add(new AccessRight(e.AccessRightId, [.. e.Categories], e.ValidFrom, e.ValidTo, r.Version + 1)), Version = r.Version + 1,
        },
        _ => throw new InvalidOperationException($"{@event.GetType().Name} cannot follow on {state.GetType().Name}."),
    };
}

/// <summary>An agreement that was signed.</summary>
/// <param name="Version">The version of the recipient's stream that registered it.</param>
public sealed record Agreement(Guid Id, string Type, DateTimeOffset SignedAt, DateTimeOffset? ExpiresAt, string Reference, long Version)
{
    public bool InForceAt(DateTimeOffset instant) => SignedAt <= instant && (ExpiresAt is null || ExpiresAt > instant);
}

/// <summary>The right of access to categories of data.</summary>
/// <param name="Version">The version of the recipient's stream that granted it.</param>
public sealed record AccessRight(Guid Id, ImmutableArray<string> Categories, DateTimeOffset ValidFrom, DateTimeOffset? ValidTo, long Version);
