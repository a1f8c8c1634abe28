namespace Sv2.Noise;

/// <summary>
/// The server's side of the handshake, without I/O: read 64 bytes, <see cref="ReadAct1AndWriteAct2"/>, send 234 bytes.
/// (Protocol Security, section 4.5.)
/// </summary>
public sealed class NoiseResponder : IDisposable
{
    /// <summary>Bytes of act 1 (64).</summary>
    public const int Act1Size = NoiseInitiator.Act1Size;

    /// <summary>Bytes of act 2 (234).</summary>
    public const int Act2Size = NoiseInitiator.Act2Size;

    /// <summary>Starts a handshake.</summary>
    /// <param name="credentials">The server's key and certificate; shared by all connections, not owned.</param>
    /// <param name="cryptography">The implementations to use; null for <see cref="NoiseCryptography.Default"/>.</param>
    public NoiseResponder(ServerCredentials credentials, NoiseCryptography? cryptography = null) => throw new NotSupportedException();

    /// <summary>
    /// Reads the client's message and writes the answer. This cannot fail for what the peer sent: every 64 bytes are
    /// some public key. A peer that sent something else fails at its first encrypted frame.
    /// </summary>
    /// <param name="act1">Exactly <see cref="Act1Size"/> bytes.</param>
    /// <param name="act2">Receives exactly <see cref="Act2Size"/> bytes.</param>
    /// <returns>The session, owned by the caller.</returns>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    /// <exception cref="InvalidOperationException">Called twice.</exception>
    public NoiseSession ReadAct1AndWriteAct2(ReadOnlySpan<byte> act1, Span<byte> act2) => throw new NotSupportedException();

    /// <summary>Wipes the ephemeral key and the handshake's state. A session already returned stays valid.</summary>
    public void Dispose() => throw new NotSupportedException();
}
