using Integritet.Platform.EventStore;
using Integritet.Retention.Instructions;
using Integritet.Retention.LegalHolds;
using Integritet.Retention.Planning;
using Npgsql;

namespace Integritet.Retention.Runs;

/// <summary>
/// Carries real runs through, page by page. Each page is one append on the version before it: whoever comes to a run, after whatever end of the one before, goes on at the page that is not there yet, and of
/// two at once one is refused. What was held, changed or instructed since the plan was made is left out; while plans are being brought up to date, or cases may have been opened that nobody has told of, the run waits.
/// </summary>
public sealed partial class ExecuteRuns(NpgsqlDataSource database, EventStreams streams, RunRegister runs, RunPages pages, CurrentPlans plans, KnownCases cases, Turns turns, Deadlines deadlines, TimeProvider time, ILogger<ExecuteRuns> logger)
{
    /// <summary>Goes on with every run that is not through, until all are.</summary>
    public async Task ContinueAsync(CancellationToken cancellationToken)
    {
        foreach (var (controller, runId) in await runs.UnderWayAsync(controller: null, cancellationToken))
            await ContinueAsync(controller, runId, cancellationToken);
    }

    /// <summary>Goes on with one run until it is through, or until another replica turns out to be at it.</summary>
    public async Task ContinueAsync(string controller, Guid runId, CancellationToken cancellationToken)
    {
        while (cases.All && await plans.AreAsync(controller, cancellationToken) && await runs.FindAsync(controller, runId, cancellationToken) is { Status: RunRegister.UnderWay } run)
        {
            await using var turn = await turns.TakeAsync(controller, cancellationToken);
            var next = await NextAsync(controller, run, cancellationToken);
            var result = await streams.AppendAsync(
                controller, Run.Aggregate.StreamOf(runId.ToString()), ExpectedVersion.Exactly(run.Version), [next], Metadata(runId), new AppendOptions { StreamType = Run.Aggregate.Name, Priority = AppendPriority.Bulk },
                cancellationToken);
            if (result is not AppendResult.Appended)
                return;
        }
    }

    private async Task<object> NextAsync(string controller, RunRegister.Standing run, CancellationToken cancellationToken)
    {
        var (runId, plan) = (run.RunId, run.Plan);
        if ((long)run.Pages * RunPages.ItemsPerPage >= plan.Due)
            return new RunEvent.Completed(runId, run.Instructed, time.GetUtcNow());
        if (await pages.FindAsync(controller, runId, RunPages.Due, run.Pages, cancellationToken) is not { } page)
        {
            // Only a restored database can lack it. What was not instructed is still due, and in the next run.
            PageMissing(runId, run.Pages);
            return new RunEvent.Completed(runId, run.Instructed, time.GetUtcNow());
        }

        var items = await Outage.TranslateAsync(DueItems.InstructableAsync(database, controller, plan.AsOf, RunPages.HoldingsOf(page), deadlines.Of(time.GetUtcNow()), cancellationToken));
        return new InstructionsIssued(runId, run.Pages, items);
    }

    private static EventMetadata Metadata(Guid runId) => new(runId.ToString(), runId.ToString(), "retention");

    [LoggerMessage(Level = LogLevel.Error, Message = "Page {Page} of run {RunId} is missing: the run ends before it")]
    private partial void PageMissing(Guid runId, int page);
}
