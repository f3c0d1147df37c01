using Integritet.Platform.EventStore;
using Integritet.Platform.Messaging;
using Integritet.Retention.Instructions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Integritet.Retention.Runs;

/// <summary>
/// The one replica that does what nobody asks for: starts scheduled runs, carries runs through, issues what is to be issued at once, follows instructions up. Every step can be left at any point by any end of
/// the process: the next leader finds it in the store and goes on. Two leaders for a moment do no harm, since each append is on the version decided on.
/// </summary>
public sealed partial class RunLeader(
    ScheduleRuns schedule, ExecuteRuns execute, AtOnce atOnce, FollowUp followUp, RunPages pages, Overdue overdue, IConfiguration configuration, IOptions<EventStoreOptions> store, ILogger<RunLeader> logger)
    : BackgroundService
{
    /// <summary>Key of the leader's lock.</summary>
    private const int LeaderLock = 100;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BetweenExpiries = TimeSpan.FromHours(1);

    private readonly bool _scheduled = configuration.GetValue("Schedule:Enabled", defaultValue: true);
    private long _expiredAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LeadAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LeadLost(e);
                await Task.Delay(AfterFailure, stoppingToken);
            }
        }
    }

    private async Task LeadAsync(CancellationToken stopping)
    {
        await using var leadership = await Leadership.AcquireAsync(store.Value.ConnectionString, LeaderLock, stopping);
        while (true)
        {
            await leadership.ConfirmAsync(stopping);
            if (_scheduled)
                await StepAsync("starting scheduled runs", schedule.StartAsync, stopping);
            await StepAsync("carrying runs through", execute.ContinueAsync, stopping);
            await StepAsync("issuing instructions at once", atOnce.IssueEverywhereAsync, stopping);
            await StepAsync("telling systems again", followUp.TellAgainAsync, stopping);
            await StepAsync("destroying keys", followUp.DestroyKeysAsync, stopping);
            await StepAsync("counting what is overdue", overdue.CountAsync, stopping);
            await StepAsync("deleting old listings", ExpireAsync, stopping);
            await Task.Delay(Pause, stopping);
        }
    }

    /// <summary>A step that fails is taken again next time; it does not keep the others from being taken.</summary>
    private async Task StepAsync(string what, Func<CancellationToken, Task> step, CancellationToken stopping)
    {
        try
        {
            await step(stopping);
        }
        catch (Exception e) when (e is NpgsqlException or EventStoreUnavailableException or EventStoreRejectedException && !stopping.IsCancellationRequested)
        {
            StepFailed(what, e);
        }
    }

    private async Task ExpireAsync(CancellationToken cancellationToken)
    {
        if (_expiredAt != 0 && TimeProvider.System.GetElapsedTime(_expiredAt) < BetweenExpiries)
            return;
        await pages.ExpireAsync(cancellationToken);
        _expiredAt = TimeProvider.System.GetTimestamp();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Retention lost its lead, or could not take it; trying again")]
    private partial void LeadLost(Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Retention failed at {What}; trying again")]
    private partial void StepFailed(string what, Exception exception);
}
