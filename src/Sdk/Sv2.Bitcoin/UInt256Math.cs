using System.Numerics;
using Sv2.Protocol;

namespace Sv2.Bitcoin;

/// <summary>The few 256-bit operations that targets need, on four 64-bit limbs. Allocates nothing.</summary>
internal static class UInt256Math
{
    private const int Limbs = 4;
    private const int LimbBits = 64;

    /// <summary>Bits needed to write <paramref name="value"/>; zero for zero.</summary>
    public static int BitLength(in U256 value)
    {
        for (int i = Limbs - 1; i >= 0; i--)
            if (value.Limb(i) is not 0 and var limb)
                return i * LimbBits + LimbBits - BitOperations.LeadingZeroCount(limb);
        return 0;
    }

    public static U256 Subtract(in U256 left, in U256 right)
    {
        Span<ulong> limbs = stackalloc ulong[Limbs];
        ulong borrow = 0;
        for (int i = 0; i < Limbs; i++)
        {
            UInt128 difference = (UInt128)left.Limb(i) - right.Limb(i) - borrow;
            limbs[i] = (ulong)difference;
            borrow = (ulong)(difference >> LimbBits) & 1;
        }
        return FromLimbs(limbs);
    }

    public static U256 Not(in U256 value) =>
        U256.FromLimbs(~value.Limb(0), ~value.Limb(1), ~value.Limb(2), ~value.Limb(3));

    /// <summary>Shifts left; bits beyond 256 are lost. Shifts of 256 and more give zero.</summary>
    public static U256 ShiftLeft(in U256 value, int bits)
    {
        Span<ulong> limbs = stackalloc ulong[Limbs];
        int whole = bits / LimbBits;
        int part = bits % LimbBits;
        for (int i = Limbs - 1; i >= whole; i--)
        {
            limbs[i] = value.Limb(i - whole) << part;
            if (part > 0 && i > whole)
                limbs[i] |= value.Limb(i - whole - 1) >> (LimbBits - part);
        }
        return FromLimbs(limbs);
    }

    /// <summary>Shifts right. Shifts of 256 and more give zero.</summary>
    public static U256 ShiftRight(in U256 value, int bits)
    {
        Span<ulong> limbs = stackalloc ulong[Limbs];
        int whole = bits / LimbBits;
        int part = bits % LimbBits;
        for (int i = 0; i + whole < Limbs; i++)
        {
            limbs[i] = value.Limb(i + whole) >> part;
            if (part > 0 && i + whole + 1 < Limbs)
                limbs[i] |= value.Limb(i + whole + 1) << (LimbBits - part);
        }
        return FromLimbs(limbs);
    }

    /// <summary>Quotient of two numbers, rounded down, or the largest 64-bit number where it is greater still.</summary>
    public static ulong DivideSaturating(in U256 dividend, in U256 divisor)
    {
        int excess = BitLength(dividend) - BitLength(divisor);
        if (BitLength(divisor) == 0 || excess > LimbBits)
            return ulong.MaxValue;
        U256 rest = dividend;
        UInt128 quotient = 0;
        // Schoolbook division, one bit at a time: at most 65 steps.
        for (int bit = excess; bit >= 0; bit--)
        {
            U256 part = ShiftLeft(divisor, bit);
            if (part > rest)
                continue;
            rest = Subtract(rest, part);
            quotient |= UInt128.One << bit;
        }
        return quotient > ulong.MaxValue ? ulong.MaxValue : (ulong)quotient;
    }

    /// <summary>Quotient of <c>high * 2^256 + dividend</c> and a divisor greater than <paramref name="high"/>, rounded down.</summary>
    public static U256 Divide(in U256 dividend, ulong divisor, ulong high = 0)
    {
        Span<ulong> limbs = stackalloc ulong[Limbs];
        ulong rest = high;
        for (int i = Limbs - 1; i >= 0; i--)
        {
            UInt128 part = ((UInt128)rest << LimbBits) | dividend.Limb(i);
            limbs[i] = (ulong)(part / divisor);
            rest = (ulong)(part % divisor);
        }
        return FromLimbs(limbs);
    }

    /// <summary>The nearest double at or below.</summary>
    public static double ToDouble(in U256 value)
    {
        double result = 0;
        for (int i = Limbs - 1; i >= 0; i--)
            result = result * 18446744073709551616.0 + value.Limb(i);
        return result;
    }

    /// <summary>The number, rounded down; zero for NaN and below one, the greatest number where it does not fit.</summary>
    public static U256 FromDouble(double value)
    {
        if (!(value >= 1))
            return U256.Zero;
        if (value >= Math.ScaleB(1, 256))
            return U256.MaxValue;
        int exponent = Math.ILogB(value);
        // 53 significant bits, as a whole number.
        ulong mantissa = (ulong)Math.ScaleB(value, 52 - exponent);
        U256 whole = U256.FromLimbs(mantissa);
        return exponent >= 52 ? ShiftLeft(whole, exponent - 52) : ShiftRight(whole, 52 - exponent);
    }

    private static U256 FromLimbs(ReadOnlySpan<ulong> limbs) => U256.FromLimbs(limbs[0], limbs[1], limbs[2], limbs[3]);
}
