using System.Threading.Channels;
using Sv2.Bitcoin;
using Sv2.Mining.Client;
using Sv2.Protocol;
using Sv2.Roles.MiningDevice;
using Sv2.TestKit;

namespace Sv2.Roles.Tests.MiningDevice;

public sealed class HasherTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static MiningDeviceOptions Options(int threads = 1, double targetHashRate = 0) =>
        new() { Threads = threads, TargetHashRate = targetHashRate };

    [Theory]
    [InlineData(1, null)]
    [InlineData(3, null)]
    [InlineData(3, 8)]
    public async Task Shares_meet_their_target_and_none_is_found_twice(int threads, int? extranonceSize)
    {
        Channel<FoundShare> found = Channel.CreateBounded<FoundShare>(10_000);
        using Hasher hasher = new(Options(threads), found.Writer, TimeProvider.System);
        WorkBench bench = new(TimeProvider.System, extranonceSize, hashesPerShare: 20_000);
        hasher.Start();
        hasher.SetWork(bench.NextBlock());

        HashSet<U256> hashes = [];
        using CancellationTokenSource patience = new(Patience);
        for (int i = 0; i < 300; i++)
        {
            FoundShare share = await found.Reader.ReadAsync(patience.Token);
            Assert.Equal(share.Header.Hash(), share.Hash);
            Assert.True(share.Hash <= share.Work.Target);
            Assert.Equal(share.Work.MerkleRoot(share.Extranonce.Span), share.Header.MerkleRoot);
            Assert.True(hashes.Add(share.Hash));
            // New targets for the same job must not start the search over.
            if (i % 50 == 0)
                hasher.SetWork(bench.SetTarget(20_000 + i));
        }
        await hasher.StopAsync();
    }

    [Fact]
    [Trait("spec", "189")]
    [Trait("spec", "190")]
    public async Task After_a_new_block_no_share_of_the_old_work_follows_one_of_the_new()
    {
        Channel<FoundShare> found = Channel.CreateBounded<FoundShare>(10_000);
        using Hasher hasher = new(Options(), found.Writer, TimeProvider.System);
        WorkBench bench = new(TimeProvider.System, hashesPerShare: 10_000);
        hasher.Start();
        using CancellationTokenSource patience = new(Patience);

        for (int block = 0; block < 20; block++)
        {
            MiningWork work = bench.NextBlock();
            hasher.SetWork(work);
            FoundShare share;
            do
                share = await found.Reader.ReadAsync(patience.Token);
            while (share.Work != work);
            Assert.Equal(work, (await found.Reader.ReadAsync(patience.Token)).Work);
        }
        await hasher.StopAsync();
    }

    [Fact]
    public async Task The_target_hash_rate_is_kept()
    {
        ManualTimeProvider clock = new();
        Channel<FoundShare> found = Channel.CreateBounded<FoundShare>(10);
        using Hasher hasher = new(Options(targetHashRate: 100_000), found.Writer, clock);
        hasher.Start();
        hasher.SetWork(new WorkBench(clock, hashesPerShare: 1e15).NextBlock());

        // The thread pauses on the clock after each slice; a second of its time holds a second's hashes.
        for (int step = 0; step < 200; step++)
        {
            await clock.WaitForTimersAsync().WaitAsync(Patience);
            clock.Advance(TimeSpan.FromMilliseconds(50));
        }
        await clock.WaitForTimersAsync().WaitAsync(Patience);

        Assert.InRange(hasher.Hashes, 950_000, 1_050_000);
        await hasher.StopAsync();
    }

    [Fact]
    public async Task New_work_does_not_make_a_slow_device_fast()
    {
        ManualTimeProvider clock = new();
        Channel<FoundShare> found = Channel.CreateBounded<FoundShare>(10);
        using Hasher hasher = new(Options(targetHashRate: 1_000), found.Writer, clock);
        WorkBench bench = new(clock, hashesPerShare: 1e15);
        hasher.Start();

        // A new block every 10 ms, more often than a slice is due.
        for (int step = 0; step < 500; step++)
        {
            hasher.SetWork(bench.NextBlock());
            await clock.WaitForTimersAsync().WaitAsync(Patience);
            clock.Advance(TimeSpan.FromMilliseconds(10));
        }
        await clock.WaitForTimersAsync().WaitAsync(Patience);

        Assert.InRange(hasher.Hashes, 4_500, 5_500);
        await hasher.StopAsync();
    }

    [Fact]
    public async Task A_full_queue_costs_shares_but_never_stops_the_threads()
    {
        Channel<FoundShare> found = Channel.CreateBounded<FoundShare>(1);
        using Hasher hasher = new(Options(), found.Writer, TimeProvider.System);
        hasher.Start();
        hasher.SetWork(new WorkBench(TimeProvider.System, hashesPerShare: 1000).NextBlock());

        using CancellationTokenSource patience = new(Patience);
        while (hasher.LostShares < 10)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
        await hasher.StopAsync().WaitAsync(Patience);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Threads_stop_at_once_whether_they_work_pause_or_rest(double targetHashRate)
    {
        Channel<FoundShare> found = Channel.CreateBounded<FoundShare>(10);
        Hasher working = new(Options(2, targetHashRate), found.Writer, TimeProvider.System);
        working.Start();
        working.SetWork(new WorkBench(TimeProvider.System, hashesPerShare: 1e15).NextBlock());
        Hasher resting = new(Options(2, targetHashRate), found.Writer, TimeProvider.System);
        resting.Start();
        Hasher unstarted = new(Options(2), found.Writer, TimeProvider.System);

        foreach (Hasher hasher in new[] { working, resting, unstarted })
        {
            await hasher.StopAsync().WaitAsync(Patience);
            hasher.Dispose();
        }
    }
}
