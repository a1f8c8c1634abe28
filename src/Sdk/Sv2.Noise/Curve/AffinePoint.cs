namespace Sv2.Noise.Curve;

/// <summary>A point of secp256k1 other than the neutral one, by its two coordinates.</summary>
internal struct AffinePoint
{
    public FieldElement X;
    public FieldElement Y;

    /// <summary>The generator of the group.</summary>
    public static AffinePoint Generator => new()
    {
        X = new FieldElement(0x2815b16f81798, 0xdb2dce28d959f, 0xe870b07029bfc, 0xbbac55a06295c, 0x79be667ef9dc),
        Y = new FieldElement(0x7d08ffb10d4b8, 0x48a68554199c4, 0xe1108a8fd17b4, 0xc4655da4fbfc0, 0x483ada7726a3),
    };

    /// <summary>β, the cube root of one that takes (x, y) to λ·(x, y) = (β·x, y).</summary>
    public static FieldElement Beta => new(0x96c28719501ee, 0x7512f58995c13, 0xc3434e99cf049, 0x7106e64479ea, 0x7ae96a2b657c);

    /// <summary>The point with this x-coordinate and an even y; false where there is none. For public keys.</summary>
    public static bool TryFromX(ReadOnlySpan<byte> bytes, out AffinePoint point)
    {
        point = default;
        if (!FieldElement.TryFromBytesPublic(bytes, out var x) || !TryFromX(x, out point))
            return false;
        point.Y.Normalize();
        FieldElement.Negate(out var negated, point.Y, 1);
        negated.Normalize();
        FieldElement.ConditionalMove(ref point.Y, negated, Limbs.Mask(point.Y.IsOddNormalized));
        return true;
    }

    /// <summary>A point with this x-coordinate (magnitude 4 at most), either one; false where there is none. For public keys.</summary>
    public static bool TryFromX(in FieldElement x, out AffinePoint point)
    {
        point.X = x;
        CurveEquation(out var right, x);
        return FieldElement.TrySquareRootPublic(out point.Y, right);
    }

    /// <summary>x³ + 7, magnitude 2, for x of magnitude 4 at most.</summary>
    public static void CurveEquation(out FieldElement r, in FieldElement x)
    {
        FieldElement.Square(out r, x);
        FieldElement.Multiply(out r, r, x);
        FieldElement.Add(out r, r, FieldElement.FromSmall(7));
    }
}
