using System.Diagnostics.Metrics;
using Sv2.Mining.Server;

namespace Sv2.Roles.Pool;

/// <summary>The meter <c>Sv2.Pool</c>. The ledger's own figures are in <c>Sv2.Ledger</c>.</summary>
internal static class PoolMetrics
{
    public const string MeterName = "Sv2.Pool";

    private static readonly Meter Meter = new(MeterName);

    private static readonly Counter<long> Shares =
        Meter.CreateCounter<long>("sv2.pool.shares", "{share}", "Shares judged, by verdict");

    private static readonly Histogram<double> Verdict =
        Meter.CreateHistogram<double>("sv2.pool.share.verdict.duration", "s", "Time to judge a share, from its frame to the verdict");

    // Fine around the usual delays of acknowledgements, of some hundred milliseconds to a few seconds: most waits end just behind one.
    private static readonly double[] AcknowledgementBounds =
    [
        0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9,
        1, 1.02, 1.05, 1.1, 1.15, 1.2, 1.3, 1.4, 1.5, 1.75, 2, 2.1, 2.25, 2.5, 3, 4, 5, 5.25, 6, 7.5, 10, 10.5, 15, 30, 60,
    ];

    private static readonly Histogram<double> AcknowledgementWait =
        Meter.CreateHistogram(
            "sv2.pool.share.acknowledgement.wait", "s", "Time from the acceptance of the oldest share of an acknowledgement until it was sent",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = AcknowledgementBounds });

    private static readonly Histogram<double> CommitWait =
        Meter.CreateHistogram<double>("sv2.pool.share.commit.wait", "s", "Time from a share's acceptance until it was on disk");

    private static readonly Histogram<double> FanOut =
        Meter.CreateHistogram<double>("sv2.pool.fanout.duration", "s", "Time to hand a new job to every connection, by cause");

    private static readonly Counter<long> Blocks =
        Meter.CreateCounter<long>("sv2.pool.blocks", "{block}", "Blocks found, by what became of them");

    public static readonly UpDownCounter<int> Connections =
        Meter.CreateUpDownCounter<int>("sv2.pool.connections", "{connection}", "Connections set up for mining");

    public static readonly UpDownCounter<int> Channels =
        Meter.CreateUpDownCounter<int>("sv2.pool.channels", "{channel}", "Open channels");

    private static readonly KeyValuePair<string, object?> Accepted = new("verdict", "accepted");

    // Made once, so that counting a share allocates nothing.
    private static readonly KeyValuePair<string, object?>[] Rejections =
        [.. Enum.GetValues<ShareRejection>().Select(reason => new KeyValuePair<string, object?>("verdict", reason == ShareRejection.None ? "none" : reason.ToErrorCode()))];

    public static void Accept() => Shares.Add(1, Accepted);

    public static void Reject(ShareRejection reason) => Shares.Add(1, Rejections[(int)reason]);

    /// <summary>Whether anybody wants to know how long verdicts take.</summary>
    public static bool MeasuresVerdicts => Verdict.Enabled;

    public static void Judged(TimeSpan duration) => Verdict.Record(duration.TotalSeconds);

    public static void Acknowledged(TimeSpan wait) => AcknowledgementWait.Record(wait.TotalSeconds);

    public static void Committed(TimeSpan wait) => CommitWait.Record(wait.TotalSeconds);

    public static void FannedOut(string cause, TimeSpan duration) =>
        FanOut.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("cause", cause));

    public static void Block(string state) => Blocks.Add(1, new KeyValuePair<string, object?>("state", state));
}
