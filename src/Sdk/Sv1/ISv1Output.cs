namespace Sv1;

/// <summary>Where a session puts the lines it wants sent: a connection, or a list in a test.</summary>
public interface ISv1Output
{
    /// <summary>Sends lines.</summary>
    /// <param name="lines">One or more whole lines, each with its line feed; valid during the call only.</param>
    /// <returns><see langword="false"/> when the connection cannot take them any more; it closes for its own reason then.</returns>
    bool Send(ReadOnlySpan<byte> lines);
}
