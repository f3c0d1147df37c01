using System.Diagnostics;
using System.Diagnostics.Metrics;
using Integritet.Platform.EventStore.Appending;

namespace Integritet.Platform.EventStore;

/// <summary>Meter and activity source <c>Integritet.EventStore</c>.</summary>
public static class EventStoreTelemetry
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string Name = "Integritet.EventStore";

    private static readonly ActivitySource Activities = new(Name);
    private static readonly Meter Meter = new(Name);
    private static readonly Histogram<int> BatchAppends = Meter.CreateHistogram<int>("integritet.eventstore.batch.appends", "{append}", "Appends per transaction");
    private static readonly Histogram<double> AppendDuration = Meter.CreateHistogram<double>("integritet.eventstore.append.duration", "s", "Time from request to answer of an append");

    internal static void Observe(AppendQueue queue) =>
        Meter.CreateObservableGauge("integritet.eventstore.queue.length", () => queue.Count, "{append}", "Appends that wait for a transaction");

    internal static Activity? StartBatch(int appends) => Activities.StartActivity("append batch")?.SetTag("integritet.eventstore.batch.appends", appends);

    internal static void Answered(PendingAppend[] appends)
    {
        BatchAppends.Record(appends.Length);
        if (!AppendDuration.Enabled)
            return;
        foreach (var append in appends)
            AppendDuration.Record(Stopwatch.GetElapsedTime(append.EnqueuedAt).TotalSeconds);
    }
}
