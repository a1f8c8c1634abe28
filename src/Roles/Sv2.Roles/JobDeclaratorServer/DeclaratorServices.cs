using Sv2.Roles.JobDeclaration;
using Sv2.Roles.Node;

namespace Sv2.Roles.JobDeclaratorServer;

/// <summary>What all connections of a declarator server share.</summary>
internal sealed record DeclaratorServices
{
    public required JobDeclaratorServerOptions Options { get; init; }

    public required PoolOutputs Outputs { get; init; }

    public required TokenSigner Signer { get; init; }

    /// <summary>The node; null in coinbase-only mode.</summary>
    public required NodeFollower? Node { get; init; }

    public required MempoolMirror Mempool { get; init; }

    public required ByteBudget Provided { get; init; }

    public required DeclarationLog Log { get; init; }

    public required PushedBlocks Blocks { get; init; }

    public required DeclaratorTotals Totals { get; init; }

    public required IRoleEvents Events { get; init; }

    public required TimeProvider Time { get; init; }
}

/// <summary>Counters since the start. Thread-safe.</summary>
internal sealed class DeclaratorTotals
{
    private long _tokens;
    private long _throttled;
    private long _unmatched;
    private long _ignored;

    /// <summary>Tokens given.</summary>
    public long Tokens => Volatile.Read(ref _tokens);

    /// <summary>Requests for tokens that were not answered.</summary>
    public long Throttled => Volatile.Read(ref _throttled);

    /// <summary>Solutions that fit no declaration.</summary>
    public long Unmatched => Volatile.Read(ref _unmatched);

    /// <summary>Transactions that were not waited for: too late, twice, or never asked for.</summary>
    public long Ignored => Volatile.Read(ref _ignored);

    public void CountToken() => Interlocked.Increment(ref _tokens);

    public void CountThrottled() => Interlocked.Increment(ref _throttled);

    public void CountUnmatched() => Interlocked.Increment(ref _unmatched);

    public void CountIgnored() => Interlocked.Increment(ref _ignored);
}
