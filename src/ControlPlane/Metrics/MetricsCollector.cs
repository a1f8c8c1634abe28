using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Sv2.ControlPlane.Metrics;

/// <summary>
/// Listens to the instruments of this stack's meters (<c>Sv2.*</c>) and of the runtime, and adds up what they measure.
/// Measuring takes no lock and allocates nothing once a series exists. Every instrument has a bounded number of series.
/// </summary>
internal sealed class MetricsCollector : IDisposable
{
    private const int InstrumentsMax = 1000;
    private static readonly string[] Meters = ["Sv2", "System.Runtime", "Microsoft.AspNetCore.Hosting"];

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, InstrumentSeries> _instruments = new();
    private readonly Lock _observing = new();

    public MetricsCollector()
    {
        _listener.InstrumentPublished = Publish;
        _listener.MeasurementsCompleted = (instrument, _) => _instruments.TryRemove(instrument, out InstrumentSeries? _);
        _listener.SetMeasurementEventCallback<byte>((_, v, tags, state) => Record(v, tags, state));
        _listener.SetMeasurementEventCallback<short>((_, v, tags, state) => Record(v, tags, state));
        _listener.SetMeasurementEventCallback<int>((_, v, tags, state) => Record(v, tags, state));
        _listener.SetMeasurementEventCallback<long>((_, v, tags, state) => Record(v, tags, state));
        _listener.SetMeasurementEventCallback<float>((_, v, tags, state) => Record(v, tags, state));
        _listener.SetMeasurementEventCallback<double>((_, v, tags, state) => Record(v, tags, state));
        _listener.SetMeasurementEventCallback<decimal>((_, v, tags, state) => Record((double)v, tags, state));
    }

    public void Start() => _listener.Start();

    /// <summary>Writes all instruments ordered by name; the observable ones are asked now.</summary>
    public void Write(PrometheusText text)
    {
        lock (_observing)
        {
            foreach (InstrumentSeries series in _instruments.Values)
                series.BeginObservation();
            try
            {
                _listener.RecordObservableInstruments();
            }
            catch (AggregateException)
            {
                // An instrument's callback threw: the others have been asked all the same, its own series are absent.
            }

            foreach (InstrumentSeries series in _instruments.Values.OrderBy(s => s.Name, StringComparer.Ordinal))
                text.Write(series);
        }
    }

    /// <summary>
    /// The buckets of a histogram, summed over its tags: their upper bounds, and how many measurements each has, the last one
    /// without bound. Null where nothing of the name was measured.
    /// </summary>
    /// <param name="instrument">The instrument's own name, such as <c>sv2.ledger.commit.duration</c>.</param>
    public (double[] Bounds, long[] Counts)? Buckets(string instrument)
    {
        (double[] Bounds, long[] Counts)? sum = null;
        foreach ((Instrument key, InstrumentSeries value) in _instruments)
        {
            if (key.Name != instrument || value.Kind != SeriesKind.Histogram)
                continue;
            foreach (Series series in value.Series)
            {
                long[] buckets = series.Buckets();
                sum ??= (value.Bounds.ToArray(), new long[buckets.Length]);
                for (int i = 0; i < Math.Min(buckets.Length, sum.Value.Counts.Length); i++)
                    sum.Value.Counts[i] += buckets[i];
            }
        }

        return sum;
    }

    public void Dispose() => _listener.Dispose();

    private void Publish(Instrument instrument, MeterListener listener)
    {
        string meter = instrument.Meter.Name;
        if (_instruments.Count >= InstrumentsMax || !Meters.Any(m => meter == m || meter.StartsWith(m + ".", StringComparison.Ordinal)))
            return;
        var series = new InstrumentSeries(instrument);
        _instruments[instrument] = series;
        listener.EnableMeasurementEvents(instrument, series);
    }

    private static void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state) =>
        ((InstrumentSeries)state!).Record(value, tags);
}
