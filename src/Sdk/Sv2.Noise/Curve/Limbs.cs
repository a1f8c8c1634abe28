using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Sv2.Noise.Curve;

/// <summary>
/// The few operations on machine words that the field and the scalars are built from. None of them branches: a carry is
/// a comparison's flag taken as a number, a choice is a mask.
/// </summary>
/// <remarks>
/// What the compiler makes of it can be read with <c>DOTNET_JitDisasm='Multiply Square Normalize Add Negate…'</c>: on
/// .NET 10 and x64 the field's and scalars' methods have no conditional jump other than those of counted loops and of
/// the stack's guard value.
/// </remarks>
internal static class Limbs
{
    /// <summary>1 if <paramref name="a"/> is below <paramref name="b"/>, otherwise 0: the carry of an addition, the borrow of a subtraction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Below(ulong a, ulong b) => Unsafe.BitCast<bool, byte>(a < b);

    /// <summary>The upper 64 bits of <paramref name="a"/> · <paramref name="b"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong High(ulong a, ulong b)
    {
        // The framework's general function would store the lower half on the way, which costs more than multiplying twice.
        if (Bmi2.X64.IsSupported)
            return Bmi2.X64.MultiplyNoFlags(a, b);
        return ArmBase.Arm64.IsSupported ? ArmBase.Arm64.MultiplyHigh(a, b) : Math.BigMul(a, b, out _);
    }

    /// <summary>Adds <paramref name="a"/> · <paramref name="b"/> to the 128-bit number <paramref name="high"/>:<paramref name="low"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyAdd(ref ulong high, ref ulong low, ulong a, ulong b)
    {
        var l = a * b;
        low += l;
        high += High(a, b) + Below(low, l);
    }

    /// <summary>Adds a word to the 128-bit number <paramref name="high"/>:<paramref name="low"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(ref ulong high, ref ulong low, ulong a)
    {
        low += a;
        high += Below(low, a);
    }

    /// <summary>All ones if <paramref name="bit"/> is 1, zero if it is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mask(ulong bit) => 0 - bit;

    /// <summary>1 if the word is zero, otherwise 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong IsZero(ulong value) => ((value | (0 - value)) >> 63) ^ 1;

    /// <summary><paramref name="whenSet"/> where <paramref name="mask"/> is ones, <paramref name="whenClear"/> where it is zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Select(ulong mask, ulong whenSet, ulong whenClear) => whenClear ^ (mask & (whenSet ^ whenClear));
}
