namespace Sv2.Mining;

/// <summary>
/// Where a mining session puts the frames it wants sent: a connection, or a list in a test.
/// A session calls it from inside its own methods, so an implementation must not call back into the session.
/// </summary>
public interface IMiningOutput
{
    /// <summary>Sends one frame.</summary>
    /// <param name="frame">
    /// Header and payload in plain (3.2). Owned by the caller and valid during the call only; the same bytes may be
    /// handed to many outputs.
    /// </param>
    /// <returns>
    /// <see langword="false"/> when the connection cannot take the frame any more (it closes for its own reason then).
    /// The session goes on as if the frame had been sent: the peer will never see what follows either.
    /// </returns>
    bool Send(ReadOnlySpan<byte> frame);
}
