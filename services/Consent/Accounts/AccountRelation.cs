using System.Collections.Immutable;
using Integritet.Consent.Registers;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;

namespace Integritet.Consent.Accounts;

/// <summary>What can happen to a person's relation to an account.</summary>
public abstract record AccountRelationEvent
{
    private AccountRelationEvent() { }

    /// <summary>The person has this role at the account, or at one of its sub-accounts, for a time.</summary>
    /// <param name="Account">Pseudonym of the account.</param>
    /// <param name="SubAccount">Pseudonym of the sub-account, where it is about one.</param>
    /// <param name="Granted">Whether it was granted, so that the primary holder sees the sub-account (AL-8).</param>
    /// <param name="GrantedBy">By whom; null once erased.</param>
    [StoredEvent("account-relation-recorded.v1")]
    public sealed record Recorded(
        Guid RelationId, [property: DataSubject] string Subject, AccountRole Role, string Account, string? SubAccount, bool Granted, [property: Personal] string? GrantedBy,
        DateTimeOffset ValidFrom, DateTimeOffset? ValidTo) : AccountRelationEvent
    {
        public Validity Validity() => new(ValidFrom, ValidTo);
    }

    /// <summary>The person has it no longer.</summary>
    [StoredEvent("account-relation-removed.v1")]
    public sealed record Removed(Guid RelationId, string Subject) : AccountRelationEvent;
}

/// <summary>What a person is to an account.</summary>
public enum AccountRole
{
    /// <summary>Its primary holder.</summary>
    Primary,

    /// <summary>Somebody whom the holder lets use it.</summary>
    Authorised,

    /// <summary>Holder of one of its sub-accounts.</summary>
    SubAccount,
}

/// <summary>One relation, as far as commands on it need to know.</summary>
/// <param name="Last">How it was last recorded; null where it never was.</param>
/// <param name="Periods">The periods recorded since it was last removed.</param>
public sealed record AccountRelation(AccountRelationEvent.Recorded? Last, ImmutableList<AccountRelationEvent.Recorded> Periods)
{
    /// <summary>Streams <c>account-relation-{id}</c>.</summary>
    public static Aggregate<AccountRelation> Aggregate { get; } = new("account-relation", new AccountRelation(null, []), Evolve);

    public static AccountRelation Evolve(AccountRelation state, object @event) => @event switch
    {
        AccountRelationEvent.Recorded e => new AccountRelation(e, state.Periods.Add(e)),
        AccountRelationEvent.Removed when !state.Periods.IsEmpty => state with { Periods = [] },
        _ => throw new InvalidOperationException($"{@event.GetType().Name} cannot follow on a relation with {state.Periods.Count} periods."),
    };
}

/// <summary>A relation as callers see it: account and person by pseudonym.</summary>
public sealed record AccountRelationView(
    Guid RelationId, RelationStatus Status, string Subject, AccountRole Role, string Account, string? SubAccount, bool Granted, DateTimeOffset ValidFrom, DateTimeOffset? ValidTo)
{
    public static AccountRelationView Of(AccountRelation relation)
    {
        var last = relation.Last!;
        return new AccountRelationView(
            last.RelationId, relation.Periods.IsEmpty ? RelationStatus.Removed : RelationStatus.Recorded, last.Subject, last.Role, last.Account, last.SubAccount, last.Granted, last.ValidFrom, last.ValidTo);
    }
}

/// <summary>Whether a relation stands.</summary>
public enum RelationStatus
{
    Recorded,
    Removed,
}
