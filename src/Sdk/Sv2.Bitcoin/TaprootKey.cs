using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace Sv2.Bitcoin;

/// <summary>
/// The taproot output key of an internal key (BIP 341), for outputs that are spent by key alone.
/// </summary>
/// <remarks>
/// Plain <see cref="BigInteger"/> arithmetic on secp256k1: not in constant time and not fast. That is fine here and only
/// here, because every input is a public key and this runs once per configured output. Nothing secret may come in.
/// </remarks>
internal static class TaprootKey
{
    public const int Size = 32;

    private static readonly BigInteger FieldPrime = Number("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F");
    private static readonly BigInteger Order = Number("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141");

    private static readonly Point Generator = new(
        Number("79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798"),
        Number("483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8"));

    /// <summary>Whether 32 bytes are the x coordinate of a point on the curve.</summary>
    public static bool IsValid(ReadOnlySpan<byte> xOnlyKey) => xOnlyKey.Length == Size && TryLift(xOnlyKey, out _);

    /// <summary>Computes P + hash(P)·G for the point P with this x coordinate and even y.</summary>
    public static bool TryTweak(ReadOnlySpan<byte> internalKey, [NotNullWhen(true)] out byte[]? outputKey)
    {
        outputKey = null;
        if (internalKey.Length != Size || !TryLift(internalKey, out Point? point))
            return false;
        BigInteger tweak = new(TaggedHash("TapTweak"u8, internalKey), isUnsigned: true, isBigEndian: true);
        if (tweak >= Order || Add(point, Multiply(Generator, tweak)) is not { } sum)
            return false;
        outputKey = new byte[Size];
        sum.X.TryWriteBytes(outputKey.AsSpan(Size - sum.X.GetByteCount(isUnsigned: true)), out _, isUnsigned: true, isBigEndian: true);
        return true;
    }

    private static bool TryLift(ReadOnlySpan<byte> xOnlyKey, [NotNullWhen(true)] out Point? point)
    {
        point = null;
        BigInteger x = new(xOnlyKey, isUnsigned: true, isBigEndian: true);
        if (x >= FieldPrime)
            return false;
        BigInteger square = Mod(BigInteger.ModPow(x, 3, FieldPrime) + 7);
        BigInteger y = BigInteger.ModPow(square, (FieldPrime + 1) / 4, FieldPrime);
        if (Mod(y * y) != square)
            return false;
        point = new Point(x, y.IsEven ? y : FieldPrime - y);
        return true;
    }

    // The point at infinity is null.
    private static Point? Add(Point? left, Point? right)
    {
        if (left is null || right is null)
            return left ?? right;
        if (left.X == right.X && left.Y != right.Y)
            return null;
        BigInteger slope = left.X == right.X
            ? Mod(3 * left.X * left.X * Inverse(2 * left.Y))
            : Mod((right.Y - left.Y) * Inverse(right.X - left.X));
        BigInteger x = Mod(slope * slope - left.X - right.X);
        return new Point(x, Mod(slope * (left.X - x) - left.Y));
    }

    private static Point? Multiply(Point? point, BigInteger scalar)
    {
        Point? sum = null;
        for (; !scalar.IsZero; scalar >>= 1)
        {
            if (!scalar.IsEven)
                sum = Add(sum, point);
            point = Add(point, point);
        }
        return sum;
    }

    private static byte[] TaggedHash(ReadOnlySpan<byte> tag, ReadOnlySpan<byte> message)
    {
        byte[] tagHash = SHA256.HashData(tag);
        return SHA256.HashData([.. tagHash, .. tagHash, .. message]);
    }

    private static BigInteger Inverse(BigInteger value) => BigInteger.ModPow(Mod(value), FieldPrime - 2, FieldPrime);

    private static BigInteger Mod(BigInteger value)
    {
        BigInteger rest = value % FieldPrime;
        return rest.Sign < 0 ? rest + FieldPrime : rest;
    }

    private static BigInteger Number(string hex) => BigInteger.Parse("0" + hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private sealed record Point(BigInteger X, BigInteger Y);
}
