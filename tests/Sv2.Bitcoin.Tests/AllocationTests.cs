using Sv2.Protocol;
using Sv2.TestKit;

namespace Sv2.Bitcoin.Tests;

public sealed class AllocationTests
{
    [Fact]
    public void Hashing_a_header_allocates_nothing()
    {
        BlockHeader header = Network.Mainnet.Genesis;
        U256 sink = default;

        Allocations.AssertNone(() => sink = header.Hash());

        Assert.NotEqual(default, sink);
    }

    [Fact]
    public void Folding_a_merkle_path_allocates_nothing()
    {
        U256[] path = DerivedVector.MerklePath();
        byte[] wire = [.. path.SelectMany(static step => step.AsSpan().ToArray())];
        U256 sink = default;

        Allocations.AssertNone(() => sink = MerklePath.Fold(U256.MaxValue, path));
        Allocations.AssertNone(() => sink = MerklePath.Fold(U256.MaxValue, wire));
        U256[] leaves = new U256[20];
        Allocations.AssertNone(() => MerklePath.FoldMany(leaves, path));

        Assert.NotEqual(default, sink);
    }

    [Fact]
    public void The_txid_of_a_coinbase_allocates_nothing()
    {
        CoinbaseSplit split = DerivedVector.Template().Split(16);
        byte[] extranonce = new byte[8];
        U256 sink = default;

        Allocations.AssertNone(() => sink = split.Txid(extranonce, extranonce));

        Assert.NotEqual(default, sink);
    }

    [Fact]
    public void Target_arithmetic_allocates_nothing()
    {
        U256 target = default;
        ulong sum = 0;

        Allocations.AssertNone(() =>
        {
            target = Target.FromHashRate(1e14, TimeSpan.FromSeconds(6));
            sum += Target.ShareDifficulty(target) + Target.Work(target);
        });

        Assert.NotEqual(0ul, sum);
    }
}
