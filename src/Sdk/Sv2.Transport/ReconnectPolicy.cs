using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;

namespace Sv2.Transport;

/// <summary>What to do about a <c>Reconnect</c>: follow it to a target, or not, and why not.</summary>
/// <param name="Target">Where to connect; null where the request is not followed and the configured servers are due again.</param>
/// <param name="Refusal">Why it is not followed; null where it is.</param>
public readonly record struct ReconnectDecision(ConnectionString? Target, string? Refusal);

/// <summary>
/// Decides on <c>Reconnect</c> messages (§3.6.5) of one configured server. A request leads to the same authority key
/// only, so that nobody can send hash rate to a stranger; and a number of hops bounds servers that send clients in
/// circles. One thread at a time.
/// </summary>
public sealed class ReconnectPolicy
{
    /// <summary>Hops followed within <see cref="Window"/> unless said otherwise: 5.</summary>
    public const int DefaultHopsMax = 5;

    private readonly TimeProvider _clock;
    private readonly Queue<long> _hops = new();

    /// <summary>Makes the policy for one configured server.</summary>
    /// <param name="configured">The server as the user configured it; its key is the only one that is ever accepted.</param>
    /// <param name="hopsMax">Hops followed within <paramref name="window"/>.</param>
    /// <param name="window">How long a hop counts; default 10 minutes.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    public ReconnectPolicy(ConnectionString configured, int hopsMax = DefaultHopsMax, TimeSpan? window = null, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(configured);
        ArgumentOutOfRangeException.ThrowIfNegative(hopsMax);
        Configured = configured;
        HopsMax = hopsMax;
        Window = window ?? TimeSpan.FromMinutes(10);
        _clock = clock ?? TimeProvider.System;
    }

    /// <summary>The server as configured.</summary>
    public ConnectionString Configured { get; }

    /// <summary>Hops followed within <see cref="Window"/>.</summary>
    public int HopsMax { get; }

    /// <summary>How long a hop counts.</summary>
    public TimeSpan Window { get; }

    /// <summary>
    /// Decides on a request that came over a connection to <paramref name="current"/>. An empty host means the present
    /// one, port 0 the present port. The target carries the configured authority key, so the connector repeats the
    /// handshake and refuses a server of any other authority.
    /// </summary>
    public ReconnectDecision Decide(ConnectionString current, in Reconnect request)
    {
        ArgumentNullException.ThrowIfNull(current);
        string host = request.NewHost.IsEmpty ? current.Host : request.NewHost.ToString();
        int port = request.NewPort == 0 ? current.Port : request.NewPort;
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
            return new ReconnectDecision(null, $"the server asks to reconnect to \"{LogText.Sanitise(request.NewHost)}\", which is neither a name nor an address");
        if (!TakeHop())
            return new ReconnectDecision(null, $"the server asked to reconnect more than {HopsMax} times within {Window.TotalMinutes:0.#} minutes");
        return new ReconnectDecision(new ConnectionString(host, port, Configured.AuthorityPublicKey), null);
    }

    private bool TakeHop()
    {
        while (_hops.TryPeek(out long oldest) && _clock.GetElapsedTime(oldest) > Window) _hops.Dequeue();
        if (_hops.Count >= HopsMax) return false;
        _hops.Enqueue(_clock.GetTimestamp());
        return true;
    }
}
