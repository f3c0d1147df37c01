using Integritet.Platform.EventStore;
using Integritet.Retention.LegalHolds;
using Integritet.Retention.Runs;
using Npgsql;

namespace Integritet.Retention.Instructions;

/// <summary>
/// Issues what no run waits for: the move of a holding whose rule wants it at registration (NI-7), and the erasure of one whose move is confirmed. Called by who makes it so, and again by the leader, so that
/// nothing is lost between the two.
/// </summary>
public sealed class AtOnce(NpgsqlDataSource database, EventStreams streams, KnownCases cases, Turns turns, Deadlines deadlines, TimeProvider time)
{
    /// <summary>Rows of <c>holding h</c> that are instructed at once. The table has an index on it.</summary>
    public const string Condition = "(h.status = 'moved' or (h.status = 'held' and h.run_at = h.recorded_at))";

    private const string Stream = "instructions-at-once";
    private const int MaxAtOnce = 1_000;

    /// <summary>Issues whatever is to be issued at once, of every controller.</summary>
    public async Task IssueEverywhereAsync(CancellationToken cancellationToken)
    {
        foreach (var controller in await Outage.TranslateAsync(ControllersAsync(cancellationToken)))
            await IssueAsync(controller, cancellationToken);
    }

    /// <summary>Issues whatever is to be issued at once, of one controller.</summary>
    public async Task IssueAsync(string controller, CancellationToken cancellationToken)
    {
        while (await IssueSomeAsync(controller, cancellationToken) == MaxAtOnce)
        {
        }
    }

    private async Task<int> IssueSomeAsync(string controller, CancellationToken cancellationToken)
    {
        if (!cases.All)
            return 0;
        await using var turn = await turns.TakeAsync(controller, cancellationToken);
        var items = await Outage.TranslateAsync(DueItems.AtOnceAsync(database, controller, deadlines.Of(time.GetUtcNow()), cancellationToken));
        if (items.Count == 0)
            return 0;
        var id = Guid.CreateVersion7().ToString();
        await streams.AppendAsync(
            controller, Stream, ExpectedVersion.Any, [new InstructionsIssued(RunId: null, Page: 0, items)], new EventMetadata(id, id, "retention"), cancellationToken: cancellationToken);
        return items.Count;
    }

    private async Task<List<string>> ControllersAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"select distinct h.tenant_id from holding h where {Condition}");
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var controllers = new List<string>();
        while (await row.ReadAsync(cancellationToken))
            controllers.Add(row.GetString(0));
        return controllers;
    }
}
