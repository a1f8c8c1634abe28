using System.Runtime.CompilerServices;

namespace Sv2.Noise.Curve;

/// <summary>
/// Multiples of the generator for secret scalars: j · 32^i · G for every digit i and j from 1 to 16, so that k · G is
/// one addition a digit and no doubling. Computed once, 66 KB.
/// </summary>
internal static class GeneratorTable
{
    private static readonly AffinePoint[] Multiples = Compute();

    /// <summary>
    /// k · G, for a secret k. Constant time: for every digit the whole row is read and the wanted entry kept by a mask,
    /// its sign is applied by a mask, and the addition always runs; a mask drops its result where the digit is 0.
    /// </summary>
    [SkipLocalsInit]
    public static void Multiply(out Point r, in Scalar k)
    {
        r = Point.Neutral;
        for (var i = 0; i < SignedWindow.FullCount; i++)
        {
            var digit = SignedWindow.Digit(k, i, out var negative);
            Select(out var entry, Multiples.AsSpan(i * SignedWindow.TableSize, SignedWindow.TableSize), digit);
            FieldElement.Negate(out var negated, entry.Y, 1);
            FieldElement.ConditionalMove(ref entry.Y, negated, negative);
            Point.Add(out var sum, r, entry);
            Point.ConditionalMove(ref r, sum, Limbs.Mask(1 - Limbs.IsZero(digit)));
        }
    }

    /// <summary>Entry <paramref name="digit"/> − 1 of the row, and (0, 0) for digit 0, having read every entry.</summary>
    private static void Select(out AffinePoint entry, ReadOnlySpan<AffinePoint> row, uint digit)
    {
        entry = default;
        for (var j = 0; j < row.Length; j++)
        {
            var mask = Limbs.Mask(Limbs.IsZero(digit ^ (uint)(j + 1)));
            FieldElement.ConditionalMove(ref entry.X, row[j].X, mask);
            FieldElement.ConditionalMove(ref entry.Y, row[j].Y, mask);
        }
    }

    private static AffinePoint[] Compute()
    {
        var multiples = new Point[SignedWindow.FullCount * SignedWindow.TableSize];
        var step = Point.From(AffinePoint.Generator);
        for (var i = 0; i < SignedWindow.FullCount; i++)
        {
            var row = multiples.AsSpan(i * SignedWindow.TableSize, SignedWindow.TableSize);
            row[0] = step;
            for (var j = 1; j < row.Length; j++)
                Point.Add(out row[j], row[j - 1], step);
            Point.Double(out step, row[^1]);
        }
        return BatchAffine.Convert(multiples);
    }
}
