namespace Sv2.Roles.MiningDevice;

/// <summary>One configured pool and how it is. Thread-safe.</summary>
internal sealed class PoolState(DevicePool pool, TimeProvider time)
{
    private readonly Lock _gate = new();
    private UpstreamInfo _info = new(pool.Sv2 is null ? "stratum-v1" : "mining", pool.ToString(), UpstreamState.Standby, null, time.GetUtcNow());

    /// <summary>The pool as configured.</summary>
    public DevicePool Pool { get; } = pool;

    /// <summary>How it is now.</summary>
    public UpstreamInfo Info
    {
        get
        {
            lock (_gate)
                return _info;
        }
    }

    /// <summary>Notes a change. Returns whether it is one.</summary>
    public bool Set(UpstreamState state, string? reason = null)
    {
        lock (_gate)
        {
            if (_info.State == state && _info.Reason == reason)
                return false;
            DateTimeOffset since = _info.State == state ? _info.Since : time.GetUtcNow();
            _info = _info with { State = state, Reason = reason, Since = since };
            return true;
        }
    }
}
