using System.Runtime.CompilerServices;

namespace Sv2.Noise.Curve;

/// <summary>
/// a · G + b · P where everything is public: the verification of signatures. Fast, and its time depends on its input.
/// </summary>
internal static class PublicMultiplication
{
    // Odd multiples 1, 3, … 127 of G, and as many of λ·G, for digits of eight bits.
    private const int GeneratorWidth = 8;
    private const int PointWidth = 5;
    private const int DigitsMax = 130;

    private static readonly AffinePoint[] GeneratorMultiples = ComputeGeneratorMultiples();

    /// <summary>
    /// a · G + b · P: both scalars are split into halves, so four signed-digit forms of 128 bits share one chain of
    /// doublings.
    /// </summary>
    [SkipLocalsInit]
    public static void Multiply(out Point r, in Scalar a, in Scalar b, in AffinePoint p)
    {
        Span<sbyte> digits = stackalloc sbyte[4 * DigitsMax];
        digits.Clear();
        var a1 = digits[..DigitsMax];
        var a2 = digits[DigitsMax..(2 * DigitsMax)];
        var b1 = digits[(2 * DigitsMax)..(3 * DigitsMax)];
        var b2 = digits[(3 * DigitsMax)..];
        FillDigits(a, GeneratorWidth, a1, a2);
        FillDigits(b, PointWidth, b1, b2);

        Span<Point> multiples = stackalloc Point[1 << (PointWidth - 2)];
        Span<Point> lambdaMultiples = stackalloc Point[1 << (PointWidth - 2)];
        FillMultiples(multiples, lambdaMultiples, p);
        var generator = GeneratorMultiples.AsSpan(0, GeneratorMultiples.Length / 2);
        var lambdaGenerator = GeneratorMultiples.AsSpan(GeneratorMultiples.Length / 2);

        r = Point.Neutral;
        for (var i = DigitsMax - 1; i >= 0; i--)
        {
            Point.Double(out r, r);
            AddDigit(ref r, generator, a1[i]);
            AddDigit(ref r, lambdaGenerator, a2[i]);
            AddDigit(ref r, multiples, b1[i]);
            AddDigit(ref r, lambdaMultiples, b2[i]);
        }
    }

    private static void AddDigit(ref Point r, ReadOnlySpan<AffinePoint> odd, int digit)
    {
        if (digit == 0)
            return;
        var entry = odd[Math.Abs(digit) >> 1];
        if (digit < 0)
            FieldElement.Negate(out entry.Y, entry.Y, 1);
        Point.Add(out r, r, entry);
    }

    private static void AddDigit(ref Point r, ReadOnlySpan<Point> odd, int digit)
    {
        if (digit == 0)
            return;
        var entry = odd[Math.Abs(digit) >> 1];
        Point.NegateIf(ref entry, digit < 0 ? ulong.MaxValue : 0);
        Point.Add(out r, r, entry);
    }

    private static void FillDigits(in Scalar scalar, int width, Span<sbyte> first, Span<sbyte> second)
    {
        Scalar.SplitByEndomorphism(scalar, out var k1, out var k2);
        FillNonAdjacentForm(k1, width, first);
        FillNonAdjacentForm(k2, width, second);
    }

    /// <summary>
    /// The signed digits of a half-length scalar: each is zero or odd, below 2^(width − 1) in absolute value, and
    /// followed by at least width − 1 zeros.
    /// </summary>
    private static void FillNonAdjacentForm(in Scalar scalar, int width, Span<sbyte> digits)
    {
        var negative = scalar.IsHigh() != 0;
        var value = Scalar.NegateIf(scalar, Limbs.Mask(scalar.IsHigh()));
        uint carry = 0;
        var i = 0;
        while (i < digits.Length)
        {
            if (value.Bits(i, 1) == carry)
            {
                i++;
                continue;
            }
            var word = value.Bits(i, width) + carry;
            carry = (word >> (width - 1)) & 1;
            var digit = (int)word - (int)(carry << width);
            digits[i] = (sbyte)(negative ? -digit : digit);
            i += width;
        }
    }

    /// <summary>P, 3P, 5P, … and the same times λ.</summary>
    private static void FillMultiples(Span<Point> multiples, Span<Point> lambdaMultiples, in AffinePoint p)
    {
        multiples[0] = Point.From(p);
        Point.Double(out var twice, multiples[0]);
        for (var i = 1; i < multiples.Length; i++)
            Point.Add(out multiples[i], multiples[i - 1], twice);
        for (var i = 0; i < multiples.Length; i++)
        {
            lambdaMultiples[i] = multiples[i];
            FieldElement.Multiply(out lambdaMultiples[i].X, multiples[i].X, AffinePoint.Beta);
        }
    }

    private static AffinePoint[] ComputeGeneratorMultiples()
    {
        var multiples = new Point[1 << (GeneratorWidth - 1)];
        FillMultiples(multiples.AsSpan(0, multiples.Length / 2), multiples.AsSpan(multiples.Length / 2), AffinePoint.Generator);
        return BatchAffine.Convert(multiples);
    }
}
