using System.Globalization;
using System.Text;

namespace Sv2.ControlPlane.Metrics;

/// <summary>Writes Prometheus' text format, version 0.0.4.</summary>
internal sealed class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();
    private readonly HashSet<string> _families = new(StringComparer.Ordinal);

    public override string ToString() => _text.ToString();

    public void Write(InstrumentSeries instrument)
    {
        if (instrument.Series.Count == 0 || !Family(instrument.Name, instrument.Kind, instrument.Description))
            return;
        foreach (Series series in instrument.Series)
        {
            if (instrument.Kind == SeriesKind.Histogram)
                WriteHistogram(instrument, series);
            else
                Sample(instrument.Name, series.Tags, series.Value);
        }
    }

    /// <summary>Begins a family; false if it was written already, as a name may be given once only.</summary>
    public bool Family(string name, SeriesKind kind, string? help)
    {
        if (!_families.Add(name))
            return false;
        if (!string.IsNullOrEmpty(help))
            _text.Append("# HELP ").Append(name).Append(' ').Append(help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(kind.ToString().ToLowerInvariant()).Append('\n');
        return true;
    }

    public void Sample(string name, IEnumerable<KeyValuePair<string, object?>> tags, double value)
    {
        _text.Append(name);
        Labels(tags);
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    private void WriteHistogram(InstrumentSeries instrument, Series series)
    {
        long[] buckets = series.Buckets();
        long count = 0;
        for (int i = 0; i < buckets.Length; i++)
        {
            count += buckets[i];
            string bound = i < instrument.Bounds.Length ? Number(instrument.Bounds[i]) : "+Inf";
            Sample(instrument.Name + "_bucket", [.. series.Tags, new("le", bound)], count);
        }

        Sample(instrument.Name + "_sum", series.Tags, series.Value);
        Sample(instrument.Name + "_count", series.Tags, count);
    }

    private void Labels(IEnumerable<KeyValuePair<string, object?>> tags)
    {
        char separator = '{';
        foreach ((string key, object? value) in tags)
        {
            _text.Append(separator).Append(PrometheusName.Clean(key)).Append("=\"");
            foreach (char c in Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")
            {
                _ = c switch
                {
                    '\\' => _text.Append("\\\\"),
                    '"' => _text.Append("\\\""),
                    '\n' => _text.Append("\\n"),
                    _ => _text.Append(c),
                };
            }

            _text.Append('"');
            separator = ',';
        }

        if (separator == ',')
            _text.Append('}');
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}
