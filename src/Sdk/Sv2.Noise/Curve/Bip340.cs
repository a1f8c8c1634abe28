using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Sv2.Noise.Curve;

/// <summary>Schnorr signatures over secp256k1 with x-only public keys. (BIP340.)</summary>
internal static class Bip340
{
    public const int SignatureSize = 64;

    /// <summary>Signs a message.</summary>
    /// <remarks>
    /// Constant time in the secret and the nonce: both multiplications are those for secret scalars, and the two
    /// conditional negations go by mask. The tags and the public results are all that branches see.
    /// </remarks>
    /// <param name="secret">The private key, 32 bytes.</param>
    /// <param name="message">Any length; here always a digest.</param>
    /// <param name="auxiliary">32 random bytes.</param>
    /// <param name="signature">Receives 64 bytes.</param>
    [SkipLocalsInit]
    public static void Sign(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> message, ReadOnlySpan<byte> auxiliary, Span<byte> signature)
    {
        Span<byte> publicX = stackalloc byte[FieldElement.Size];
        var d = Scalar.FromBytes(secret, out _);
        PublicKey(ref d, publicX);

        var k = Nonce(d, publicX, message, auxiliary);
        PublicKey(ref k, signature);

        var e = Challenge(signature[..32], publicX, message);
        var product = Scalar.Multiply(e, d);
        Scalar.Add(k, product).Write(signature[32..]);
        d.Clear();
        k.Clear();
        product.Clear();
    }

    /// <summary>Whether a signature is right. Everything here is public.</summary>
    /// <param name="publicX">The public key, 32 bytes.</param>
    /// <param name="message">Any length.</param>
    /// <param name="signature">64 bytes.</param>
    public static bool Verify(ReadOnlySpan<byte> publicX, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (publicX.Length != FieldElement.Size || signature.Length != SignatureSize)
            return false;
        if (!AffinePoint.TryFromX(publicX, out var p) || !FieldElement.TryFromBytesPublic(signature, out var r))
            return false;
        var s = Scalar.FromBytes(signature[32..], out var overflow);
        if (overflow != 0)
            return false;
        var e = Challenge(signature[..32], publicX, message);
        PublicMultiplication.Multiply(out var sum, s, Scalar.Negate(e), p);
        if (sum.Z.IsZeroPublic())
            return false;
        sum.ToAffinePublic(out var point);
        return point.Y.IsOddNormalized == 0 && FieldElement.EqualPublic(point.X, r);
    }

    /// <summary>
    /// The x-coordinate of scalar · G. Where that point's y is odd, the scalar is negated, as if y had been even.
    /// </summary>
    private static void PublicKey(ref Scalar scalar, Span<byte> x)
    {
        GeneratorTable.Multiply(out var point, scalar);
        point.ToAffine(out var affine);
        affine.X.WriteNormalized(x);
        scalar = Scalar.NegateIf(scalar, Limbs.Mask(affine.Y.IsOddNormalized));
    }

    private static Scalar Nonce(in Scalar d, ReadOnlySpan<byte> publicX, ReadOnlySpan<byte> message, ReadOnlySpan<byte> auxiliary)
    {
        Span<byte> mask = stackalloc byte[32];
        Span<byte> hash = stackalloc byte[32];
        Span<byte> input = stackalloc byte[64 + message.Length];
        TaggedHash.Auxiliary.Compute(auxiliary, mask);
        d.Write(input);
        for (var i = 0; i < mask.Length; i++)
            input[i] ^= mask[i];
        publicX.CopyTo(input[32..]);
        message.CopyTo(input[64..]);
        TaggedHash.Nonce.Compute(input, hash);
        var k = Scalar.FromBytes(hash, out _);
        CryptographicOperations.ZeroMemory(input);
        CryptographicOperations.ZeroMemory(hash);
        // One chance in 2^256.
        return k.IsZero() == 0 ? k : throw new CryptographicException("The signature's nonce is zero.");
    }

    private static Scalar Challenge(ReadOnlySpan<byte> r, ReadOnlySpan<byte> publicX, ReadOnlySpan<byte> message)
    {
        const int StackBytesMax = 256;
        var length = 64 + message.Length;
        Span<byte> hash = stackalloc byte[32];
        var input = length <= StackBytesMax ? stackalloc byte[StackBytesMax] : new byte[length];
        r.CopyTo(input);
        publicX.CopyTo(input[32..]);
        message.CopyTo(input[64..]);
        TaggedHash.Challenge.Compute(input[..length], hash);
        return Scalar.FromBytes(hash, out _);
    }
}
