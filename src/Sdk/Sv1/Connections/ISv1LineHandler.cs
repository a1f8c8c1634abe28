namespace Sv1;

/// <summary>Takes the lines of one connection, one at a time, on its receive loop.</summary>
public interface ISv1LineHandler
{
    /// <summary>Takes one line. While it runs nothing more is read from this peer, which is the back-pressure.</summary>
    /// <param name="line">The line without its line feed; valid during the call.</param>
    /// <returns><see langword="null"/> to go on; otherwise why to close.</returns>
    Sv1CloseReason? OnLine(ReadOnlySpan<byte> line);
}
