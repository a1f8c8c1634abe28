namespace Sv2.Noise.Curve;

/// <summary>Brings many points, none of them neutral, to Z = 1 with a single inversion. For tables of public points.</summary>
internal static class BatchAffine
{
    public static AffinePoint[] Convert(ReadOnlySpan<Point> points)
    {
        // before[i] is the product of all Z below i; going back, "inverse" is that of the product up to i.
        var before = new FieldElement[points.Length];
        var product = FieldElement.One;
        for (var i = 0; i < points.Length; i++)
        {
            before[i] = product;
            FieldElement.Multiply(out product, product, points[i].Z);
        }
        FieldElement.Invert(out var inverse, product);
        var result = new AffinePoint[points.Length];
        for (var i = points.Length - 1; i >= 0; i--)
        {
            FieldElement.Multiply(out var zInverse, inverse, before[i]);
            FieldElement.Multiply(out inverse, inverse, points[i].Z);
            FieldElement.Multiply(out result[i].X, points[i].X, zInverse);
            FieldElement.Multiply(out result[i].Y, points[i].Y, zInverse);
            result[i].X.Normalize();
            result[i].Y.Normalize();
        }
        return result;
    }
}
