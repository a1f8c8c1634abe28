using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sv2.Bitcoin.Hashing;

/// <summary>Double SHA-256 of 80-byte headers in lanes.</summary>
internal static class HeaderLanes<TLanes, TWord>
    where TLanes : struct, ILanes<TWord>
    where TWord : unmanaged
{
    private const int BlockBytes = 64;
    private const uint PaddingStart = 0x8000_0000;
    private const uint HeaderBits = BlockHeader.Size * 8;
    private const uint HashBits = Sha256d.HashSize * 8;

    /// <summary>Hashes as many headers as there are lanes.</summary>
    /// <param name="headers">The headers, one after another.</param>
    /// <param name="hashes">Receives their hashes, one after another.</param>
    [SkipLocalsInit]
    public static void Hash(ReadOnlySpan<byte> headers, Span<byte> hashes)
    {
        Sha256Block<TWord> block;
        Unsafe.SkipInit(out block);
        Sha256State<TWord> state;
        Unsafe.SkipInit(out state);
        Sha256Rounds.Reset<TLanes, TWord>(ref state);
        for (int i = 0; i < BlockBytes / sizeof(uint); i++)
            Gather(headers, i * sizeof(uint), ref block[i]);
        Sha256Rounds.Compress<TLanes, TWord>(ref state, ref block);
        for (int i = 0; i < (BlockHeader.Size - BlockBytes) / sizeof(uint); i++)
            Gather(headers, BlockBytes + i * sizeof(uint), ref block[i]);
        PadHeader(ref block);
        Sha256Rounds.Compress<TLanes, TWord>(ref state, ref block);
        HashAgain(ref state, ref block);
        Scatter(ref state, hashes);
    }

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
        PadHeader(ref block);
        Sha256Rounds.Compress<TLanes, TWord>(ref state, ref block);
        HashAgain(ref state, ref block);
        return TLanes.AnyReversedAtMost(state[7], limit);
    }

    private static void PadHeader(ref Sha256Block<TWord> block)
    {
        block[4] = TLanes.Broadcast(PaddingStart);
        for (int i = 5; i < 15; i++)
            block[i] = TLanes.Broadcast(0);
        block[15] = TLanes.Broadcast(HeaderBits);
    }

    private static void HashAgain(ref Sha256State<TWord> state, ref Sha256Block<TWord> block)
    {
        for (int i = 0; i < Sha256State<TWord>.Length; i++)
            block[i] = state[i];
        block[8] = TLanes.Broadcast(PaddingStart);
        for (int i = 9; i < 15; i++)
            block[i] = TLanes.Broadcast(0);
        block[15] = TLanes.Broadcast(HashBits);
        Sha256Rounds.Reset<TLanes, TWord>(ref state);
        Sha256Rounds.Compress<TLanes, TWord>(ref state, ref block);
    }

    private static void Gather(ReadOnlySpan<byte> headers, int offset, ref TWord words)
    {
        Span<uint> lanes = MemoryMarshal.Cast<TWord, uint>(MemoryMarshal.CreateSpan(ref words, 1));
        for (int lane = 0; lane < lanes.Length; lane++)
            lanes[lane] = BinaryPrimitives.ReadUInt32BigEndian(headers[(lane * BlockHeader.Size + offset)..]);
    }

    private static void Scatter(ref Sha256State<TWord> state, Span<byte> hashes)
    {
        for (int i = 0; i < Sha256State<TWord>.Length; i++)
        {
            ReadOnlySpan<uint> lanes = MemoryMarshal.Cast<TWord, uint>(MemoryMarshal.CreateReadOnlySpan(ref state[i], 1));
            for (int lane = 0; lane < lanes.Length; lane++)
                BinaryPrimitives.WriteUInt32BigEndian(hashes[(lane * Sha256d.HashSize + i * sizeof(uint))..], lanes[lane]);
        }
    }
}
