using System.Text;
using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv1.Tests;

public sealed class DifficultyTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1000, 512)]
    [InlineData(1024, 1024)]
    [InlineData(0.7, 0.5)]
    [InlineData(0.001, 0.0009765625)]
    public void Powers_of_two_round_down_below_one_as_well(double wanted, double expected) =>
        Assert.Equal(expected, Sv1Difficulty.Of(Target.FromDifficulty(wanted), powerOfTwo: true));

    [Theory]
    [InlineData(1.0, "1")]
    [InlineData(16384.0, "16384")]
    [InlineData(0.0009765625, "0.0009765625")]
    [InlineData(1e-9, "0.000000001")]
    [InlineData(123456789012.0, "123456789012")]
    public void Is_written_without_exponent(double difficulty, string expected)
    {
        byte[] utf8 = new byte[400];
        Assert.True(Sv1Difficulty.TryFormat(difficulty, utf8, out int length));
        Assert.Equal(expected, Encoding.UTF8.GetString(utf8, 0, length));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_a_miner_is_given_is_never_harder_than_the_target(bool powerOfTwo)
    {
        var random = new Random(3);
        byte[] utf8 = new byte[400];
        for (int i = 0; i < 2000; i++)
        {
            U256 target = Target.FromHashesPerShare(Math.Pow(2, random.NextDouble() * 120));
            double difficulty = Sv1Difficulty.Of(target, powerOfTwo);
            Assert.True(difficulty > 0);
            Assert.True(Sv1Difficulty.ToTarget(difficulty) >= target, $"{difficulty} is harder than {target.ToDisplayString()}");
            Assert.True(Sv1Difficulty.TryFormat(difficulty, utf8, out int length));
            // What the miner reads is what was meant.
            Assert.Equal(difficulty, double.Parse(utf8.AsSpan(0, length), System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public void The_ends_of_the_scale_have_a_difficulty()
    {
        Assert.True(Sv1Difficulty.Of(U256.MaxValue, powerOfTwo: false) > 0);
        Assert.True(Sv1Difficulty.Of(U256.MaxValue, powerOfTwo: true) > 0);
        Assert.True(double.IsFinite(Sv1Difficulty.Of(U256.Zero, powerOfTwo: false)));
        Assert.True(double.IsFinite(Sv1Difficulty.Of(U256.FromLimbs(1), powerOfTwo: true)));
    }
}
