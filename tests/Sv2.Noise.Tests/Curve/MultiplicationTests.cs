using System.Numerics;
using Sv2.Noise.Curve;
using static Sv2.Noise.Tests.Curve.BigNumbers;

namespace Sv2.Noise.Tests.Curve;

public sealed class MultiplicationTests
{
    private readonly List<BigInteger> _numbers = Interesting(N, new Random(3), 40).ToList();

    [Fact]
    public void The_three_multiplications_agree_with_adding_and_doubling()
    {
        foreach (var k in _numbers)
        {
            var plain = Plain(k, AffinePoint.Generator);
            GeneratorTable.Multiply(out var byTable, ToScalar(k));
            Equal(plain, byTable);

            var other = Plain(k + 3, AffinePoint.Generator);
            if (other.Z.IsZeroPublic())
                continue;
            other.ToAffine(out var p);
            SecretMultiplication.Multiply(out var secret, p, ToScalar(k));
            Equal(Plain(k, p), secret);

            var b = Mod((k * 77) + 5, N);
            PublicMultiplication.Multiply(out var both, ToScalar(k), ToScalar(b), p);
            Point.Add(out var expected, plain, Plain(b, p));
            Equal(expected, both);
        }
    }

    [Fact]
    public void Addition_knows_no_exceptions()
    {
        var g = Point.From(AffinePoint.Generator);
        var minusG = g;
        Point.NegateIf(ref minusG, ulong.MaxValue);

        Point.Add(out var zero, g, minusG);
        Assert.True(zero.Z.IsZeroPublic());
        Point.Add(out var still, g, Point.Neutral);
        Equal(g, still);
        Point.Add(out var neutral, Point.Neutral, Point.Neutral);
        Assert.True(neutral.Z.IsZeroPublic());
        Point.Double(out neutral, Point.Neutral);
        Assert.True(neutral.Z.IsZeroPublic());
        Point.Add(out var twice, g, g);
        Point.Double(out var doubled, g);
        Equal(twice, doubled);
        Point.Add(out var mixed, g, AffinePoint.Generator);
        Equal(twice, mixed);
        Point.Add(out mixed, minusG, AffinePoint.Generator);
        Assert.True(mixed.Z.IsZeroPublic());
    }

    [Fact]
    public void The_order_times_the_generator_is_neutral()
    {
        var last = Plain(N - 1, AffinePoint.Generator);
        Point.Add(out var sum, last, AffinePoint.Generator);
        Assert.True(sum.Z.IsZeroPublic());
    }

    private static Point Plain(BigInteger k, AffinePoint p)
    {
        var r = Point.Neutral;
        for (var i = 256; i >= 0; i--)
        {
            Point.Double(out r, r);
            if (((k >> i) & 1) == 1)
                Point.Add(out r, r, p);
        }
        return r;
    }

    private static void Equal(in Point expected, in Point actual)
    {
        Assert.Equal(expected.Z.IsZeroPublic(), actual.Z.IsZeroPublic());
        expected.ToAffine(out var e);
        actual.ToAffine(out var a);
        Assert.Equal(Number(e.X), Number(a.X));
        Assert.Equal(Number(e.Y), Number(a.Y));
    }
}
