using System.Runtime.CompilerServices;

namespace Sv2.Noise.Curve;

/// <summary>
/// A point of secp256k1 (y² = x³ + 7) in homogeneous coordinates: x = X/Z, y = Y/Z, and (0 : 1 : 0) the neutral point.
/// </summary>
/// <remarks>
/// Addition and doubling use the complete formulas of Renes, Costello and Batina (2016, algorithms 7 to 9) for curves
/// with a = 0: right for all inputs, equal, opposite and neutral ones included, so there is no special case that could
/// be a branch. Constant time follows from the field's. Coordinates keep magnitudes of at most 3, 2 and 2, and no two
/// factors in the formulas exceed a product of 30.
/// </remarks>
internal struct Point
{
    // 3 · 7, the constant of the formulas.
    private const uint ThreeB = 21;

    public FieldElement X;
    public FieldElement Y;
    public FieldElement Z;

    public static Point Neutral => new() { Y = FieldElement.One };

    public static Point From(in AffinePoint p) => new() { X = p.X, Y = p.Y, Z = FieldElement.One };

    public static void Add(out Point r, in Point p, in Point q)
    {
        FieldElement.Multiply(out var xx, p.X, q.X);
        FieldElement.Multiply(out var yy, p.Y, q.Y);
        FieldElement.Multiply(out var zz, p.Z, q.Z);
        Cross(out var xy, p.X, p.Y, q.X, q.Y, xx, yy);
        Cross(out var yz, p.Y, p.Z, q.Y, q.Z, yy, zz);
        Cross(out var xz, p.X, p.Z, q.X, q.Z, xx, zz);
        Finish(out r, xx, yy, zz, xy, yz, xz);
    }

    /// <summary>Adds a point whose Z is 1; it may not be the neutral one.</summary>
    public static void Add(out Point r, in Point p, in AffinePoint q)
    {
        FieldElement.Multiply(out var xx, p.X, q.X);
        FieldElement.Multiply(out var yy, p.Y, q.Y);
        Cross(out var xy, p.X, p.Y, q.X, q.Y, xx, yy);
        FieldElement.Multiply(out var yz, q.Y, p.Z);
        FieldElement.Add(out yz, yz, p.Y);
        FieldElement.Multiply(out var xz, q.X, p.Z);
        FieldElement.Add(out xz, xz, p.X);
        Finish(out r, xx, yy, p.Z, xy, yz, xz);
    }

    public static void Double(out Point r, in Point p)
    {
        FieldElement.Square(out var yy, p.Y);
        FieldElement.Multiply(out var yz, p.Y, p.Z);
        FieldElement.Square(out var bzz, p.Z);
        FieldElement.Multiply(out var xy, p.X, p.Y);
        FieldElement.MultiplySmall(out bzz, bzz, ThreeB);
        FieldElement.MultiplySmall(out var yy8, yy, 8);

        FieldElement.Add(out var sum, yy, bzz); // 2
        FieldElement.MultiplySmall(out var bzz3, bzz, 3); // 1
        FieldElement.Subtract(out var difference, yy, bzz3, 1); // 3

        FieldElement.Multiply(out r.X, difference, xy);
        FieldElement.Add(out r.X, r.X, r.X); // 2
        FieldElement.Multiply(out var first, bzz, yy8);
        FieldElement.Multiply(out r.Y, difference, sum);
        FieldElement.Add(out r.Y, r.Y, first); // 2
        FieldElement.Multiply(out r.Z, yz, yy8); // 1
    }

    /// <summary>−p where <paramref name="mask"/> is ones, p where it is zero.</summary>
    public static void NegateIf(ref Point p, ulong mask)
    {
        FieldElement.Negate(out var negated, p.Y, 2);
        negated.NormalizeWeakly();
        FieldElement.ConditionalMove(ref p.Y, negated, mask);
    }

    /// <summary><paramref name="r"/> becomes <paramref name="p"/> where <paramref name="mask"/> is ones.</summary>
    public static void ConditionalMove(ref Point r, in Point p, ulong mask)
    {
        FieldElement.ConditionalMove(ref r.X, p.X, mask);
        FieldElement.ConditionalMove(ref r.Y, p.Y, mask);
        FieldElement.ConditionalMove(ref r.Z, p.Z, mask);
    }

    /// <summary>The point with Z = 1, coordinates normalised. The neutral point becomes (0, 0).</summary>
    public readonly void ToAffine(out AffinePoint r)
    {
        FieldElement.Invert(out var inverse, Z);
        ToAffine(out r, inverse);
    }

    /// <summary>As above, faster, for a public point other than the neutral one.</summary>
    public readonly void ToAffinePublic(out AffinePoint r)
    {
        DivisionSteps.InvertPublic(out var inverse, Z);
        ToAffine(out r, inverse);
    }

    private readonly void ToAffine(out AffinePoint r, in FieldElement inverse)
    {
        FieldElement.Multiply(out r.X, X, inverse);
        FieldElement.Multiply(out r.Y, Y, inverse);
        r.X.Normalize();
        r.Y.Normalize();
    }

    /// <summary>a1·b2 + a2·b1 as (a1 + a2)(b1 + b2) − a1·b1 − a2·b2: one product instead of two. Magnitude 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Cross(out FieldElement r, in FieldElement p1, in FieldElement p2, in FieldElement q1, in FieldElement q2, in FieldElement product1, in FieldElement product2)
    {
        FieldElement.Add(out var left, p1, p2);
        FieldElement.Add(out var right, q1, q2);
        FieldElement.Multiply(out r, left, right);
        FieldElement.Add(out var both, product1, product2);
        FieldElement.Subtract(out r, r, both, 2);
    }

    private static void Finish(out Point r, in FieldElement xx, in FieldElement yy, in FieldElement zz, in FieldElement xy, in FieldElement yz, in FieldElement xz)
    {
        FieldElement.MultiplySmall(out var xx3, xx, 3); // 1
        FieldElement.MultiplySmall(out var bzz, zz, ThreeB); // 1
        FieldElement.MultiplySmall(out var bxz, xz, ThreeB); // 1
        FieldElement.Add(out var sum, yy, bzz); // 2
        FieldElement.Subtract(out var difference, yy, bzz, 1); // 3

        FieldElement.Multiply(out var first, xy, difference);
        FieldElement.Multiply(out var second, yz, bxz);
        FieldElement.Subtract(out r.X, first, second, 1); // 3
        FieldElement.Multiply(out first, bxz, xx3);
        FieldElement.Multiply(out second, difference, sum);
        FieldElement.Add(out r.Y, first, second); // 2
        FieldElement.Multiply(out first, xx3, xy);
        FieldElement.Multiply(out second, sum, yz);
        FieldElement.Add(out r.Z, first, second); // 2
    }
}
