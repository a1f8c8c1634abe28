using Sv2.Protocol.Mining;
using Sv2.Roles.MiningProxy;
using Sv2.Roles.Tests.MiningDevice;
using Sv2.Roles.Tests.Pool;
using Xunit.Abstractions;

namespace Sv2.Roles.Tests.MiningProxy;

/// <summary>
/// How long miners are without valid work when a pool goes: from the moment the pool begins to close until each miner has the
/// next pool's job and previous hash. What is printed is in docs/performance.md; nothing is asserted about time.
/// </summary>
public sealed class ProxySwitchGapTests(ITestOutputHelper output) : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(ProxyMode.Aggregated, false)]
    [InlineData(ProxyMode.Aggregated, true)]
    [InlineData(ProxyMode.Transparent, false)]
    [InlineData(ProxyMode.Transparent, true)]
    public async Task Every_miner_has_the_next_pools_work_after_a_switch(ProxyMode mode, bool standard)
    {
        int count = Environment.GetEnvironmentVariable("SV2_LONG_TESTS") == "1" ? 500 : 10;
        TestPool first = await TestPool.StartAsync(_authority);
        await using TestPool second = await TestPool.StartAsync(_authority);
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(mode, [first.Address, second.Address]);
        await proxy.UntilMiningAsync();
        var miners = new List<RawMiner>();
        for (int i = 0; i < count; i++)
        {
            RawMiner miner = await proxy.ConnectAsync(standard ? MiningSetupFlags.RequiresStandardJobs : 0);
            if (standard)
                await miner.FirstWorkAsync(await miner.OpenStandardAsync($"rig.{i}"));
            else
                await miner.FirstWorkAsync(await miner.OpenExtendedAsync($"rig.{i}"));
            miners.Add(miner);
        }
        // In transparent mode the standby has a channel for each of them.
        if (mode == ProxyMode.Transparent)
            await second.UntilAsync(() => second.Opens.Count == count);

        TimeProvider time = TimeProvider.System;
        long start = time.GetTimestamp();
        Task closing = first.DisposeAsync().AsTask();
        double[] gaps = [.. (await Task.WhenAll(miners.Select(WorkAsync))).Order()];

        output.WriteLine($"{mode}, {count} {(standard ? "standard" : "extended")} channels: median {gaps[count / 2]:0.0} ms, last {gaps[^1]:0.0} ms");
        Assert.Equal(count, proxy.Figure(FigureNames.Connections));
        Assert.All(miners, miner => Assert.False(miner.Ended.IsCompleted));
        await closing;
        foreach (RawMiner miner in miners)
            await miner.DisposeAsync();

        async Task<double> WorkAsync(RawMiner miner)
        {
            uint job = standard ? (await miner.ExpectAsync<NewMiningJob>()).JobId : (await miner.ExpectAsync<NewExtendedMiningJob>()).JobId;
            await miner.ExpectAsync<SetNewPrevHash>(tip => tip.JobId == job);
            return time.GetElapsedTime(start).TotalMilliseconds;
        }
    }
}
