using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Sv2.Bitcoin.Hashing;
using Sv2.Protocol;

namespace Sv2.Bitcoin;

/// <summary>
/// Double SHA-256 of several independent messages at once, such as the headers, coinbases and merkle nodes of shares that
/// are checked in a batch. Uses 512-bit or 256-bit vectors where the machine has them. Allocates nothing.
/// </summary>
public static class Sha256dLanes
{
    /// <summary>Messages hashed side by side on this machine: 16, 8, or 1 without vectors. Batches of a multiple of this are the fastest.</summary>
    public static int Count { get; } = LaneWidths.Count(LaneWidths.Best);

    /// <summary>Hashes block headers.</summary>
    /// <param name="headers">Headers of 80 bytes, one after another.</param>
    /// <param name="hashes">Receives one hash for each header, in the same order, wire order each.</param>
    /// <exception cref="ArgumentException">
    /// <paramref name="headers"/> is not a whole number of headers, or <paramref name="hashes"/> has no room for all.
    /// </exception>
    public static void HashHeaders(ReadOnlySpan<byte> headers, Span<U256> hashes) => HashMany(headers, BlockHeader.Size, hashes);

    /// <summary>Hashes messages of equal length.</summary>
    /// <param name="messages">The messages, one after another.</param>
    /// <param name="length">Bytes of each message.</param>
    /// <param name="hashes">Receives one hash for each message, in the same order, wire order each.</param>
    /// <exception cref="ArgumentException">
    /// <paramref name="messages"/> is not a whole number of messages, or <paramref name="hashes"/> has no room for all.
    /// </exception>
    public static void HashMany(ReadOnlySpan<byte> messages, int length, Span<U256> hashes) =>
        HashMany(messages, length, hashes, LaneWidths.Best);

    /// <summary>Hashes merkle nodes two by two.</summary>
    /// <param name="nodes">An even number of nodes, wire order each.</param>
    /// <param name="parents">
    /// Receives the parent of the first and second node, of the third and fourth, and so on. May be the beginning of
    /// <paramref name="nodes"/>.
    /// </param>
    /// <exception cref="ArgumentException">The nodes are not pairs, or <paramref name="parents"/> has no room for all.</exception>
    public static void HashPairs(ReadOnlySpan<U256> nodes, Span<U256> parents) =>
        HashMany(MemoryMarshal.AsBytes(nodes), 2 * Sha256d.HashSize, parents);

    internal static void HashMany(ReadOnlySpan<byte> messages, int length, Span<U256> hashes, LaneWidth width)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        int count = messages.Length / length;
        if (messages.Length != count * length)
            throw new ArgumentException($"{messages.Length} bytes are not a whole number of messages of {length} bytes", nameof(messages));
        if (hashes.Length < count)
            throw new ArgumentException($"{count} messages need as many hashes, there is room for {hashes.Length}", nameof(hashes));
        Span<byte> results = MemoryMarshal.AsBytes(hashes);
        if (width == LaneWidth.Vector512)
            HashWhole<Lanes512, Vector512<uint>>(ref messages, length, ref results);
        // What is left over may still fill the narrower vectors.
        if (width != LaneWidth.Scalar)
            HashWhole<Lanes256, Vector256<uint>>(ref messages, length, ref results);
        for (; !messages.IsEmpty; messages = messages[length..], results = results[Sha256d.HashSize..])
            Sha256d.Hash(messages[..length], results);
    }

    private static void HashWhole<TLanes, TWord>(ref ReadOnlySpan<byte> messages, int length, ref Span<byte> results)
        where TLanes : struct, ILanes<TWord>
        where TWord : unmanaged
    {
        int bytes = TLanes.Count * length;
        for (; messages.Length >= bytes; messages = messages[bytes..], results = results[(TLanes.Count * Sha256d.HashSize)..])
            MessageLanes<TLanes, TWord>.Hash(messages[..bytes], length, results);
    }
}
