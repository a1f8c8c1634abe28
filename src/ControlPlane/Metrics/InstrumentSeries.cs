using System.Diagnostics.Metrics;

namespace Sv2.ControlPlane.Metrics;

/// <summary>What an instrument becomes in Prometheus' terms.</summary>
internal enum SeriesKind
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>One instrument with its series, one for each set of tags.</summary>
internal sealed class InstrumentSeries
{
    /// <summary>Most series of one instrument; measurements beyond go to one series labelled <c>overflow="true"</c>.</summary>
    public const int SeriesMax = 500;

    private static readonly KeyValuePair<string, object?>[] Overflow = [new("overflow", "true")];

    private readonly Lock _adding = new();
    private readonly bool _isAbsolute;
    private readonly bool _isObservable;
    private readonly double[] _bounds;
    private volatile Series[] _series = [];

    public InstrumentSeries(Instrument instrument)
    {
        Type generic = instrument.GetType().GetGenericTypeDefinition();
        Kind = generic == typeof(Histogram<>) ? SeriesKind.Histogram
            : generic == typeof(Counter<>) || generic == typeof(ObservableCounter<>) ? SeriesKind.Counter
            : SeriesKind.Gauge;
        _isObservable = instrument.IsObservable;
        _isAbsolute = instrument.IsObservable || generic == typeof(Gauge<>);
        Unit = instrument.Unit;
        Description = instrument.Description;
        Name = PrometheusName.Of(instrument.Name, instrument.Unit, Kind);
        _bounds = Kind == SeriesKind.Histogram ? HistogramBounds.Of(instrument) : [];
    }

    public string Name { get; }

    public SeriesKind Kind { get; }

    public string? Unit { get; }

    public string? Description { get; }

    /// <summary>Upper bounds of the buckets, without infinity.</summary>
    public ReadOnlySpan<double> Bounds => _bounds;

    public IReadOnlyList<Series> Series => _series;

    /// <summary>Observable instruments tell all their series each time: those not told are gone.</summary>
    public void BeginObservation()
    {
        if (_isObservable)
            _series = [];
    }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Series series = Find(_series, tags) ?? Add(tags);
        if (Kind == SeriesKind.Histogram)
            series.Observe(value, _bounds);
        else if (_isAbsolute)
            series.Set(value);
        else
            series.Add(value);
    }

    private static Series? Find(Series[] all, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        int hash = Metrics.Series.HashOf(tags);
        foreach (Series series in all)
        {
            if (series.Is(hash, tags))
                return series;
        }

        return null;
    }

    private Series Add(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_adding)
        {
            Series[] all = _series;
            if (Find(all, tags) is { } present)
                return present;
            if (all.Length >= SeriesMax && !tags.SequenceEqual(Overflow))
                return Find(all, Overflow) ?? Append(all, Overflow);
            return Append(all, tags);
        }
    }

    private Series Append(Series[] all, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var made = new Series(tags.ToArray(), Kind == SeriesKind.Histogram ? _bounds.Length + 1 : 0);
        _series = [.. all, made];
        return made;
    }
}
