using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>Turns conditions into checks for one clause.</summary>
internal sealed class CheckBuilder(PolicyDocument policy, Names categories, Names purposes)
{
    public ImmutableArray<Check> Build(ImmutableArray<Condition> conditions, string clause) => [.. conditions.Select(condition => Build(condition, clause))];

    private Check Build(Condition condition, string clause) => condition switch
    {
        Condition.All all => new Check.All(Build(all.Of, clause)),
        Condition.Any any => new Check.Any(Build(any.Of, clause)),
        Condition.Consent consent => new Check.Consent(consent.Purpose, consent.Purpose is null ? -1 : purposes.IdOf(consent.Purpose), consent.After, clause, purposes),
        Condition.Agreement agreement => new Check.Agreement(agreement.Type, clause),
        Condition.Instrument instrument => new Check.Instrument(instrument, clause),
        Condition.Ground ground => new Check.Ground(ground, clause),
        Condition.Finding finding => new Check.Finding(finding.Name, clause),
        Condition.Anonymised => new Check.Anonymised(clause),
        _ => BuildAboutQuestion(condition, clause) ?? BuildAboutFacts(condition, clause) ?? throw new InvalidOperationException($"No check is built for {condition.GetType().Name}."),
    };

    private Check.Leaf? BuildAboutQuestion(Condition condition, string clause)
    {
        switch (condition)
        {
            case Condition.Encrypted:
                return Leaf((q, _, _) => q.Asked.Encrypted, clause, ReasonCode.NotEncrypted, "The channel is not encrypted.");
            case Condition.LawfulSource:
                return Leaf((q, _, _) => q.Asked.LawfulSource, clause, ReasonCode.LawfulSourceMissing, "It is not stated why the third party may lawfully hand the data over.");
            case Condition.NetworkAllows:
                return Leaf((q, _, c) => c >= 0 && q.NetworkAllows.Has(c), clause, ReasonCode.CategoryForbidden, "The person's settings at the social network do not share this category.");
            case Condition.Country country:
                var countries = CountrySet(country.Lists, absent: !country.Lists.Except);
                return Leaf((q, _, _) => countries.Has(q.Country), clause, ReasonCode.Jurisdiction, "The rule does not reach this country.");
            case Condition.Destination destination:
                var destinations = CountrySet(destination.Lists, absent: destination.Lists.Except);
                return Leaf((q, _, _) => destinations.Has(q.Destination), clause, ReasonCode.Jurisdiction, "The rule does not reach this destination.");
            case Condition.Outgoing:
                return Leaf((q, _, _) => q.Asked.Direction == Direction.Outgoing, clause, ReasonCode.IdentifyingContent, "The rule is about messages that are sent.");
            case Condition.Incoming:
                return Leaf((q, _, _) => q.Asked.Direction == Direction.Incoming, clause, ReasonCode.ContactNotAgreed, "The rule is about messages that are received.");
            case Condition.CustomerControlled:
                return Leaf((q, _, _) => q.Asked.CustomerControlled, clause, ReasonCode.CustomerControlled, "The rule is about data that a customer controls.");
            case Condition.AboutAuthorisedUser:
                return Leaf((q, _, _) => q.Asked.AboutAuthorisedUser, clause, ReasonCode.RelationMissing, "The rule is about authorised users of an account.");
            case Condition.Exception exception:
                return Leaf(
                    (q, _, _) => q.Asked.ExceptionReference && q.Asked.Exception is not null && Check.OneOf(exception.Grounds, q.Asked.Exception),
                    clause, ReasonCode.Restricted, $"No exception ({string.Join(", ", exception.Grounds)}) is recorded with its reference.");
            case Condition.Breach breach:
                return Leaf((q, _, _) => q.Asked.Breach is not null && Check.OneOf(breach.Kinds, q.Asked.Breach), clause, ReasonCode.BreachMissing, $"The breach must be one of: {string.Join(", ", breach.Kinds)}.");
            case Condition.Attribute attribute:
                return Leaf((q, _, _) => q.Asked.Attributes.Contains(attribute.Name, StringComparer.Ordinal) == attribute.Value, clause, ReasonCode.CategoryForbidden, $"The rule is about data marked {attribute.Name}: {(attribute.Value ? "yes" : "no")}.");
            default:
                return null;
        }
    }

    private Check.Leaf? BuildAboutFacts(Condition condition, string clause)
    {
        switch (condition)
        {
            case Condition.AccessRight:
                return Leaf(HasAccessRight, clause, ReasonCode.AccessRightMissing, "No access right that covers it is recorded for that day.", FactKinds.AccessRights);
            case Condition.Case asked:
                return Leaf((_, f, _) => Covers(f.Case, asked.Kind), clause, ReasonCode.CaseMissing, Sentences.Case(asked.Kind), FactKinds.Cases);
            case Condition.ObjectionPeriodOver:
                return Leaf((_, f, _) => f.Case is { ObjectionPeriodOver: true }, clause, ReasonCode.Objected, "Those concerned can still object.", FactKinds.Cases);
            case Condition.Relation relation:
                return Leaf((_, f, _) => HasOneOf(f.Relations, relation.Kinds), clause, ReasonCode.RelationMissing, "No relation to the account is recorded and valid that day.", FactKinds.Relations);
            case Condition.OwnData:
                return Leaf((_, f, _) => f.OwnData, clause, ReasonCode.RelationMissing, "Only the person concerned gets these data.", FactKinds.Links);
            case Condition.AgreedContact:
                return Leaf((_, f, _) => f.AgreedContact, clause, ReasonCode.ContactNotAgreed, "The address or number is not an agreed contact.", FactKinds.Contacts);
            case Condition.ListedAddress:
                return Leaf((_, f, _) => f.ListedAddress, clause, ReasonCode.AddressNotAllowed, "The network address is not on the fixed list.", FactKinds.Addresses);
            case Condition.Safeguard:
                return Leaf((_, f, _) => f.Safeguard is not null, clause, ReasonCode.SafeguardMissing, "The recipient has no recorded safeguard for a transfer outside the EEA.", FactKinds.Safeguards);
            case Condition.Restricted:
                return Leaf(IsRestricted, clause, ReasonCode.Restricted, "The person has asked for restriction.", FactKinds.Restrictions);
            case Condition.Objected:
                return Leaf(HasObjected, clause, ReasonCode.Objected, "The person has objected.", FactKinds.Objections | FactKinds.Consents);
            case Condition.GroupCompanyRecipient:
                return Leaf((_, f, _) => f.GroupCompany, clause, ReasonCode.CategoryForbidden, "The recipient is not one of the group's companies.", FactKinds.Agreements);
            case Condition.StoredIn stored:
                return Leaf(
                    (q, f, _) => Check.OneOf(stored.Systems, q.Asked.System) && (!stored.MustBeEncrypted || f.EncryptedSystem),
                    clause, ReasonCode.SystemNotEncrypted, "The system is not registered as encrypted.", FactKinds.Systems);
            case Condition.RetentionAgreement:
                return Leaf((_, f, _) => f.RetentionAgreement, clause, ReasonCode.RetentionAgreementMissing, "No agreement with the customer says how long it is kept.", FactKinds.RetentionAgreements);
            default:
                return null;
        }
    }

    private static Check.Leaf Leaf(Func<Question, Facts, int, bool> holds, string clause, ReasonCode code, string text, FactKinds reads = FactKinds.None) =>
        new(holds, new Reason(clause, code, text), reads);

    private IdSet CountrySet(NameSet lists, bool absent) =>
        IdSet.Of(lists.Names.SelectMany(list => policy.CountryLists[list].Countries).Select(Countries.IdOf), lists.Except, Countries.Count, absent);

    private bool HasAccessRight(Question question, Facts facts, int category)
    {
        if (category < 0)
            return facts.AccessRights.Count > 0;
        var name = categories[category];
        foreach (var right in facts.AccessRights)
            if (string.Equals(right, name, StringComparison.Ordinal))
                return true;
        return false;
    }

    private static bool HasOneOf(IReadOnlyList<string> recorded, ImmutableArray<string> asked)
    {
        foreach (var one in recorded)
            if (Check.OneOf(asked, one))
                return true;
        return false;
    }

    private static bool Covers(CaseFact? recorded, string kind) =>
        recorded is { Open: true, CoversSubject: true } && string.Equals(recorded.Kind, kind, StringComparison.Ordinal);

    private bool IsRestricted(Question question, Facts facts, int category)
    {
        if (!question.Asked.SubjectNamed)
            return false;
        foreach (var restriction in facts.Restrictions)
            if (restriction.Categories.Count == 0 || category < 0 || restriction.Categories.Contains(categories[category], StringComparer.Ordinal))
                return true;
        return false;
    }

    /// <summary>An objection stands until a consent to the same purpose is given after it (LAW-21).</summary>
    private static bool HasObjected(Question question, Facts facts, int category)
    {
        if (!question.Asked.SubjectNamed || question.Asked.Purpose is not { } purpose)
            return false;
        foreach (var objection in facts.Objections)
            if (string.Equals(objection.Purpose, purpose, StringComparison.Ordinal))
                return !ConsentedSince(facts, purpose, objection.EffectiveAt);
        return false;
    }

    private static bool ConsentedSince(Facts facts, string purpose, DateTimeOffset since)
    {
        foreach (var consent in facts.Consents)
            if (consent.State == ConsentState.Given && consent.GivenAt > since && string.Equals(consent.Purpose, purpose, StringComparison.Ordinal))
                return true;
        return false;
    }
}
