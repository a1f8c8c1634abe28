namespace Sv2.Noise.Curve;

/// <summary>
/// Cuts a scalar into signed digits of five bits (Booth's recoding): digit i stands for −16 to 16 times 32^i, so a table
/// of sixteen multiples serves, together with a negation.
/// </summary>
internal static class SignedWindow
{
    public const int Width = 5;

    /// <summary>Digits go from −16 to 16; a table holds the multiples 1 to 16.</summary>
    public const int TableSize = 1 << (Width - 1);

    /// <summary>Digits of a 256-bit scalar.</summary>
    public const int FullCount = 52;

    /// <summary>Digits of a 128-bit scalar.</summary>
    public const int HalfCount = 26;

    /// <summary>
    /// Digit <paramref name="index"/> as its absolute value and its sign, the latter as a mask. Constant time: the
    /// position is public, the value goes through arithmetic only.
    /// </summary>
    public static uint Digit(in Scalar scalar, int index, out ulong negative)
    {
        // The digit's five bits and the one below: that one's value was left over by the digit below.
        var bits = index == 0
            ? scalar.Bits(0, Width) << 1
            : scalar.Bits((index * Width) - 1, Width + 1);
        var sign = bits >> Width;
        negative = Limbs.Mask(sign);
        // Digits above 16 are taken as what is missing to 32, and carry into the next digit through its lowest bit.
        var folded = bits ^ (uint)(negative & 0x3f);
        return (folded >> 1) + (folded & 1);
    }
}
