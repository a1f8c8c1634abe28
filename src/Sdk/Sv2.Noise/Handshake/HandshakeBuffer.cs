namespace Sv2.Noise.Handshake;

/// <summary>Checks on the buffers of handshake messages, whose sizes are fixed.</summary>
internal static class HandshakeBuffer
{
    /// <exception cref="ArgumentException">The length is another one.</exception>
    public static void RequireLength(int length, int expected, string name)
    {
        if (length != expected)
            throw new ArgumentException($"The buffer has {length} bytes; the message has {expected}.", name);
    }
}
