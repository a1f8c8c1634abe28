using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sv2.Bitcoin.Hashing;

/// <summary>Double SHA-256 of messages of equal length, one in each lane.</summary>
internal static class MessageLanes<TLanes, TWord>
    where TLanes : struct, ILanes<TWord>
    where TWord : unmanaged
{
    private const int BlockBytes = 64;
    private const int LengthBytes = sizeof(ulong);

    // The last bytes of a message and its padding: one block or two.
    private const int TailBytesMax = 2 * BlockBytes;
    private const int LanesMax = 16;

    /// <summary>Hashes as many messages as there are lanes.</summary>
    /// <param name="messages">The messages, one after another.</param>
    /// <param name="length">Bytes of each.</param>
    /// <param name="hashes">Receives their hashes, one after another. May overlap the messages.</param>
    [SkipLocalsInit]
    public static void Hash(ReadOnlySpan<byte> messages, int length, Span<byte> hashes)
    {
        Sha256Block<TWord> block;
        Unsafe.SkipInit(out block);
        Sha256State<TWord> state;
        Unsafe.SkipInit(out state);
        Sha256Rounds.Reset<TLanes, TWord>(ref state);
        int whole = length / BlockBytes * BlockBytes;
        for (int offset = 0; offset < whole; offset += BlockBytes)
            Compress(messages[offset..], length, ref state, ref block);

        Span<byte> tails = stackalloc byte[LanesMax * TailBytesMax];
        int tailBytes = length - whole + 1 + LengthBytes <= BlockBytes ? BlockBytes : TailBytesMax;
        for (int lane = 0; lane < TLanes.Count; lane++)
            Pad(messages.Slice(lane * length + whole, length - whole), length, tails.Slice(lane * tailBytes, tailBytes));
        for (int offset = 0; offset < tailBytes; offset += BlockBytes)
            Compress(tails[offset..], tailBytes, ref state, ref block);

        HashAgain(ref state, ref block);
        Scatter(ref state, hashes);
    }

    /// <summary>Hashes the hashes in <paramref name="state"/>.</summary>
    public static void HashAgain(ref Sha256State<TWord> state, ref Sha256Block<TWord> block)
    {
        for (int i = 0; i < Sha256State<TWord>.Length; i++)
            block[i] = state[i];
        PadWords(ref block, 8, Sha256d.HashSize);
        Sha256Rounds.Reset<TLanes, TWord>(ref state);
        Sha256Rounds.Compress<TLanes, TWord>(ref state, ref block);
    }

    /// <summary>Fills the last block of messages that end with the word before <paramref name="from"/>.</summary>
    public static void PadWords(ref Sha256Block<TWord> block, int from, int messageBytes)
    {
        block[from] = TLanes.Broadcast(0x8000_0000);
        for (int i = from + 1; i < Sha256Block<TWord>.Length - 1; i++)
            block[i] = TLanes.Broadcast(0);
        block[Sha256Block<TWord>.Length - 1] = TLanes.Broadcast((uint)messageBytes * 8);
    }

    private static void Pad(ReadOnlySpan<byte> rest, int length, Span<byte> tail)
    {
        tail.Clear();
        rest.CopyTo(tail);
        tail[rest.Length] = 0x80;
        BinaryPrimitives.WriteUInt64BigEndian(tail[^LengthBytes..], (ulong)length * 8);
    }

    private static void Compress(ReadOnlySpan<byte> bytes, int stride, ref Sha256State<TWord> state, ref Sha256Block<TWord> block)
    {
        for (int i = 0; i < Sha256Block<TWord>.Length; i++)
        {
            Span<uint> lanes = MemoryMarshal.Cast<TWord, uint>(MemoryMarshal.CreateSpan(ref block[i], 1));
            for (int lane = 0; lane < lanes.Length; lane++)
                lanes[lane] = BinaryPrimitives.ReadUInt32BigEndian(bytes[(lane * stride + i * sizeof(uint))..]);
        }
        Sha256Rounds.Compress<TLanes, TWord>(ref state, ref block);
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
