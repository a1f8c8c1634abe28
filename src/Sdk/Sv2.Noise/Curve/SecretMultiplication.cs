using System.Runtime.CompilerServices;

namespace Sv2.Noise.Curve;

/// <summary>k · P for a secret k and any public P: the key agreement.</summary>
internal static class SecretMultiplication
{
    /// <summary>
    /// k · P. Constant time: k is split into two halves (endomorphism) by arithmetic without branches; the halves' signs
    /// are moved into the points by masks; every one of the 26 steps does five doublings and two additions, and reads
    /// whole tables to pick its entries. Digit 0 picks the neutral point, which the complete formulas add as any other.
    /// </summary>
    [SkipLocalsInit]
    public static void Multiply(out Point r, in AffinePoint p, in Scalar k)
    {
        Scalar.SplitByEndomorphism(k, out var k1, out var k2);
        var negative1 = Limbs.Mask(k1.IsHigh());
        var negative2 = Limbs.Mask(k2.IsHigh());
        k1 = Scalar.NegateIf(k1, negative1);
        k2 = Scalar.NegateIf(k2, negative2);

        Span<Point> table = stackalloc Point[SignedWindow.TableSize + 1];
        FillTable(table, p);

        r = Point.Neutral;
        for (var i = SignedWindow.HalfCount - 1; i >= 0; i--)
        {
            for (var j = 0; j < SignedWindow.Width; j++)
                Point.Double(out r, r);

            var digit = SignedWindow.Digit(k1, i, out var negative);
            Select(out var entry, table, digit);
            Point.NegateIf(ref entry, negative ^ negative1);
            Point.Add(out r, r, entry);

            digit = SignedWindow.Digit(k2, i, out negative);
            Select(out entry, table, digit);
            FieldElement.Multiply(out entry.X, entry.X, AffinePoint.Beta);
            Point.NegateIf(ref entry, negative ^ negative2);
            Point.Add(out r, r, entry);
        }
        k1.Clear();
        k2.Clear();
    }

    /// <summary>0 · P to 16 · P.</summary>
    private static void FillTable(Span<Point> table, in AffinePoint p)
    {
        table[0] = Point.Neutral;
        table[1] = Point.From(p);
        for (var i = 2; i < table.Length; i++)
            Point.Add(out table[i], table[i - 1], p);
    }

    /// <summary>Entry <paramref name="digit"/>, having read every entry.</summary>
    private static void Select(out Point entry, ReadOnlySpan<Point> table, uint digit)
    {
        entry = default;
        for (var i = 0; i < table.Length; i++)
            Point.ConditionalMove(ref entry, table[i], Limbs.Mask(Limbs.IsZero(digit ^ (uint)i)));
    }
}
