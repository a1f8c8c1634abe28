using Sv2.Mining.Server;
using Sv2.Protocol;

namespace Sv2.Roles.Downstreams;

/// <summary>
/// What a <see cref="DownstreamServer"/> tells its role about its miners. Unless said otherwise called under the connection's
/// own lock: an implementation may take locks of its own, must not block, and must not touch another connection.
/// </summary>
public interface IDownstreamHandler
{
    /// <summary>A share passed every check. See <see cref="IShareSink.OnAccepted"/>.</summary>
    /// <returns>False when it cannot be taken: the miner is told <c>try-again-later</c>.</returns>
    bool OnAccepted(DownstreamConnection connection, in AcceptedShare share);

    /// <summary>A share was refused and the miner has been told so.</summary>
    void OnRejected(DownstreamConnection connection, in RejectedShare share)
    {
    }

    /// <summary>A header met the network's target. Called after the lock is left, on the connection's receive loop.</summary>
    void OnBlockFound(DownstreamConnection connection, BlockCandidate block)
    {
    }

    /// <summary>A channel was opened; its first job follows.</summary>
    void OnChannelOpened(DownstreamConnection connection, ServerChannel channel)
    {
    }

    /// <summary>A channel was closed, by either side or with its connection.</summary>
    void OnChannelClosed(DownstreamConnection connection, ServerChannel channel)
    {
    }

    /// <summary>A miner told another hash rate or maximum target.</summary>
    void OnChannelUpdated(DownstreamConnection connection, ServerChannel channel)
    {
    }

    /// <summary>A channel's opening waits for the role (<see cref="ChannelDecision.Defer"/>).</summary>
    void OnOpenDeferred(DownstreamConnection connection, DeferredOpen open)
    {
    }

    /// <summary>All frames of one read were handled. Without the lock, on the receive loop.</summary>
    void OnBatchEnd(DownstreamConnection connection)
    {
    }

    /// <summary>A frame of no known message. Without the lock, on the receive loop; valid during the call only.</summary>
    void OnUnknownFrame(DownstreamConnection connection, in FrameHeader header, ReadOnlySpan<byte> payload)
    {
    }

    /// <summary>A miner's session is set up. Without the lock.</summary>
    void OnConnected(DownstreamConnection connection)
    {
    }

    /// <summary>A connection is gone, its channels closed before. Without the lock.</summary>
    void OnDisconnected(DownstreamConnection connection)
    {
    }
}
