using Sv2.Roles;

namespace Sv2.ControlPlane.Api;

/// <summary>Workers put together by account, once for all who ask.</summary>
/// <param name="source">All workers.</param>
/// <param name="counted">Those that count for the stack as a whole.</param>
internal sealed class MinersByAccount(Snapshot<WorkerInfo> source, IReadOnlyList<WorkerInfo> counted)
{
    private readonly Lazy<ILookup<string, WorkerInfo>> _workers = new(() => counted.ToLookup(w => MiningBoard.AccountOf(w.Name), StringComparer.Ordinal));
    private readonly Lazy<Snapshot<MinerView>> _all = new(() => new(MinerView.Of(counted)));
    private readonly Lazy<Dictionary<string, Snapshot<MinerView>>> _byInstance = new(() => source.Items
        .GroupBy(w => w.Instance, StringComparer.Ordinal).ToDictionary(g => g.Key, g => new Snapshot<MinerView>(MinerView.Of(g)), StringComparer.Ordinal));

    public Snapshot<WorkerInfo> Source => source;

    /// <summary>Every miner of the stack, by account.</summary>
    public Snapshot<MinerView> All => _all.Value;

    /// <summary>The miners of one instance, whether it counts or not; none where it has none.</summary>
    public Snapshot<MinerView> Of(string instance) => _byInstance.Value.GetValueOrDefault(instance) ?? new([]);

    /// <summary>The workers of an account; none where there is no such miner.</summary>
    public List<WorkerInfo> WorkersOf(string account) => [.. _workers.Value[account]];
}
