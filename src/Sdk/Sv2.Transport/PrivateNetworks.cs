using System.Net;
using System.Net.Sockets;

namespace Sv2.Transport;

/// <summary>Which addresses are near enough for a connection without encryption (§4).</summary>
public static class PrivateNetworks
{
    private static readonly IPNetwork[] Networks =
    [
        IPNetwork.Parse("127.0.0.0/8"),
        IPNetwork.Parse("10.0.0.0/8"),
        IPNetwork.Parse("172.16.0.0/12"),
        IPNetwork.Parse("192.168.0.0/16"),
        IPNetwork.Parse("169.254.0.0/16"),
        IPNetwork.Parse("::1/128"),
        IPNetwork.Parse("fc00::/7"),
        IPNetwork.Parse("fe80::/10"),
    ];

    /// <summary>
    /// Whether <paramref name="address"/> is loopback, private (RFC 1918, RFC 4193) or link-local. The unspecified
    /// addresses 0.0.0.0 and :: are not: listening there would include the public network.
    /// </summary>
    public static bool Contains(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return Array.Exists(Networks, network => network.Contains(plain));
    }

    /// <summary>
    /// What counts as one peer for limits per address: an IPv4 address, or the /64 network of an IPv6 address, within
    /// which one host can choose its addresses freely.
    /// </summary>
    internal static IPAddress PeerOf(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork) return address;
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}
