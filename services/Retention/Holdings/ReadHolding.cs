using System.Globalization;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;
using Integritet.Retention.Plans;
using Npgsql;

namespace Integritet.Retention.Holdings;

/// <summary>A holding with its plan, inputs and arithmetic, now or as of an instant by what this service knew then.</summary>
public static class ReadHolding
{
    internal static IReadOnlyList<string> Readers { get; } = [Roles.System, Roles.Officer, Roles.Auditor];

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/v1/{controller}/holdings/{id:guid}", HandleAsync).RequireRoles(Readers).WithName("showHolding").WithSummary("Shows a holding with its plan, inputs and arithmetic, now or as of an instant.");

    /// <summary>What rows look like as of an instant: one view for each that was registered by then.</summary>
    internal static async Task<IReadOnlyList<HoldingView>> ViewsAsync(
        string controller, IReadOnlyList<HoldingRow> rows, PolicyVersion policy, FactReader reader, long upTo, DateTimeOffset? asOf, CancellationToken cancel)
    {
        if (rows.Count == 0)
            return [];
        var facts = await reader.ReadAsync(controller, [.. rows.Select(r => r.Data)], cancel, upTo);
        var holds = await reader.HoldsOnAsync(controller, rows, upTo, asOf, cancel);
        var gone = asOf is null && rows.Any(row => row.IsGone) ? await reader.GoneAsync(controller, rows, cancel) : new Dictionary<Guid, GoneView>();
        return
        [
            .. rows.Select(row => HoldingView.Of(row, Plan.Of(row.Data, facts.Of(row.Data) with { Holds = [.. holds[row.HoldingId]] }, policy), policy, asOf) with
            {
                Gone = gone.GetValueOrDefault(row.HoldingId),
            }),
        ];
    }

    private static async Task<IResult> HandleAsync(
        HttpContext http, string controller, Guid id, NpgsqlDataSource dataSource, FactReader reader, IEventStore store, PolicyVersions policies, TimeProvider clock)
    {
        var faults = new List<ProblemError>();
        var asOf = AsOf(http, clock.GetUtcNow(), faults);
        if (faults.Count > 0)
            return Problems.Unprocessable("The holding cannot be shown as of then.", [.. faults]);
        var upTo = asOf is { } instant ? await store.PositionAtAsync(instant, http.RequestAborted) : long.MaxValue;
        if (policies.InForce(controller, asOf ?? clock.GetUtcNow(), upTo) is not { } policy)
            return PolicyVersions.NoSuchController();
        var rows = await HoldingRow.ReadAsync(dataSource, HoldingRow.ByIds(controller, [id]), http.RequestAborted);
        if (rows.Count == 0 || rows[0].Position > upTo)
            return Problems.NotFound("There is no such holding.");
        http.NoteSubjects([rows[0].Data.Subject]);
        var views = await ViewsAsync(controller, rows, policy, reader, upTo, asOf, http.RequestAborted);
        return Results.Json(views[0], JsonText.Options);
    }

    private static DateTimeOffset? AsOf(HttpContext http, DateTimeOffset now, List<ProblemError> faults)
    {
        if (!http.Request.Query.TryGetValue("asOf", out var text))
            return null;
        if (DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var local) && local.Kind != DateTimeKind.Unspecified
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant))
        {
            if (instant > now)
                faults.Add(new ProblemError("Nobody knows what will be: an instant in the past is needed.", "#query/asOf"));
            return instant.ToUniversalTime();
        }
        faults.Add(new ProblemError("An instant is written as in RFC 3339, with Z or an offset: 2026-11-02T10:00:00Z.", "#query/asOf"));
        return null;
    }
}
