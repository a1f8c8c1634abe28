using Sv2.Mining.Server;
using Sv2.Roles.Ledger;

namespace Sv2.Roles.Pool;

/// <summary>What all connections of a pool share.</summary>
internal sealed record PoolServices
{
    public required PoolOptions Options { get; init; }

    public required MiningServer Server { get; init; }

    public required ShareLedger Ledger { get; init; }

    public required PoolWorkers Workers { get; init; }

    public required SoloFamilies Solo { get; init; }

    public required PoolBlocks Blocks { get; init; }

    public required PoolTotals Totals { get; init; }

    public required IRoleEvents Events { get; init; }

    public required TimeProvider Time { get; init; }
}
