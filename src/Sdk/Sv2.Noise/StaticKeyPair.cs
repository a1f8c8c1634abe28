using System.Security.Cryptography;
using Sv2.Noise.Curve;

namespace Sv2.Noise;

/// <summary>
/// A server's static key pair, the one its certificate is about. Dispose to wipe the secret.
/// Safe for concurrent use until then.
/// </summary>
public sealed class StaticKeyPair : IDisposable
{
    /// <summary>Bytes of the secret: 32.</summary>
    public const int SecretSize = SecretKey.Size;

    private readonly SecretKey _secret;
    private readonly byte[] _publicKey = new byte[32];
    private readonly byte[] _ellSwift = new byte[ElligatorSwift.EncodedSize];

    private StaticKeyPair(SecretKey secret, NoiseCryptography cryptography)
    {
        _secret = secret;
        cryptography.Secp256k1.PublicX(secret.Bytes, _publicKey);
        ElligatorSwift.Encode(_publicKey, cryptography.FillRandom, _ellSwift);
    }

    private StaticKeyPair(SecretKey secret, ReadOnlySpan<byte> ellSwift, NoiseCryptography cryptography)
    {
        _secret = secret;
        cryptography.Secp256k1.PublicX(secret.Bytes, _publicKey);
        ellSwift.CopyTo(_ellSwift);
    }

    /// <summary>The public key, 32-byte x-coordinate: what the certificate signs.</summary>
    public ReadOnlyMemory<byte> PublicKey => _publicKey;

    /// <summary>The secret, for the key agreement.</summary>
    internal ReadOnlySpan<byte> Secret => _secret.Bytes;

    /// <summary>
    /// The public key's 64-byte ElligatorSwift encoding. Encodings are random, so the one made at the start is kept:
    /// the bytes sent, hashed and used in the key agreement have to be the same.
    /// </summary>
    internal ReadOnlySpan<byte> EllSwift => _ellSwift;

    /// <summary>Makes a new key pair from the system's random source.</summary>
    public static StaticKeyPair Generate(NoiseCryptography? cryptography = null)
    {
        cryptography ??= NoiseCryptography.Default;
        return new StaticKeyPair(SecretKey.Generate(cryptography), cryptography);
    }

    /// <summary>Takes a secret of 32 bytes, big-endian; the caller keeps and wipes its own copy.</summary>
    /// <exception cref="CryptographicException">Not 32 bytes, 0, or not below the order of the group.</exception>
    public static StaticKeyPair FromSecret(ReadOnlySpan<byte> secret, NoiseCryptography? cryptography = null) =>
        new(SecretKey.From(secret), cryptography ?? NoiseCryptography.Default);

    /// <summary>A pair with a given encoding of its public key, for test vectors.</summary>
    internal static StaticKeyPair FromSecret(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> ellSwift, NoiseCryptography cryptography) =>
        new(SecretKey.From(secret), ellSwift, cryptography);

    /// <summary>Copies the secret out, to be stored with owner-only permissions. The caller wipes the copy.</summary>
    /// <param name="destination">At least 32 bytes.</param>
    public void ExportSecret(Span<byte> destination) => _secret.Bytes.CopyTo(destination);

    /// <summary>Wipes the secret.</summary>
    public void Dispose() => _secret.Dispose();
}
