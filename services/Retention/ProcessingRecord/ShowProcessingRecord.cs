using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;
using NodaTime.Text;

namespace Integritet.Retention.ProcessingRecord;

/// <summary>
/// <c>GET /v1/{controller}/processing-record</c>: the record of processing activities (art. 30, LAW-30), derived from the policy in force and from what is really held. Nobody writes it, so nobody forgets to.
/// </summary>
public static class ShowProcessingRecord
{
    private const string Language = "en";

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/v1/{controller}/processing-record", HandleAsync).RequireRoles(Roles.Officer, Roles.Auditor).WithName("getProcessingRecord").WithSummary("The record of processing activities (art. 30).");

    private static async Task<IResult> HandleAsync(HttpContext http, string controller, PolicyVersions policies, HeldFigures figures, TimeProvider time)
    {
        var now = time.GetUtcNow();
        if (policies.InForce(controller, now) is not { } policy)
            return PolicyVersions.NoSuchController();
        var held = await Outage.TranslateAsync(figures.ReadAsync(controller, now, http.RequestAborted));
        return Results.Json(Of(controller, policy, held, now), JsonText.Options);
    }

    /// <summary>Pure: policy and figures put together.</summary>
    internal static Record Of(string controller, PolicyVersion policy, HeldFigures.All held, DateTimeOffset now)
    {
        var document = policy.Document;
        return new Record(
            new ControllerView(controller, document.Controller.Country, document.Controller.Contact), policy.Version, policy.Hash, now,
            [.. document.Purposes.Select(purpose => new PurposeView(purpose.Key, purpose.Value.Label.In(Language), purpose.Value.Basis, held.ByPurpose.GetValueOrDefault(purpose.Key)))],
            [.. document.Categories.Select(category => CategoryOf(document, category.Key, held))],
            [.. document.Systems.Select(system => new SystemView(system.Key, system.Value.Label.In(Language), system.Value.Encrypted, held.BySystem.GetValueOrDefault(system.Key)))],
            [.. RecipientsOf(document)], held.Totals);
    }

    private static IEnumerable<RecipientView> RecipientsOf(PolicyDocument document) =>
        from rule in document.Blocks.TryGetValue(Operation.Disclose, out var block) ? block.Allow : []
        select new RecipientView(rule.Clause, [.. Vocabulary.Recipients.Where(rule.Scope.Recipients.Has)], [.. document.Categories.Keys.Where(rule.Scope.Categories.Has)]);

    private static CategoryView CategoryOf(PolicyDocument document, string category, HeldFigures.All held)
    {
        var rules = document.Keep.Where(rule => rule.Scope.Categories.Has(category)).Select(rule => new KeepView(rule.Clause, Written(rule.Until), rule.Minimum is { } minimum ? PeriodPattern.NormalizingIso.Format(minimum.Period) : null, rule.Minimum?.Reference.In(Language)));
        return new CategoryView(category, document.Categories[category].Label.In(Language), [.. rules], [.. held.Figures.Where(figure => figure.Category == category)]);
    }

    /// <summary>When what a rule is about falls due, in words of the policy language.</summary>
    private static string? Written(Until? until) => until switch
    {
        null => null,
        Until.After after => PeriodPattern.NormalizingIso.Format(after.Period),
        Until.Agreed => "agreed",
        Until.PurposesEnded => "purposes-ended",
        Until.Triggered triggered => $"{(triggered.All ? "all-of" : "any-of")}: {string.Join(", ", triggered.Triggers)}",
        Until.AtOnce => "at-once",
        Until.NextRun => "next-run",
        _ => throw new InvalidOperationException($"{until.GetType().Name} has no words."),
    };

    /// <param name="Controller">Whose record (art. 30(1)(a)).</param>
    /// <param name="Purposes">Art. 30(1)(b), with how many holdings serve each.</param>
    /// <param name="Categories">Art. 30(1)(c) and (f): what is kept, until when, and what is held of it, by system and age.</param>
    /// <param name="Systems">Where, and whether encrypted (art. 30(1)(g)).</param>
    /// <param name="Recipients">Who may be given what, by which rule (art. 30(1)(d)).</param>
    /// <param name="Totals">All of it, and what is late.</param>
    public sealed record Record(
        ControllerView Controller, int PolicyVersion, string PolicyHash, DateTimeOffset At, IReadOnlyList<PurposeView> Purposes, IReadOnlyList<CategoryView> Categories, IReadOnlyList<SystemView> Systems,
        IReadOnlyList<RecipientView> Recipients, HeldFigures.Sums Totals);

    public sealed record ControllerView(string Id, string Country, string Contact);

    public sealed record PurposeView(string Purpose, string Label, LegalBasis Basis, long Held);

    public sealed record CategoryView(string Category, string Label, IReadOnlyList<KeepView> Kept, IReadOnlyList<HeldFigures.Figure> Held);

    public sealed record KeepView(string Rule, string? Until, string? Minimum, string? Reference);

    public sealed record SystemView(string System, string Label, bool Encrypted, long Held);

    public sealed record RecipientView(string Rule, IReadOnlyList<string> Kinds, IReadOnlyList<string> Categories);
}
