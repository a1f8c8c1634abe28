namespace Sv2.Roles;

/// <summary>A role that finds, forwards or checks blocks.</summary>
public interface IBlockSource
{
    /// <summary>The newest first. Where two roles know one block, the host joins what they know by its hash.</summary>
    ValueTask<Page<BlockInfo>> ListBlocksAsync(ListQuery query, CancellationToken cancellationToken);
}

/// <summary>A block, as far as a role knows it.</summary>
public sealed record BlockInfo
{
    /// <summary>Block hash in display order (reversed), lower-case hex.</summary>
    public required string Hash { get; init; }

    public required long Height { get; init; }

    /// <summary>Sum of the coinbase outputs in satoshi (subsidy and fees).</summary>
    public required long CoinbaseValueSats { get; init; }

    /// <summary>When the block was found.</summary>
    public required DateTimeOffset Time { get; init; }

    public required BlockState State { get; init; }

    /// <summary>Who found it: the user part of the identity; null where the role cannot know.</summary>
    public string? Finder { get; init; }

    /// <summary>The whole user_identity of the channel that found it; null where the role cannot know.</summary>
    public string? Worker { get; init; }

    /// <summary>Number of transactions including the coinbase; null where the role cannot know.</summary>
    public int? TransactionCount { get; init; }

    /// <summary>Network difficulty of the block; null where the role cannot know.</summary>
    public double? Difficulty { get; init; }

    /// <summary>Why it was rejected; null unless it was.</summary>
    public string? Reason { get; init; }

    /// <summary>The pool instance through which it was found, or else the role that knows of it; the host fills it in.</summary>
    public string Instance { get; init; } = "";
}

/// <summary>What became of a block. Ordered: of two roles' views the later one wins.</summary>
public enum BlockState
{
    /// <summary>Found and submitted; nothing is known about it yet.</summary>
    Submitted,

    /// <summary>Accepted: part of the best chain.</summary>
    Accepted,

    /// <summary>Refused by the chain.</summary>
    Rejected,

    /// <summary>Was valid, but another block took its place.</summary>
    Orphaned,
}
