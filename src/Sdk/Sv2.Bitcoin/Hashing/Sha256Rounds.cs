using System.Runtime.CompilerServices;

namespace Sv2.Bitcoin.Hashing;

/// <summary>The eight words of a SHA-256 state, for all lanes.</summary>
[InlineArray(Length)]
internal struct Sha256State<TWord>
    where TWord : unmanaged
{
    public const int Length = 8;

    private TWord _first;
}

/// <summary>The sixteen words of a SHA-256 block, for all lanes, as numbers (the bytes of a block are big-endian).</summary>
[InlineArray(Length)]
internal struct Sha256Block<TWord>
    where TWord : unmanaged
{
    public const int Length = 16;

    private TWord _first;
}

/// <summary>The compression function of SHA-256 (FIPS 180-4), for any number of lanes.</summary>
internal static class Sha256Rounds
{
    private const int Rounds = 64;

    // Arrays, not spans over constants: unoptimized code allocates for each use of the latter.
    private static readonly uint[] InitialState =
    [
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    ];

    private static readonly uint[] Constants =
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    /// <summary>Sets every lane's state to the initial one.</summary>
    public static void Reset<TLanes, TWord>(ref Sha256State<TWord> state)
        where TLanes : struct, ILanes<TWord>
        where TWord : unmanaged
    {
        for (int i = 0; i < Sha256State<TWord>.Length; i++)
            state[i] = TLanes.Broadcast(InitialState[i]);
    }

    /// <summary>Takes one block into the state. The block is used up as scratch space.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compress<TLanes, TWord>(ref Sha256State<TWord> state, ref Sha256Block<TWord> block)
        where TLanes : struct, ILanes<TWord>
        where TWord : unmanaged
    {
        TWord a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
        ReadOnlySpan<uint> allConstants = Constants;
        for (int round = 0; round < Rounds; round += Sha256Block<TWord>.Length)
        {
            ReadOnlySpan<uint> constants = allConstants.Slice(round, Sha256Block<TWord>.Length);
            if (round > 0)
                Extend<TLanes, TWord>(ref block);
            // The names turn instead of the values: after eight rounds they are back in place.
            for (int half = 0; half < Sha256Block<TWord>.Length; half += 8)
            {
                Round<TLanes, TWord>(a, b, c, ref d, e, f, g, ref h, block[half], constants[half]);
                Round<TLanes, TWord>(h, a, b, ref c, d, e, f, ref g, block[half + 1], constants[half + 1]);
                Round<TLanes, TWord>(g, h, a, ref b, c, d, e, ref f, block[half + 2], constants[half + 2]);
                Round<TLanes, TWord>(f, g, h, ref a, b, c, d, ref e, block[half + 3], constants[half + 3]);
                Round<TLanes, TWord>(e, f, g, ref h, a, b, c, ref d, block[half + 4], constants[half + 4]);
                Round<TLanes, TWord>(d, e, f, ref g, h, a, b, ref c, block[half + 5], constants[half + 5]);
                Round<TLanes, TWord>(c, d, e, ref f, g, h, a, ref b, block[half + 6], constants[half + 6]);
                Round<TLanes, TWord>(b, c, d, ref e, f, g, h, ref a, block[half + 7], constants[half + 7]);
            }
        }
        state[0] = TLanes.Add(state[0], a);
        state[1] = TLanes.Add(state[1], b);
        state[2] = TLanes.Add(state[2], c);
        state[3] = TLanes.Add(state[3], d);
        state[4] = TLanes.Add(state[4], e);
        state[5] = TLanes.Add(state[5], f);
        state[6] = TLanes.Add(state[6], g);
        state[7] = TLanes.Add(state[7], h);
    }

    /// <summary>Replaces the sixteen words of the message schedule by the next sixteen.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Extend<TLanes, TWord>(ref Sha256Block<TWord> w)
        where TLanes : struct, ILanes<TWord>
        where TWord : unmanaged
    {
        for (int i = 0; i < Sha256Block<TWord>.Length; i++)
            w[i] = TLanes.Add(
                TLanes.Add(w[i], TLanes.SmallSigma0(w[(i + 1) & 15])),
                TLanes.Add(w[(i + 9) & 15], TLanes.SmallSigma1(w[(i + 14) & 15])));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round<TLanes, TWord>(TWord a, TWord b, TWord c, ref TWord d, TWord e, TWord f, TWord g, ref TWord h, TWord word, uint constant)
        where TLanes : struct, ILanes<TWord>
        where TWord : unmanaged
    {
        TWord sum = TLanes.Add(
            TLanes.Add(h, TLanes.BigSigma1(e)),
            TLanes.Add(TLanes.Choose(e, f, g), TLanes.Add(word, TLanes.Broadcast(constant))));
        d = TLanes.Add(d, sum);
        h = TLanes.Add(sum, TLanes.Add(TLanes.BigSigma0(a), TLanes.Majority(a, b, c)));
    }
}
