using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Sv2.Bitcoin.Hashing;

/// <summary>Eight lanes in 256-bit vectors, such as AVX2 has.</summary>
internal readonly struct Lanes256 : ILanes<Vector256<uint>>
{
    public static int Count => Vector256<uint>.Count;

    public static bool IsSupported => Vector256.IsHardwareAccelerated;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Broadcast(uint value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Add(Vector256<uint> left, Vector256<uint> right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Choose(Vector256<uint> e, Vector256<uint> f, Vector256<uint> g) => ((f ^ g) & e) ^ g;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Majority(Vector256<uint> a, Vector256<uint> b, Vector256<uint> c) => (a & b) | ((a | b) & c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> BigSigma0(Vector256<uint> x) => RotateRight(x, 2) ^ RotateRight(x, 13) ^ RotateRight(x, 22);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> BigSigma1(Vector256<uint> x) => RotateRight(x, 6) ^ RotateRight(x, 11) ^ RotateRight(x, 25);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> SmallSigma0(Vector256<uint> x) => RotateRight(x, 7) ^ RotateRight(x, 18) ^ (x >>> 3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> SmallSigma1(Vector256<uint> x) => RotateRight(x, 17) ^ RotateRight(x, 19) ^ (x >>> 10);

    public static Vector256<uint> ReversedSequence(uint first) => Reverse(Vector256.Create(first) + Vector256<uint>.Indices);

    public static bool AnyReversedAtMost(Vector256<uint> words, uint limit) => Vector256.LessThanOrEqualAny(Reverse(words), Vector256.Create(limit));

    // The count is a constant at every call, so that this becomes two shifts.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> RotateRight(Vector256<uint> x, int count) => (x >>> count) | (x << (32 - count));

    private static Vector256<uint> Reverse(Vector256<uint> words) =>
        (RotateRight(words, 8) & Vector256.Create(0xff00ff00u)) | (RotateRight(words, 24) & Vector256.Create(0x00ff00ffu));
}
