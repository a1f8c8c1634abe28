using Sv2.Roles;
using Sv2.Roles.Ledger;

namespace Sv2.ControlPlane.Api;

/// <summary>
/// Workers and channels of all instances as they were a moment ago. Read from the roles a few times a second at most,
/// however many pages and clients ask, so that asking costs the roles nothing.
/// </summary>
internal sealed class MiningBoard(IRoleHost host, TimeProvider time)
{
    private const int ItemsMax = 1_000_000;
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(250);
    private static readonly ListQuery All = new() { Limit = ItemsMax };

    private readonly Reading<WorkerInfo> _workers = new(time);
    private readonly Reading<ChannelInfo> _channels = new(time);
    private volatile Miners? _miners;

    /// <summary>Every worker, by instance and name.</summary>
    public ValueTask<IReadOnlyList<WorkerInfo>> WorkersAsync(CancellationToken cancellationToken) =>
        _workers.GetAsync(async () => (await host.ListWorkersAsync(All, CancellationToken.None)).Items, cancellationToken);

    /// <summary>Every channel, by instance, connection and id.</summary>
    public ValueTask<IReadOnlyList<ChannelInfo>> ChannelsAsync(CancellationToken cancellationToken) =>
        _channels.GetAsync(async () => (await host.ListChannelsAsync(All, CancellationToken.None)).Items, cancellationToken);

    /// <summary>The miners of the whole stack, from the instances where every share is counted once.</summary>
    public async ValueTask<Miners> MinersAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<WorkerInfo> workers = await WorkersAsync(cancellationToken);
        if (_miners is { } taken && ReferenceEquals(taken.Source, workers))
            return taken;
        HashSet<string> counted = [.. StackFigures.CountedOnce(await host.ListAsync(cancellationToken)).Select(s => s.Definition.Name)];
        return _miners = new Miners(workers, [.. workers.Where(w => counted.Contains(w.Instance))]);
    }

    /// <summary>The account that a worker belongs to.</summary>
    public static string AccountOf(string worker) => WorkerName.Parse(worker).Account;

    /// <summary>Workers by account, put together once for all who ask.</summary>
    /// <param name="source">All workers.</param>
    /// <param name="counted">Those that count.</param>
    internal sealed class Miners(IReadOnlyList<WorkerInfo> source, IReadOnlyList<WorkerInfo> counted)
    {
        private readonly Lazy<ILookup<string, WorkerInfo>> _byAccount = new(() => counted.ToLookup(w => AccountOf(w.Name), StringComparer.Ordinal));
        private readonly Lazy<IReadOnlyList<MinerView>> _all = new(() => MinerView.Of(counted));

        public IReadOnlyList<WorkerInfo> Source => source;

        /// <summary>Every miner, by account.</summary>
        public IReadOnlyList<MinerView> All => _all.Value;

        /// <summary>The workers of an account; none where there is no such miner.</summary>
        public List<WorkerInfo> WorkersOf(string account) => [.. _byAccount.Value[account]];
    }

    /// <summary>What was read last, and whoever reads it anew.</summary>
    private sealed class Reading<T>(TimeProvider time)
    {
        private readonly SemaphoreSlim _gate = new(1, 1);
        private volatile Taken? _taken;

        public async ValueTask<IReadOnlyList<T>> GetAsync(Func<ValueTask<IReadOnlyList<T>>> read, CancellationToken cancellationToken)
        {
            if (_taken is { } taken && IsFresh(taken))
                return taken.Items;
            await _gate.WaitAsync(cancellationToken);
            try
            {
                if (_taken is { } other && IsFresh(other))
                    return other.Items;
                long at = time.GetTimestamp();
                IReadOnlyList<T> items = await read();
                _taken = new Taken(items, at);
                return items;
            }
            finally
            {
                _gate.Release();
            }
        }

        private bool IsFresh(Taken taken) => time.GetElapsedTime(taken.At) < Fresh;

        private sealed record Taken(IReadOnlyList<T> Items, long At);
    }
}
