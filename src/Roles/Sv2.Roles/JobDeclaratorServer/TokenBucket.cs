namespace Sv2.Roles.JobDeclaratorServer;

/// <summary>Allows a burst, and after it so many a minute. One thread at a time.</summary>
internal sealed class TokenBucket(double perMinute, int burst, TimeProvider time)
{
    private double _left = burst;
    private long _filledAt = time.GetTimestamp();

    /// <summary>Takes one, if there is one.</summary>
    public bool TryTake()
    {
        long now = time.GetTimestamp();
        _left = Math.Min(burst, _left + (time.GetElapsedTime(_filledAt, now).TotalMinutes * perMinute));
        _filledAt = now;
        if (_left < 1)
            return false;
        _left--;
        return true;
    }
}
