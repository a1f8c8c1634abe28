using System.ComponentModel.DataAnnotations;

namespace Sv2.Roles.Ledger;

/// <summary>Where shares and blocks are booked, and how long a share may wait for its group commit.</summary>
public sealed class LedgerOptions
{
    /// <summary>The SQLite file. Empty: <c>ledger.db</c> in the role's data directory.</summary>
    public string Path { get; init; } = "";

    /// <summary>How long the first share of a group may wait for others, in milliseconds.</summary>
    [Range(0, 50)]
    public int CommitDelayMs { get; init; } = 20;

    /// <summary>A group is committed at once when it holds this many shares.</summary>
    [Range(1, 65_536)]
    public int CommitSharesMax { get; init; } = 4_096;

    /// <summary>Shares that may wait for the disk; the next ones are refused.</summary>
    [Range(16, 4_000_000)]
    public int QueueSharesMax { get; init; } = 131_072;

    /// <summary>Days for which the per-minute rows are kept. Totals of workers and accounts are kept for good.</summary>
    [Range(1, 3_650)]
    public int MinutesKeptDays { get; init; } = 90;

    /// <summary>Workers one account may have by name; further names are booked together as <c>(other)</c>.</summary>
    [Range(1, 1_000_000)]
    public int WorkersPerAccountMax { get; init; } = 10_000;

    /// <summary>Largest size of the SQLite file in megabytes; 0 means as large as the disk allows.</summary>
    [Range(0, 1_000_000)]
    public int FileMegabytesMax { get; init; }
}
