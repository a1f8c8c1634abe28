using Sv2.Roles;
using Sv2.Roles.Ledger;

namespace Sv2.ControlPlane.Api;

/// <summary>
/// Workers, miners and channels of all instances as they were a moment ago. Read from the roles a few times a second at most,
/// however many pages and clients ask, so that asking costs the roles nothing.
/// </summary>
internal sealed class MiningBoard(IRoleHost host, TimeProvider time)
{
    private const int ItemsMax = 1_000_000;
    private static readonly ListQuery All = new() { Limit = ItemsMax };

    private readonly Reading<WorkerInfo> _workers = new(time);
    private readonly Reading<ChannelInfo> _channels = new(time);
    private volatile MinersByAccount? _miners;
    private volatile ChannelsByAccount? _byAccount;

    /// <summary>Every worker, by instance and name.</summary>
    public ValueTask<Snapshot<WorkerInfo>> WorkersAsync(CancellationToken cancellationToken) =>
        _workers.GetAsync(async () => (await host.ListWorkersAsync(All, CancellationToken.None)).Items, cancellationToken);

    /// <summary>Every channel, by instance, connection and id.</summary>
    public ValueTask<Snapshot<ChannelInfo>> ChannelsAsync(CancellationToken cancellationToken) =>
        _channels.GetAsync(async () => (await host.ListChannelsAsync(All, CancellationToken.None)).Items, cancellationToken);

    /// <summary>The miners of the whole stack, from the instances where every share is counted once.</summary>
    public async ValueTask<MinersByAccount> MinersAsync(CancellationToken cancellationToken)
    {
        Snapshot<WorkerInfo> workers = await WorkersAsync(cancellationToken);
        if (_miners is { } taken && ReferenceEquals(taken.Source, workers))
            return taken;
        HashSet<string> counted = [.. StackFigures.CountedOnce(await host.ListAsync(cancellationToken)).Select(s => s.Definition.Name)];
        return _miners = new MinersByAccount(workers, [.. workers.Items.Where(w => counted.Contains(w.Instance))]);
    }

    /// <summary>The channels that an account's miners have open.</summary>
    public async ValueTask<IEnumerable<ChannelInfo>> ChannelsOfAsync(string account, CancellationToken cancellationToken)
    {
        Snapshot<ChannelInfo> channels = await ChannelsAsync(cancellationToken);
        ChannelsByAccount? taken = _byAccount;
        if (taken is null || !ReferenceEquals(taken.Source, channels))
            _byAccount = taken = new ChannelsByAccount(channels, channels.Items.Where(c => c.IsDownstream).ToLookup(c => AccountOf(c.UserIdentity), StringComparer.Ordinal));
        return taken.Lookup[account];
    }

    /// <summary>The account that a worker belongs to.</summary>
    public static string AccountOf(string worker) => WorkerName.Parse(worker).Account;

    private sealed record ChannelsByAccount(Snapshot<ChannelInfo> Source, ILookup<string, ChannelInfo> Lookup);

    /// <summary>What was read last, and whoever reads it anew.</summary>
    private sealed class Reading<T>(TimeProvider time)
    {
        private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(250);

        private readonly SemaphoreSlim _gate = new(1, 1);
        private volatile Taken? _taken;

        public async ValueTask<Snapshot<T>> GetAsync(Func<ValueTask<IReadOnlyList<T>>> read, CancellationToken cancellationToken)
        {
            if (_taken is { } taken && IsFresh(taken))
                return taken.Items;
            await _gate.WaitAsync(cancellationToken);
            try
            {
                if (_taken is { } other && IsFresh(other))
                    return other.Items;
                long at = time.GetTimestamp();
                var items = new Snapshot<T>(await read());
                _taken = new Taken(items, at);
                return items;
            }
            finally
            {
                _gate.Release();
            }
        }

        private bool IsFresh(Taken taken) => time.GetElapsedTime(taken.At) < Fresh;

        private sealed record Taken(Snapshot<T> Items, long At);
    }
}
