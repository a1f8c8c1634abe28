using Sv2.Protocol;

namespace Sv2.Transport;

/// <summary>What the receive loop does after a frame.</summary>
public readonly struct FrameVerdict
{
    private readonly bool _handsOver;

    private FrameVerdict(CloseReason? reason, bool handsOver)
    {
        Reason = reason;
        _handsOver = handsOver;
    }

    /// <summary>Go on with the next frame.</summary>
    public static FrameVerdict Continue => default;

    /// <summary>
    /// This handler is done: <see cref="Sv2Connection.RunAsync"/> returns with the connection open, and the next frame
    /// goes to the handler of the next <c>RunAsync</c>.
    /// </summary>
    public static FrameVerdict HandOver => new(null, handsOver: true);

    /// <summary>Why the connection is to be closed; null where it stays open.</summary>
    public CloseReason? Reason { get; }

    internal bool Stops => _handsOver || Reason is not null;

    /// <summary>Close the connection for <paramref name="reason"/>; what is queued is still sent where the reason allows it.</summary>
    public static FrameVerdict Close(CloseReason reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return new(reason, handsOver: false);
    }
}

/// <summary>Takes the frames of one connection.</summary>
/// <remarks>
/// Called on the connection's receive loop, one frame at a time, never concurrently for one connection. A handler is
/// synchronous: while it runs, nothing more is read from this peer, which is the back-pressure. An exception closes
/// this connection with <see cref="CloseKind.LocalFailure"/> and touches no other.
/// </remarks>
public interface IFrameHandler
{
    /// <summary>Handles one complete, authenticated frame.</summary>
    /// <param name="header">The frame header (§3.2).</param>
    /// <param name="payload">
    /// The plaintext payload, <see cref="FrameHeader.PayloadLength"/> bytes. It lies in the connection's buffer and is
    /// valid only during the call.
    /// </param>
    FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload);

    /// <summary>
    /// Called after all frames of one read were handed over: the moment to commit what they brought together. Also
    /// called after a frame that handed over, but not once the connection is closed.
    /// </summary>
    void OnBatchEnd();
}
