using System.Diagnostics.Metrics;

namespace Sv2.ControlPlane.Metrics;

/// <summary>The buckets of a histogram: the instrument's own advice, or what suits its unit.</summary>
internal static class HistogramBounds
{
    // Six to a decade, so that a quantile read off them is right to about a fifth.
    private static readonly double[] Seconds =
    [
        1e-6, 1.5e-6, 2e-6, 3e-6, 5e-6, 7e-6, 1e-5, 1.5e-5, 2e-5, 3e-5, 5e-5, 7e-5, 1e-4, 1.5e-4, 2e-4, 3e-4, 5e-4, 7e-4,
        1e-3, 1.5e-3, 2e-3, 3e-3, 5e-3, 7e-3, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10, 60,
    ];

    private static readonly double[] Bytes = [64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 16777216];
    private static readonly double[] Counts = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10000];

    public static double[] Of(Instrument instrument)
    {
        double[]? advised = instrument switch
        {
            Histogram<double> h => h.Advice?.HistogramBucketBoundaries?.ToArray(),
            Histogram<long> h => h.Advice?.HistogramBucketBoundaries?.Select(b => (double)b).ToArray(),
            Histogram<int> h => h.Advice?.HistogramBucketBoundaries?.Select(b => (double)b).ToArray(),
            _ => null,
        };
        return advised ?? instrument.Unit switch
        {
            "s" => Seconds,
            "ms" => [.. Seconds.Select(s => s * 1000)],
            "By" => Bytes,
            _ => Counts,
        };
    }
}
