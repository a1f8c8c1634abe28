using System.Text.Json;
using Orleans.Runtime;
using Sv2.Roles.Hosting;

namespace Sv2.Roles.Orleans.Grains;

internal sealed class PoolGrain(
    [PersistentState("pool-totals", ClusterStorage.Name)] IPersistentState<PoolTotalsRecord> totals,
    [PersistentState("pool-blocks", ClusterStorage.Name)] IPersistentState<PoolBlocksRecord> blocks) : Grain, IPoolGrain
{
    /// <summary>How often changed totals are stored. The front ends' ledgers hold them meanwhile and send again after a crash.</summary>
    private static readonly TimeSpan StoreInterval = TimeSpan.FromSeconds(5);

    private bool _isChanged;
    private long _calls;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(StoreAsync, new GrainTimerCreationOptions(StoreInterval, StoreInterval) { KeepAlive = true });
        return base.OnActivateAsync(cancellationToken);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await StoreAsync(cancellationToken);
        await base.OnDeactivateAsync(reason, cancellationToken);
    }

    public Task<long> BookAsync(ShareBatch batch)
    {
        _calls++;
        if (!totals.State.FrontEnds.TryGetValue(batch.FrontEnd, out FrontEndRecord? frontEnd))
            frontEnd = totals.State.FrontEnds[batch.FrontEnd] = new FrontEndRecord();
        // This grain died before it had stored what it was told: the front end's ledger still has it.
        if (batch.Since > frontEnd.Through) return Task.FromResult(frontEnd.Through);
        foreach (WorkerTotal total in batch.Workers)
        {
            string name = total.Worker.Length == 0 ? total.Account : $"{total.Account}.{total.Worker}";
            if (frontEnd.Workers.TryGetValue(name, out WorkerRecord? known) && known.Shares >= total.Shares) continue;
            frontEnd.Workers[name] = WorkerRecord.Of(total);
            _isChanged = true;
        }

        frontEnd.Through = Math.Max(frontEnd.Through, batch.Through);
        return Task.FromResult(frontEnd.Through);
    }

    public async Task<bool> BookBlockAsync(BlockInfo block)
    {
        string json = JsonSerializer.Serialize(block, RoleJson.Wire);
        bool isNew = !blocks.State.Blocks.TryGetValue(block.Hash, out string? known);
        if (known == json || (known is not null && Read(known).State > block.State)) return false;
        blocks.State.Blocks[block.Hash] = json;
        await this.WriteAsync(blocks);
        return isNew;
    }

    public Task<WorkerTotal[]> ListWorkersAsync(int offset, int limit) => Task.FromResult<WorkerTotal[]>(
    [
        .. totals.State.FrontEnds.Values.SelectMany(f => f.Workers.Values).GroupBy(w => (w.Account, w.Worker))
            .Select(g => new WorkerTotal(
                g.Key.Account, g.Key.Worker, g.Sum(w => w.Shares), g.Sum(w => w.Difficulty), g.Max(w => w.Best), g.Max(w => w.LastShareAt)))
            .OrderBy(t => t.Account, StringComparer.Ordinal).ThenBy(t => t.Worker, StringComparer.Ordinal).Skip(offset).Take(limit),
    ]);

    public Task<BlockInfo[]> ListBlocksAsync(int offset, int limit) => Task.FromResult<BlockInfo[]>(
        [.. blocks.State.Blocks.Values.Select(Read).OrderByDescending(b => b.Height).ThenByDescending(b => b.Time).Skip(offset).Take(limit)]);

    public Task<PoolTraffic> GetTrafficAsync() =>
        Task.FromResult(new PoolTraffic(_calls, totals.State.FrontEnds.Values.Sum(f => f.Workers.Values.Sum(w => w.Shares))));

    private async Task StoreAsync(CancellationToken cancellationToken)
    {
        if (!_isChanged) return;
        await totals.WriteStateAsync(cancellationToken);
        _isChanged = false;
    }

    private static BlockInfo Read(string json) => JsonSerializer.Deserialize<BlockInfo>(json, RoleJson.Wire)!;
}
