namespace Sv2.ControlPlane.History;

/// <summary>What the values of a series are.</summary>
public enum LineKind
{
    /// <summary>A level: its value is the mean over a step.</summary>
    Gauge,

    /// <summary>Events: its value is how many there were in a step.</summary>
    Count,
}

/// <summary>A series that can be asked for.</summary>
/// <param name="Name">camelCase name.</param>
/// <param name="Unit">Unit of its values.</param>
/// <param name="Kind">What its values are.</param>
/// <param name="Description">What it tells, in plain words.</param>
public sealed record SeriesInfo(string Name, string Unit, LineKind Kind, string Description);

/// <summary>The series there are.</summary>
public static class SeriesCatalog
{
    public const string HashRate = "hashRate";
    public const string Shares = "shares";
    public const string Connections = "connections";
    public const string Channels = "channels";
    public const string WorkersOnline = "workersOnline";
    public const string Blocks = "blocks";
    public const string TemplateValue = "templateValueSats";
    public const string Height = "height";
    public const string Mempool = "mempoolTransactions";
    public const string UpstreamLatency = "upstreamLatency";

    /// <summary>The label of accepted shares; rejected ones have their error code.</summary>
    public const string Accepted = "accepted";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<SeriesInfo> All { get; } =
    [
        new(HashRate, "H/s", LineKind.Gauge, "Hash rate estimated from accepted shares."),
        new(Shares, "shares", LineKind.Count, "Shares by verdict: the line 'accepted', and one for each reason of a rejection."),
        new(Connections, "connections", LineKind.Gauge, "Open connections of miners."),
        new(Channels, "channels", LineKind.Gauge, "Open mining channels."),
        new(WorkersOnline, "workers", LineKind.Gauge, "Workers with an open channel."),
        new(Blocks, "blocks", LineKind.Count, "Blocks found."),
        new(TemplateValue, "sat", LineKind.Gauge, "Subsidy and fees of the newest block template."),
        new(Height, "blocks", LineKind.Gauge, "Height of the best chain."),
        new(Mempool, "transactions", LineKind.Gauge, "Transactions that wait for a block."),
        new(UpstreamLatency, "s", LineKind.Gauge, "Time from a share to its upstream's answer, by upstream."),
        new("shareVerdict", "s", LineKind.Gauge, "Time to judge a share: median and 99th percentile."),
        new("commitWait", "s", LineKind.Gauge, "Time from a share's acceptance until it is on disk: median and 99th percentile."),
        new("acknowledgement", "s", LineKind.Gauge, "Time from a share's acceptance until its miner is told: median and 99th percentile."),
        new("jobFanOut", "s", LineKind.Gauge, "Time to hand a new job to every connection: median and 99th percentile."),
        new("ledgerCommit", "s", LineKind.Gauge, "Time of one group commit of the ledger: median and 99th percentile."),
        new("handshake", "s", LineKind.Gauge, "Time of a Noise handshake: median and 99th percentile."),
    ];

    /// <summary>Histograms that become series: their name as an instrument, and the series.</summary>
    internal static IReadOnlyList<(string Instrument, string Series)> Histograms { get; } =
    [
        ("sv2.pool.share.verdict.duration", "shareVerdict"),
        ("sv2.pool.share.commit.wait", "commitWait"),
        ("sv2.pool.share.acknowledgement.wait", "acknowledgement"),
        ("sv2.pool.fanout.duration", "jobFanOut"),
        ("sv2.ledger.commit.duration", "ledgerCommit"),
        ("sv2.handshakes.duration", "handshake"),
    ];

    /// <summary>Finds a series; null where there is none of the name.</summary>
    public static SeriesInfo? Find(string name) => All.FirstOrDefault(s => s.Name == name);
}
