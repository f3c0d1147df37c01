using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Retention.Instructions;
using Integritet.Retention.LegalHolds;
using Integritet.Retention.Planning;
using Npgsql;

namespace Integritet.Retention.Runs;

/// <summary>
/// Carries real runs through, page by page. Each page is one append on the version before it: whoever comes to a run, after whatever end of the one before, goes on at the page that is not there yet, and of
/// two at once one is refused. What was held, changed or instructed since the plan was made is left out; while plans are being brought up to date, or cases may have been opened that nobody has told of, the run waits.
/// </summary>
public sealed partial class ExecuteRuns(NpgsqlDataSource database, EventStreams streams, RunRegister runs, RunPages pages, CurrentPlans plans, KnownCases cases, Turns turns, TimeProvider time, ILogger<ExecuteRuns> logger)
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
        var (state, version) = await streams.LoadAsync(Run.Aggregate, controller, runId.ToString(), cancellationToken: cancellationToken);
        while (state is Run.UnderWay run && cases.All && await plans.AreAsync(controller, cancellationToken))
        {
            await using var turn = await turns.TakeAsync(controller, cancellationToken);
            var next = await NextAsync(controller, run, cancellationToken);
            var result = await streams.AppendAsync(
                controller, Run.Aggregate.StreamOf(runId.ToString()), ExpectedVersion.Exactly(version), [next], Metadata(runId), new AppendOptions { StreamType = Run.Aggregate.Name, Priority = AppendPriority.Bulk },
                cancellationToken);
            if (result is not AppendResult.Appended appended)
                return;
            (state, version) = (Run.Evolve(state, next), appended.Version);
        }
    }

    private async Task<object> NextAsync(string controller, Run.UnderWay run, CancellationToken cancellationToken)
    {
        var (runId, plan) = (run.Started.RunId, run.Started.Plan);
        if ((long)run.Pages * RunPages.ItemsPerPage >= plan.Due)
            return new RunEvent.Completed(runId, run.Instructed, time.GetUtcNow());
        if (await pages.FindAsync(controller, runId, RunPages.Due, run.Pages, cancellationToken) is not { } page)
        {
            // Only a restored database can lack it. What was not instructed is still due, and in the next run.
            PageMissing(runId, run.Pages);
            return new RunEvent.Completed(runId, run.Instructed, time.GetUtcNow());
        }

        var items = await Outage.TranslateAsync(DueItems.InstructableAsync(database, controller, plan.AsOf, RunPages.HoldingsOf(page), time.GetUtcNow(), cancellationToken));
        return new InstructionsIssued(runId, run.Pages, items);
    }

    private static EventMetadata Metadata(Guid runId) => new(runId.ToString(), runId.ToString(), "retention");

    [LoggerMessage(Level = LogLevel.Error, Message = "Page {Page} of run {RunId} is missing: the run ends before it")]
    private partial void PageMissing(Guid runId, int page);
}
