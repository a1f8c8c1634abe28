using System.ComponentModel.DataAnnotations;
using System.Net;
using Sv2.Noise;
using Sv2.Transport;

namespace Sv2.Roles.Downstreams;

/// <summary>Bounds of what miners can make grow, and of what they can make wait.</summary>
public record DownstreamLimits
{
    /// <summary>Most connections at a time.</summary>
    [Range(1, 1_000_000)]
    public int Connections { get; init; } = 50_000;

    /// <summary>Most connections from one address.</summary>
    [Range(1, 1_000_000)]
    public int ConnectionsPerAddress { get; init; } = 10_000;

    /// <summary>Most connections that have not finished handshake and setup.</summary>
    [Range(1, 100_000)]
    public int HalfOpen { get; init; } = 2_048;

    /// <summary>Most channels of one connection.</summary>
    [Range(1, 1_000_000)]
    public int ChannelsPerConnection { get; init; } = 10_000;

    /// <summary>Longest time for the encrypted handshake, and again for the setup of the session.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1000000", "00:05:00")]
    public TimeSpan Handshake { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A connection without a channel is closed after this time.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1000000", "1.00:00:00")]
    public TimeSpan WithoutChannel { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Kilobytes that may wait for a miner that reads slowly; beyond it the connection is closed. A new tip for ten thousand
    /// standard channels on one connection takes about 1 200.
    /// </summary>
    [Range(64, 65_536)]
    public int OutboundKilobytes { get; init; } = 4_096;

    /// <summary>Shares of one connection that may wait for their answer; more are refused.</summary>
    [Range(1, 1_000_000)]
    public int PendingShares { get; init; } = 16_384;

    /// <summary>How long stopping waits for miners to take their Reconnect.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A listener for miners within these limits.</summary>
    internal ListenerOptions ListenAt(IPEndPoint endPoint, ServerCredentials credentials) => new()
    {
        EndPoint = endPoint,
        Credentials = credentials,
        ConnectionsMax = Connections,
        PerAddressMax = ConnectionsPerAddress,
        HalfOpenMax = HalfOpen,
        HandshakeTimeout = Handshake,
        SetupTimeout = Handshake,
        OutboundBytesMax = OutboundKilobytes * 1_024,
        PayloadBytesMax = PayloadLimits.Mining,
    };
}
