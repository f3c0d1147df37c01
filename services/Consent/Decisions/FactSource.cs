using Integritet.Consent.Accounts;
using Integritet.Consent.Cases;
using Integritet.Consent.Contacts;
using Integritet.Consent.Networks;
using Integritet.Consent.Recipients;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Decisions;

/// <summary>One thing that must be looked up to answer questions: of what kind, about whom or what, and under which name.</summary>
/// <param name="Kind">One flag of <see cref="FactKinds"/>.</param>
/// <param name="About">A pseudonym or an id; with <see cref="FactSource.OfLinkSet"/> every identifier linked to that one is meant too.</param>
/// <param name="What">What narrows it: a purpose, a contact, a reference; empty where nothing does.</param>
public readonly record struct FactAsked(FactKinds Kind, string About, string What = "");

/// <summary>What was found: the event it came from, and whatever of the rest its kind has.</summary>
/// <param name="EventId">The event that says so.</param>
/// <param name="Position">Position of that event: of several, the newest has the highest.</param>
/// <param name="Id">Of the thing in its register.</param>
/// <param name="Name">What kind of thing it is.</param>
/// <param name="State">How it stands.</param>
/// <param name="Since">From when on it counts.</param>
/// <param name="Until">From when on it counts no longer.</param>
/// <param name="Categories">What it is limited to.</param>
public readonly record struct FactRow(
    Guid EventId, long Position, string? Id, string? Name, string? State, DateTimeOffset? Since, DateTimeOffset? Until, IReadOnlyList<string>? Categories)
{
    /// <summary>Whether it counts at an instant.</summary>
    public bool IsValidAt(DateTimeOffset at) => !(Since > at) && !(Until <= at);
}

/// <summary>
/// Where one kind of fact comes from: what a question asks of it, the SELECT that finds it, what is recorded of what was found, and what the rules are told of it. All but the SELECT is pure.
/// The SELECTs of all kinds that some questions need run as one statement (<see cref="FactReader"/>).
/// </summary>
public abstract class FactSource
{
    /// <summary>Every kind there is.</summary>
    public static IReadOnlyList<FactSource> All { get; } = 
    [
        new ConsentFacts(), new LinkFacts(), new ContactFacts(), new AccountRelationFacts(), new FixedAddressFacts(), new AgreementFacts(), new AccessRightFacts(), new SafeguardFacts(), new CaseFacts(),
    ];

    /// <summary>The flag of its kind.</summary>
    public abstract FactKinds Kind { get; }

    /// <summary>Whether it is about people: then <see cref="Sql"/> joins <c>linked(of_subject, subject)</c>, all identifiers linked to the one asked about, itself included.</summary>
    public virtual bool OfLinkSet => false;

    /// <summary>The service that tells it; null: it is this one's own. What another tells may no longer be true when that one has been silent for too long.</summary>
    public virtual string? ToldBy => null;

    /// <summary>
    /// A SELECT of kind, about, what, event_id, position, id, name, state, since, until, categories (as in <see cref="FactRow"/>; write <see cref="Nothing"/> for what it does not have) from
    /// <c>asked a(kind, about, what)</c>, of which only its own kind concerns it. Parameters: <c>$1</c> controller, <c>$2</c> the position up to which events count.
    /// </summary>
    public abstract string Sql { get; }

    /// <summary>What the question asks of it.</summary>
    public abstract IEnumerable<FactAsked> NeededBy(RecordedQuestion question, RequiredFacts required);

    /// <summary>What must be asked to find a recorded fact again; null: what the question asks is enough.</summary>
    public virtual FactAsked? AskedAgain(DecisionFact fact) => null;

    /// <summary>The facts that are recorded with the decision: those that bear on it at that instant.</summary>
    public abstract IEnumerable<DecisionFact> Found(RecordedQuestion question, FactAsked asked, IReadOnlyList<FactRow> rows, DateTimeOffset at);

    /// <summary>Whether a recorded fact is one of its own.</summary>
    public abstract bool Recorded(DecisionFact fact);

    /// <summary>Tells the rules the facts of its kind, of which there is at least one. <paramref name="facts"/> are all that were recorded.</summary>
    public abstract Facts Tell(Facts told, IReadOnlyList<DecisionFact> facts);

    /// <summary>SQL for columns that a source does not have.</summary>
    protected static class Nothing
    {
        public const string Text = "null::varchar";
        public const string Instant = "null::timestamptz";
        public const string Texts = "null::varchar[]";
    }
}
