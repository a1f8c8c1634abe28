using System.Collections.Concurrent;
using Sv2.Protocol;

namespace Sv2.Load;

/// <summary>What all miners of a run have seen. Thread-safe.</summary>
internal sealed class LoadStatistics
{
    private readonly ConcurrentDictionary<string, long> _errors = new();
    private readonly ConcurrentDictionary<U256, TipSpread> _tips = new();
    private long _sent;
    private long _acknowledged;
    private long _refusedAsMeant;
    private long _stale;

    /// <summary>Connection, handshake, setup and channel, until the first work was there.</summary>
    public LatencyHistogram Connect { get; } = new();

    /// <summary>From sending a share that must be refused until its refusal came.</summary>
    public LatencyHistogram Verdict { get; } = new();

    /// <summary>From sending a share until its acknowledgement, which comes after it is on disk and its batch is due.</summary>
    public LatencyHistogram Acknowledgement { get; } = new();

    public long Sent => Volatile.Read(ref _sent);

    public long Acknowledged => Volatile.Read(ref _acknowledged);

    public long Stale => Volatile.Read(ref _stale);

    public long RefusedAsMeant => Volatile.Read(ref _refusedAsMeant);

    public IReadOnlyDictionary<string, long> Errors => _errors;

    public long ErrorCount => _errors.Values.Sum();

    public IEnumerable<TipSpread> Tips => _tips.Values;

    /// <summary>The blocks that miners have heard of.</summary>
    public IEnumerable<U256> TipHashes => _tips.Keys;

    /// <summary>A block that is not among the known ones; null while there is none.</summary>
    public TipSpread? TipSince(HashSet<U256> known) => _tips.FirstOrDefault(tip => !known.Contains(tip.Key)).Value;

    public void CountSent() => Interlocked.Increment(ref _sent);

    public void CountAcknowledged(long count) => Interlocked.Add(ref _acknowledged, count);

    public void CountStale() => Interlocked.Increment(ref _stale);

    public void CountRefusedAsMeant() => Interlocked.Increment(ref _refusedAsMeant);

    public void Error(string kind) => _errors.AddOrUpdate(kind, 1, static (_, count) => count + 1);

    public void SawTip(U256 prevHash, long timestamp) => _tips.GetOrAdd(prevHash, static _ => new TipSpread()).Saw(timestamp);
}

/// <summary>When the first and the last miner heard of a tip. Thread-safe.</summary>
internal sealed class TipSpread
{
    private readonly Lock _gate = new();
    private long _first = long.MaxValue;
    private long _last;

    public int Miners { get; private set; }

    /// <summary>Last minus first.</summary>
    public TimeSpan Spread => TimeProvider.System.GetElapsedTime(_first, _last);

    /// <summary>From a moment until the last miner heard of it.</summary>
    public TimeSpan After(long timestamp) => TimeProvider.System.GetElapsedTime(timestamp, _last);

    public void Saw(long timestamp)
    {
        lock (_gate)
        {
            Miners++;
            _first = Math.Min(_first, timestamp);
            _last = Math.Max(_last, timestamp);
        }
    }
}
