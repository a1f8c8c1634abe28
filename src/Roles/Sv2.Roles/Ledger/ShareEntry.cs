namespace Sv2.Roles.Ledger;

/// <summary>One accepted share, as the ledger books it.</summary>
public readonly record struct ShareEntry
{
    /// <summary>Whom the share is booked for.</summary>
    public required WorkerName Name { get; init; }

    /// <summary>When the share was accepted, in seconds since 1970 (UTC).</summary>
    public required long AcceptedAt { get; init; }

    /// <summary>The difficulty of the target the share had to meet, as it is summed in <c>SubmitShares.Success</c>.</summary>
    public required ulong Difficulty { get; init; }

    /// <summary>
    /// Expected number of hashes behind that target: exact, also where the difficulty rounds to zero. Of a miner's own job that
    /// pays the pool only a part of its coinbase, the same part of it (6.4.3): this is what a share is credited.
    /// </summary>
    public required UInt128 Work { get; init; }

    /// <summary>The difficulty the hash really reached; for the worker's record, never for credit.</summary>
    public double AchievedDifficulty { get; init; }
}
