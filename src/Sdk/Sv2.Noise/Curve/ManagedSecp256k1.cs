namespace Sv2.Noise.Curve;

/// <summary>The curve operations in this library's own code.</summary>
internal sealed class ManagedSecp256k1 : ISecp256k1
{
    public static readonly ManagedSecp256k1 Instance = new();

    private ManagedSecp256k1()
    {
    }

    public string Name => "managed";

    public void PublicX(ReadOnlySpan<byte> secret, Span<byte> x)
    {
        var k = Scalar.FromBytes(secret, out _);
        GeneratorTable.Multiply(out var point, k);
        k.Clear();
        WriteX(point, x);
    }

    public void SharedX(ReadOnlySpan<byte> secret, in AffinePoint point, Span<byte> x)
    {
        var k = Scalar.FromBytes(secret, out _);
        SecretMultiplication.Multiply(out var product, point, k);
        k.Clear();
        WriteX(product, x);
    }

    public void Sign(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> auxiliary, Span<byte> signature) =>
        Bip340.Sign(secret, digest, auxiliary, signature);

    public bool Verify(ReadOnlySpan<byte> publicX, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature) =>
        Bip340.Verify(publicX, digest, signature);

    /// <summary>X/Z. Constant time: the inversion is a fixed chain.</summary>
    private static void WriteX(in Point point, Span<byte> x)
    {
        FieldElement.Invert(out var inverse, point.Z);
        FieldElement.Multiply(out var affine, point.X, inverse);
        affine.Write(x);
    }
}
