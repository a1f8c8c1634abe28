using Sv2.Roles.Orleans.Grains;

namespace Sv2.Roles.Orleans.Tests;

/// <summary>Totals and blocks of a logical pool: nothing counts twice, nothing is passed over.</summary>
public sealed class PoolGrainTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await TestCluster.StartAsync("one");

    public Task DisposeAsync() => _cluster.DisposeAsync().AsTask();

    [Fact]
    public async Task Batch_that_comes_twice_or_late_changes_nothing()
    {
        IPoolGrain pool = _cluster.Grain<IPoolGrain>("p");
        var first = new ShareBatch("front-1", 0, 10, [Total("alice", 5, 10)]);
        var second = new ShareBatch("front-1", 10, 20, [Total("alice", 9, 20)]);

        Assert.Equal(10, await pool.BookAsync(first));
        Assert.Equal(20, await pool.BookAsync(second));
        Assert.Equal(20, await pool.BookAsync(second));
        Assert.Equal(20, await pool.BookAsync(first));

        Assert.Equal(9, Assert.Single(await pool.ListWorkersAsync(0, 10)).Shares);
    }

    [Fact]
    public async Task Front_ends_add_up()
    {
        IPoolGrain pool = _cluster.Grain<IPoolGrain>("p");
        await pool.BookAsync(new ShareBatch("front-1", 0, 10, [Total("alice", 5, 10), Total("bob", 1, 10)]));
        await pool.BookAsync(new ShareBatch("front-2", 0, 30, [Total("alice", 7, 30)]));

        WorkerTotal[] workers = await pool.ListWorkersAsync(0, 10);

        Assert.Equal([("alice", 12L, 30L), ("bob", 1L, 10L)], workers.Select(w => (w.Account, w.Shares, w.LastShareAt)));
    }

    [Fact]
    public async Task Batch_after_a_gap_is_not_taken_and_the_front_end_hears_where_to_go_on()
    {
        IPoolGrain pool = _cluster.Grain<IPoolGrain>("p");
        await pool.BookAsync(new ShareBatch("front-1", 0, 10, [Total("alice", 5, 10)]));

        Assert.Equal(10, await pool.BookAsync(new ShareBatch("front-1", 15, 20, [Total("bob", 3, 20)])));

        Assert.Equal("alice", Assert.Single(await pool.ListWorkersAsync(0, 10)).Account);
    }

    [Fact]
    public async Task Block_of_two_front_ends_is_booked_once_and_only_goes_forward()
    {
        IPoolGrain pool = _cluster.Grain<IPoolGrain>("p");

        Assert.True(await pool.BookBlockAsync(Block(BlockState.Submitted)));
        Assert.False(await pool.BookBlockAsync(Block(BlockState.Accepted) with { Instance = "front-2" }));
        Assert.False(await pool.BookBlockAsync(Block(BlockState.Submitted)));

        Assert.Equal(BlockState.Accepted, Assert.Single(await pool.ListBlocksAsync(0, 10)).State);
    }

    private static WorkerTotal Total(string account, long shares, long at) => new(account, "", shares, shares, 1, at);

    private static BlockInfo Block(BlockState state) => new()
    {
        Hash = new string('a', 64), Height = 7, CoinbaseValueSats = 50, Time = DateTimeOffset.UnixEpoch, State = state, Instance = "front-1",
    };
}
