using System.Globalization;
using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv1;

/// <summary>
/// Targets as the difficulties that <c>mining.set_difficulty</c> carries. A miner turns the number back into a target by
/// arithmetic of its own, so the number is chosen first and the target that counts is derived from it.
/// </summary>
public static class Sv1Difficulty
{
    // Enough for the difficulty of a single hash, 2^-32, with 15 digits.
    private const string Format = "0.########################";
    private const double Smallest = 1e-10;

    // No network is so difficult, and so far a difficulty is exact when it is written out.
    private const double Largest = 1e15;

    /// <summary>
    /// The largest difficulty that is no harder than a target: whoever meets the target meets the difficulty.
    /// </summary>
    /// <param name="target">The target.</param>
    /// <param name="powerOfTwo">Whether only powers of two are wanted, as some firmware does; below 1 these are 1/2, 1/4 and so on.</param>
    /// <returns>Above zero, and short enough to be written in full.</returns>
    public static double Of(in U256 target, bool powerOfTwo)
    {
        double exact = Math.Clamp(Target.Difficulty(target), Smallest, Largest);
        double difficulty = AsWritten(powerOfTwo ? Math.ScaleB(1, Math.ILogB(exact)) : Rounded(exact));
        while (ToTarget(difficulty) < target && difficulty < Largest)
            difficulty = AsWritten(difficulty * (1 - 1e-7));
        return difficulty;
    }

    /// <summary>The target that a difficulty stands for.</summary>
    /// <param name="difficulty">The difficulty, above zero.</param>
    /// <returns>The target.</returns>
    public static U256 ToTarget(double difficulty) => Target.FromDifficulty(difficulty);

    /// <summary>Writes a difficulty without exponent, and without fraction where it is whole.</summary>
    /// <param name="difficulty">The difficulty.</param>
    /// <param name="utf8">Where to; 400 bytes are always enough.</param>
    /// <param name="length">Bytes written.</param>
    /// <returns>Whether it fitted.</returns>
    public static bool TryFormat(double difficulty, Span<byte> utf8, out int length) =>
        difficulty.TryFormat(utf8, out length, Format, CultureInfo.InvariantCulture);

    // Seven digits are what firmware that calculates in single precision can tell apart.
    private static double Rounded(double difficulty)
    {
        double unit = Math.Pow(10, Math.Floor(Math.Log10(difficulty)) - 6);
        return Math.Round(difficulty / unit) * unit;
    }

    // What the reader of the written form sees.
    private static double AsWritten(double difficulty) =>
        double.Parse(difficulty.ToString(Format, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
