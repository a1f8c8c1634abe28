using System.Collections.Concurrent;
using Sv2.Bitcoin;
using Sv2.Mining.Server;
using Sv2.Protocol;

namespace Sv2.Roles.MiningProxy;

/// <summary>What became of miners' shares since the start. Thread-safe.</summary>
internal sealed class ProxyCounters
{
    private readonly ConcurrentDictionary<ShareRejection, long> _rejections = new();
    private long _accepted;
    private long _rejected;
    private long _forwarded;
    private long _blocks;
    private double _best;

    /// <summary>Shares that passed the proxy's checks.</summary>
    public long Accepted => Interlocked.Read(ref _accepted);

    /// <summary>Shares that were refused, by the proxy or, in transparent mode, by the pool.</summary>
    public long Rejected => Interlocked.Read(ref _rejected);

    /// <summary>Shares sent on to a pool.</summary>
    public long Forwarded => Interlocked.Read(ref _forwarded);

    /// <summary>Headers that met the network's target.</summary>
    public long Blocks => Interlocked.Read(ref _blocks);

    /// <summary>Best share difficulty.</summary>
    public double Best => Volatile.Read(ref _best);

    /// <summary>Refused shares by the code that the miner was told.</summary>
    public IEnumerable<KeyValuePair<string, long>> Rejections => _rejections
        .GroupBy(static pair => pair.Key.ToErrorCode()).Select(static group => KeyValuePair.Create(group.Key, group.Sum(static pair => pair.Value)))
        .OrderBy(static pair => pair.Key, StringComparer.Ordinal);

    public void Accept(in U256 hash)
    {
        Interlocked.Increment(ref _accepted);
        double difficulty = Target.Difficulty(hash);
        double best = Volatile.Read(ref _best);
        while (difficulty > best)
        {
            double seen = Interlocked.CompareExchange(ref _best, difficulty, best);
            if (seen == best)
                break;
            best = seen;
        }
    }

    public void Reject(ShareRejection reason)
    {
        Interlocked.Increment(ref _rejected);
        _rejections.AddOrUpdate(reason, 1, static (_, count) => count + 1);
    }

    /// <summary>A share that had been accepted was refused by the pool, or nobody knows.</summary>
    public void TakeBack()
    {
        Interlocked.Decrement(ref _accepted);
        Reject(ShareRejection.RefusedUpstream);
    }

    public void Forward() => Interlocked.Increment(ref _forwarded);

    public void FindBlock() => Interlocked.Increment(ref _blocks);
}
