using System.Security.Cryptography;
using Sv2.Noise.Curve;
using Sv2.Noise.Handshake;

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

    private readonly ServerCredentials _credentials;
    private readonly NoiseCryptography _cryptography;
    private readonly SymmetricState _state;
    private EphemeralKey? _ephemeral;
    private bool _done;

    /// <summary>Starts a handshake. Costs next to nothing: the ephemeral key is made when act 1 has arrived.</summary>
    /// <param name="credentials">The server's key and certificate; shared by all connections, not owned.</param>
    /// <param name="cryptography">The implementations to use; null for <see cref="NoiseCryptography.Default"/>.</param>
    public NoiseResponder(ServerCredentials credentials, NoiseCryptography? cryptography = null)
        : this(credentials, cryptography ?? NoiseCryptography.Default, null)
    {
    }

    /// <summary>As above with a given ephemeral key, for test vectors. Owns the key.</summary>
    internal NoiseResponder(ServerCredentials credentials, NoiseCryptography cryptography, EphemeralKey? ephemeral)
    {
        ArgumentNullException.ThrowIfNull(credentials);
        _credentials = credentials;
        _cryptography = cryptography;
        _ephemeral = ephemeral;
        _state = new SymmetricState(cryptography.Ciphers);
    }

    /// <summary>ck and h, for tests of the transcript.</summary>
    internal SymmetricState State => _state;

    /// <summary>
    /// Reads the client's message and writes the answer. This cannot fail for what the peer sent: every 64 bytes are
    /// some public key. A peer that sent something else fails at its first encrypted frame.
    /// </summary>
    /// <param name="act1">Exactly <see cref="Act1Size"/> bytes.</param>
    /// <param name="act2">Receives exactly <see cref="Act2Size"/> bytes.</param>
    /// <returns>The session, owned by the caller.</returns>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    /// <exception cref="InvalidOperationException">Called twice.</exception>
    public NoiseSession ReadAct1AndWriteAct2(ReadOnlySpan<byte> act1, Span<byte> act2)
    {
        HandshakeBuffer.RequireLength(act1.Length, Act1Size, nameof(act1));
        HandshakeBuffer.RequireLength(act2.Length, Act2Size, nameof(act2));
        if (_done)
            throw new InvalidOperationException("This handshake is done.");
        _done = true;

        _state.MixHash(act1);
        // The payload of act 1 is empty and no key is known yet: what remains of decrypting it is hashing nothing.
        _state.MixHash([]);
        var initiatorPoint = ElligatorSwift.Decode(act1);

        _ephemeral ??= EphemeralKey.Generate(_cryptography);
        var ephemeralKey = act2[..ElligatorSwift.EncodedSize];
        _ephemeral.EllSwift.CopyTo(ephemeralKey);
        _state.MixHash(ephemeralKey);
        Agree(_ephemeral.Secret, _ephemeral.EllSwift, act1, initiatorPoint); // ee

        var staticKey = _credentials.StaticKey;
        _state.EncryptAndHash(staticKey.EllSwift, act2.Slice(ElligatorSwift.EncodedSize, NoiseInitiator.EncryptedKeySize));
        Agree(staticKey.Secret, staticKey.EllSwift, act1, initiatorPoint); // es

        var certificate = _credentials.CurrentCertificate();
        Span<byte> certificateBytes = stackalloc byte[NoiseCertificate.Size];
        certificate.Write(certificateBytes);
        _state.EncryptAndHash(certificateBytes, act2[^NoiseInitiator.EncryptedCertificateSize..]);

        var (toResponder, toInitiator) = _state.Split();
        return new NoiseSession(toInitiator, toResponder, _state.Hash, certificate, staticKey.PublicKey.ToArray());
    }

    /// <summary>Wipes the ephemeral key and the handshake's state. A session already returned stays valid.</summary>
    public void Dispose()
    {
        _ephemeral?.Dispose();
        _state.Dispose();
    }

    private void Agree(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> ours, ReadOnlySpan<byte> theirs, in AffinePoint theirPoint)
    {
        Span<byte> shared = stackalloc byte[32];
        KeyAgreement.Compute(_cryptography.Secp256k1, secret, ours, theirs, theirPoint, initiator: false, shared);
        _state.MixKey(shared);
        CryptographicOperations.ZeroMemory(shared);
    }
}
