using System.Collections.Immutable;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Policy.Notice;

/// <summary>Says a policy's rules in one language.</summary>
public sealed class Wording(PolicyDocument policy, Phrases phrases)
{
    public string Categories(NameSet set) => Names(set, "data", name => policy.Categories[name].Label.In(phrases.Language));

    public string Categories(IEnumerable<string> names) => phrases.List(names.Select(name => policy.Categories[name].Label.In(phrases.Language)));

    public string Purposes(IEnumerable<string> names) => phrases.List(names.Select(name => policy.Purposes[name].Label.In(phrases.Language)));

    /// <summary>Each by its name: nowhere else does a reader learn which there are.</summary>
    public string Sources(NameSet set) => phrases.List(Ordered(set, policy.Sources.Keys).Select(name => policy.Sources[name].In(phrases.Language)));

    /// <summary>The names of a set as the rule lists them; where it lists exceptions, in the policy's order.</summary>
    public static IEnumerable<string> Ordered(NameSet set, IEnumerable<string> all) => set.Except ? all.Where(set.Has) : set.Names;

    public string Actors(NameSet set) => Names(set, "actors", name => phrases["actor." + name]);

    public string Recipients(NameSet set) => Names(set, "recipients", name => phrases["recipient." + name]);

    /// <summary>All of them, joined; "–" where there are none.</summary>
    public string Conditions(IEnumerable<Condition> conditions)
    {
        var all = conditions.ToArray();
        var findings = all.OfType<Condition.Finding>().Select(finding => phrases["finding." + finding.Name]);
        var said = string.Join("; ", SayOnce(all).Select(condition => condition is Condition.Finding ? phrases.With("if.finding", phrases.List(findings)) : Say(condition)).Distinct(StringComparer.Ordinal));
        return said.Length == 0 ? phrases["none"] : said;
    }

    /// <summary>Of several conditions on the ground, the one that asks most; findings, in one sentence.</summary>
    private static IEnumerable<Condition> SayOnce(IEnumerable<Condition> conditions)
    {
        var all = conditions.ToArray();
        var strictest = all.OfType<Condition.Ground>().OrderBy(ground => ground.Grounds.Except).ThenByDescending(ground => ground.Reference).FirstOrDefault();
        var firstFinding = all.OfType<Condition.Finding>().FirstOrDefault();
        return all.Where(condition => condition switch
        {
            Condition.Ground => ReferenceEquals(condition, strictest),
            Condition.Finding => ReferenceEquals(condition, firstFinding),
            _ => true,
        });
    }

    private string Names(NameSet set, string all, Func<string, string> label)
    {
        if (set.IsAny)
            return phrases["all-" + all];
        var labels = phrases.List(set.Names.Select(label));
        return set.Except ? phrases.With($"all-{all}-but", labels) : labels;
    }

    private string Say(Condition condition) => condition switch
    {
        Condition.All all => phrases.List(all.Of.Select(Say)),
        Condition.Any any => phrases.List(any.Of.Select(Say), "or"),
        Condition.Consent { Purpose: { } purpose } => phrases.With("if.consent-to", policy.Purposes[purpose].Label.In(phrases.Language)),
        Condition.Agreement agreement => phrases["if.agreement." + agreement.Type],
        Condition.Case asked => phrases["if.case." + asked.Kind],
        Condition.Country country => phrases.With(country.Lists.Except ? "if.country-not" : "if.country", CountryLists(country.Lists)),
        Condition.Destination destination => phrases.With(destination.Lists.Except ? "if.destination-not" : "if.destination", CountryLists(destination.Lists)),
        Condition.Ground ground => Ground(ground),
        Condition.Breach breach => phrases.With("if.breach", phrases.List(breach.Kinds.Select(kind => phrases["breach." + kind]), "or")),
        Condition.Instrument instrument => Instrument(instrument),
        Condition.Finding finding => phrases.With("if.finding", phrases["finding." + finding.Name]),
        Condition.StoredIn { MustBeEncrypted: true } => phrases["if.encrypted-system"],
        Condition.StoredIn stored => phrases.With("if.system", Systems(stored.Systems)),
        Condition.Attribute attribute => phrases[$"if.attribute.{attribute.Name}.{(attribute.Value ? "true" : "false")}"],
        Condition.GroupCompanyRecipient => phrases["if.group-company"],
        _ => phrases["if." + Hyphenated(condition.GetType().Name)],
    };

    private string CountryLists(NameSet lists) => phrases.List(lists.Names.Select(list => policy.CountryLists[list].Label.In(phrases.Language)), "or");

    private string Ground(Condition.Ground ground)
    {
        var said = phrases.With(ground.Grounds.Except ? "if.ground-not" : "if.ground", phrases.List(ground.Grounds.Names.Select(name => phrases["ground." + name]), "or"));
        return ground.Reference ? phrases.List([said, phrases["if.reference"]]) : said;
    }

    private string Instrument(Condition.Instrument instrument)
    {
        var said = phrases.With("if.instrument", phrases.List(instrument.Types.Select(type => phrases["instrument." + type]), "or"));
        if (!instrument.Issuers.IsEmpty)
            said += " " + phrases.With("if.issued-by", phrases.List(instrument.Issuers.Select(issuer => phrases["issuer." + issuer]), "or"));
        if (!instrument.Jurisdictions.IsEmpty)
            said += " " + phrases.With("if.issued-in", phrases.List(instrument.Jurisdictions.Select(CountryName), "or"));
        return said;
    }

    /// <summary>What must be there before a disclosure is sent; "" where nothing must.</summary>
    public string Execution(ExecutionRule? rule)
    {
        if (rule is null)
            return "";
        var steps = new List<string>();
        if (!rule.Findings.IsEmpty)
            steps.Add(phrases.With("share.found", phrases.List(rule.Findings.Select(name => phrases["finding." + name]))));
        if (rule.Approvals > 0)
            steps.Add(phrases["share.approved"]);
        return phrases.With("share.execute", phrases.List(steps));
    }

    public string HowLong(KeepRule rule)
    {
        var said = new List<string>();
        if (rule.Minimum is { } minimum)
            said.Add(phrases.With("keep.minimum", phrases.Period(minimum.Period), minimum.Reference.In(phrases.Language)));
        if (rule.Until is { } until)
            said.Add(End(rule, until));
        return string.Join("; ", said) + (rule.Review is { } review ? phrases.With("keep.review", phrases.Period(review)) : "")
            + (rule.Act == RetentionAct.Anonymise ? phrases["keep.anonymise"] : "");
    }

    private string End(KeepRule rule, Until until) => until switch
    {
        Until.After { Anchor: PeriodAnchor.CalendarYearEnd } after => phrases.With("keep.after-year", phrases.Period(after.Period)),
        Until.After after => phrases.With("keep.after", phrases.Period(after.Period)),
        Until.Agreed => phrases["keep.agreed"],
        Until.PurposesEnded => phrases["keep.purposes-ended"],
        Until.Triggered { All: true } all => phrases.With("keep.all-of", phrases.List(all.Triggers.Select(trigger => phrases["trigger." + trigger]))),
        Until.Triggered { Triggers.Length: 1 } one => phrases.With("keep.all-of", phrases["trigger." + one.Triggers[0]]),
        Until.Triggered any => phrases.With("keep.any-of", phrases.List(any.Triggers.Select(trigger => phrases["trigger." + trigger]), "or")),
        Until.AtOnce when rule.MoveTo is { } system => phrases.With("keep.move", Systems([system])),
        Until.AtOnce => phrases["keep.at-once"],
        Until.NextRun when rule.Schedule.Every == ScheduleKind.Monthly => phrases.With("keep.next-run-monthly", rule.Schedule.Day),
        Until.NextRun => phrases["keep.next-run-daily"],
        _ => throw new InvalidOperationException($"No wording for {until.GetType().Name}."),
    };

    private string Systems(ImmutableArray<string> names) => phrases.List(names.Select(name => policy.Systems[name].Label.In(phrases.Language)), "or");

    /// <summary>The few countries whose courts policies name; another one by its code.</summary>
    private string CountryName(string code) => phrases.Find("country." + code) ?? code;

    private static string Hyphenated(string pascal) => string.Concat(pascal.Select((c, i) => char.IsUpper(c) && i > 0 ? "-" + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString()));
}
