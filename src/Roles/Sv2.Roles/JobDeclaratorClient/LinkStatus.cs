using Sv2.Noise;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>How one connection of an upstream is. Thread-safe.</summary>
internal sealed class LinkStatus(string protocol, ConnectionString peer, TimeProvider time)
{
    private readonly Lock _gate = new();
    private UpstreamInfo _info = new(protocol, peer.ToString(), UpstreamState.Standby, null, time.GetUtcNow());

    /// <summary>The peer as configured.</summary>
    public ConnectionString Peer { get; } = peer;

    /// <summary>How it is now.</summary>
    public UpstreamInfo Info
    {
        get
        {
            lock (_gate)
                return _info;
        }
    }

    /// <summary>Notes a change.</summary>
    public void Set(UpstreamState state, string? reason = null)
    {
        lock (_gate)
        {
            DateTimeOffset since = _info.State == state ? _info.Since : time.GetUtcNow();
            _info = _info with { State = state, Reason = reason, Since = since };
        }
    }
}
