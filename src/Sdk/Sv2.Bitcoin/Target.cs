using System.Runtime.CompilerServices;
using Sv2.Protocol;

namespace Sv2.Bitcoin;

/// <summary>
/// Arithmetic on targets: the greatest hash, as a little-endian number, that is still good enough. Allocates nothing.
/// </summary>
public static class Target
{
    /// <summary>The target of difficulty 1: <c>0x00000000FFFF</c> followed by 26 zero bytes.</summary>
    public static readonly U256 Difficulty1 = U256.FromLimbs(0, 0, 0, 0x0000_0000_FFFF_0000);

    private static readonly U256 Hardest = U256.FromLimbs(1);

    /// <summary>Whether <paramref name="hash"/> is at or below <paramref name="target"/> (5.3.21).</summary>
    /// <param name="target">The target.</param>
    /// <param name="hash">The hash, wire order.</param>
    /// <returns>Whether the hash is good enough.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsMetBy(in U256 target, in U256 hash) => hash <= target;

    /// <summary>Difficulty on the usual scale, where <see cref="Difficulty1"/> is 1.</summary>
    /// <param name="target">The target, or a hash, to see how difficult it was.</param>
    /// <returns>The difficulty; positive infinity for zero.</returns>
    public static double Difficulty(in U256 target) => UInt256Math.ToDouble(Difficulty1) / UInt256Math.ToDouble(target);

    /// <summary>
    /// The whole number that a share of this target adds to <c>new_shares_sum</c> (5.3.13): difficulty rounded down, but
    /// at least 1 and at most the greatest 64-bit number. Always the same for the same target.
    /// </summary>
    /// <param name="target">The target that the share had to meet.</param>
    /// <returns>1 or more.</returns>
    public static ulong ShareDifficulty(in U256 target) => Math.Max(1, UInt256Math.DivideSaturating(Difficulty1, target));

    /// <summary>
    /// Hashes that finding one share takes on average, 2^256 / (target + 1) rounded down, exact up to the greatest 64-bit
    /// number and that number beyond. Unlike <see cref="ShareDifficulty"/> it is fit to sum up work on very easy targets.
    /// </summary>
    /// <param name="target">The target.</param>
    /// <returns>1 or more.</returns>
    public static ulong Work(in U256 target)
    {
        // 2^256 / (t + 1) = (2^256 - 1 - t) / (t + 1) + 1, which stays within 256 bits.
        if (target == U256.MaxValue)
            return 1;
        U256 divisor = UInt256Math.Subtract(target, U256.MaxValue);
        ulong quotient = UInt256Math.DivideSaturating(UInt256Math.Not(target), divisor);
        return quotient == ulong.MaxValue ? quotient : quotient + 1;
    }

    /// <summary>Hashes that finding one share takes on average, as a floating-point number.</summary>
    /// <param name="target">The target.</param>
    /// <returns>1 or more.</returns>
    public static double HashesPerShare(in U256 target) => Math.ScaleB(1, 256) / (UInt256Math.ToDouble(target) + 1);

    /// <summary>The target at which a miner finds one share per <paramref name="shareInterval"/> on average.</summary>
    /// <param name="hashesPerSecond">
    /// The miner's hash rate, as a peer states it: zero, negative or not a number counts as an unknown rate, for which the
    /// easiest target is the result; an infinite rate gives the hardest.
    /// </param>
    /// <param name="shareInterval">Time between shares.</param>
    /// <returns>Between 1 and <see cref="U256.MaxValue"/>.</returns>
    public static U256 FromHashRate(double hashesPerSecond, TimeSpan shareInterval) =>
        hashesPerSecond > 0 && shareInterval > TimeSpan.Zero ? FromHashesPerShare(hashesPerSecond * shareInterval.TotalSeconds) : U256.MaxValue;

    /// <summary>The target whose shares take this many hashes on average.</summary>
    /// <param name="hashes">Hashes per share; below 1 and not a number count as 1.</param>
    /// <returns>Between 1 and <see cref="U256.MaxValue"/>.</returns>
    public static U256 FromHashesPerShare(double hashes)
    {
        if (!(hashes > 1))
            return U256.MaxValue;
        int exponent = Math.ILogB(hashes);
        if (exponent >= 255)
            return Hardest;
        // hashes = mantissa * 2^(exponent - 52), so 2^256 / hashes = (2^52 * 2^256 / mantissa) / 2^exponent.
        ulong mantissa = (ulong)Math.ScaleB(hashes, 52 - exponent);
        const ulong One = 1ul << 52;
        if (mantissa == One)
            return UInt256Math.ShiftRight(U256.MaxValue, exponent);
        U256 values = UInt256Math.ShiftRight(UInt256Math.Divide(U256.Zero, mantissa, high: One), exponent);
        // That many values are good enough, and zero is one of them.
        return Easier(Hardest, UInt256Math.Subtract(values, U256.FromLimbs(1)));
    }

    /// <summary>The target of a difficulty on the usual scale.</summary>
    /// <param name="difficulty">The difficulty; zero, negative and not a number give the easiest target.</param>
    /// <returns>Between 1 and <see cref="U256.MaxValue"/>.</returns>
    public static U256 FromDifficulty(double difficulty)
    {
        if (!(difficulty > 0))
            return U256.MaxValue;
        if (difficulty <= ulong.MaxValue / 2 && difficulty == Math.Floor(difficulty))
            return UInt256Math.Divide(Difficulty1, (ulong)difficulty);
        return Easier(Hardest, UInt256Math.FromDouble(UInt256Math.ToDouble(Difficulty1) / difficulty));
    }

    /// <summary>The harder of two targets.</summary>
    /// <param name="left">A target.</param>
    /// <param name="right">A target.</param>
    /// <returns>The smaller number.</returns>
    public static U256 Harder(in U256 left, in U256 right) => left <= right ? left : right;

    /// <summary>The easier of two targets.</summary>
    /// <param name="left">A target.</param>
    /// <param name="right">A target.</param>
    /// <returns>The greater number.</returns>
    public static U256 Easier(in U256 left, in U256 right) => left >= right ? left : right;
}
