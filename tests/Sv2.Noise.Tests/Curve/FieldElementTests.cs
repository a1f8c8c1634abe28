using System.Numerics;
using Sv2.Noise.Curve;
using static Sv2.Noise.Tests.Curve.BigNumbers;

namespace Sv2.Noise.Tests.Curve;

public sealed class FieldElementTests
{
    private readonly List<BigInteger> _numbers = Interesting(P, new Random(1), 150).ToList();

    [Fact]
    public void Products_sums_and_differences_agree_with_big_integers()
    {
        foreach (var a in _numbers)
        {
            foreach (var b in _numbers)
            {
                FieldElement.Multiply(out var product, Element(a), Element(b));
                Assert.Equal(Mod(a * b, P), Number(product));
                FieldElement.Add(out var sum, Element(a), Element(b));
                Assert.Equal(Mod(a + b, P), Number(sum));
                FieldElement.Subtract(out var difference, Element(a), Element(b), 1);
                Assert.Equal(Mod(a - b, P), Number(difference));
            }
        }
    }

    [Fact]
    public void Products_of_elements_at_the_magnitude_limit_agree()
    {
        foreach (var a in _numbers)
        {
            foreach (var b in _numbers)
            {
                // −a with magnitude 8 has limbs at their largest, and 8 times 8 is the limit.
                FieldElement.Negate(out var left, Element(a), 7);
                FieldElement.Negate(out var right, Element(b), 7);
                FieldElement.Multiply(out var product, left, right);
                Assert.Equal(Mod(a * b, P), Number(product));
                FieldElement.Negate(out left, Element(a), 7);
                FieldElement.Square(out var square, left);
                Assert.Equal(Mod(a * a, P), Number(square));
            }
        }
    }

    [Fact]
    public void Small_products_inverses_and_roots_agree()
    {
        foreach (var a in _numbers)
        {
            FieldElement.MultiplySmall(out var product, Element(a), 21);
            Assert.Equal(Mod(a * 21, P), Number(product));

            FieldElement.Invert(out var inverse, Element(a));
            Assert.Equal(BigInteger.ModPow(a, P - 2, P), Number(inverse));
            if (!a.IsZero)
            {
                DivisionSteps.InvertPublic(out inverse, Element(a));
                Assert.Equal(BigInteger.ModPow(a, P - 2, P), Number(inverse));
            }

            var hasRoot = a.IsZero || BigInteger.ModPow(a, (P - 1) / 2, P).IsOne;
            Assert.Equal(hasRoot, FieldElement.TrySquareRootPublic(out var root, Element(a)));
            Assert.Equal(hasRoot, DivisionSteps.IsSquarePublic(Element(a)));
            Assert.Equal(BigInteger.ModPow(a, (P + 1) / 4, P), Number(root));
        }
    }

    [Fact]
    public void Squares_and_inverses_by_division_steps_are_those_of_the_chains()
    {
        var random = new Random(4);
        var bytes = new byte[32];
        for (var i = 0; i < 20_000; i++)
        {
            random.NextBytes(bytes);
            // Short numbers as well: they come to an end in another way.
            bytes.AsSpan(0, i % 32).Clear();
            var element = FieldElement.FromBytesReduced(bytes);
            Assert.Equal(FieldElement.TrySquareRootPublic(out _, element), DivisionSteps.IsSquarePublic(element));
            FieldElement.Invert(out var expected, element);
            DivisionSteps.InvertPublic(out var actual, element);
            Assert.True(FieldElement.EqualPublic(expected, actual));
        }
    }

    [Fact]
    public void Bytes_of_p_or_more_are_reduced_or_refused()
    {
        for (var above = 0; above < 1000; above += 9)
        {
            var bytes = Bytes(P + above);
            Assert.Equal(above, Number(FieldElement.FromBytesReduced(bytes)));
            Assert.False(FieldElement.TryFromBytesPublic(bytes, out _));
        }
        Assert.True(FieldElement.TryFromBytesPublic(Bytes(P - 1), out var largest));
        Assert.Equal(P - 1, Number(largest));
    }

    [Fact]
    public void Zero_is_recognised_in_all_its_forms()
    {
        FieldElement.Negate(out var unreduced, FieldElement.Zero, 3);
        Assert.Equal(1UL, FieldElement.Zero.IsZero());
        Assert.Equal(1UL, unreduced.IsZero());
        Assert.Equal(0UL, FieldElement.One.IsZero());
    }
}
