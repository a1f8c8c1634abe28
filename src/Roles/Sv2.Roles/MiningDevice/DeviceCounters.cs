using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Roles.MiningDevice;

/// <summary>What the device achieved since its start, over all pools. Thread-safe.</summary>
internal sealed class DeviceCounters
{
    /// <summary>Reasons for rejections that are told apart. A pool chooses them freely, so the rest is counted together.</summary>
    public const int ReasonsMax = 16;

    private const string OtherReasons = "other";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _rejected = [];
    private long _accepted;
    private long _blocks;
    private double _bestDifficulty;

    /// <summary>Shares that pools acknowledged.</summary>
    public long Accepted => Interlocked.Read(ref _accepted);

    /// <summary>Shares whose hash met the network's target as well.</summary>
    public long Blocks => Interlocked.Read(ref _blocks);

    /// <summary>Difficulty of the best hash found.</summary>
    public double BestDifficulty
    {
        get
        {
            lock (_gate)
                return _bestDifficulty;
        }
    }

    /// <summary>Rejected shares by the pool's words for the reason.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> RejectedByReason
    {
        get
        {
            lock (_gate)
                return [.. _rejected];
        }
    }

    /// <summary>Rejected shares, for whatever reason.</summary>
    public long Rejected
    {
        get
        {
            lock (_gate)
                return _rejected.Values.Sum();
        }
    }

    public void CountAccepted(uint shares) => Interlocked.Add(ref _accepted, shares);

    public void CountRejected(string reason)
    {
        string safe = LogText.Sanitise(reason);
        lock (_gate)
        {
            string key = _rejected.ContainsKey(safe) || _rejected.Count < ReasonsMax ? safe : OtherReasons;
            _rejected[key] = _rejected.GetValueOrDefault(key) + 1;
        }
    }

    public void CountFound(in FoundShare share)
    {
        double difficulty = Target.Difficulty(share.Hash);
        if (share.IsBlock)
            Interlocked.Increment(ref _blocks);
        lock (_gate)
            _bestDifficulty = Math.Max(_bestDifficulty, difficulty);
    }
}
