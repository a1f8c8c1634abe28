using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Sv2.Noise.Curve;

/// <summary>
/// A number modulo p = 2^256 − 2^32 − 977, the field of secp256k1, in five limbs of 52 bits (the last one of 48).
/// </summary>
/// <remarks>
/// <para>
/// Limbs have room to spare, so sums are not carried at once. An element has <i>magnitude</i> m when its limbs are at
/// most 2m times those of 2^256 − 1. A product has magnitude 1; a sum has the sum of the magnitudes; a difference a − b
/// has that of a plus that of b plus 1. <see cref="Multiply"/> takes factors whose magnitudes multiply to at most
/// <see cref="MagnitudeProductMax"/>; every formula in this folder states or stays far below it.
/// </para>
/// <para>
/// Constant time: every method runs the same instructions for all values, but for those named <c>…Public</c>, which are
/// for values that everybody may know.
/// </para>
/// </remarks>
internal struct FieldElement
{
    /// <summary>What the magnitudes of two factors may multiply to, so that no column of the product overflows.</summary>
    public const int MagnitudeProductMax = 64;

    public const int Size = 32;

    private const ulong Mask52 = (1UL << 52) - 1;
    private const ulong Mask48 = (1UL << 48) - 1;

    // 2^256 and 2^260 modulo p: what a carry out of bit 256, or a limb of weight 2^260, folds back with.
    private const ulong Fold256 = 0x1_0000_03d1;
    private const ulong Fold260 = Fold256 << 4;

    // Where products are cut in two: limbs of up to 58 bits can be multiplied, which is magnitude 32.
    private const int PartBits = 58;

    // The lowest limb of p; the others are all ones.
    private const ulong P0 = Mask52 + 1 - Fold256;

    private ulong _n0;
    private ulong _n1;
    private ulong _n2;
    private ulong _n3;
    private ulong _n4;

    public FieldElement(ulong n0, ulong n1, ulong n2, ulong n3, ulong n4)
    {
        _n0 = n0;
        _n1 = n1;
        _n2 = n2;
        _n3 = n3;
        _n4 = n4;
    }

    public static FieldElement Zero => default;

    public static FieldElement One => FromSmall(1);

    public static FieldElement FromSmall(uint value) => new(value, 0, 0, 0, 0);

    /// <summary>Reads 32 big-endian bytes modulo p: a value of p or more is reduced.</summary>
    public static FieldElement FromBytesReduced(ReadOnlySpan<byte> bytes)
    {
        var w3 = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        var w2 = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        var w1 = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        var w0 = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
        var result = new FieldElement(
            w0 & Mask52,
            ((w0 >> 52) | (w1 << 12)) & Mask52,
            ((w1 >> 40) | (w2 << 24)) & Mask52,
            ((w2 >> 28) | (w3 << 36)) & Mask52,
            w3 >> 16);
        result.Normalize();
        return result;
    }

    /// <summary>Reads 32 big-endian bytes; false for p or more.</summary>
    public static bool TryFromBytesPublic(ReadOnlySpan<byte> bytes, out FieldElement result)
    {
        result = FromBytesReduced(bytes);
        Span<byte> again = stackalloc byte[Size];
        result.WriteNormalized(again);
        return again.SequenceEqual(bytes[..Size]);
    }

    /// <summary>Writes 32 big-endian bytes. The element has to be normalised.</summary>
    public readonly void WriteNormalized(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _n0 | (_n1 << 52));
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], (_n1 >> 12) | (_n2 << 40));
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], (_n2 >> 24) | (_n3 << 28));
        BinaryPrimitives.WriteUInt64BigEndian(destination, (_n3 >> 36) | (_n4 << 16));
    }

    /// <summary>Reads five limbs of 62 bits, the lowest first, of a number below 2^264, and reduces it in part.</summary>
    public static FieldElement FromLimbs62(ReadOnlySpan<ulong> limbs)
    {
        var result = new FieldElement(
            limbs[0] & Mask52,
            ((limbs[0] >> 52) | (limbs[1] << 10)) & Mask52,
            ((limbs[1] >> 42) | (limbs[2] << 20)) & Mask52,
            ((limbs[2] >> 32) | (limbs[3] << 30)) & Mask52,
            (limbs[3] >> 22) | (limbs[4] << 40));
        result.NormalizeWeakly();
        return result;
    }

    /// <summary>Writes five limbs of 62 bits, normalised, the lowest first.</summary>
    public readonly void WriteLimbs62(Span<ulong> destination)
    {
        const ulong Mask62 = (1UL << 62) - 1;
        var n = this;
        n.Normalize();
        destination[0] = (n._n0 | (n._n1 << 52)) & Mask62;
        destination[1] = ((n._n1 >> 10) | (n._n2 << 42)) & Mask62;
        destination[2] = ((n._n2 >> 20) | (n._n3 << 32)) & Mask62;
        destination[3] = ((n._n3 >> 30) | (n._n4 << 22)) & Mask62;
        destination[4] = n._n4 >> 40;
    }

    /// <summary>Writes 32 big-endian bytes of any element.</summary>
    public readonly void Write(Span<byte> destination)
    {
        var copy = this;
        copy.Normalize();
        copy.WriteNormalized(destination);
    }

    /// <summary>1 if the element, normalised, is odd.</summary>
    public readonly ulong IsOddNormalized => _n0 & 1;

    /// <summary>Brings the element to its one form below p.</summary>
    public void Normalize()
    {
        NormalizeWeakly();
        // Add 2^256 − p. If that reaches 2^256, the element was p or more, and the sum without that bit is the
        // element less p. Both are computed, a mask chooses.
        var t0 = _n0 + Fold256;
        var t1 = _n1 + (t0 >> 52);
        var t2 = _n2 + (t1 >> 52);
        var t3 = _n3 + (t2 >> 52);
        var t4 = _n4 + (t3 >> 52);
        var reached = Limbs.Mask(t4 >> 48);
        _n0 = Limbs.Select(reached, t0 & Mask52, _n0);
        _n1 = Limbs.Select(reached, t1 & Mask52, _n1);
        _n2 = Limbs.Select(reached, t2 & Mask52, _n2);
        _n3 = Limbs.Select(reached, t3 & Mask52, _n3);
        _n4 = Limbs.Select(reached, t4 & Mask48, _n4);
    }

    /// <summary>Carries once and folds what lies above 2^256: magnitude 1, but not yet below p.</summary>
    public void NormalizeWeakly()
    {
        _n0 += (_n4 >> 48) * Fold256;
        _n4 &= Mask48;
        _n1 += _n0 >> 52;
        _n0 &= Mask52;
        _n2 += _n1 >> 52;
        _n1 &= Mask52;
        _n3 += _n2 >> 52;
        _n2 &= Mask52;
        _n4 += _n3 >> 52;
        _n3 &= Mask52;
    }

    /// <summary>1 if the element is zero modulo p, otherwise 0.</summary>
    public readonly ulong IsZero()
    {
        var copy = this;
        copy.Normalize();
        return Limbs.IsZero(copy._n0 | copy._n1 | copy._n2 | copy._n3 | copy._n4);
    }

    public readonly bool IsZeroPublic() => IsZero() != 0;

    /// <summary>Whether two elements are the same modulo p; <paramref name="b"/> of magnitude 1.</summary>
    public static bool EqualPublic(in FieldElement a, in FieldElement b)
    {
        Subtract(out var difference, a, b, 1);
        return difference.IsZeroPublic();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(out FieldElement r, in FieldElement a, in FieldElement b)
    {
        r._n0 = a._n0 + b._n0;
        r._n1 = a._n1 + b._n1;
        r._n2 = a._n2 + b._n2;
        r._n3 = a._n3 + b._n3;
        r._n4 = a._n4 + b._n4;
    }

    /// <summary>a − b, where b has at most the given magnitude: a multiple of p is added that no limb of b exceeds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Subtract(out FieldElement r, in FieldElement a, in FieldElement b, uint magnitude)
    {
        var multiple = 2UL * (magnitude + 1);
        r._n0 = a._n0 + (multiple * P0) - b._n0;
        r._n1 = a._n1 + (multiple * Mask52) - b._n1;
        r._n2 = a._n2 + (multiple * Mask52) - b._n2;
        r._n3 = a._n3 + (multiple * Mask52) - b._n3;
        r._n4 = a._n4 + (multiple * Mask48) - b._n4;
    }

    /// <summary>−a, where a has at most the given magnitude.</summary>
    public static void Negate(out FieldElement r, in FieldElement a, uint magnitude) => Subtract(out r, Zero, a, magnitude);

    /// <summary>a times a small number; the result is carried and has magnitude 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplySmall(out FieldElement r, in FieldElement a, uint factor)
    {
        r._n0 = a._n0 * factor;
        r._n1 = a._n1 * factor;
        r._n2 = a._n2 * factor;
        r._n3 = a._n3 * factor;
        r._n4 = a._n4 * factor;
        r.NormalizeWeakly();
    }

    /// <summary>
    /// a · b. The nine columns of the product are summed one after the other. The upper ones come first, because their
    /// limbs, of weight 2^260 and more, fold into the lower ones.
    /// </summary>
    [SkipLocalsInit]
    public static void Multiply(out FieldElement r, in FieldElement a, in FieldElement b)
    {
        ulong a0 = a._n0, a1 = a._n1, a2 = a._n2, a3 = a._n3, a4 = a._n4;
        ulong b0 = b._n0, b1 = b._n1, b2 = b._n2, b3 = b._n3, b4 = b._n4;

        Start(out var high, out var low, a0, b4);
        Accumulate(ref high, ref low, a1, b3);
        Accumulate(ref high, ref low, a2, b2);
        Accumulate(ref high, ref low, a3, b1);
        Accumulate(ref high, ref low, a4, b0);
        var carry = Carry(high, low, out var column4);

        Start(out high, out low, a1, b4);
        Accumulate(ref high, ref low, a2, b3);
        Accumulate(ref high, ref low, a3, b2);
        Accumulate(ref high, ref low, a4, b1);
        low += carry;
        carry = Carry(high, low, out var upper0);

        Start(out high, out low, a2, b4);
        Accumulate(ref high, ref low, a3, b3);
        Accumulate(ref high, ref low, a4, b2);
        low += carry;
        carry = Carry(high, low, out var upper1);

        Start(out high, out low, a3, b4);
        Accumulate(ref high, ref low, a4, b3);
        low += carry;
        carry = Carry(high, low, out var upper2);

        Start(out high, out low, a4, b4);
        low += carry;
        carry = Carry(high, low, out var upper3);

        var upper4 = carry;
        Start(out high, out low, a0, b0);
        Accumulate(ref high, ref low, upper0, Fold260);
        carry = Carry(high, low, out var column0);

        Start(out high, out low, a0, b1);
        Accumulate(ref high, ref low, a1, b0);
        Accumulate(ref high, ref low, upper1, Fold260);
        low += carry;
        carry = Carry(high, low, out var column1);

        Start(out high, out low, a0, b2);
        Accumulate(ref high, ref low, a1, b1);
        Accumulate(ref high, ref low, a2, b0);
        Accumulate(ref high, ref low, upper2, Fold260);
        low += carry;
        carry = Carry(high, low, out var column2);

        Start(out high, out low, a0, b3);
        Accumulate(ref high, ref low, a1, b2);
        Accumulate(ref high, ref low, a2, b1);
        Accumulate(ref high, ref low, a3, b0);
        Accumulate(ref high, ref low, upper3, Fold260);
        low += carry;
        carry = Carry(high, low, out var column3);

        Finish(out r, column0, column1, column2, column3, column4, carry, upper4);
    }

    /// <summary>a², with the products that occur twice computed once.</summary>
    [SkipLocalsInit]
    public static void Square(out FieldElement r, in FieldElement a)
    {
        ulong a0 = a._n0, a1 = a._n1, a2 = a._n2, a3 = a._n3, a4 = a._n4;
        ulong twice0 = a0 << 1, twice1 = a1 << 1, twice2 = a2 << 1, twice3 = a3 << 1;

        Start(out var high, out var low, twice0, a4);
        Accumulate(ref high, ref low, twice1, a3);
        Accumulate(ref high, ref low, a2, a2);
        var carry = Carry(high, low, out var column4);

        Start(out high, out low, twice1, a4);
        Accumulate(ref high, ref low, twice2, a3);
        low += carry;
        carry = Carry(high, low, out var upper0);

        Start(out high, out low, twice2, a4);
        Accumulate(ref high, ref low, a3, a3);
        low += carry;
        carry = Carry(high, low, out var upper1);

        Start(out high, out low, twice3, a4);
        low += carry;
        carry = Carry(high, low, out var upper2);

        Start(out high, out low, a4, a4);
        low += carry;
        carry = Carry(high, low, out var upper3);

        var upper4 = carry;
        Start(out high, out low, a0, a0);
        Accumulate(ref high, ref low, upper0, Fold260);
        carry = Carry(high, low, out var column0);

        Start(out high, out low, twice0, a1);
        Accumulate(ref high, ref low, upper1, Fold260);
        low += carry;
        carry = Carry(high, low, out var column1);

        Start(out high, out low, twice0, a2);
        Accumulate(ref high, ref low, a1, a1);
        Accumulate(ref high, ref low, upper2, Fold260);
        low += carry;
        carry = Carry(high, low, out var column2);

        Start(out high, out low, twice0, a3);
        Accumulate(ref high, ref low, twice1, a2);
        Accumulate(ref high, ref low, upper3, Fold260);
        low += carry;
        carry = Carry(high, low, out var column3);

        Finish(out r, column0, column1, column2, column3, column4, carry, upper4);
    }

    /// <summary>Folds the last limb of the product and what is above 2^256, and carries as far as it can matter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(out FieldElement r, ulong column0, ulong column1, ulong column2, ulong column3, ulong column4, ulong carry, ulong upper4)
    {
        Start(out var high, out var low, upper4, Fold260);
        low += carry + column4;
        // As in Carry, but limb 4 has 48 bits only.
        var rest = low - (high << PartBits);
        r._n4 = rest & Mask48;
        var above = (high << (PartBits - 48)) + (rest >> 48);

        Start(out high, out low, above, Fold256);
        low += column0;
        r._n1 = column1 + Carry(high, low, out r._n0);
        r._n2 = column2;
        r._n3 = column3;
    }

    /// <summary>The first product of a column, see <see cref="Accumulate"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Start(out ulong high, out ulong low, ulong a, ulong b)
    {
        high = Limbs.High(a, b << (64 - PartBits));
        low = a * b;
    }

    /// <summary>
    /// Adds a product to a column without ever carrying: <paramref name="high"/> sums what each product has above bit
    /// 58, <paramref name="low"/> sums the products modulo 2^64. What they have below bit 58 is not summed at all: that
    /// sum is below 2^61, and being <paramref name="low"/> less 2^58 · <paramref name="high"/> it can be had in the end.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(ref ulong high, ref ulong low, ulong a, ulong b)
    {
        high += Limbs.High(a, b << (64 - PartBits));
        low += a * b;
    }

    /// <summary>Takes the lowest 52 bits off a column's sum and returns the rest, which belongs to the next column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Carry(ulong high, ulong low, out ulong limb)
    {
        var rest = low - (high << PartBits);
        limb = rest & Mask52;
        return (high << (PartBits - 52)) + (rest >> 52);
    }

    /// <summary>a^(2^<paramref name="times"/>). The number of squarings is public.</summary>
    public static void SquareRepeatedly(out FieldElement r, in FieldElement a, int times)
    {
        r = a;
        for (var i = 0; i < times; i++)
            Square(out r, r);
    }

    /// <summary>1/a as a^(p − 2), zero for zero: the same fixed chain of squarings and products for every value.</summary>
    public static void Invert(out FieldElement r, in FieldElement a)
    {
        // p − 2 in binary is 223 ones, 0, 22 ones, 0000101101.
        PowerOfOnes(a, out var ones2, out var ones22, out var ones223);
        SquareRepeatedly(out r, ones223, 23);
        Multiply(out r, r, ones22);
        SquareRepeatedly(out r, r, 5);
        Multiply(out r, r, a);
        SquareRepeatedly(out r, r, 3);
        Multiply(out r, r, ones2);
        SquareRepeatedly(out r, r, 2);
        Multiply(out r, r, a);
    }

    /// <summary>
    /// a^((p + 1) / 4): the square root of a where it has one, as p is 3 modulo 4. Returns whether it has one.
    /// The chain is fixed; only the verdict tells, hence for values that everybody may know.
    /// </summary>
    public static bool TrySquareRootPublic(out FieldElement r, in FieldElement a)
    {
        // (p + 1) / 4 in binary is 223 ones, 0, 22 ones, 00001100.
        PowerOfOnes(a, out var ones2, out var ones22, out var ones223);
        SquareRepeatedly(out r, ones223, 23);
        Multiply(out r, r, ones22);
        SquareRepeatedly(out r, r, 6);
        Multiply(out r, r, ones2);
        SquareRepeatedly(out r, r, 2);
        Square(out var square, r);
        return EqualPublic(a, square);
    }

    /// <summary>a to the powers 2^2 − 1, 2^22 − 1 and 2^223 − 1, whose binary forms are runs of ones.</summary>
    private static void PowerOfOnes(in FieldElement a, out FieldElement ones2, out FieldElement ones22, out FieldElement ones223)
    {
        Square(out var t, a);
        Multiply(out ones2, t, a);
        Square(out t, ones2);
        Multiply(out var ones3, t, a);
        Join(out var ones6, ones3, 3, ones3);
        Join(out var ones9, ones6, 3, ones3);
        Join(out var ones11, ones9, 2, ones2);
        Join(out ones22, ones11, 11, ones11);
        Join(out var ones44, ones22, 22, ones22);
        Join(out var ones88, ones44, 44, ones44);
        Join(out var ones176, ones88, 88, ones88);
        Join(out var ones220, ones176, 44, ones44);
        Join(out ones223, ones220, 3, ones3);

        static void Join(out FieldElement r, in FieldElement first, int shift, in FieldElement second)
        {
            SquareRepeatedly(out r, first, shift);
            Multiply(out r, r, second);
        }
    }

    /// <summary><paramref name="r"/> becomes <paramref name="a"/> where <paramref name="mask"/> is ones, and stays where it is zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ConditionalMove(ref FieldElement r, in FieldElement a, ulong mask)
    {
        r._n0 = Limbs.Select(mask, a._n0, r._n0);
        r._n1 = Limbs.Select(mask, a._n1, r._n1);
        r._n2 = Limbs.Select(mask, a._n2, r._n2);
        r._n3 = Limbs.Select(mask, a._n3, r._n3);
        r._n4 = Limbs.Select(mask, a._n4, r._n4);
    }
}
