using System.Net;

namespace Sv1;

/// <summary>Where a listener listens, and how many connections it takes.</summary>
public sealed record Sv1ListenerOptions : Sv1ConnectionOptions
{
    /// <summary>Where to listen. Port 0 takes a free one.</summary>
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>Most connections at a time; one more is closed at once. Default 20 000.</summary>
    public int ConnectionsMax { get; init; } = 20_000;

    /// <summary>Most connections from one address (IPv6: one /64 network). Default 20 000, since a farm sits behind one address.</summary>
    public int PerAddressMax { get; init; } = 20_000;

    /// <summary>
    /// Most connections that have not introduced themselves. When one more comes, the oldest of them is closed, so that
    /// those who stay silent keep nobody out. Default 1 024.
    /// </summary>
    public int HalfOpenMax { get; init; } = 1024;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        ArgumentNullException.ThrowIfNull(EndPoint);
        ArgumentOutOfRangeException.ThrowIfLessThan(ConnectionsMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(PerAddressMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(HalfOpenMax, 1);
    }
}
