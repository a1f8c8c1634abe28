using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Sv2.Noise.Curve;

/// <summary>
/// A number modulo n, the order of secp256k1's group, in four limbs of 64 bits, always below n.
/// </summary>
/// <remarks>
/// Constant time throughout: loops run over fixed counts, carries are numbers, choices are masks. Private keys and
/// signature nonces are scalars, so whoever holds one wipes it with <see cref="Clear"/>.
/// </remarks>
internal struct Scalar
{
    public const int Size = 32;

    private const ulong N0 = 0xbfd25e8cd0364141;
    private const ulong N1 = 0xbaaedce6af48a03b;
    private const ulong N2 = 0xfffffffffffffffe;
    private const ulong N3 = 0xffffffffffffffff;

    // 2^256 − n, three limbs: what a carry out of bit 256 folds back with.
    private static ReadOnlySpan<ulong> Fold => [0x402da1732fc9bebf, 0x4551231950b75fc4, 1];

    private ulong _l0;
    private ulong _l1;
    private ulong _l2;
    private ulong _l3;

    public Scalar(ulong l0, ulong l1, ulong l2, ulong l3)
    {
        _l0 = l0;
        _l1 = l1;
        _l2 = l2;
        _l3 = l3;
    }

    /// <summary>Whether 32 big-endian bytes are a private key: not 0 and below n. Only the verdict depends on them.</summary>
    public static bool IsPrivateKey(ReadOnlySpan<byte> bytes)
    {
        var reduced = FromBytes(bytes, out var overflow);
        var good = (1 - reduced.IsZero()) & (1 - overflow);
        reduced.Clear();
        return good != 0;
    }

    /// <summary>Reads 32 big-endian bytes modulo n; <paramref name="overflow"/> is 1 if they were n or more.</summary>
    public static Scalar FromBytes(ReadOnlySpan<byte> bytes, out ulong overflow)
    {
        var r = new Scalar(
            BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes));
        overflow = r.SubtractOrderIfAbove(0);
        return r;
    }

    /// <summary>Writes 32 big-endian bytes.</summary>
    public readonly void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _l0);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _l1);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _l2);
        BinaryPrimitives.WriteUInt64BigEndian(destination, _l3);
    }

    /// <summary>Overwrites the scalar with zero, in a way that the compiler does not leave out.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Clear() => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref this, 1)));

    /// <summary>1 if zero, otherwise 0.</summary>
    public readonly ulong IsZero() => Limbs.IsZero(_l0 | _l1 | _l2 | _l3);

    /// <summary>1 if above n / 2, otherwise 0: the scalars that stand for small negative numbers.</summary>
    public readonly ulong IsHigh()
    {
        // The borrow of n/2 − this.
        ulong borrow = 0;
        SubtractWithBorrow(0xdfe92f46681b20a0, _l0, ref borrow);
        SubtractWithBorrow(0x5d576e7357a4501d, _l1, ref borrow);
        SubtractWithBorrow(0xffffffffffffffff, _l2, ref borrow);
        SubtractWithBorrow(0x7fffffffffffffff, _l3, ref borrow);
        return borrow;
    }

    public static Scalar Add(in Scalar a, in Scalar b)
    {
        ulong carry = 0;
        Scalar r;
        r._l0 = AddWithCarry(a._l0, b._l0, ref carry);
        r._l1 = AddWithCarry(a._l1, b._l1, ref carry);
        r._l2 = AddWithCarry(a._l2, b._l2, ref carry);
        r._l3 = AddWithCarry(a._l3, b._l3, ref carry);
        r.SubtractOrderIfAbove(carry);
        return r;
    }

    public static Scalar Negate(in Scalar a)
    {
        // n − a, and 0 for 0.
        var keep = Limbs.Mask(1 - a.IsZero());
        ulong borrow = 0;
        Scalar r;
        r._l0 = SubtractWithBorrow(N0, a._l0, ref borrow) & keep;
        r._l1 = SubtractWithBorrow(N1, a._l1, ref borrow) & keep;
        r._l2 = SubtractWithBorrow(N2, a._l2, ref borrow) & keep;
        r._l3 = SubtractWithBorrow(N3, a._l3, ref borrow) & keep;
        return r;
    }

    /// <summary>−a where <paramref name="mask"/> is ones, a where it is zero.</summary>
    public static Scalar NegateIf(in Scalar a, ulong mask)
    {
        var negated = Negate(a);
        return new Scalar(
            Limbs.Select(mask, negated._l0, a._l0),
            Limbs.Select(mask, negated._l1, a._l1),
            Limbs.Select(mask, negated._l2, a._l2),
            Limbs.Select(mask, negated._l3, a._l3));
    }

    public static Scalar Multiply(in Scalar a, in Scalar b)
    {
        Span<ulong> product = stackalloc ulong[8];
        Product(product, a, b);
        var result = Reduce(product);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(product));
        return result;
    }

    /// <summary>
    /// Splits k into k1 + k2 · λ modulo n with k1 and k2 below 2^128 in absolute value, where λ·(x, y) = (β·x, y) on
    /// this curve: two half-length multiplications that share their doublings replace one of full length.
    /// </summary>
    public static void SplitByEndomorphism(in Scalar k, out Scalar k1, out Scalar k2)
    {
        // The lattice basis (a1, b1), (a2, b2) with a + b·λ = 0 modulo n, and 2^384·b2/n and −2^384·b1/n, rounded.
        var g1 = new Scalar(0xe893209a45dbb031, 0x3daa8a1471e8ca7f, 0xe86c90e49284eb15, 0x3086d221a7d46bcd);
        var g2 = new Scalar(0x1571b4ae8ac47f71, 0x221208ac9df506c6, 0x6f547fa90abfe4c4, 0xe4437ed6010e8828);
        var minusB1 = new Scalar(0x6f547fa90abfe4c3, 0xe4437ed6010e8828, 0, 0);
        var minusB2 = new Scalar(0xd765cda83db1562c, 0x8a280ac50774346d, 0xfffffffffffffffe, 0xffffffffffffffff);
        var minusLambda = new Scalar(0xe0cfc810b51283cf, 0xa880b9fc8ec739c2, 0x5ad9e3fd77ed9ba4, 0xac9c52b33fa3cf1f);

        var c1 = MultiplyShift384(k, g1);
        var c2 = MultiplyShift384(k, g2);
        k2 = Add(Multiply(c1, minusB1), Multiply(c2, minusB2));
        k1 = Add(k, Multiply(k2, minusLambda));
        c1.Clear();
        c2.Clear();
    }

    /// <summary>The <paramref name="count"/> (at most 63) bits from bit <paramref name="offset"/> on; zero above bit 255. The position is public.</summary>
    public readonly uint Bits(int offset, int count)
    {
        var limb = offset >> 6;
        var shift = offset & 63;
        var bits = Limb(limb) >> shift;
        if (shift + count > 64)
            bits |= Limb(limb + 1) << (64 - shift);
        return (uint)(bits & ((1UL << count) - 1));
    }

    private readonly ulong Limb(int index) => index switch { 0 => _l0, 1 => _l1, 2 => _l2, 3 => _l3, _ => 0 };

    /// <summary>a · b / 2^384, rounded to the nearest number.</summary>
    private static Scalar MultiplyShift384(in Scalar a, in Scalar b)
    {
        Span<ulong> product = stackalloc ulong[8];
        Product(product, a, b);
        ulong carry = product[5] >> 63;
        Scalar r;
        r._l0 = AddWithCarry(product[6], 0, ref carry);
        r._l1 = AddWithCarry(product[7], 0, ref carry);
        r._l2 = carry;
        r._l3 = 0;
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(product));
        return r;
    }

    private static void Product(Span<ulong> product, in Scalar a, in Scalar b)
    {
        product.Clear();
        ReadOnlySpan<ulong> left = [a._l0, a._l1, a._l2, a._l3];
        ReadOnlySpan<ulong> right = [b._l0, b._l1, b._l2, b._l3];
        MultiplyInto(product, left, right);
    }

    /// <summary>Reduces eight limbs: what is above 2^256 comes back multiplied by 2^256 − n, three times, then at most one n is left over.</summary>
    private static Scalar Reduce(ReadOnlySpan<ulong> wide)
    {
        Span<ulong> t = stackalloc ulong[24];
        var first = t[..8];
        wide[..4].CopyTo(first);
        MultiplyInto(first, wide[4..8], Fold); // below 2^386
        var second = t[8..16];
        first[..4].CopyTo(second);
        MultiplyInto(second, first[4..7], Fold); // below 2^260
        var third = t[16..24];
        second[..4].CopyTo(third);
        MultiplyInto(third, second[4..5], Fold); // below 2^256 + 2^134
        var r = new Scalar(third[0], third[1], third[2], third[3]);
        r.SubtractOrderIfAbove(third[4]);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(t));
        return r;
    }

    /// <summary>Adds a · b to <paramref name="sum"/>, which has room for the carries. Lengths are public.</summary>
    private static void MultiplyInto(Span<ulong> sum, ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        for (var i = 0; i < a.Length; i++)
        {
            ulong carry = 0;
            for (var j = 0; j < b.Length; j++)
            {
                ulong high = 0, low = sum[i + j];
                Limbs.MultiplyAdd(ref high, ref low, a[i], b[j]);
                Limbs.Add(ref high, ref low, carry);
                sum[i + j] = low;
                carry = high;
            }
            for (var k = i + b.Length; k < sum.Length; k++)
            {
                ulong next = 0;
                Limbs.Add(ref next, ref sum[k], carry);
                carry = next;
            }
        }
    }

    /// <summary>
    /// Subtracts n once if the number, with <paramref name="carry"/> as its bit 256, is n or more. Returns 1 if it did.
    /// </summary>
    private ulong SubtractOrderIfAbove(ulong carry)
    {
        ulong borrow = 0;
        var t0 = SubtractWithBorrow(_l0, N0, ref borrow);
        var t1 = SubtractWithBorrow(_l1, N1, ref borrow);
        var t2 = SubtractWithBorrow(_l2, N2, ref borrow);
        var t3 = SubtractWithBorrow(_l3, N3, ref borrow);
        var above = carry | (1 - borrow);
        var mask = Limbs.Mask(above);
        _l0 = Limbs.Select(mask, t0, _l0);
        _l1 = Limbs.Select(mask, t1, _l1);
        _l2 = Limbs.Select(mask, t2, _l2);
        _l3 = Limbs.Select(mask, t3, _l3);
        return above;
    }

    private static ulong AddWithCarry(ulong a, ulong b, ref ulong carry)
    {
        var sum = a + carry;
        var overflow = Limbs.Below(sum, carry);
        sum += b;
        carry = overflow + Limbs.Below(sum, b);
        return sum;
    }

    private static ulong SubtractWithBorrow(ulong a, ulong b, ref ulong borrow)
    {
        var difference = a - b;
        var underflow = Limbs.Below(a, b);
        var result = difference - borrow;
        borrow = underflow + Limbs.Below(difference, borrow);
        return result;
    }
}
