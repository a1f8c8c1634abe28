using Sv2.ControlPlane.Metrics;

namespace Sv2.ControlPlane.History;

/// <summary>Median and 99th percentile of what a histogram measured since the last look.</summary>
internal sealed class HistogramQuantiles(MetricsCollector metrics)
{
    private readonly Dictionary<string, long[]> _before = [];

    /// <summary>Null where nothing was measured.</summary>
    public (double Median, double P99)? Of(string instrument)
    {
        if (metrics.Buckets(instrument) is not { } found)
            return null;
        (double[] bounds, long[] counts) = found;
        long[] added = [.. counts];
        if (_before.TryGetValue(instrument, out long[]? before) && before.Length == counts.Length)
        {
            for (int i = 0; i < added.Length; i++)
                added[i] = Math.Max(0, counts[i] - before[i]);
        }

        _before[instrument] = counts;
        return added.Sum() == 0 ? null : (Quantile(bounds, added, 0.5), Quantile(bounds, added, 0.99));
    }

    /// <summary>Where in its bucket the quantile lies, as if the bucket were filled evenly.</summary>
    internal static double Quantile(double[] bounds, long[] counts, double quantile)
    {
        double rank = quantile * counts.Sum();
        long seen = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] == 0 || seen + counts[i] < rank)
            {
                seen += counts[i];
                continue;
            }

            if (i >= bounds.Length)
                break;
            double low = i == 0 ? 0 : bounds[i - 1];
            return low + ((bounds[i] - low) * (rank - seen) / counts[i]);
        }

        return bounds[^1];
    }
}
