using Sv2.Protocol;

namespace Sv2.Bitcoin;

/// <summary>The merkle root over all transactions of a block.</summary>
public static class MerkleTree
{
    /// <summary>Computes the root.</summary>
    /// <param name="leaves">Txids (or wtxids) in block order, coinbase first, wire order each.</param>
    /// <returns>The root in wire order; all zero for no leaves.</returns>
    public static U256 Root(ReadOnlySpan<U256> leaves) => Root(leaves, out _);

    /// <summary>Computes the root and tells whether the list could have been lengthened without changing it.</summary>
    /// <param name="leaves">Txids (or wtxids) in block order, coinbase first, wire order each.</param>
    /// <param name="mutated">
    /// <see langword="true"/> when two nodes hashed together are equal although both are really there (CVE-2012-2459):
    /// another list of transactions then has the same root, and a block with it must not be accepted.
    /// </param>
    /// <returns>The root in wire order; all zero for no leaves.</returns>
    public static U256 Root(ReadOnlySpan<U256> leaves, out bool mutated)
    {
        mutated = false;
        if (leaves.IsEmpty)
            return U256.Zero;
        U256[] level = leaves.ToArray();
        int count = level.Length;
        while (count > 1)
        {
            for (int i = 0; i + 1 < count; i += 2)
                mutated |= level[i] == level[i + 1];
            count = HashLevel(level.AsSpan(0, count), level);
        }
        return level[0];
    }

    /// <summary>Hashes one level of a tree to the next; an odd last node is paired with itself. Gives the number of parents.</summary>
    internal static int HashLevel(ReadOnlySpan<U256> nodes, Span<U256> parents)
    {
        int pairs = nodes.Length / 2;
        // Taken before its place is overwritten: the parents may lie over the nodes.
        U256 last = nodes.IsEmpty ? default : nodes[^1];
        Sha256dLanes.HashPairs(nodes[..(2 * pairs)], parents);
        if (nodes.Length % 2 == 0)
            return pairs;
        parents[pairs] = Sha256d.HashPair(last, last);
        return pairs + 1;
    }
}
