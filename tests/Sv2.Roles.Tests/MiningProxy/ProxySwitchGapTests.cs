using System.Globalization;
using Sv2.Protocol.Mining;
using Sv2.Roles.MiningProxy;
using Sv2.Roles.Tests.MiningDevice;
using Sv2.Roles.Tests.Pool;
using Xunit.Abstractions;

namespace Sv2.Roles.Tests.MiningProxy;

/// <summary>
/// How long miners are without valid work when a pool goes: from the moment the pool begins to close until each miner has the
/// next pool's job and previous hash. Twice, since the first switch of a process has its code compiled on the way. What is
/// printed is in docs/performance.md; nothing is asserted about time.
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
        bool isLong = Environment.GetEnvironmentVariable("SV2_LONG_TESTS") == "1";
        int count = int.Parse(Environment.GetEnvironmentVariable("SV2_SWITCH_MINERS") ?? (isLong ? "1000" : "10"), CultureInfo.InvariantCulture);
        TestPool[] pools = [await TestPool.StartAsync(_authority), await TestPool.StartAsync(_authority), await TestPool.StartAsync(_authority)];
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(mode, pools.Select(pool => pool.Address));
        await proxy.UntilMiningAsync();
        RawMiner[] miners = await ConnectAsync(proxy, count, standard);

        for (int next = 1; next < pools.Length; next++)
        {
            await proxy.UntilMiningAsync(next - 1);
            // The standby has its channels: in transparent mode one for each miner.
            int channels = mode == ProxyMode.Transparent ? count : 1;
            await ProxyHarness.UntilAsync(() => ChannelsOf(proxy) == count + 2 * channels);
            double[] gaps = await SwitchAsync(pools[next - 1], miners, standard);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{mode}, {count} {(standard ? "standard" : "extended")} channels, switch {next}: median {gaps[count / 2]:0.0} ms, last {gaps[^1]:0.0} ms; of that the proxy {proxy.Figure("lastSwitch"):0.0} ms"));
        }

        Assert.Equal(2, proxy.Figure("upstreamSwitches"));
        Assert.Equal(count, proxy.Figure(FigureNames.Connections));
        Assert.All(miners, miner => Assert.False(miner.Ended.IsCompleted));
        foreach (RawMiner miner in miners)
            await miner.DisposeAsync();
        await pools[^1].DisposeAsync();
    }

    private static long ChannelsOf(ProxyHarness proxy) =>
        proxy.Role.ListChannelsAsync(new ListQuery { Limit = 1 }, CancellationToken.None).AsTask().GetAwaiter().GetResult().Total;

    private static async Task<RawMiner[]> ConnectAsync(ProxyHarness proxy, int count, bool standard)
    {
        var miners = new RawMiner[count];
        for (int i = 0; i < count; i++)
        {
            RawMiner miner = miners[i] = await proxy.ConnectAsync(standard ? MiningSetupFlags.RequiresStandardJobs : 0);
            if (standard)
                await miner.FirstWorkAsync(await miner.OpenStandardAsync($"rig.{i}"));
            else
                await miner.FirstWorkAsync(await miner.OpenExtendedAsync($"rig.{i}"));
        }
        return miners;
    }

    /// <summary>Closes the pool in use. Gives the miners' times without work in milliseconds, shortest first.</summary>
    private static async Task<double[]> SwitchAsync(TestPool pool, RawMiner[] miners, bool standard)
    {
        TimeProvider time = TimeProvider.System;
        long start = time.GetTimestamp();
        Task closing = pool.DisposeAsync().AsTask();
        double[] gaps = [.. (await Task.WhenAll(miners.Select(WorkAsync))).Order()];
        await closing;
        return gaps;

        async Task<double> WorkAsync(RawMiner miner)
        {
            uint job = standard ? (await miner.ExpectAsync<NewMiningJob>()).JobId : (await miner.ExpectAsync<NewExtendedMiningJob>()).JobId;
            await miner.ExpectAsync<SetNewPrevHash>(tip => tip.JobId == job);
            return time.GetElapsedTime(start).TotalMilliseconds;
        }
    }
}
