namespace Sv2.Roles.Ledger;

/// <summary>What has become of a block that a miner found.</summary>
public enum BlockEntryState
{
    /// <summary>A share met the network's target.</summary>
    Found,

    /// <summary>The solution was handed to a template provider.</summary>
    Submitted,

    /// <summary>The chain's tip followed the block.</summary>
    Confirmed,

    /// <summary>The chain went on without the block.</summary>
    Orphaned,

    /// <summary>The block was refused, or could not be rebuilt.</summary>
    Rejected,
}

/// <summary>A block found by a miner of this pool.</summary>
public sealed record BlockEntry
{
    /// <summary>Block hash as it is displayed (most significant byte first), hex.</summary>
    public required string Hash { get; init; }

    /// <summary>Hash of the block before it, as it is displayed.</summary>
    public required string PrevHash { get; init; }

    /// <summary>Height of the block.</summary>
    public required long Height { get; init; }

    /// <summary>Sum of the coinbase outputs in satoshi.</summary>
    public required long CoinbaseValue { get; init; }

    /// <summary>Compact form of the target the block had to meet.</summary>
    public required uint NBits { get; init; }

    /// <summary>The <c>user_identity</c> of the channel that found it, as the miner wrote it.</summary>
    public required string Finder { get; init; }

    /// <summary>Account and worker the finding share is booked for.</summary>
    public required WorkerName Name { get; init; }

    /// <summary>When it was found.</summary>
    public required DateTimeOffset FoundAt { get; init; }

    /// <summary>Where it stands.</summary>
    public BlockEntryState State { get; init; } = BlockEntryState.Found;

    /// <summary>Why it was orphaned or rejected, or who accepted it.</summary>
    public string Reason { get; init; } = "";

    /// <summary>When the state last changed.</summary>
    public DateTimeOffset ChangedAt { get; init; }
}

/// <summary>A change in the state of a block already booked.</summary>
public sealed record BlockChange(string Hash, BlockEntryState State, DateTimeOffset At, string Reason = "");
