using System.Numerics;
using Sv2.Noise.Curve;
using static Sv2.Noise.Tests.Curve.BigNumbers;

namespace Sv2.Noise.Tests.Curve;

public sealed class ScalarTests
{
    private readonly List<BigInteger> _numbers = Interesting(N, new Random(2), 150).ToList();

    [Fact]
    public void Arithmetic_agrees_with_big_integers()
    {
        foreach (var a in _numbers)
        {
            Assert.Equal(Mod(-a, N), Number(Scalar.Negate(ToScalar(a))));
            Assert.Equal(a > N / 2 ? 1UL : 0UL, ToScalar(a).IsHigh());
            Assert.Equal(a.IsZero ? 1UL : 0UL, ToScalar(a).IsZero());
            foreach (var b in _numbers)
            {
                Assert.Equal(Mod(a + b, N), Number(Scalar.Add(ToScalar(a), ToScalar(b))));
                Assert.Equal(Mod(a * b, N), Number(Scalar.Multiply(ToScalar(a), ToScalar(b))));
            }
        }
    }

    [Fact]
    public void Bytes_of_n_or_more_are_reduced_and_reported()
    {
        Assert.Equal(BigInteger.Zero, Number(Scalar.FromBytes(Bytes(N), out var overflow)));
        Assert.Equal(1UL, overflow);
        Assert.Equal(N - 1, Number(Scalar.FromBytes(Bytes(N - 1), out overflow)));
        Assert.Equal(0UL, overflow);
        Assert.Equal(BigInteger.Pow(2, 256) - 1 - N, Number(Scalar.FromBytes(Bytes(BigInteger.Pow(2, 256) - 1), out overflow)));
        Assert.Equal(1UL, overflow);
    }

    [Fact]
    [Trait("spec", "79")]
    public void Private_keys_are_above_0_and_below_n()
    {
        Assert.False(Scalar.IsPrivateKey(Bytes(0)));
        Assert.True(Scalar.IsPrivateKey(Bytes(1)));
        Assert.True(Scalar.IsPrivateKey(Bytes(N - 1)));
        Assert.False(Scalar.IsPrivateKey(Bytes(N)));
        Assert.False(Scalar.IsPrivateKey(Bytes(N + 1)));
    }

    [Fact]
    public void Halves_of_the_split_are_short_and_add_up()
    {
        var lambda = BigInteger.Parse("5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72", System.Globalization.NumberStyles.HexNumber, null);
        foreach (var k in _numbers)
        {
            Scalar.SplitByEndomorphism(ToScalar(k), out var k1, out var k2);
            Assert.Equal(k, Mod(Number(k1) + (Number(k2) * lambda), N));
            Assert.True(BigInteger.Min(Number(k1), N - Number(k1)) < BigInteger.One << 128);
            Assert.True(BigInteger.Min(Number(k2), N - Number(k2)) < BigInteger.One << 128);
        }
    }

    [Fact]
    public void Signed_digits_add_up()
    {
        foreach (var k in _numbers)
        {
            var sum = BigInteger.Zero;
            for (var i = 0; i < SignedWindow.FullCount; i++)
            {
                var digit = SignedWindow.Digit(ToScalar(k), i, out var negative);
                Assert.InRange(digit, 0u, (uint)SignedWindow.TableSize);
                sum += (negative != 0 ? -(int)digit : (int)digit) * BigInteger.Pow(32, i);
            }
            Assert.Equal(k, sum);
        }
    }

    [Fact]
    public void Clear_leaves_zero()
    {
        var scalar = ToScalar(N - 5);
        scalar.Clear();
        Assert.Equal(1UL, scalar.IsZero());
    }
}
