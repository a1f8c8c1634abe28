using System.Globalization;
using Sv2.Roles.Orleans.Grains;
using Xunit.Abstractions;

namespace Sv2.Roles.Orleans.Tests;

/// <summary>What goes over grains does so by the clock, however much is mined.</summary>
public sealed class GrainCallTests(ITestOutputHelper output) : IDisposable
{
    private const int FrontEnds = 2;
    private const int Rounds = 8;
    private const int WorkersEach = 100;

    public void Dispose() => ProbeKind.SharesPerRead = 0;

    [Fact]
    public async Task Calls_do_not_grow_with_shares()
    {
        await using TestCluster cluster = await TestCluster.StartAsync("one", "two");
        for (int i = 0; i < FrontEnds; i++)
            await cluster["one"].CreateAsync(new RoleDefinition { Name = $"front-{i}", Kind = "probe", Configuration = new() { ["workers"] = WorkersEach } });
        IPoolGrain pool = cluster.Grain<IPoolGrain>("main");

        // Each share of a front end that has few, then a hundred million in each of its rounds.
        double idle = await CallsOfABatchAsync(cluster, pool);
        ProbeKind.SharesPerRead = 1_000_000;
        long before = (await pool.GetTrafficAsync()).Shares;
        double loaded = await CallsOfABatchAsync(cluster, pool);
        long shares = (await pool.GetTrafficAsync()).Shares - before;

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{idle:0.0} calls a batch without shares, {loaded:0.0} calls a batch with {shares:N0} shares in {Rounds} rounds of {FrontEnds} front ends"));
        Assert.True(shares >= 100_000_000L * FrontEnds, $"{shares} shares");
        // Beside the batch itself: renewals, offers for roles of the other silo, the list of names, now and then events.
        Assert.InRange(idle, 1, 20);
        Assert.InRange(loaded, 1, 20);
    }

    /// <summary>Grain calls of both silos while a number of rounds goes by, by the batches of shares that are among them.</summary>
    private static async Task<double> CallsOfABatchAsync(TestCluster cluster, IPoolGrain pool)
    {
        long batches = (await pool.GetTrafficAsync()).Calls;
        long calls = Counted(cluster);
        PoolTraffic now = await Wait.ForAsync("some rounds go by", pool.GetTrafficAsync, t => t.Calls >= batches + (FrontEnds * Rounds));
        return (Counted(cluster) - calls) / (double)(now.Calls - batches);
    }

    /// <summary>All calls but the test's own questions.</summary>
    private static long Counted(TestCluster cluster) => cluster.Calls.Total - cluster.Calls.Of(nameof(IPoolGrain.GetTrafficAsync));
}
