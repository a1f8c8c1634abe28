using Sv2.Protocol;

namespace Sv2.Transport.Internal;

/// <summary>
/// What the session layer leaves behind on a connection: it takes the frames that are its own for the rest of the
/// connection's life, so that no role has to know about them.
/// </summary>
internal interface ISessionFilter
{
    /// <summary>Whether this frame goes to the filter instead of the handler. Asked for every frame.</summary>
    bool Takes(in FrameHeader header);

    /// <summary>Handles a frame it took.</summary>
    FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload);
}
