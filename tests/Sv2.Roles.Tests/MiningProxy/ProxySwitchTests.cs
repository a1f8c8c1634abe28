using Sv2.Mining.Server;
using Sv2.Noise;
using Sv2.Roles.MiningDevice;
using Sv2.Roles.MiningProxy;
using Sv2.Roles.Tests.MiningDevice;

namespace Sv2.Roles.Tests.MiningProxy;

/// <summary>Whole devices behind a proxy while its pools come and go; the pools check every share with the engine.</summary>
public sealed class ProxySwitchTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(ProxyMode.Aggregated)]
    [InlineData(ProxyMode.Transparent)]
    public async Task When_the_pool_fails_under_load_no_miner_leaves_and_every_share_is_accounted_for(ProxyMode mode)
    {
        TestPool first = await TestPool.StartAsync(_authority);
        await using TestPool second = await TestPool.StartAsync(_authority);
        await using ProxyHarness proxy = await StartAsync(mode, first.Address, second.Address);
        MiningDeviceRole[] devices = [await proxy.MineAsync("a.ext"), await proxy.MineAsync("a.std", DeviceChannel.Standard), await proxy.MineAsync("a.ext2")];
        await first.SharesAsync(12);
        Assert.Equal(3, proxy.Figure(FigureNames.Connections));

        await first.DisposeAsync();
        await second.SharesAsync(12);

        Assert.Equal(3, proxy.Figure(FigureNames.Connections));
        Assert.All(devices, device => Assert.Null(device.Report().Upstreams[0].Reason));
        Assert.Equal(RoleHealth.Degraded, proxy.Role.Report().Health);
        await AssertAccountedForAsync(proxy, devices, first, second);
    }

    [Theory]
    [InlineData(ProxyMode.Aggregated)]
    [InlineData(ProxyMode.Transparent)]
    public async Task When_the_pool_sends_its_miners_away_the_proxy_goes_and_the_miners_notice_nothing(ProxyMode mode)
    {
        await using TestPool first = await TestPool.StartAsync(_authority);
        await using TestPool second = await TestPool.StartAsync(_authority);
        await using ProxyHarness proxy = await StartAsync(mode, first.Address, second.Address);
        MiningDeviceRole[] devices = [await proxy.MineAsync("a.ext"), await proxy.MineAsync("a.std", DeviceChannel.Standard)];
        await first.SharesAsync(6);

        await first.DrainAsync("", 0);
        await second.SharesAsync(6);

        Assert.Equal(2, proxy.Figure(FigureNames.Connections));
        await AssertAccountedForAsync(proxy, devices, first, second);
    }

    [Theory]
    [InlineData(ProxyMode.Aggregated)]
    [InlineData(ProxyMode.Transparent)]
    public async Task Going_back_to_the_first_pool_loses_no_share_because_the_one_left_still_takes_its_own(ProxyMode mode)
    {
        TestPool probe = await TestPool.StartAsync(_authority);
        ConnectionString address = probe.Address;
        await probe.DisposeAsync();
        await using TestPool second = await TestPool.StartAsync(_authority);
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(mode, [address, second.Address], options => options with
        {
            Switching = options.Switching with { ReturnAfter = TimeSpan.FromMilliseconds(200) },
        });
        await ProxyHarness.UntilAsync(() => proxy.Role.Upstreams.Active?.Index == 1);
        MiningDeviceRole[] devices = [await proxy.MineAsync("a.ext"), await proxy.MineAsync("a.std", DeviceChannel.Standard)];
        await second.SharesAsync(6);

        await using TestPool first = await TestPool.StartAsync(_authority, address.Port);
        await first.SharesAsync(6);

        Assert.Equal(2, proxy.Figure(FigureNames.Connections));
        Assert.Equal(0, proxy.Role.Upstreams.Unanswered);
        await AssertAccountedForAsync(proxy, devices, first, second);
    }

    [Theory]
    [InlineData(ProxyMode.Aggregated)]
    [InlineData(ProxyMode.Transparent)]
    public async Task New_blocks_reach_miners_behind_the_proxy_and_their_shares_are_good(ProxyMode mode)
    {
        await using TestPool pool = await TestPool.StartAsync(_authority);
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(mode, [pool.Address]);
        await proxy.UntilMiningAsync();
        await proxy.MineAsync("a.ext");
        await proxy.MineAsync("a.std", DeviceChannel.Standard);
        for (int block = 0; block < 4; block++)
        {
            await pool.SharesAsync(6);
            pool.NextBlock();
        }
        await pool.SharesAsync(6);

        Assert.All(pool.Refused, reason => Assert.Equal(ShareRejection.Stale, reason));
        Assert.Equal(mode == ProxyMode.Aggregated ? ["farm.all"] : ["a.ext", "a.std"], pool.Opens.Order());
    }

    private async Task<ProxyHarness> StartAsync(ProxyMode mode, ConnectionString first, ConnectionString second)
    {
        ProxyHarness proxy = await ProxyHarness.StartAsync(mode, [first, second]);
        await proxy.UntilMiningAsync();
        return proxy;
    }

    /// <summary>What was sent on is accepted, refused or known to be without an answer; and no pool saw a share twice.</summary>
    private static async Task AssertAccountedForAsync(ProxyHarness proxy, MiningDeviceRole[] devices, params TestPool[] pools)
    {
        foreach (MiningDeviceRole device in devices)
            await device.StopAsync(CancellationToken.None);
        // What the devices sent last has been handled when their connections are gone.
        await ProxyHarness.UntilAsync(() => proxy.Figure(FigureNames.Connections) == 0);
        await ProxyHarness.UntilAsync(() => proxy.Role.Upstreams.Sessions.All(session => session.Unanswered == 0));

        IReadOnlyList<UpstreamInfo> upstreams = proxy.Role.Report().Upstreams;
        long answered = upstreams.Sum(info => info.SharesAccepted + info.SharesRejected);
        Assert.Equal(proxy.Role.Upstreams.Submitted, answered + proxy.Role.Upstreams.Unanswered);
        Assert.Equal(proxy.Role.Upstreams.Submitted, proxy.Figure("sharesForwarded"));
        Assert.DoesNotContain(ShareRejection.Duplicate, pools.SelectMany(pool => pool.Refused));
        Assert.All(pools.SelectMany(pool => pool.Refused), reason => Assert.Equal(ShareRejection.Stale, reason));
        // A pool may have credited shares whose answer was lost with it, never more than that.
        long credited = pools.Sum(pool => pool.Accepted);
        long told = upstreams.Sum(info => info.SharesAccepted);
        Assert.InRange(credited, told, told + proxy.Role.Upstreams.Unanswered);
    }
}
