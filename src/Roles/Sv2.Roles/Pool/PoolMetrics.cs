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

    private static readonly Histogram<double> AcknowledgementWait =
        Meter.CreateHistogram<double>("sv2.pool.share.acknowledgement.wait", "s", "Time from the acceptance of the oldest share of an acknowledgement until it was sent");

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
