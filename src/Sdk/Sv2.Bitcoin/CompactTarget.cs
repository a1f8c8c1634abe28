using Sv2.Protocol;

namespace Sv2.Bitcoin;

/// <summary>The 4-byte form of a target in block headers, <c>nbits</c>: an exponent byte and a signed 23-bit mantissa.</summary>
/// <param name="NBits">The four bytes as a number.</param>
public readonly record struct CompactTarget(uint NBits)
{
    private const uint MantissaMask = 0x007f_ffff;
    private const uint SignBit = 0x0080_0000;
    private const int MantissaBytes = 3;

    /// <summary>The compact form of <paramref name="target"/>, rounded down to the 15 to 23 bits it can hold.</summary>
    /// <param name="target">The target.</param>
    /// <returns>The compact form.</returns>
    public static CompactTarget FromTarget(in U256 target)
    {
        int size = (UInt256Math.BitLength(target) + 7) / 8;
        uint mantissa = size <= MantissaBytes
            ? (uint)target.Limb(0) << 8 * (MantissaBytes - size)
            : (uint)UInt256Math.ShiftRight(target, 8 * (size - MantissaBytes)).Limb(0);
        // The top mantissa bit is a sign; move it into the next byte.
        if ((mantissa & SignBit) != 0)
        {
            mantissa >>= 8;
            size++;
        }
        return new CompactTarget((uint)size << 24 | mantissa);
    }

    /// <summary>The target, when the form is a valid one.</summary>
    /// <param name="target">The target, when the result is <see langword="true"/>.</param>
    /// <returns><see langword="false"/> for zero, for a negative mantissa and for a number beyond 256 bits.</returns>
    public bool TryToTarget(out U256 target)
    {
        target = U256.Zero;
        int size = (int)(NBits >> 24);
        uint mantissa = NBits & MantissaMask;
        if (mantissa == 0 || (NBits & SignBit) != 0)
            return false;
        U256 whole = U256.FromLimbs(mantissa);
        if (size <= MantissaBytes)
        {
            target = UInt256Math.ShiftRight(whole, 8 * (MantissaBytes - size));
            return target != U256.Zero;
        }
        int shift = 8 * (size - MantissaBytes);
        if (UInt256Math.BitLength(whole) + shift > 256)
            return false;
        target = UInt256Math.ShiftLeft(whole, shift);
        return true;
    }

    /// <summary>The target.</summary>
    /// <returns>The target.</returns>
    /// <exception cref="FormatException">The form is zero, negative or beyond 256 bits.</exception>
    public U256 ToTarget() => TryToTarget(out U256 target) ? target : throw new FormatException($"nbits: {this} is not a target");

    /// <summary>Eight hexadecimal digits, as explorers show it.</summary>
    /// <returns>For example <c>1d00ffff</c>.</returns>
    public override string ToString() => NBits.ToString("x8", System.Globalization.CultureInfo.InvariantCulture);
}
