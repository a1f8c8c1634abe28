using FsCheck;
using FsCheck.Fluent;
using Sv2.Protocol;

namespace Sv2.Bitcoin.Tests;

public sealed class MerkleTests
{
    [Fact]
    [Trait("spec", "144")]
    public void An_empty_path_leaves_the_coinbase_as_root()
    {
        U256 leaf = U256.FromLimbs(7);

        Assert.Empty(MerklePath.OfCoinbase([]));
        Assert.Equal(leaf, MerklePath.Fold(leaf, ReadOnlySpan<U256>.Empty));
        Assert.Equal(leaf, MerkleTree.Root([leaf]));
    }

    [Fact]
    [Trait("spec", "144")]
    public void Path_and_tree_agree_for_every_number_of_transactions() =>
        Prop.ForAll(Gen.Choose(1, 70).ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), static (count, seed) =>
        {
            U256[] txids = [.. Enumerable.Range(0, count).Select(i => Sha256d.Hash(BitConverter.GetBytes((long)seed << 32 | (uint)i)))];
            U256[] path = MerklePath.OfCoinbase(txids.AsSpan(1));
            U256 root = MerkleTree.Root(txids, out bool mutated);
            byte[] wire = [.. path.SelectMany(static step => step.AsSpan().ToArray())];
            return (MerklePath.Fold(txids[0], path) == root)
                .And(MerklePath.Fold(txids[0], wire) == root)
                .And(path.Length == (int)Math.Ceiling(Math.Log2(count)))
                .And(!mutated);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(45)]
    public void Many_leaves_fold_as_one_by_one(int count)
    {
        U256[] path = [.. Enumerable.Range(100, 12).Select(static i => Sha256d.Hash(BitConverter.GetBytes(i)))];
        U256[] leaves = [.. Enumerable.Range(0, count).Select(static i => Sha256d.Hash(BitConverter.GetBytes(i)))];
        U256[] expected = Array.ConvertAll(leaves, leaf => MerklePath.Fold(leaf, path));

        MerklePath.FoldMany(leaves, path);

        Assert.Equal(expected, leaves);
    }

    [Fact]
    public void A_path_that_is_no_whole_number_of_hashes_is_our_own_mistake() =>
        Assert.Throws<ArgumentException>(() => MerklePath.Fold(U256.Zero, new byte[33]));

    [Fact]
    public void Repeated_leaves_are_noticed_at_every_level()
    {
        U256 a = U256.FromLimbs(1);
        U256 b = U256.FromLimbs(2);
        U256 c = U256.FromLimbs(3);

        Assert.Equal(MerkleTree.Root([a, b, c]), MerkleTree.Root([a, b, c, c], out bool atLeaves));
        Assert.True(atLeaves);
        Assert.Equal(MerkleTree.Root([a, b, c, a, b, a]), MerkleTree.Root([a, b, c, a, b, a, b, a], out bool above));
        Assert.True(above);
    }
}
