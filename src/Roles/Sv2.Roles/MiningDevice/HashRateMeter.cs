namespace Sv2.Roles.MiningDevice;

/// <summary>Hash rate over the last seconds, from a counter that is looked at once a second. One thread at a time adds; any may read.</summary>
internal sealed class HashRateMeter(TimeProvider time)
{
    private const int SamplesMax = 11;

    private readonly Lock _gate = new();
    private readonly Queue<(long Timestamp, long Hashes)> _samples = new(SamplesMax);
    private (long Timestamp, long Hashes) _last;

    /// <summary>Takes a look at the counter.</summary>
    public void Add(long hashes)
    {
        lock (_gate)
        {
            _last = (time.GetTimestamp(), hashes);
            if (_samples.Count == SamplesMax)
                _samples.Dequeue();
            _samples.Enqueue(_last);
        }
    }

    /// <summary>Hashes a second between the oldest look and the newest, ten seconds apart in the long run; 0 before the second look.</summary>
    public double HashesPerSecond
    {
        get
        {
            lock (_gate)
            {
                if (_samples.Count < 2)
                    return 0;
                (long timestamp, long hashes) = _samples.Peek();
                double seconds = time.GetElapsedTime(timestamp, _last.Timestamp).TotalSeconds;
                return seconds > 0 ? (_last.Hashes - hashes) / seconds : 0;
            }
        }
    }
}
