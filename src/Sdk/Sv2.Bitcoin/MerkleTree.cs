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
            int parents = 0;
            for (int i = 0; i < count; i += 2)
            {
                bool paired = i + 1 < count;
                U256 right = paired ? level[i + 1] : level[i];
                mutated |= paired && level[i] == right;
                level[parents++] = Sha256d.HashPair(level[i], right);
            }
            count = parents;
        }
        return level[0];
    }
}
