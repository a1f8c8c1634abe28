using System.Numerics;
using Sv2.Noise.Curve;

namespace Sv2.Noise.Tests.Curve;

/// <summary>The slow and plain arithmetic that the fast one is held against.</summary>
internal static class BigNumbers
{
    public static readonly BigInteger P = BigInteger.Pow(2, 256) - BigInteger.Pow(2, 32) - 977;

    public static readonly BigInteger N = BigInteger.Parse("0fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", System.Globalization.NumberStyles.HexNumber, null);

    public static BigInteger Mod(BigInteger value, BigInteger modulus)
    {
        var r = value % modulus;
        return r < 0 ? r + modulus : r;
    }

    public static byte[] Bytes(BigInteger value)
    {
        var bytes = new byte[32];
        value.TryWriteBytes(bytes.AsSpan(32 - value.GetByteCount(true)), out _, true, true);
        return bytes;
    }

    public static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, true, true);

    public static BigInteger Number(FieldElement element)
    {
        Span<byte> bytes = stackalloc byte[32];
        element.Write(bytes);
        return Number(bytes);
    }

    public static BigInteger Number(Scalar scalar)
    {
        Span<byte> bytes = stackalloc byte[32];
        scalar.Write(bytes);
        return Number(bytes);
    }

    public static FieldElement Element(BigInteger value) => FieldElement.FromBytesReduced(Bytes(value));

    public static Scalar ToScalar(BigInteger value) => Scalar.FromBytes(Bytes(value), out _);

    /// <summary>Numbers around the places where carries and reductions happen, and random ones.</summary>
    public static IEnumerable<BigInteger> Interesting(BigInteger modulus, Random random, int count)
    {
        BigInteger[] edges = [0, 1, 2, 7, modulus - 1, modulus - 2, modulus / 2, (modulus / 2) + 1, (BigInteger.One << 52) - 1, BigInteger.One << 52,
            (BigInteger.One << 64) - 1, BigInteger.One << 64, (BigInteger.One << 128) - 1, BigInteger.One << 128, (BigInteger.One << 208) - 1, BigInteger.One << 255, BigInteger.Pow(2, 256) - modulus];
        foreach (var edge in edges)
            yield return edge;
        var bytes = new byte[32];
        for (var i = 0; i < count; i++)
        {
            random.NextBytes(bytes);
            // Runs of zeros and ones reach corners that plain random bytes do not.
            if (i % 2 == 0)
            {
                for (var j = 0; j < 32; j++)
                    bytes[j] = (random.Next(4)) switch { 0 => 0, 1 => 255, _ => bytes[j] };
            }
            yield return Mod(Number(bytes), modulus);
        }
    }
}
