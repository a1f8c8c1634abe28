using System.Diagnostics.CodeAnalysis;

namespace Sv2.Noise;

/// <summary>
/// The client's side of the handshake, without I/O: <see cref="WriteAct1"/>, send 64 bytes, read 234 bytes,
/// <see cref="TryReadAct2"/>. (Protocol Security, section 4.5.)
/// </summary>
public sealed class NoiseInitiator : IDisposable
{
    /// <summary>Bytes of act 1: the initiator's ephemeral key.</summary>
    public const int Act1Size = 64;

    /// <summary>
    /// Bytes of act 2: ephemeral key, encrypted static key, encrypted certificate (64 + 80 + 90). The specification's
    /// text prints 170, a figure from before keys took 64 bytes.
    /// </summary>
    public const int Act2Size = 64 + 80 + 90;

    /// <summary>How far the local clock may lie outside a certificate's validity.</summary>
    public static readonly TimeSpan ClockLeeway = TimeSpan.FromSeconds(10);

    /// <summary>Starts a handshake.</summary>
    /// <param name="authority">
    /// The authority key that the server's certificate must be signed with, known from a trusted channel. Null accepts
    /// <b>any</b> server, impostors included: only for a local network and by the user's explicit choice.
    /// </param>
    /// <param name="timeProvider">The clock that a certificate's validity is held against.</param>
    /// <param name="cryptography">The implementations to use; null for <see cref="NoiseCryptography.Default"/>.</param>
    public NoiseInitiator(AuthorityPublicKey? authority, TimeProvider timeProvider, NoiseCryptography? cryptography = null)
        => throw new NotSupportedException();

    /// <summary>Writes the first message.</summary>
    /// <param name="act1">Exactly <see cref="Act1Size"/> bytes.</param>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    /// <exception cref="InvalidOperationException">Called twice.</exception>
    public void WriteAct1(Span<byte> act1) => throw new NotSupportedException();

    /// <summary>Reads the server's answer and checks who it is.</summary>
    /// <param name="act2">Exactly <see cref="Act2Size"/> bytes.</param>
    /// <param name="session">The session, owned by the caller, when the result is true.</param>
    /// <param name="failure">The reason when the result is false; then close the connection and send nothing.</param>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    /// <exception cref="InvalidOperationException">Called before <see cref="WriteAct1"/>, or twice.</exception>
    public bool TryReadAct2(ReadOnlySpan<byte> act2, [NotNullWhen(true)] out NoiseSession? session, [NotNullWhen(false)] out NoiseFailure? failure)
        => throw new NotSupportedException();

    /// <summary>Wipes the ephemeral key and the handshake's state. A session already returned stays valid.</summary>
    public void Dispose() => throw new NotSupportedException();
}
