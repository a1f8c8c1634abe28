using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Sv2.Noise.Curve;
using Sv2.Noise.Handshake;

namespace Sv2.Noise;

/// <summary>
/// The client's side of the handshake, without I/O: <see cref="WriteAct1"/>, send 64 bytes, read 234 bytes,
/// <see cref="TryReadAct2"/>. (Protocol Security, section 4.5.)
/// </summary>
public sealed class NoiseInitiator : IDisposable
{
    /// <summary>Bytes of act 1: the initiator's ephemeral key.</summary>
    public const int Act1Size = ElligatorSwift.EncodedSize;

    /// <summary>
    /// Bytes of act 2: ephemeral key, encrypted static key, encrypted certificate (64 + 80 + 90). The specification's
    /// text prints 170, a figure from before keys took 64 bytes.
    /// </summary>
    public const int Act2Size = ElligatorSwift.EncodedSize + EncryptedKeySize + EncryptedCertificateSize;

    /// <summary>How far the local clock may lie outside a certificate's validity.</summary>
    public static readonly TimeSpan ClockLeeway = TimeSpan.FromSeconds(10);

    internal const int EncryptedKeySize = ElligatorSwift.EncodedSize + NoiseFraming.MacSize;
    internal const int EncryptedCertificateSize = NoiseCertificate.Size + NoiseFraming.MacSize;

    private readonly AuthorityPublicKey? _authority;
    private readonly TimeProvider _timeProvider;
    private readonly NoiseCryptography _cryptography;
    private readonly EphemeralKey _ephemeral;
    private readonly SymmetricState _state;
    private Step _step = Step.WriteAct1;

    /// <summary>Starts a handshake.</summary>
    /// <param name="authority">
    /// The authority key that the server's certificate must be signed with, known from a trusted channel. Null accepts
    /// <b>any</b> server, impostors included: only for a local network and by the user's explicit choice.
    /// </param>
    /// <param name="timeProvider">The clock that a certificate's validity is held against.</param>
    /// <param name="cryptography">The implementations to use; null for <see cref="NoiseCryptography.Default"/>.</param>
    public NoiseInitiator(AuthorityPublicKey? authority, TimeProvider timeProvider, NoiseCryptography? cryptography = null)
        : this(authority, timeProvider, cryptography ?? NoiseCryptography.Default, EphemeralKey.Generate(cryptography ?? NoiseCryptography.Default))
    {
    }

    /// <summary>As above with a given ephemeral key, for test vectors. Owns the key.</summary>
    internal NoiseInitiator(AuthorityPublicKey? authority, TimeProvider timeProvider, NoiseCryptography cryptography, EphemeralKey ephemeral)
    {
        ArgumentNullException.ThrowIfNull(timeProvider);
        _authority = authority;
        _timeProvider = timeProvider;
        _cryptography = cryptography;
        _ephemeral = ephemeral;
        _state = new SymmetricState(cryptography.Ciphers);
    }

    private enum Step
    {
        WriteAct1,
        ReadAct2,
        Done,
    }

    /// <summary>ck and h, for tests of the transcript.</summary>
    internal SymmetricState State => _state;

    /// <summary>Writes the first message.</summary>
    /// <param name="act1">Exactly <see cref="Act1Size"/> bytes.</param>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    /// <exception cref="InvalidOperationException">Called twice.</exception>
    public void WriteAct1(Span<byte> act1)
    {
        HandshakeBuffer.RequireLength(act1.Length, Act1Size, nameof(act1));
        Take(Step.WriteAct1, Step.ReadAct2);
        _ephemeral.EllSwift.CopyTo(act1);
        _state.MixHash(act1);
        // The payload of act 1 is empty and no key is known yet: what remains of encrypting it is hashing nothing.
        _state.MixHash([]);
    }

    /// <summary>Reads the server's answer and checks who it is.</summary>
    /// <param name="act2">Exactly <see cref="Act2Size"/> bytes.</param>
    /// <param name="session">The session, owned by the caller, when the result is true.</param>
    /// <param name="failure">The reason when the result is false; then close the connection and send nothing.</param>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    /// <exception cref="InvalidOperationException">Called before <see cref="WriteAct1"/>, or twice.</exception>
    public bool TryReadAct2(ReadOnlySpan<byte> act2, [NotNullWhen(true)] out NoiseSession? session, [NotNullWhen(false)] out NoiseFailure? failure)
    {
        HandshakeBuffer.RequireLength(act2.Length, Act2Size, nameof(act2));
        Take(Step.ReadAct2, Step.Done);
        session = null;

        var responderKey = act2[..ElligatorSwift.EncodedSize];
        _state.MixHash(responderKey);
        Agree(responderKey, ElligatorSwift.Decode(responderKey)); // ee

        Span<byte> serverKey = stackalloc byte[ElligatorSwift.EncodedSize];
        if (!_state.TryDecryptAndHash(act2.Slice(ElligatorSwift.EncodedSize, EncryptedKeySize), serverKey))
        {
            failure = AuthenticationFailed("static key");
            return false;
        }
        var serverPoint = ElligatorSwift.Decode(serverKey);
        Agree(serverKey, serverPoint); // es

        Span<byte> certificateBytes = stackalloc byte[NoiseCertificate.Size];
        if (!_state.TryDecryptAndHash(act2[^EncryptedCertificateSize..], certificateBytes))
        {
            failure = AuthenticationFailed("certificate");
            return false;
        }

        var serverX = new byte[FieldElement.Size];
        serverPoint.X.Write(serverX);
        var certificate = NoiseCertificate.Read(certificateBytes);
        failure = _authority is null ? null : certificate.Check(serverX, _authority, _timeProvider.GetUtcNow(), _cryptography);
        if (failure is not null)
            return false;

        var (toResponder, toInitiator) = _state.Split();
        session = new NoiseSession(toResponder, toInitiator, _state.Hash, certificate, serverX);
        return true;
    }

    /// <summary>Wipes the ephemeral key and the handshake's state. A session already returned stays valid.</summary>
    public void Dispose()
    {
        _ephemeral.Dispose();
        _state.Dispose();
    }

    private void Agree(ReadOnlySpan<byte> theirs, in AffinePoint theirPoint)
    {
        Span<byte> shared = stackalloc byte[32];
        KeyAgreement.Compute(_cryptography.Secp256k1, _ephemeral.Secret, _ephemeral.EllSwift, theirs, theirPoint, initiator: true, shared);
        _state.MixKey(shared);
        CryptographicOperations.ZeroMemory(shared);
    }

    private void Take(Step expected, Step next)
    {
        if (_step != expected)
            throw new InvalidOperationException($"The handshake is at {_step}, not at {expected}.");
        _step = next;
    }

    private static NoiseFailure AuthenticationFailed(string what) => new(
        NoiseFailureKind.AuthenticationFailed,
        $"The server's {what} does not authenticate: the bytes were changed on their way, or the server does not speak the Stratum V2 Noise handshake.");
}
