using Sv2.Mining.Server;
using Sv2.Roles.Ledger;
using Sv2.Roles.Workers;

namespace Sv2.Roles.Pool;

/// <summary>
/// One worker as it is seen right now, over all its channels: what the pages show between two reads of the ledger.
/// Counters are of this run of the pool; the ledger has the totals. Thread-safe.
/// </summary>
internal sealed class PoolWorker(WorkerName name)
{
    private const long FreshSeconds = 3_600;

    private readonly Lock _gate = new();
    private readonly HashRateWindow _hashRate = new();
    private readonly long[] _rejections = new long[Enum.GetValues<ShareRejection>().Length];
    private long _accepted;
    private double _best;
    private long _lastShareAt;
    private long _lastSeenAt;
    private int _channels;

    /// <summary>Account and worker.</summary>
    public WorkerName Name { get; } = name;

    /// <summary>Channels open under this name.</summary>
    public int Channels => Volatile.Read(ref _channels);

    /// <summary>Whether it is here, or has been within the hour.</summary>
    public bool IsFresh(long now)
    {
        lock (_gate) return _channels > 0 || now - _lastSeenAt < FreshSeconds;
    }

    /// <summary>Hashes a second over the last five minutes.</summary>
    public double HashRate(long now)
    {
        lock (_gate) return _hashRate.At(now);
    }

    /// <summary>Counts an accepted share.</summary>
    public void Accept(UInt128 work, double achieved, long now)
    {
        lock (_gate)
        {
            _accepted++;
            _lastShareAt = _lastSeenAt = now;
            _best = Math.Max(_best, achieved);
            _hashRate.Add((double)work, now);
        }
    }

    /// <summary>Counts a rejected share.</summary>
    public void Reject(ShareRejection reason, long now)
    {
        lock (_gate)
        {
            _rejections[(int)reason]++;
            _lastSeenAt = now;
        }
    }

    /// <summary>A channel opened; true for the first.</summary>
    public bool Open()
    {
        lock (_gate) return ++_channels == 1;
    }

    /// <summary>A channel closed; true for the last.</summary>
    public bool Close(long now)
    {
        lock (_gate)
        {
            _lastSeenAt = now;
            return --_channels == 0;
        }
    }

    /// <summary>All of it at a moment.</summary>
    public WorkerInfo Snapshot(long now)
    {
        lock (_gate)
        {
            return new WorkerInfo
            {
                Name = Name.ToString(),
                IsOnline = _channels > 0,
                Channels = _channels,
                HashRate = _hashRate.At(now),
                SharesAccepted = _accepted,
                SharesRejected = _rejections.Sum(),
                Rejections = RejectionsByCode(),
                BestDifficulty = _best,
                LastShareAt = _lastShareAt == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(_lastShareAt),
            };
        }
    }

    private Dictionary<string, long> RejectionsByCode()
    {
        var byCode = new Dictionary<string, long>();
        for (int i = 0; i < _rejections.Length; i++)
        {
            if (_rejections[i] == 0) continue;
            string code = ((ShareRejection)i).ToErrorCode();
            byCode[code] = byCode.GetValueOrDefault(code) + _rejections[i];
        }

        return byCode;
    }
}
