using System.Diagnostics.Metrics;
using Integritet.Audit.Ledger;

namespace Integritet.Audit.Feed;

/// <summary>Metrics of what goes into the ledger: <c>integritet.ledger.delay</c> (seconds from a service's commit to ours) and <c>integritet.ledger.events</c>, by service.</summary>
public sealed class LedgerDelay : IDisposable
{
    public const string MeterName = "Integritet.Audit";

    private readonly TimeProvider _time;
    private readonly Meter _meter;
    private readonly Histogram<double> _delay;
    private readonly Counter<long> _events;

    public LedgerDelay(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        _meter = meters.Create(MeterName);
        _delay = _meter.CreateHistogram<double>("integritet.ledger.delay", "s", "From the commit of an event in its service to its commit in the ledger.");
        _events = _meter.CreateCounter<long>("integritet.ledger.events", "{event}", "Events sequenced.");
    }

    public void Record(string service, IReadOnlyList<Entry> entries)
    {
        var tag = new KeyValuePair<string, object?>("service", service);
        var now = _time.GetUtcNow();
        foreach (var entry in entries)
            _delay.Record(Math.Max(0, (now - entry.Leaf.At).TotalSeconds), tag);
        _events.Add(entries.Count, tag);
    }

    public void Dispose() => _meter.Dispose();
}
