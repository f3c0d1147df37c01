using System.Diagnostics.Metrics;
using Integritet.Platform.EventStore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Integritet.Platform.Messaging;

/// <summary>
/// Measures on every replica, every two seconds, how far publishing is behind the log. It looks at log and checkpoint only, so a leader that died or hangs anywhere shows.
/// Metrics <c>integritet.feed.lag</c> (events) and <c>integritet.feed.lag.time</c> (seconds, age of the oldest event not yet published), tag <c>target</c>.
/// </summary>
internal sealed class LagWatch : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private readonly IReadOnlyList<ForwarderState> _forwarders;
    private readonly IEventStore _store;
    private readonly ICheckpoints _checkpoints;
    private readonly TimeProvider _time;
    private readonly string _service;
    private readonly ILogger<LagWatch> _logger;
    private readonly Meter _meter;

    public LagWatch(
        IEnumerable<ForwarderState> forwarders, IEventStore store, ICheckpoints checkpoints, TimeProvider time, MessagingBuilder messaging, IMeterFactory meters, ILogger<LagWatch> logger)
    {
        (_forwarders, _store, _checkpoints, _time, _service, _logger) = ([.. forwarders], store, checkpoints, time, messaging.Service, logger);
        _meter = meters.Create(MessagingSetup.MeterName);
        _meter.CreateObservableGauge("integritet.feed.lag", () => Measure(now => now.Events), "{event}", "Events recorded and not yet published.");
        _meter.CreateObservableGauge("integritet.feed.lag.time", () => Measure(now => now.Time.TotalSeconds), "s", "Age of the oldest event not yet published.");
    }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ticks = new PeriodicTimer(Every);
        do
        {
            try
            {
                foreach (var forwarder in _forwarders) await MeasureAsync(forwarder, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Log.LagUnknown(_logger, _service, e);
            }
        }
        while (await ticks.WaitForNextTickAsync(stoppingToken));
    }

    private async Task MeasureAsync(ForwarderState forwarder, CancellationToken cancellationToken)
    {
        var published = await _checkpoints.GetAsync(LogForwarder.CheckpointOf(forwarder.Name), cancellationToken);
        var head = await _store.HeadAsync(cancellationToken);
        var age = TimeSpan.Zero;
        if (head > published)
        {
            await foreach (var oldest in _store.ReadAllAsync(published, 1, cancellationToken))
                age = _time.GetUtcNow() - oldest.Timestamp;
        }

        forwarder.Lags(head - published, age < TimeSpan.Zero ? TimeSpan.Zero : age, TimeProvider.System.GetUtcNow());
    }

    private IEnumerable<Measurement<T>> Measure<T>(Func<ForwarderState.Snapshot, T> value)
        where T : struct => from forwarder in _forwarders
                            select new Measurement<T>(value(forwarder.Now), new KeyValuePair<string, object?>("service", _service), new("target", forwarder.Name));
}
