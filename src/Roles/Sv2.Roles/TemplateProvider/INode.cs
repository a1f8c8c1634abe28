using Sv2.Protocol;

namespace Sv2.Roles.TemplateProvider;

/// <summary>
/// The node whose transactions the template provider offers for mining and to which it gives the blocks that were found: the
/// embedded chain or a Bitcoin Core node.
/// </summary>
public interface INode : IAsyncDisposable
{
    /// <summary>
    /// Opens the node and begins to follow it. A node that is remote and away is no error: it is tried again, and
    /// <see cref="Status"/> says so.
    /// </summary>
    /// <param name="observer">Told of every new view; not called after <see cref="IAsyncDisposable.DisposeAsync"/> has returned.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    Task StartAsync(INodeObserver observer, CancellationToken cancellationToken);

    /// <summary>The tip and the candidates as they are now; null until the node can be mined on. Cheap when nothing has changed.</summary>
    NodeView? CurrentView();

    /// <summary>Gives a block to the node. Returns when the node has judged it, or it is stored for as long as no node can be reached.</summary>
    Task<BlockVerdict> SubmitBlockAsync(SolvedBlock block, CancellationToken cancellationToken);

    /// <summary>Blocks that the node knows of first-hand, the newest first.</summary>
    Page<BlockInfo> ListBlocks(ListQuery query);

    /// <summary>How the node is. Cheap, never throws.</summary>
    NodeStatus Status { get; }
}

/// <summary>How a node is, for the role's report.</summary>
public sealed record NodeStatus
{
    public required RoleHealth Health { get; init; }

    /// <summary>One sentence in plain words.</summary>
    public required string Message { get; init; }

    /// <summary>Height of the best block; null where it is not known.</summary>
    public int? Height { get; init; }

    /// <summary>Hash of the best block, wire order; null where it is not known.</summary>
    public U256? TipHash { get; init; }

    /// <summary>Transactions that wait for a block; null where it is not known.</summary>
    public int? MempoolTransactions { get; init; }

    /// <summary>The nodes behind it, in order of preference; empty for a node in this process.</summary>
    public IReadOnlyList<UpstreamInfo> Upstreams { get; init; } = [];

    /// <summary>Where the node itself can be reached, beside the role's own endpoint.</summary>
    public IReadOnlyList<EndpointInfo> Endpoints { get; init; } = [];
}

/// <summary>
/// Learns what changes at a node. Both calls are hints that may come from any thread, several changes may be told as one; what
/// is true then is read from <see cref="INode.CurrentView"/>. The node holds no lock of its own while it calls.
/// </summary>
public interface INodeObserver
{
    /// <summary>A node has judged a block that had to wait for one (<see cref="BlockJudgement.Waiting"/>).</summary>
    void OnBlockJudged(SolvedBlock block, BlockVerdict verdict)
    {
    }

    /// <summary>The best block changed, perhaps to one of the same or a lower height.</summary>
    void OnTipChanged();

    /// <summary>Candidates came or went, or the node's status changed.</summary>
    void OnNodeChanged();
}
