using System.Runtime.CompilerServices;
using Sv2.Protocol;

namespace Sv2.Bitcoin;

/// <summary>
/// The siblings between a coinbase and the merkle root, deepest first (5.3.16, <c>merkle_path</c>).
/// The coinbase is the first leaf, hence always the left one of each pair.
/// </summary>
public static class MerklePath
{
    /// <summary>Most steps a path can have on the wire (SEQ0_255), far more than a block can need.</summary>
    public const int StepsMax = 255;

    private const int LeavesAtOnce = 16;

    /// <summary>
    /// The path of the coinbase in a block with these other transactions. The coinbase's own id is not needed.
    /// </summary>
    /// <param name="txids">Ids of the block's transactions in block order <b>without the coinbase</b>, wire order each.</param>
    /// <returns>The siblings, deepest first; empty when there is no other transaction.</returns>
    public static U256[] OfCoinbase(ReadOnlySpan<U256> txids)
    {
        if (txids.IsEmpty)
            return [];
        List<U256> path = [];
        U256[] level = txids.ToArray();
        int count = level.Length;
        // level[0..count] are the nodes right of the coinbase's own; its sibling is the first of them.
        while (count > 0)
        {
            path.Add(level[0]);
            count = MerkleTree.HashLevel(level.AsSpan(1, count - 1), level);
        }
        return [.. path];
    }

    /// <summary>Folds a coinbase id with a path to the merkle root. Allocates nothing.</summary>
    /// <param name="leaf">The coinbase's txid, wire order.</param>
    /// <param name="path">The siblings, deepest first, wire order.</param>
    /// <returns>The merkle root as it stands in the block header; <paramref name="leaf"/> itself for an empty path.</returns>
    [SkipLocalsInit]
    public static U256 Fold(in U256 leaf, ReadOnlySpan<U256> path)
    {
        Span<byte> pair = stackalloc byte[2 * Sha256d.HashSize];
        leaf.CopyTo(pair);
        for (int i = 0; i < path.Length; i++)
        {
            path[i].CopyTo(pair[Sha256d.HashSize..]);
            Sha256d.Hash(pair, pair);
        }
        return U256.FromWire(pair[..Sha256d.HashSize]);
    }

    /// <summary>
    /// Folds several coinbase ids with the same path, side by side: the roots of shares of one job. Allocates nothing.
    /// </summary>
    /// <param name="leaves">The coinbases' txids; each is replaced by its merkle root. Wire order.</param>
    /// <param name="path">The siblings, deepest first, wire order.</param>
    [SkipLocalsInit]
    public static void FoldMany(Span<U256> leaves, ReadOnlySpan<U256> path)
    {
        Span<U256> pairs = stackalloc U256[2 * LeavesAtOnce];
        for (; !leaves.IsEmpty; leaves = leaves[Math.Min(LeavesAtOnce, leaves.Length)..])
        {
            Span<U256> some = leaves[..Math.Min(LeavesAtOnce, leaves.Length)];
            for (int step = 0; step < path.Length; step++)
            {
                for (int i = 0; i < some.Length; i++)
                {
                    pairs[2 * i] = some[i];
                    pairs[2 * i + 1] = path[step];
                }
                Sha256dLanes.HashPairs(pairs[..(2 * some.Length)], some);
            }
        }
    }

    /// <summary>Folds a coinbase id with a path that still lies in its frame. Allocates nothing.</summary>
    /// <param name="leaf">The coinbase's txid, wire order.</param>
    /// <param name="path">The siblings, deepest first, 32 bytes each, without a count.</param>
    /// <returns>The merkle root as it stands in the block header.</returns>
    /// <exception cref="ArgumentException"><paramref name="path"/> is not a whole number of hashes.</exception>
    [SkipLocalsInit]
    public static U256 Fold(in U256 leaf, ReadOnlySpan<byte> path)
    {
        if (path.Length % Sha256d.HashSize != 0)
            throw new ArgumentException($"a merkle path of {path.Length} bytes is not a whole number of 32-byte hashes", nameof(path));
        Span<byte> pair = stackalloc byte[2 * Sha256d.HashSize];
        leaf.CopyTo(pair);
        for (; !path.IsEmpty; path = path[Sha256d.HashSize..])
        {
            path[..Sha256d.HashSize].CopyTo(pair[Sha256d.HashSize..]);
            Sha256d.Hash(pair, pair);
        }
        return U256.FromWire(pair[..Sha256d.HashSize]);
    }
}
