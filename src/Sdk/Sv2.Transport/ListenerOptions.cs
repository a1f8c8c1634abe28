using System.Net;
using Sv2.Noise;

namespace Sv2.Transport;

/// <summary>What a listener binds to, how it secures its connections, and how many it takes.</summary>
public sealed record ListenerOptions : ConnectionOptions
{
    /// <summary>Where to listen. Port 0 takes a free one; see <see cref="Sv2Listener.BoundEndPoint"/>.</summary>
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>The static key and the certificates that secure the connections (§4.5). Null means plain, which also needs <see cref="AllowPlain"/>.</summary>
    public ServerCredentials? Credentials { get; init; }

    /// <summary>
    /// Says on purpose that connections without encryption are wanted. Allowed only on a loopback or private address
    /// (§4: the secure session is optional on the local network only); peers from elsewhere are refused.
    /// </summary>
    public bool AllowPlain { get; init; }

    /// <summary>Most connections at a time; one more is closed at once. Default 50 000.</summary>
    public int ConnectionsMax { get; init; } = 50_000;

    /// <summary>
    /// Most connections that have not finished handshake and setup. When one more comes, the oldest of them is closed,
    /// so that those who open sockets and stay silent cannot keep others out. Default 1 024.
    /// </summary>
    public int HalfOpenMax { get; init; } = 1024;

    /// <summary>
    /// Most connections from one address (IPv6: one /64 network); one more is closed at once. Default 2 000, since a
    /// farm sits behind one address.
    /// </summary>
    public int PerAddressMax { get; init; } = 2000;

    /// <summary>Length of the system's queue of connections not yet accepted. Default 512.</summary>
    public int Backlog { get; init; } = 512;

    internal override void Validate()
    {
        base.Validate();
        ArgumentNullException.ThrowIfNull(EndPoint);
        CheckCount(ConnectionsMax, 1, int.MaxValue, nameof(ConnectionsMax));
        CheckCount(HalfOpenMax, 1, int.MaxValue, nameof(HalfOpenMax));
        CheckCount(PerAddressMax, 1, int.MaxValue, nameof(PerAddressMax));
        CheckCount(Backlog, 1, 65535, nameof(Backlog));
    }
}
