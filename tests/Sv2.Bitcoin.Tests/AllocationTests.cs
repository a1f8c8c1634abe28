using Sv2.Protocol;

namespace Sv2.Bitcoin.Tests;

public sealed class AllocationTests
{
    private static void AssertNothing(Action action)
    {
        for (int i = 0; i < 3; i++)
            action();
        // A collection in the midst charges the thread for the rest of its allocation buffer. Whoever allocates does so in
        // every round, so one round without is what counts.
        long least = long.MaxValue;
        for (int round = 0; round < 5 && least != 0; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
                action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    [Fact]
    public void Hashing_a_header_allocates_nothing()
    {
        BlockHeader header = Network.Mainnet.Genesis;
        U256 sink = default;

        AssertNothing(() => sink = header.Hash());

        Assert.NotEqual(default, sink);
    }

    [Fact]
    public void Folding_a_merkle_path_allocates_nothing()
    {
        U256[] path = DerivedVector.MerklePath();
        byte[] wire = [.. path.SelectMany(static step => step.AsSpan().ToArray())];
        U256 sink = default;

        AssertNothing(() => sink = MerklePath.Fold(U256.MaxValue, path));
        AssertNothing(() => sink = MerklePath.Fold(U256.MaxValue, wire));
        U256[] leaves = new U256[20];
        AssertNothing(() => MerklePath.FoldMany(leaves, path));

        Assert.NotEqual(default, sink);
    }

    [Fact]
    public void The_txid_of_a_coinbase_allocates_nothing()
    {
        CoinbaseSplit split = DerivedVector.Template().Split(16);
        byte[] extranonce = new byte[8];
        U256 sink = default;

        AssertNothing(() => sink = split.Txid(extranonce, extranonce));

        Assert.NotEqual(default, sink);
    }

    [Fact]
    public void Target_arithmetic_allocates_nothing()
    {
        U256 target = default;
        ulong sum = 0;

        AssertNothing(() =>
        {
            target = Target.FromHashRate(1e14, TimeSpan.FromSeconds(6));
            sum += Target.ShareDifficulty(target) + Target.Work(target);
        });

        Assert.NotEqual(0ul, sum);
    }
}
