using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>One typed condition: the closed list of what a rule may ask. There is no expression language behind it.</summary>
public abstract record Condition
{
    private Condition() { }

    /// <summary>All of them.</summary>
    public sealed record All(ImmutableArray<Condition> Of) : Condition;

    /// <summary>At least one of them.</summary>
    public sealed record Any(ImmutableArray<Condition> Of) : Condition;

    /// <summary>Consent of the subject to a purpose (null: the one asked) is in force. With <paramref name="After"/>, only one given after that.</summary>
    public sealed record Consent(string? Purpose, ConsentAfter After) : Condition;

    /// <summary>The data is anonymised (DV-7, AL-4).</summary>
    public sealed record Anonymised : Condition;

    /// <summary>The channel is encrypted (PA-4, NI-11, BG-8).</summary>
    public sealed record Encrypted : Condition;

    /// <summary>The actor has a recorded access right to the category that day (PA-4).</summary>
    public sealed record AccessRight : Condition;

    /// <summary>An agreement of this type with the actor or recipient is in force that day (PA-5, NI-5).</summary>
    public sealed record Agreement(string Type) : Condition;

    /// <summary>An open case of this kind, covering the subject, is cited (PA-3, AL-7).</summary>
    public sealed record Case(string Kind) : Condition;

    /// <summary>An account relation of one of these kinds is recorded and valid that day (AL-8).</summary>
    public sealed record Relation(ImmutableArray<string> Kinds) : Condition;

    /// <summary>The actor is the data subject itself (BG-7).</summary>
    public sealed record OwnData : Condition;

    /// <summary>The address or number written to or from is an agreed contact (BG-3).</summary>
    public sealed record AgreedContact : Condition;

    /// <summary>The actor's network address is on the fixed list (BG-8).</summary>
    public sealed record ListedAddress : Condition;

    /// <summary>The lawfulness of a third party's data is stated (DV-1).</summary>
    public sealed record LawfulSource : Condition;

    /// <summary>The social network's own setting allows the category (AL-2).</summary>
    public sealed record NetworkAllows : Condition;

    /// <summary>The subject's country is in one of these lists (absent counts as listed), or in none of them.</summary>
    public sealed record Country(NameSet Lists) : Condition;

    /// <summary>The destination country is in one of these lists, or in none of them. An absent destination is in none.</summary>
    public sealed record Destination(NameSet Lists) : Condition;

    /// <summary>The recipient has a recorded safeguard for transfers outside the EEA (AL-10).</summary>
    public sealed record Safeguard : Condition;

    /// <summary>The message goes out (BG-6).</summary>
    public sealed record Outgoing : Condition;

    /// <summary>The message came in (BG-3).</summary>
    public sealed record Incoming : Condition;

    /// <summary>The data is controlled by a customer, not by the controller (AL-1).</summary>
    public sealed record CustomerControlled : Condition;

    /// <summary>What is shared is about authorised users of an account (AL-8).</summary>
    public sealed record AboutAuthorisedUser : Condition;

    /// <summary>Processing of the category is restricted for the subject (LAW-18).</summary>
    public sealed record Restricted : Condition;

    /// <summary>The subject has objected to the purpose, and no consent was given since (LAW-21).</summary>
    public sealed record Objected : Condition;

    /// <summary>One of these exceptions is claimed, with a reference (LAW-18).</summary>
    public sealed record Exception(ImmutableArray<string> Grounds) : Condition;

    /// <summary>The ground stated is in the set; with <paramref name="Reference"/>, its record is cited too (NI-3, NI-6, AL-9).</summary>
    public sealed record Ground(NameSet Grounds, bool Reference) : Condition;

    /// <summary>A breach of one of these kinds is stated (AL-9).</summary>
    public sealed record Breach(ImmutableArray<string> Kinds) : Condition;

    /// <summary>An instrument of one of these types, issuers and jurisdictions (empty: any), with its reference where asked (PA-7).</summary>
    public sealed record Instrument(ImmutableArray<string> Types, ImmutableArray<string> Issuers, ImmutableArray<string> Jurisdictions, bool Reference) : Condition;

    /// <summary>An officer's positive finding is recorded; a negative one refuses (DV-8, AL-9).</summary>
    public sealed record Finding(string Name) : Condition;

    /// <summary>The recipient is one of the group's companies, by name (DV-14).</summary>
    public sealed record GroupCompanyRecipient : Condition;

    /// <summary>Nobody who objected in time is left in (AL-7): those who did are cut.</summary>
    public sealed record ObjectionPeriodOver : Condition;

    /// <summary>The system is one of these; with no names, any that is registered as encrypted (NI-11).</summary>
    public sealed record StoredIn(ImmutableArray<string> Systems, bool MustBeEncrypted) : Condition;

    /// <summary>An attribute of the holding has this value (NI-7, BG-10).</summary>
    public sealed record Attribute(string Name, bool Value) : Condition;

    /// <summary>A retention agreement with the customer is in force for the category (NI-2).</summary>
    public sealed record RetentionAgreement : Condition;
}

/// <summary>Since when a consent must have been given to count.</summary>
public enum ConsentAfter
{
    /// <summary>Whenever.</summary>
    Anything,

    /// <summary>After the restriction took effect (LAW-18).</summary>
    Restriction,
}
