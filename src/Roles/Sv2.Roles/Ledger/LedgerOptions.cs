using System.ComponentModel.DataAnnotations;

namespace Sv2.Roles.Ledger;

/// <summary>Where shares and blocks are booked, and how long a share may wait for its group commit.</summary>
public sealed record LedgerOptions
{
    /// <summary>The SQLite file. Empty: <c>ledger.db</c> in the role's data directory.</summary>
    public string Path { get; init; } = "";

    /// <summary>How long the first share of a group may wait for others, at most 50 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:00.0500000")]
    public TimeSpan CommitDelay { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>A group is committed at once when it holds this many shares.</summary>
    [Range(1, 65_536)]
    public int CommitSharesMax { get; init; } = 4_096;

    /// <summary>Shares that may wait for the disk; the next ones are refused.</summary>
    [Range(16, 4_000_000)]
    public int QueueSharesMax { get; init; } = 131_072;

    /// <summary>How long the rows by minute are kept. Totals of workers and accounts are kept for good.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "3650.00:00:00")]
    public TimeSpan MinutesKept { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Workers one account may have by name; further names are booked together as <c>(other)</c>.</summary>
    [Range(1, 1_000_000)]
    public int WorkersPerAccountMax { get; init; } = 10_000;

    /// <summary>Largest size of the SQLite file in megabytes; 0 means as large as the disk allows.</summary>
    [Range(0, 1_000_000)]
    public int FileMegabytesMax { get; init; }
}
