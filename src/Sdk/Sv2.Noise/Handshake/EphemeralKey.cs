using Sv2.Noise.Curve;

namespace Sv2.Noise.Handshake;

/// <summary>A key pair for one handshake: the secret, and the one encoding of its public key that is sent and hashed.</summary>
internal sealed class EphemeralKey : IDisposable
{
    private readonly SecretKey _secret;
    private readonly byte[] _ellSwift = new byte[ElligatorSwift.EncodedSize];

    private EphemeralKey(SecretKey secret) => _secret = secret;

    public ReadOnlySpan<byte> Secret => _secret.Bytes;

    public ReadOnlySpan<byte> EllSwift => _ellSwift;

    public static EphemeralKey Generate(NoiseCryptography cryptography)
    {
        var key = new EphemeralKey(SecretKey.Generate(cryptography));
        Span<byte> x = stackalloc byte[FieldElement.Size];
        cryptography.Secp256k1.PublicX(key.Secret, x);
        ElligatorSwift.Encode(x, cryptography.FillRandom, key._ellSwift);
        return key;
    }

    /// <summary>A key with a given encoding, for test vectors.</summary>
    public static EphemeralKey From(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> ellSwift)
    {
        var key = new EphemeralKey(SecretKey.From(secret));
        ellSwift.CopyTo(key._ellSwift);
        return key;
    }

    public void Dispose() => _secret.Dispose();
}
