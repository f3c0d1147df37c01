using System.Collections.Immutable;
using System.Globalization;
using System.Xml;
using Integritet.Consent.Consents;
using Integritet.Consent.Subjects;
using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Receipts;

/// <summary>The receipt of a consent record: what was agreed to, with whom, on which terms, and what has become of it. The same record gives the same receipt.</summary>
public static class IssueReceipt
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/v1/{controller}/consents/{id:guid}/receipt", HandleAsync).RequireRoles(ReadConsent.Readers)
            .WithSummary("The receipt of a consent (ISO/IEC TS 27560).");

    private static async Task<IResult> HandleAsync(HttpContext http, string controller, Guid id, ConsentHistory history, LinkSets links, PolicyVersions policies, TimeProvider clock)
    {
        if (await ReadConsent.FindAsync(http, history, links, controller, id) is not { } events)
            return ReadConsent.NoSuchConsent();
        var view = ConsentView.Of(events, clock.GetUtcNow());
        if (policies.Find(controller, view.PolicyVersion) is not { } policy)
            return Problems.Unavailable("The policy version of this consent has not reached this service yet.");
        http.SetETag(events[^1].Version);
        return Results.Json(Of(view, events, policy, clock.GetUtcNow()), ConsentReceipt.Json, "application/ld+json");
    }

    /// <summary>The receipt of a record, as things stand at <paramref name="now"/>.</summary>
    public static ConsentReceipt Of(ConsentView view, IReadOnlyList<StampedEvent> events, PolicyVersion policy, DateTimeOffset now) => new(
        string.Create(CultureInfo.InvariantCulture, $"{view.ConsentId}:{events[^1].Version}"), view.ConsentId.ToString(), view.Subject,
        [.. view.Purposes.Select(p => ProcessingFor(p, view, policy))], [.. Parties(policy.Document)], [.. events.Select(e => Entry(e, view)), .. Expiry(view, now)]);

    private static Processing ProcessingFor(PurposeView stated, ConsentView view, PolicyVersion policy)
    {
        var (terms, purpose) = (policy.Document.Controller, policy.Document.Purposes[stated.Purpose]);
        var basis = stated.Effect == ConsentEffect.Needed ? LegalBasis.Consent : purpose.Basis;
        return new Processing(
            string.Create(CultureInfo.InvariantCulture, $"/v1/{terms.Id}/policies/{policy.Version}/notice?lang={view.Language}"), view.Language,
            [new Purpose(stated.Purpose, purpose.Label.In(view.Language), purpose.Dpv ?? "dpv:Purpose")], Basis(basis),
            [.. Categories(stated.Purpose, policy).Select(c => Pii(c, view.Language, policy.Document))],
            [terms.Id, .. terms.Group.Select(g => g.Name)], view.Method, ["dpv:Collect", "dpv:Store", "dpv:Use"],
            [.. policy.Document.Systems.Select(s => $"{s.Key} ({s.Value.Processor ?? terms.Name})").DefaultIfEmpty($"systems of {terms.Name}")],
            "Until the purpose ends or the consent is withdrawn or expires; the notice gives the period of each kind of data.",
            [$"loc:{terms.Country}"], Restrictions(policy.Document), $"loc:{terms.Country}", Recipients(policy.Document),
            new WithdrawalMethod($"/v1/{terms.Id}/consents/{view.ConsentId}/withdrawal", "POST", terms.Contact),
            Rights(basis), SupervisoryAuthorities.Of(terms.Country).Name);
    }

    // What the rules themselves would let the purpose use once consent is there.
    private static ImmutableArray<string> Categories(string purpose, PolicyVersion policy)
    {
        var asked = new Asked { Operation = Operation.Use, Purpose = purpose, Categories = [.. policy.Document.Categories.Keys], SubjectNamed = true };
        var facts = Facts.None with { Consents = [new ConsentFact(purpose, ConsentState.Given, DateTimeOffset.MaxValue)] };
        return policy.Compiled.TryResolve(asked, out var question, out _) ? policy.Compiled.Decide(question, facts).PermittedCategories : [];
    }

    private static PiiInformation Pii(string category, string language, PolicyDocument policy)
    {
        var known = policy.Categories[category];
        return new PiiInformation(known.Dpv ?? $"dpv:PersonalData#{category}", known.Label.In(language), PiiOptional: true, SpecialPiiCategory: false);
    }

    private static IReadOnlyList<string> Recipients(PolicyDocument policy) =>
        policy.Blocks.TryGetValue(Operation.Disclose, out var block)
            ? [.. block.Allow.Where(r => !r.Scope.Recipients.Except).SelectMany(r => r.Scope.Recipients.Names).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]
            : [];

    private static IReadOnlyList<string> Restrictions(PolicyDocument policy) =>
        policy.Blocks.ContainsKey(Operation.Transfer) ? ["Leaves the country group of the controller only under the transfer rules of the notice."] : [$"Stays in {policy.Controller.Country}."];

    private static IEnumerable<Party> Parties(PolicyDocument policy)
    {
        var terms = policy.Controller;
        yield return new Party(terms.Id, terms.Name, terms.Country, terms.Contact, ["dpv:DataController"], "dpv:DataController");
        foreach (var company in terms.Group)
            yield return new Party(company.Name, company.Name, terms.Country, terms.Contact, ["dpv:JointDataControllers"], "dpv:JointDataControllers");
        var (name, url) = SupervisoryAuthorities.Of(terms.Country);
        yield return new Party(name, name, terms.Country, url, ["dpv:DataProtectionAuthority"], "dpv:DataProtectionAuthority");
    }

    private static ConsentEventEntry Entry(StampedEvent one, ConsentView view) => one.Event switch
    {
        ConsentEvent.Given e => new(one.At, Validity(one.At, view), view.Subject, e.Method == "use" ? "dpv:ImpliedConsent" : "dpv:ExplicitlyExpressedConsent", "dpv:ConsentGiven", Names(e.Purposes)),
        ConsentEvent.Refused e => new(one.At, "dpv:IndeterminateDuration", view.Subject, "dpv:ExplicitlyExpressedConsent", "dpv:ConsentRefused", Names(e.Purposes)),
        ConsentEvent.Withdrawn e => new(one.At, "dpv:IndeterminateDuration", view.Subject, "dpv:ExplicitlyExpressedConsent", "dpv:ConsentWithdrawn", e.Purposes),
        _ => throw new InvalidOperationException($"{one.Type} is no event of a consent record."),
    };

    private static IEnumerable<ConsentEventEntry> Expiry(ConsentView view, DateTimeOffset now)
    {
        if (view.Status == ConsentStatus.Expired && view.ExpiresAt is { } expired && expired <= now)
            yield return new(expired, "PT0S", view.Subject, "dpv:ExplicitlyExpressedConsent", "dpv:ConsentExpired", [.. view.Purposes.Where(p => p.WithdrawnAt is null).Select(p => p.Purpose)]);
    }

    private static string Validity(DateTimeOffset givenAt, ConsentView view) => view.ExpiresAt is { } expiresAt ? XmlConvert.ToString(expiresAt - givenAt) : "dpv:UntilEventDuration";

    private static IReadOnlyList<string> Names(IEnumerable<StatedPurpose> purposes) => [.. purposes.Select(p => p.Purpose)];

    private static string Basis(LegalBasis basis) => basis switch
    {
        LegalBasis.Consent => "eu-gdpr:A6-1-a",
        LegalBasis.Contract => "eu-gdpr:A6-1-b",
        LegalBasis.LegalObligation => "eu-gdpr:A6-1-c",
        LegalBasis.VitalInterest => "eu-gdpr:A6-1-d",
        LegalBasis.PublicTask => "eu-gdpr:A6-1-e",
        LegalBasis.LegitimateInterest => "eu-gdpr:A6-1-f",
        _ => "dpv:LegalBasis",
    };

    // facts by basis, of the Data Privacy Vocabulary 2.3.
    private static IReadOnlyList<string> Rights(LegalBasis basis)
    {
        string[] articles = basis switch
        {
            LegalBasis.Consent => ["A13", "A14", "A15", "A16", "A17", "A18", "A20", "A22", "A7-3", "A77"],
            LegalBasis.Contract => ["A13", "A14", "A15", "A16", "A17", "A18", "A20", "A22", "A77"],
            LegalBasis.LegalObligation => ["A13", "A15", "A16", "A18", "A77"],
            _ => ["A13", "A14", "A15", "A16", "A17", "A18", "A21", "A22", "A77"],
        };
        return [.. articles.Select(a => $"eu-gdpr:{a}")];
    }
}
