using System.Collections.Immutable;
using NodaTime;

namespace Integritet.Platform.PolicyEngine;

/// <summary>Reads what data subjects may ask, and what is registered, told and kept beside.</summary>
internal static class RequestReader
{
    public static ImmutableSortedDictionary<RequestType, RequestRule> ReadRequests(MapReader document, Terms terms)
    {
        var rules = ImmutableSortedDictionary.CreateBuilder<RequestType, RequestRule>();
        if (document.Map("requests") is not { } requests)
            return rules.ToImmutable();
        foreach (var type in Enum.GetValues<RequestType>())
            if (requests.Map(ReasonCodes.Hyphenated(type.ToString())) is { } rule)
                rules[type] = ReadRequest(rule, terms);
        requests.Done();
        return rules.ToImmutable();
    }

    private static RequestRule ReadRequest(MapReader map, Terms terms)
    {
        if (!map.Has("clauses"))
            map.Problems.Add(map.Node, map.Pointer, "'clauses' is missing");
        var fee = map.Map("fee");
        var rule = new RequestRule
        {
            Clauses = map.List("clauses", "clause", terms.Clauses),
            Within = NeededPeriod(map, "within"),
            Channels = map.List("channels", "channel", Vocabulary.Channels),
            LeaveOut = terms.ReadCategories(map, "leave-out"),
            OnlySubjectEncrypted = map.Flag("only-subject-encrypted"),
            NamesRecipients = map.Flag("names-recipients"),
            FeeReasons = fee?.List("reasons", "reason for a fee", Vocabulary.FeeReasons) ?? [],
            FeeMovesDueBy = fee?.OptionalText("moves-due-by"),
            ExtensionReasons = map.List("extension", "reason for an extension", Vocabulary.ExtensionReasons),
            WindowWorkingDays = map.Number("window-working-days", 1, 365),
        };
        fee?.Done();
        map.Done();
        return rule;
    }

    public static ImmutableArray<AgreementRule> ReadAgreements(MapReader document, Terms terms)
    {
        var rules = ImmutableArray.CreateBuilder<AgreementRule>();
        foreach (var map in document.Maps("agreements"))
        {
            rules.Add(new AgreementRule(
                map.Name("clause", "clause", terms.Clauses),
                map.List("recipients", "kind of recipient", Vocabulary.Recipients),
                map.Name("type", "type of agreement", Vocabulary.Agreements),
                map.OptionalName("after", "type of agreement", Vocabulary.Agreements),
                map.Flag("may-end", otherwise: true)));
            map.Done();
        }
        return rules.DrainToImmutable();
    }

    public static ImmutableArray<NoticeRule> ReadNotices(MapReader document, Terms terms)
    {
        var rules = ImmutableArray.CreateBuilder<NoticeRule>();
        foreach (var map in document.Maps("notices"))
        {
            rules.Add(new NoticeRule(
                map.Name("clause", "clause", terms.Clauses),
                map.Choice("occasion", NoticeOccasion.Disclosure, needed: true),
                map.Choice("to", NoticeAudience.Subjects, needed: true),
                map.Duration("within", hours: true),
                map.List("choices", "choice", Vocabulary.Choices),
                map.Flag("waits-for-gag"),
                map.Flag("only-high-risk")));
            map.Done();
        }
        return rules.DrainToImmutable();
    }

    public static ImmutableArray<OwnRecordRule> ReadOwnRecords(MapReader document, Terms terms)
    {
        var rules = ImmutableArray.CreateBuilder<OwnRecordRule>();
        foreach (var map in document.Maps("own-records"))
        {
            rules.Add(new OwnRecordRule(map.Name("clause", "clause", terms.Clauses), map.Choice("record", OwnRecord.Decisions, needed: true), NeededPeriod(map, "keep", hours: true)));
            map.Done();
        }
        return rules.DrainToImmutable();
    }

    public static ImmutableArray<Measure> ReadMeasures(MapReader document, Terms terms)
    {
        var measures = ImmutableArray.CreateBuilder<Measure>();
        foreach (var map in document.Maps("measures"))
        {
            measures.Add(new Measure(map.Name("clause", "clause", terms.Clauses), map.Choice("kind", MeasureKind.EncryptedAtRest, needed: true), terms.ReadCategories(map, "categories")));
            map.Done();
        }
        return measures.DrainToImmutable();
    }

    private static Period NeededPeriod(MapReader map, string key, bool hours = false)
    {
        if (!map.Has(key))
            map.Problems.Add(map.Node, map.Pointer, $"'{key}' is missing");
        return map.Duration(key, hours: hours) ?? Period.Zero;
    }
}
