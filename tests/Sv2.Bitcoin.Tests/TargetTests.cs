using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Sv2.Protocol;

namespace Sv2.Bitcoin.Tests;

public sealed class TargetTests
{
    private static readonly BigInteger Two256 = BigInteger.One << 256;

    [Fact]
    [Trait("spec", "338")]
    public void Difficulty_1_is_the_well_known_target()
    {
        Assert.Equal("00000000ffff0000000000000000000000000000000000000000000000000000", Target.Difficulty1.ToDisplayString());
        Assert.Equal(1ul, Target.ShareDifficulty(Target.Difficulty1));
        Assert.Equal(1.0, Target.Difficulty(Target.Difficulty1));
        Assert.Equal(Target.Difficulty1, new CompactTarget(0x1d00ffff).ToTarget());
    }

    [Fact]
    [Trait("spec", "207")]
    [Trait("spec", "375")]
    public void A_hash_is_compared_as_a_little_endian_number()
    {
        U256 target = U256.FromLimbs(0, 0, 0, 0x0100);
        U256 onTarget = target;
        U256 above = U256.FromLimbs(1, 0, 0, 0x0100);
        U256 below = U256.FromLimbs(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, 0x00ff);

        Assert.True(Target.IsMetBy(target, onTarget));
        Assert.False(Target.IsMetBy(target, above));
        Assert.True(Target.IsMetBy(target, below));
    }

    [Theory]
    [Trait("spec", "337")]
    [Trait("spec", "403")]
    [Trait("spec", "159")]
    [InlineData(0.0)]
    [InlineData(-5.0)]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(1e-30)]
    [InlineData(0.1)]
    public void No_hash_rate_gives_the_easiest_target(double hashRate) =>
        Assert.Equal(U256.MaxValue, Target.FromHashRate(hashRate, TimeSpan.FromSeconds(10)));

    [Theory]
    [Trait("spec", "337")]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.MaxValue)]
    [InlineData(1e80)]
    public void An_absurd_hash_rate_gives_the_hardest_target(double hashRate) =>
        Assert.Equal(U256.FromLimbs(1), Target.FromHashRate(hashRate, TimeSpan.FromSeconds(10)));

    [Fact]
    [Trait("spec", "337")]
    public void No_interval_gives_the_easiest_target()
    {
        Assert.Equal(U256.MaxValue, Target.FromHashRate(1e12, TimeSpan.Zero));
        Assert.Equal(U256.MaxValue, Target.FromHashRate(1e12, TimeSpan.FromSeconds(-1)));
    }

    [Theory]
    [Trait("spec", "337")]
    [InlineData(2e6)]
    [InlineData(1e14)]
    [InlineData(1e21)]
    [InlineData(3e38)]
    public void A_hash_rate_gives_the_target_at_which_one_share_takes_the_interval(double hashRate)
    {
        U256 target = Target.FromHashRate(hashRate, TimeSpan.FromSeconds(10));

        double expected = Math.ScaleB(1, 256) / (hashRate * 10);
        Assert.InRange((double)Number(target) / expected, 1 - 1e-12, 1 + 1e-12);
        Assert.InRange(Target.HashesPerShare(target) / (hashRate * 10), 1 - 1e-12, 1 + 1e-12);
    }

    [Theory]
    [InlineData(2.0, 255)]
    [InlineData(4.0, 254)]
    [InlineData(1099511627776.0, 216)]
    public void A_power_of_two_is_exact(double hashes, int bits) =>
        Assert.Equal((BigInteger.One << bits) - 1, Number(Target.FromHashesPerShare(hashes)));

    [Fact]
    public void Tiny_and_maximal_targets_are_safe()
    {
        Assert.Equal(ulong.MaxValue, Target.ShareDifficulty(U256.Zero));
        Assert.Equal(ulong.MaxValue, Target.ShareDifficulty(U256.FromLimbs(1)));
        Assert.Equal(1ul, Target.ShareDifficulty(U256.MaxValue));
        Assert.Equal(ulong.MaxValue, Target.Work(U256.Zero));
        Assert.Equal(1ul, Target.Work(U256.MaxValue));
        Assert.Equal(2ul, Target.Work(UInt256Math.ShiftRight(U256.MaxValue, 1)));
        Assert.Equal(double.PositiveInfinity, Target.Difficulty(U256.Zero));
    }

    [Theory]
    [InlineData(0.0, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    [InlineData(double.NaN, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    [InlineData(1e-20, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    [InlineData(1.0, "00000000ffff0000000000000000000000000000000000000000000000000000")]
    [InlineData(0.5, "00000001fffe0000000000000000000000000000000000000000000000000000")]
    [InlineData(65536.0, "000000000000ffff000000000000000000000000000000000000000000000000")]
    [InlineData(double.PositiveInfinity, "0000000000000000000000000000000000000000000000000000000000000001")]
    public void A_difficulty_gives_its_target(double difficulty, string target) =>
        Assert.Equal(target, Target.FromDifficulty(difficulty).ToDisplayString());

    [Fact]
    public void Whole_number_arithmetic_agrees_with_big_integers() =>
        Prop.ForAll(Values.ToArbitrary(), Values.ToArbitrary(), static (a, b) =>
        {
            BigInteger x = Number(a);
            BigInteger y = Number(b);
            BigInteger capped = y.IsZero ? ulong.MaxValue : BigInteger.Min(x / y, ulong.MaxValue);
            int bits = (int)(b.Limb(0) % 300);
            return (Number(UInt256Math.Subtract(a, b)) == (x - y + Two256) % Two256)
                .And(UInt256Math.DivideSaturating(a, b) == (ulong)capped)
                .And(Number(UInt256Math.ShiftLeft(a, bits)) == (x << bits) % Two256)
                .And(Number(UInt256Math.ShiftRight(a, bits)) == x >> bits)
                .And(UInt256Math.BitLength(a) == (int)x.GetBitLength())
                .And(b.Limb(0) == 0 || Number(UInt256Math.Divide(a, b.Limb(0))) == x / b.Limb(0))
                .And(Target.Work(a) == (ulong)BigInteger.Min(Two256 / (x + 1), ulong.MaxValue));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_compact_form_rounds_down_and_is_stable() =>
        Prop.ForAll(Values.ToArbitrary(), static value =>
        {
            CompactTarget compact = CompactTarget.FromTarget(value);
            if (!compact.TryToTarget(out U256 target))
                return value == U256.Zero;
            BigInteger lost = Number(value) - Number(target);
            return CompactTarget.FromTarget(target) == compact && lost.Sign >= 0 && lost * 32768 <= Number(value);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0x00000000u, null)]
    [InlineData(0x01003456u, null)]
    [InlineData(0x01123456u, "12")]
    [InlineData(0x02123456u, "1234")]
    [InlineData(0x03123456u, "123456")]
    [InlineData(0x04123456u, "12345600")]
    [InlineData(0x04923456u, null)] // negative
    [InlineData(0x05009234u, "92340000")]
    [InlineData(0x20123456u, "1234560000000000000000000000000000000000000000000000000000000000")]
    [InlineData(0x207fffffu, "7fffff0000000000000000000000000000000000000000000000000000000000")]
    [InlineData(0x2100ffffu, "ffff000000000000000000000000000000000000000000000000000000000000")]
    [InlineData(0x22000001u, "0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData(0x23000001u, null)] // beyond 256 bits
    [InlineData(0xff123456u, null)]
    public void Compact_forms_are_read_as_Bitcoin_Core_reads_them(uint nBits, string? target)
    {
        Assert.Equal(target is not null, new CompactTarget(nBits).TryToTarget(out U256 read));
        if (target is not null)
            Assert.Equal(target.PadLeft(64, '0'), read.ToDisplayString());
    }

    // Numbers of every length, not only of 256 bits.
    private static Gen<U256> Values =>
        from limbs in Gen.ArrayOf(Gen.Choose(int.MinValue, int.MaxValue), 8)
        from shift in Gen.Choose(0, 256)
        select UInt256Math.ShiftRight(U256.FromWire(limbs.SelectMany(BitConverter.GetBytes).ToArray()), shift);

    private static BigInteger Number(U256 value) => new(value.AsSpan(), isUnsigned: true);
}
