using System.Runtime.CompilerServices;

namespace Sv2.Bitcoin.Hashing;

/// <summary>One header with a nonce of its own in each lane.</summary>
internal static class NonceLanes<TLanes, TWord>
    where TLanes : struct, ILanes<TWord>
    where TWord : unmanaged
{
    /// <summary>Hashes one header with as many consecutive nonces as there are lanes, and looks at the top of the results only.</summary>
    /// <param name="midstate">State after the header's first 64 bytes.</param>
    /// <param name="tail">The header's words 16 to 18 as numbers: end of the merkle root, ntime, nbits.</param>
    /// <param name="firstNonce">Nonce of the first lane.</param>
    /// <param name="limit">Greatest value of the hash's most significant 32 bits that is of interest.</param>
    /// <returns>Whether any lane's hash may be of interest.</returns>
    [SkipLocalsInit]
    public static bool AnyAtMost(ReadOnlySpan<uint> midstate, ReadOnlySpan<uint> tail, uint firstNonce, uint limit)
    {
        Sha256Block<TWord> block;
        Unsafe.SkipInit(out block);
        Sha256State<TWord> state;
        Unsafe.SkipInit(out state);
        for (int i = 0; i < Sha256State<TWord>.Length; i++)
            state[i] = TLanes.Broadcast(midstate[i]);
        block[0] = TLanes.Broadcast(tail[0]);
        block[1] = TLanes.Broadcast(tail[1]);
        block[2] = TLanes.Broadcast(tail[2]);
        block[3] = TLanes.ReversedSequence(firstNonce);
        MessageLanes<TLanes, TWord>.PadWords(ref block, 4, BlockHeader.Size);
        Sha256Rounds.Compress<TLanes, TWord>(ref state, ref block);
        MessageLanes<TLanes, TWord>.HashAgain(ref state, ref block);
        return TLanes.AnyReversedAtMost(state[7], limit);
    }
}
