using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Sv2.Bitcoin.Hashing;
using Sv2.Protocol;

namespace Sv2.Bitcoin;

/// <summary>
/// Double SHA-256 of several independent block headers at once, for checking shares in batches. Uses 512-bit or 256-bit
/// vectors where the machine has them. Allocates nothing.
/// </summary>
public static class Sha256dLanes
{
    /// <summary>Headers hashed side by side on this machine: 16, 8, or 1 without vectors. Batches of a multiple of this are the fastest.</summary>
    public static int Count { get; } = LaneWidths.Count(LaneWidths.Best);

    /// <summary>Hashes headers.</summary>
    /// <param name="headers">Headers of 80 bytes, one after another.</param>
    /// <param name="hashes">Receives one hash for each header, in the same order, wire order each.</param>
    /// <exception cref="ArgumentException">
    /// <paramref name="headers"/> is not a whole number of headers, or <paramref name="hashes"/> has no room for all.
    /// </exception>
    public static void HashHeaders(ReadOnlySpan<byte> headers, Span<U256> hashes) => HashHeaders(headers, hashes, LaneWidths.Best);

    internal static void HashHeaders(ReadOnlySpan<byte> headers, Span<U256> hashes, LaneWidth width)
    {
        int count = headers.Length / BlockHeader.Size;
        if (headers.Length != count * BlockHeader.Size)
            throw new ArgumentException($"{headers.Length} bytes are not a whole number of {BlockHeader.Size}-byte headers", nameof(headers));
        if (hashes.Length < count)
            throw new ArgumentException($"{count} headers need as many hashes, there is room for {hashes.Length}", nameof(hashes));
        Span<byte> results = MemoryMarshal.AsBytes(hashes);
        if (width == LaneWidth.Vector512)
            HashWhole<Lanes512, Vector512<uint>>(ref headers, ref results);
        // What is left over may still fill the narrower vectors.
        if (width != LaneWidth.Scalar)
            HashWhole<Lanes256, Vector256<uint>>(ref headers, ref results);
        for (; !headers.IsEmpty; headers = headers[BlockHeader.Size..], results = results[Sha256d.HashSize..])
            Sha256d.Hash(headers[..BlockHeader.Size], results);
    }

    private static void HashWhole<TLanes, TWord>(ref ReadOnlySpan<byte> headers, ref Span<byte> results)
        where TLanes : struct, ILanes<TWord>
        where TWord : unmanaged
    {
        int bytes = TLanes.Count * BlockHeader.Size;
        for (; headers.Length >= bytes; headers = headers[bytes..], results = results[(TLanes.Count * Sha256d.HashSize)..])
            HeaderLanes<TLanes, TWord>.Hash(headers[..bytes], results);
    }
}
