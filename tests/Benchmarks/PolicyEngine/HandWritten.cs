using System.Collections.Immutable;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Benchmarks.PolicyEngine;

/// <summary>What somebody would write who had only these questions to answer: almena's rules on use as C# ifs, with the same answer object.</summary>
internal static class HandWritten
{
    private static readonly DateTimeOffset Day = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static IReadOnlyList<(Asked Asked, Facts Facts)> Questions { get; } =
    [
        (Use("own-marketing", "SE", "email"), Consented("own-marketing", ConsentState.Given)),
        (Use("own-marketing", "SE", "email"), Consented("own-marketing", ConsentState.Withdrawn)),
        (Use("own-marketing", "US", "email"), Facts.None),
        (Use("targeting", "DE", "email", "name", "phone"), Facts.None),
        (Use("support", "SE", "name", "email", "support-issue"), Facts.None),
        (Use("own-marketing", "SE", "payment-card"), Consented("own-marketing", ConsentState.Given)),
        (Use("payment", "SE", "payment-card"), Facts.None),
        (Use("training", "SE", "call-recording"), Facts.None),
    ];

    private static readonly HashSet<string> ConsentNeeded = new(StringComparer.Ordinal)
    {
        "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IS", "IT", "LV", "LI", "LT", "LU", "MT", "NL", "NO", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "GB", "CH",
    };

    private static readonly HashSet<string> LegitimateInterest = new(StringComparer.Ordinal)
    {
        "service-provision", "content", "improvement", "support", "search", "diagnostics", "security-compliance", "site-administration", "communication", "personalisation",
    };

    public static Decision Decide(Asked asked, Facts facts)
    {
        var rules = new List<string>();
        var reasons = new List<Reason>();
        var permitted = ImmutableArray.CreateBuilder<string>(asked.Categories.Count);
        foreach (var category in asked.Categories)
        {
            var reason = Judge(asked, facts, category, out var rule);
            if (reason is null)
                permitted.Add(category);
            else if (!reasons.Contains(reason))
                reasons.Add(reason);
            if (!rules.Contains(rule))
                rules.Add(rule);
        }
        return new Decision(reasons.Count == 0 ? Outcome.Permit : Outcome.Refuse, [.. rules], [.. reasons], permitted.DrainToImmutable(), []);
    }

    private static Reason? Judge(Asked asked, Facts facts, string category, out string rule)
    {
        if (asked.SubjectNamed && facts.Restrictions.Count > 0)
            return new Reason(rule = "LAW-18", ReasonCode.Restricted, "Restricted.");
        if (asked.SubjectNamed && facts.Objections.Any(objection => objection.Purpose == asked.Purpose))
            return new Reason(rule = "LAW-21", ReasonCode.Objected, "Objected.");
        if (category == "payment-card")
        {
            rule = "AL-5";
            return asked.Purpose == "payment" ? null : new Reason(rule, ReasonCode.PurposeForbidden, "Only for the payment.");
        }
        if (category == "call-recording")
        {
            rule = "AL-6";
            return asked.Purpose is "quality-control" or "training" or "own-protection" ? null : new Reason(rule, ReasonCode.PurposeForbidden, "Only for three purposes.");
        }
        rule = "AL-3";
        if (LegitimateInterest.Contains(asked.Purpose!))
            return null;
        if (asked.Purpose is not ("own-marketing" or "third-party-advertising" or "targeting"))
            return new Reason(rule, ReasonCode.PurposeForbidden, "Not for this purpose.");
        if (asked.Country is not null && !ConsentNeeded.Contains(asked.Country))
            return null;
        foreach (var consent in facts.Consents)
            if (consent.Purpose == asked.Purpose)
                return consent.State == ConsentState.Given ? null : new Reason(rule, ReasonCode.ConsentWithdrawn, "Withdrawn.");
        return new Reason(rule, ReasonCode.ConsentMissing, "No consent.");
    }

    private static Asked Use(string purpose, string country, params string[] categories) =>
        new() { Operation = Operation.Use, Purpose = purpose, Country = country, Categories = categories, SubjectNamed = true };

    private static Facts Consented(string purpose, ConsentState state) => new() { Consents = [new ConsentFact(purpose, state, Day)] };
}
