namespace Sv2.Roles.Hosting;

/// <summary>How long a failed role waits before it is started again: doubling, bounded, and forgotten after a good run.</summary>
internal sealed class RestartBackoff(TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Most = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan GoodRun = TimeSpan.FromMinutes(1);

    private TimeSpan _next = First;
    private long _startedAt;

    /// <summary>The role has started.</summary>
    public void Started() => _startedAt = time.GetTimestamp();

    /// <summary>The role has failed: how long to wait now.</summary>
    public TimeSpan Failed(bool hadStarted)
    {
        if (hadStarted && time.GetElapsedTime(_startedAt) >= GoodRun)
            _next = First;
        TimeSpan delay = _next;
        _next = delay * 2 > Most ? Most : delay * 2;
        return delay;
    }

    /// <summary>An operator asked: begin anew.</summary>
    public void Reset() => _next = First;
}
