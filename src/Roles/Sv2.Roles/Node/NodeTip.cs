using Sv2.Protocol;

namespace Sv2.Roles.Node;

/// <summary>What a node says a block on its best one must look like. Immutable.</summary>
internal sealed record NodeTip
{
    /// <summary>Hash of the best block, wire order.</summary>
    public required U256 Hash { get; init; }

    /// <summary>Height of the block to be mined.</summary>
    public required int NextHeight { get; init; }

    /// <summary>Compact target of the block to be mined.</summary>
    public required uint NBits { get; init; }

    /// <summary>Least nTime that consensus allows.</summary>
    public required uint MinTime { get; init; }

    /// <summary>The node's clock when it answered.</summary>
    public required uint CurrentTime { get; init; }

    /// <summary>Whether the node judges blocks that are still to be mined (BIP 23).</summary>
    public required bool JudgesProposals { get; init; }
}

/// <summary>A transaction of a node's mempool.</summary>
/// <param name="Txid">Its txid, wire order.</param>
/// <param name="Data">It, with its witness.</param>
internal readonly record struct NodeTransaction(U256 Txid, byte[] Data);

/// <summary>A node's answer to <c>getblocktemplate</c>, as far as one who makes no templates of it needs it.</summary>
/// <param name="Tip">The tip.</param>
/// <param name="LongPollId">What to wait on for the next one.</param>
/// <param name="Transactions">The transactions that it would mine, without those already known.</param>
internal sealed record NodeTemplate(NodeTip Tip, string LongPollId, IReadOnlyList<NodeTransaction> Transactions);
