using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Sv2.Bitcoin.Hashing;
using Sv2.Protocol;

namespace Sv2.Bitcoin;

/// <summary>
/// Double SHA-256, the hash of block headers, transaction ids and merkle nodes.
/// The result is in wire order: the bytes as SHA-256 puts them out, which Stratum V2 carries unreversed (3.1, U256).
/// </summary>
public static class Sha256d
{
    /// <summary>Bytes of a hash.</summary>
    public const int HashSize = 32;

    /// <summary>Hashes <paramref name="data"/> twice. Allocates nothing.</summary>
    /// <param name="data">Any number of bytes.</param>
    /// <returns>The hash in wire order.</returns>
    [SkipLocalsInit]
    public static U256 Hash(ReadOnlySpan<byte> data)
    {
        Span<byte> digest = stackalloc byte[HashSize];
        Hash(data, digest);
        return U256.FromWire(digest);
    }

    /// <summary>Hashes <paramref name="data"/> twice into <paramref name="destination"/>. Allocates nothing.</summary>
    /// <param name="data">Any number of bytes. May overlap <paramref name="destination"/>.</param>
    /// <param name="destination">At least <see cref="HashSize"/> bytes; the first 32 are written.</param>
    [SkipLocalsInit]
    public static void Hash(ReadOnlySpan<byte> data, Span<byte> destination)
    {
        Span<byte> inner = stackalloc byte[HashSize];
        if (data.Length <= ShortSha256.WorthwhileMax)
            ShortSha256.Hash(data, inner);
        else
            SHA256.HashData(data, inner);
        ShortSha256.Hash(inner, destination);
    }

    /// <summary>The parent of two merkle nodes: the double hash of <paramref name="left"/> followed by <paramref name="right"/>.</summary>
    /// <param name="left">Left node, wire order.</param>
    /// <param name="right">Right node, wire order.</param>
    /// <returns>The parent, wire order.</returns>
    [SkipLocalsInit]
    public static U256 HashPair(in U256 left, in U256 right)
    {
        Span<byte> pair = stackalloc byte[2 * HashSize];
        left.CopyTo(pair);
        right.CopyTo(pair[HashSize..]);
        return Hash(pair);
    }
}
