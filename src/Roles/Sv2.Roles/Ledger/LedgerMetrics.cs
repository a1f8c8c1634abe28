using System.Diagnostics.Metrics;

namespace Sv2.Roles.Ledger;

/// <summary>The meter <c>Sv2.Ledger</c>.</summary>
internal static class LedgerMetrics
{
    public const string MeterName = "Sv2.Ledger";

    private static readonly Meter Meter = new(MeterName);

    private static readonly Counter<long> Shares =
        Meter.CreateCounter<long>("sv2.ledger.shares", "{share}", "Shares put on disk");

    private static readonly Histogram<double> CommitDuration =
        Meter.CreateHistogram<double>("sv2.ledger.commit.duration", "s", "Time of one group commit, including the sync");

    private static readonly Histogram<int> CommitShares =
        Meter.CreateHistogram<int>("sv2.ledger.commit.shares", "{share}", "Shares in one group commit");

    public static readonly Counter<long> Refused =
        Meter.CreateCounter<long>("sv2.ledger.refused", "{share}", "Shares refused because the queue was full");

    public static void Committed(int shares, TimeSpan duration)
    {
        Shares.Add(shares);
        CommitShares.Record(shares);
        CommitDuration.Record(duration.TotalSeconds);
    }
}
