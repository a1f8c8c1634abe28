using System.Security.Cryptography;

namespace Sv2.Noise;

/// <summary>
/// The key pair of an authority: its secret signs servers' certificates, its public key is what users configure.
/// Dispose to wipe the secret. Safe for concurrent use until then.
/// </summary>
public sealed class AuthorityKeyPair : IDisposable
{
    /// <summary>Bytes of the secret: 32.</summary>
    public const int SecretSize = SecretKey.Size;

    private readonly SecretKey _secret;
    private readonly NoiseCryptography _cryptography;

    private AuthorityKeyPair(SecretKey secret, NoiseCryptography cryptography)
    {
        _secret = secret;
        _cryptography = cryptography;
        Span<byte> x = stackalloc byte[AuthorityPublicKey.Size];
        cryptography.Secp256k1.PublicX(secret.Bytes, x);
        PublicKey = AuthorityPublicKey.FromBytes(x);
    }

    /// <summary>What users configure to recognise servers of this authority.</summary>
    public AuthorityPublicKey PublicKey { get; }

    /// <summary>Makes a new key pair from the system's random source.</summary>
    public static AuthorityKeyPair Generate(NoiseCryptography? cryptography = null)
    {
        cryptography ??= NoiseCryptography.Default;
        return new AuthorityKeyPair(SecretKey.Generate(cryptography), cryptography);
    }

    /// <summary>Takes a secret of 32 bytes, big-endian; the caller keeps and wipes its own copy.</summary>
    /// <exception cref="CryptographicException">Not 32 bytes, 0, or not below the order of the group.</exception>
    public static AuthorityKeyPair FromSecret(ReadOnlySpan<byte> secret, NoiseCryptography? cryptography = null) =>
        new(SecretKey.From(secret), cryptography ?? NoiseCryptography.Default);

    /// <summary>Copies the secret out, to be stored with owner-only permissions. The caller wipes the copy.</summary>
    /// <param name="destination">At least 32 bytes.</param>
    public void ExportSecret(Span<byte> destination) => _secret.Bytes.CopyTo(destination);

    /// <summary>Signs a certificate for a server's static key.</summary>
    /// <param name="serverKey">The server's static public key, 32-byte x-coordinate (<see cref="StaticKeyPair.PublicKey"/>).</param>
    /// <param name="validFrom">From when it holds; whole seconds.</param>
    /// <param name="notValidAfter">The last second at which it holds.</param>
    /// <exception cref="ArgumentException">The key has not 32 bytes, a time is outside 1970 to 2106, or they are in the wrong order.</exception>
    public NoiseCertificate SignCertificate(ReadOnlySpan<byte> serverKey, DateTimeOffset validFrom, DateTimeOffset notValidAfter)
    {
        Span<byte> auxiliary = stackalloc byte[32];
        _cryptography.FillRandom(auxiliary);
        return SignCertificate(serverKey, validFrom, notValidAfter, auxiliary);
    }

    /// <summary>As above, with the signature's auxiliary randomness given, for test vectors.</summary>
    internal NoiseCertificate SignCertificate(ReadOnlySpan<byte> serverKey, DateTimeOffset validFrom, DateTimeOffset notValidAfter, ReadOnlySpan<byte> auxiliary)
    {
        var unsigned = NoiseCertificate.Unsigned(validFrom, notValidAfter);
        Span<byte> digest = stackalloc byte[32];
        unsigned.SignedDigest(serverKey, digest);
        Span<byte> signature = stackalloc byte[NoiseCertificate.SignatureSize];
        _cryptography.Secp256k1.Sign(_secret.Bytes, digest, auxiliary, signature);
        return unsigned.WithSignature(signature);
    }

    /// <summary>
    /// Signs something other than a certificate by BIP 340. The caller hashes what it signs together with a tag of its own
    /// purpose, so that no signature can be taken for one of another purpose, least of all for a certificate's.
    /// </summary>
    /// <param name="digest">The 32-byte digest to sign.</param>
    /// <param name="signature">Receives 64 bytes.</param>
    /// <exception cref="ArgumentException">The digest has not 32 bytes, or the destination fewer than 64.</exception>
    public void Sign(ReadOnlySpan<byte> digest, Span<byte> signature)
    {
        if (digest.Length != 32)
            throw new ArgumentException($"A digest has 32 bytes, this one {digest.Length}.", nameof(digest));
        if (signature.Length < NoiseCertificate.SignatureSize)
            throw new ArgumentException($"A signature takes {NoiseCertificate.SignatureSize} bytes, there are {signature.Length}.", nameof(signature));
        Span<byte> auxiliary = stackalloc byte[32];
        _cryptography.FillRandom(auxiliary);
        _cryptography.Secp256k1.Sign(_secret.Bytes, digest, auxiliary, signature[..NoiseCertificate.SignatureSize]);
    }

    /// <summary>Wipes the secret.</summary>
    public void Dispose() => _secret.Dispose();
}
