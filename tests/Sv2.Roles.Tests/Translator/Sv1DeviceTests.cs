using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Noise;
using Sv2.Roles.MiningDevice;
using Sv2.Roles.Tests.Pool;
using Sv2.Roles.Tests.Upstreams;
using Sv2.Roles.Translator;

namespace Sv2.Roles.Tests.Translator;

/// <summary>The device of this stack as a Stratum V1 miner.</summary>
public sealed class Sv1DeviceTests
{
    [Fact]
    [Trait("spec", "345")]
    public async Task A_device_mines_over_stratum_v1_through_a_translator_to_a_real_pool_over_several_blocks()
    {
        // A few thousand hashes a share.
        await using PoolHarness pool = await PoolHarness.StartAsync(options => options with { ShareDifficulty = 1e-6 });
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([ConnectionString.Parse(pool.Address)]);
        await using MiningDeviceRole device = await StartAsync($"stratum+tcp://127.0.0.1:{translator.Port}");
        for (int block = 0; block < 3; block++)
        {
            double before = Figure(pool.Role, FigureNames.SharesAccepted);
            await translator.UntilAsync(() => Figure(pool.Role, FigureNames.SharesAccepted) >= before + 5);
            await pool.MoveTipAsync();
        }

        await translator.UntilAsync(() => Figure(device, FigureNames.SharesAccepted) >= 15);
        RoleReport report = device.Report();
        Assert.Equal(RoleHealth.Healthy, report.Health);
        Assert.Equal("stratum-v1", Assert.Single(report.Upstreams).Protocol);
        ChannelInfo channel = Assert.Single((await device.ListChannelsAsync(ListQuery.First, default)).Items);
        Assert.Equal(("sv1", "acct.device"), (channel.Kind, channel.UserIdentity));
        await device.StopAsync(CancellationToken.None);
        await translator.UntilAsync(() => translator.Figure(FigureNames.Connections) == 0);
        // What is refused can only be late.
        Assert.Equal(translator.Figure(FigureNames.SharesRejected), translator.Figure("sharesRejected:stale-share") + translator.Figure("sharesRejected:job-ended"));
    }

    [Fact]
    public async Task A_device_follows_its_extranonce_to_another_prefix()
    {
        await using ScriptedPool pool = ScriptedPool.StartWith(4, 8, Bitcoin.Target.FromHashesPerShare(5000));
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address], options => options with { Extranonce = ExtranoncePlacement.Subscription });
        ScriptedPeer peer = await pool.PeerAsync();
        await using MiningDeviceRole device = await StartAsync($"stratum+tcp://127.0.0.1:{translator.Port}");
        await peer.ExpectAsync<Protocol.Mining.SubmitSharesExtended>();
        peer.Send(new Protocol.Mining.SetExtranoncePrefix { ChannelId = 1, ExtranoncePrefix = new byte[] { 9, 8, 7, 6 } });
        uint job = peer.SendJob(1, 12, minNTime: peer.MinNTime);

        await peer.ExpectAsync<Protocol.Mining.SubmitSharesExtended>(share => share.JobId == job);
        Assert.StartsWith("09080706", (await device.ListChannelsAsync(ListQuery.First, default)).Items[0].ExtranoncePrefix);
        await device.StopAsync(CancellationToken.None);
    }

    [Theory]
    [InlineData("stratum+tcp://pool.example:3333", null)]
    [InlineData("stratum+tcp://[::1]:3333", null)]
    [InlineData("stratum+tcp://pool.example", "stratum+tcp://host:port")]
    [InlineData("stratum+tcp://pool.example:3333/key", "stratum+tcp://host:port")]
    [InlineData("stratum2+tcp://pool.example:3333", "authority key")]
    public void Addresses_of_both_protocols_are_taken(string address, string? fault)
    {
        ConfigurationProblem? problem = new MiningDeviceKind().Validate(new MiningDeviceOptions { Pools = [address] }).SingleOrDefault();
        Assert.Equal(fault is null, problem is null);
        Assert.Contains(fault ?? "", problem?.Message ?? "");
    }

    private static async Task<MiningDeviceRole> StartAsync(string pool)
    {
        MiningDeviceOptions options = new() { Pools = [pool], UserIdentity = "acct.device", TargetHashRate = 300_000 };
        Assert.Empty(new MiningDeviceKind().Validate(options));
        var device = new MiningDeviceRole(options, new RoleContext
        {
            InstanceName = "device",
            DataDirectory = Path.GetTempPath(),
            LoggerFactory = NullLoggerFactory.Instance,
            TimeProvider = TimeProvider.System,
            Events = new RecordedEvents(),
        });
        await device.StartAsync(CancellationToken.None);
        return device;
    }

    private static double Figure(IRole role, string name) => role.Report().Figures.Single(figure => figure.Name == name).Value;
}
