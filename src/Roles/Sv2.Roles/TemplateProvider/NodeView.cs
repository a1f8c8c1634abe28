using Sv2.Protocol;

namespace Sv2.Roles.TemplateProvider;

/// <summary>All that a template on top of a node's best block needs, at one moment. Immutable.</summary>
public sealed record NodeView
{
    /// <summary>Hash of the best block, wire order.</summary>
    public required U256 TipHash { get; init; }

    /// <summary>Height of the block to be mined: that of the best block plus one.</summary>
    public required int Height { get; init; }

    /// <summary>Header version of the block to be mined.</summary>
    public required uint Version { get; init; }

    /// <summary>Compact target of the block to be mined.</summary>
    public required uint NBits { get; init; }

    /// <summary>Least nTime that consensus allows: median time past plus one.</summary>
    public required uint MinTime { get; init; }

    /// <summary>The node's clock minus ours, whole seconds; 0 for a node in this process.</summary>
    public int ClockOffsetSeconds { get; init; }

    /// <summary>Subsidy of the block to be mined, satoshi.</summary>
    public required long Subsidy { get; init; }

    /// <summary>Subsidy of the block after it; null where it is not known, and no template can be made ahead.</summary>
    public long? NextSubsidy { get; init; }

    /// <summary>Transactions to choose from, the most wanted first, parents before their children.</summary>
    public required IReadOnlyList<CandidateTransaction> Candidates { get; init; }
}

/// <summary>A transaction that may go into the block.</summary>
public sealed class CandidateTransaction
{
    /// <summary>The transaction as the network carries it, with its witness.</summary>
    public required ReadOnlyMemory<byte> Data { get; init; }

    public required U256 Txid { get; init; }

    public required U256 Wtxid { get; init; }

    /// <summary>Fee in satoshi.</summary>
    public required long Fee { get; init; }

    /// <summary>Weight units.</summary>
    public required int Weight { get; init; }

    /// <summary>Sigop cost, on the scale of 80 000 for a block.</summary>
    public required int SigopCost { get; init; }

    /// <summary>Positions in <see cref="NodeView.Candidates"/> of the transactions that must be in the block before this one.</summary>
    public IReadOnlyList<int> Depends { get; init; } = [];
}
