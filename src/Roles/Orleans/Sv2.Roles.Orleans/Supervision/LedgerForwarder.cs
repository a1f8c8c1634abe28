using Microsoft.Extensions.Logging;
using Sv2.Roles.Hosting;
using Sv2.Roles.Orleans.Grains;

namespace Sv2.Roles.Orleans.Supervision;

/// <summary>
/// Sends what this silo's pools have booked up to their grains: one call a front end and round, however many shares came.
/// The ledgers are the queue: what is not stored in the grain is still in the ledger, and is sent again.
/// </summary>
internal sealed partial class LedgerForwarder(IGrainFactory grains, InProcessRoleHost host, ILogger<LedgerForwarder> log)
{
    private const int WorkersPerBatch = 20_000;
    private const int BlocksPerRound = 50;

    private readonly Dictionary<string, long> _knownThrough = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BlockInfo> _booked = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>One round over all front ends of this silo.</summary>
    public async Task ForwardAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            foreach (RoleStatus status in await host.ListAsync(cancellation).ConfigureAwait(false))
            {
                if (host.FindRunning(status.Definition.Name) is not { } role) continue;
                await ForwardAsync(status.Definition.Name, role, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task ForwardAsync(string name, IRole role, CancellationToken cancellation)
    {
        if (role is not IShareTotalsSource source) return;
        IPoolGrain pool = grains.GetGrain<IPoolGrain>(source.Pool);
        try
        {
            await ForwardSharesAsync(name, source, pool, cancellation).ConfigureAwait(false);
            if (role is IBlockSource blocks) await ForwardBlocksAsync(name, blocks, pool, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Next round: nothing is lost, the ledger has it.
            LogFailed(log, name, source.Pool, e.Message);
        }
    }

    private async Task ForwardSharesAsync(string name, IShareTotalsSource source, IPoolGrain pool, CancellationToken cancellation)
    {
        // The second itself is read again next time: more shares may come in it.
        long since = _knownThrough.GetValueOrDefault(name);
        IReadOnlyList<WorkerTotal> changed = await source.ReadTotalsAsync(since, WorkersPerBatch, cancellation).ConfigureAwait(false);
        if (changed.Count == 0) return;
        long through = changed[^1].LastShareAt;
        // A second with more workers than a batch holds would be read for ever.
        if (changed.Count == WorkersPerBatch && through == since) through++;
        _knownThrough[name] = await pool.BookAsync(new ShareBatch(name, since, through, [.. changed])).WaitAsync(cancellation).ConfigureAwait(false);
    }

    private async Task ForwardBlocksAsync(string name, IBlockSource source, IPoolGrain pool, CancellationToken cancellation)
    {
        Page<BlockInfo> page = await source.ListBlocksAsync(new ListQuery { Limit = BlocksPerRound }, cancellation).ConfigureAwait(false);
        foreach (BlockInfo block in page.Items)
        {
            if (_booked.TryGetValue(block.Hash, out BlockInfo? known) && known.State == block.State) continue;
            await pool.BookBlockAsync(block with { Instance = name }).WaitAsync(cancellation).ConfigureAwait(false);
            _booked[block.Hash] = block;
        }

        // Only the newest are looked at again, so only they need remembering.
        if (_booked.Count <= 20 * BlocksPerRound) return;
        foreach (string old in _booked.Values.OrderBy(b => b.Time).Take(10 * BlocksPerRound).Select(b => b.Hash).ToList()) _booked.Remove(old);
    }

    [LoggerMessage(LogLevel.Warning, "{FrontEnd}: its shares could not be sent to pool {Pool}, and will be sent again: {Reason}")]
    private static partial void LogFailed(ILogger log, string frontEnd, string pool, string reason);
}
