using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Npgsql;
using static Integritet.Retention.SqlParameters;

namespace Integritet.Retention.LegalHolds;

/// <summary>The legal holds that are preservation cases, as callers see them.</summary>
public sealed class CaseHoldList(NpgsqlDataSource database, EventStreams streams)
{
    /// <summary>One of a controller's; null where the case holds nothing and never did.</summary>
    public async Task<LegalHoldAnswer?> FindAsync(string controller, Guid caseId, CancellationToken cancel)
    {
        if (await Outage.TranslateAsync(ReadAsync(controller, caseId, cancel)) is not { } found)
            return null;
        return found with { Recalled = (await streams.LoadAsync(Recalls.Aggregate, controller, caseId.ToString(), cancellationToken: cancel)).State.Instructions };
    }

    private async Task<LegalHoldAnswer?> ReadAsync(string controller, Guid caseId, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            $"""
            select c.reference, c.limited, c.since, c.until, (select count(*) from {PreservationCases.Subjects} s where s.tenant_id = c.tenant_id and s.case_id = c.case_id)
            from {PreservationCases.Cases} c where c.tenant_id = $1 and c.case_id = $2
            """);
        command.Parameters.AddRange((NpgsqlParameter[])[Text(controller), Id(caseId)]);
        await using var row = await command.ExecuteReaderAsync(cancel);
        if (!await row.ReadAsync(cancel))
            return null;
        var (until, subjects) = (row.IsDBNull(3) ? (DateTimeOffset?)null : row.GetFieldValue<DateTimeOffset>(3), row.GetInt64(4));
        return new LegalHoldAnswer(
            caseId, row.GetString(0), until is null ? "in-force" : "released", Reason: null, Subject: null, Holdings: [], Recalled: [], row.GetFieldValue<DateTimeOffset>(2), until, ReleaseReason: null)
        {
            CaseCovers = new CaseCoverage(row.GetBoolean(1) || subjects > 0 ? subjects : null),
        };
    }
}
