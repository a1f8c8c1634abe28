using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Mining.Server;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.Roles.MiningDevice;

namespace Sv2.Roles.Tests.MiningDevice;

/// <summary>The whole device against real pools on loopback, whose engine checks every share.</summary>
public sealed class MiningDeviceRoleTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    private static MiningDeviceOptions Options(DeviceChannel channel, params ReadOnlySpan<ConnectionString> pools) => new()
    {
        Pools = [.. pools.ToArray().Select(pool => pool.ToString())],
        Channel = channel,
        UserIdentity = "alice.one",
        ReconnectDelayMax = TimeSpan.FromMilliseconds(500),
        ReturnInterval = TimeSpan.FromSeconds(1),
    };

    private static Task<Device> StartAsync(params ReadOnlySpan<ConnectionString> pools) => StartAsync(Options(DeviceChannel.Standard, pools));

    private static async Task<Device> StartAsync(MiningDeviceOptions options)
    {
        Assert.Empty(new MiningDeviceKind().Validate(options));
        var device = new Device(options);
        await device.Role.StartAsync(default);
        return device;
    }

    [Theory]
    [Trait("spec", "154")]
    [Trait("spec", "184")]
    [Trait("spec", "202")]
    [Trait("spec", "203")]
    [InlineData(DeviceChannel.Standard, true)]
    [InlineData(DeviceChannel.Standard, false)]
    [InlineData(DeviceChannel.Extended, true)]
    [InlineData(DeviceChannel.Extended, false)]
    public async Task Shares_are_accepted_over_many_blocks_and_none_is_refused_but_for_being_late(DeviceChannel channel, bool versionRolling)
    {
        await using TestPool pool = await TestPool.StartAsync(_authority, versionRolling: versionRolling);
        await using Device device = await StartAsync(Options(channel, pool.Address));

        for (int block = 0; block < 5; block++)
        {
            await pool.SharesAsync(20);
            pool.NextBlock();
        }
        await pool.UntilAsync(() => device.Figure(FigureNames.SharesAccepted) >= 80);

        Assert.All(pool.Refused, reason => Assert.Equal(ShareRejection.Stale, reason));
        Assert.Equal("alice.one", Assert.Single(pool.Opens));
        Assert.Equal(channel == DeviceChannel.Standard ? (uint)MiningSetupFlags.RequiresStandardJobs : 0, Assert.Single(pool.Flags));
        RoleReport report = device.Role.Report();
        Assert.Equal(RoleHealth.Healthy, report.Health);
        Assert.Equal(UpstreamState.Connected, Assert.Single(report.Upstreams).State);
        Assert.True(device.Figure(FigureNames.BestDifficulty) > 0);
        ChannelInfo info = Assert.Single((await device.Role.ListChannelsAsync(ListQuery.First, default)).Items);
        Assert.False(info.IsDownstream);
        Assert.Equal(channel == DeviceChannel.Standard ? "standard" : "extended", info.Kind);
    }

    [Theory]
    [InlineData(TlvByteOrder.LittleEndian, "0200010500726163c3a4")]
    [InlineData(TlvByteOrder.BigEndian, "0002010005726163c3a4")]
    [Trait("spec", "50")]
    [Trait("spec", "69")]
    [Trait("spec", "70")]
    public async Task Every_share_names_the_worker_where_that_was_negotiated(TlvByteOrder order, string tlv)
    {
        const int Shares = 100;
        await using TestPool pool = await TestPool.StartAsync(_authority, extensions: 2);
        await using Device device = await StartAsync(Worker("racä", order, pool.Address));
        await pool.SharesAsync(Shares);
        Assert.All(pool.Tlvs.Take(Shares), tlvs => Assert.Equal(tlv, Convert.ToHexStringLower(tlvs)));
    }

    [Theory]
    [InlineData("rack", false)]
    [InlineData("", true)]
    [Trait("spec", "59")]
    [Trait("spec", "71")]
    [Trait("spec", "74")]
    [Trait("spec", "349")]
    public async Task No_share_names_a_worker_where_the_pool_does_not_know_how_or_the_owner_did_not_ask(string worker, bool poolKnows)
    {
        await using TestPool pool = await TestPool.StartAsync(_authority, extensions: poolKnows ? [2] : []);
        await using Device device = await StartAsync(Worker(worker, TlvByteOrder.LittleEndian, pool.Address));
        await pool.SharesAsync(20);
        Assert.All(pool.Tlvs.Take(20), Assert.Empty);
        Assert.Equal("", pool.Clients[0].DeviceId);
    }

    [Fact]
    [Trait("spec", "46")]
    public async Task Once_another_serves_the_channel_nothing_of_an_extension_is_sent_any_more()
    {
        await using TestPool pool = await TestPool.StartAsync(_authority, extensions: 2);
        await using Device device = await StartAsync(Worker("rack", TlvByteOrder.LittleEndian, pool.Address));
        await pool.SharesAsync(5);
        Assert.NotEmpty(pool.Tlvs[0]);
        pool.ChangeEndpoints();
        await pool.UntilAsync(() => pool.Tlvs[^1].Length == 0);
        int changed = pool.Tlvs.FindIndex(tlvs => tlvs.Length == 0);
        await pool.SharesAsync(5);
        Assert.All(pool.Tlvs.Skip(changed).Take(5), Assert.Empty);
    }

    private static MiningDeviceOptions Worker(string name, TlvByteOrder order, ConnectionString pool) => new()
    {
        Pools = [pool.ToString()],
        Channel = DeviceChannel.Extended,
        WorkerName = name,
        TlvByteOrder = order,
    };

    [Fact]
    public async Task Stopping_says_goodbye_to_the_pool()
    {
        await using TestPool pool = await TestPool.StartAsync(_authority);
        await using Device device = await StartAsync(pool.Address);
        await pool.SharesAsync(3);

        await device.Role.StopAsync(default).WaitAsync(Patience);

        await pool.UntilAsync(() => pool.ChannelsClosed == 1 && pool.Connections == 0);
        await device.Role.Completion.WaitAsync(Patience);
        Assert.Equal(UpstreamState.Standby, Assert.Single(device.Role.Report().Upstreams).State);
    }

    [Fact]
    public async Task A_pool_that_comes_back_finds_the_device_again()
    {
        TestPool pool = await TestPool.StartAsync(_authority);
        int port = pool.Address.Port;
        await using Device device = await StartAsync(pool.Address);
        await pool.SharesAsync(3);

        await pool.DisposeAsync();
        UpstreamInfo lost = await device.UpstreamAsync(info => info.State == UpstreamState.BackingOff);
        Assert.NotNull(lost.Reason);
        Assert.Equal(RoleHealth.Unhealthy, device.Role.Report().Health);

        await using TestPool again = await TestPool.StartAsync(_authority, port);
        await again.SharesAsync(3);
        Assert.Equal(RoleHealth.Healthy, device.Role.Report().Health);
    }

    [Fact]
    public async Task A_later_pool_is_used_while_the_first_is_away_and_left_when_it_is_back()
    {
        TestPool probe = await TestPool.StartAsync(_authority);
        ConnectionString firstAddress = probe.Address;
        await probe.DisposeAsync();
        await using TestPool second = await TestPool.StartAsync(_authority);
        await using Device device = await StartAsync(firstAddress, second.Address);

        await second.SharesAsync(3);
        RoleReport report = device.Role.Report();
        Assert.Equal(RoleHealth.Degraded, report.Health);
        Assert.Contains("fallback pool", report.Message, StringComparison.Ordinal);
        Assert.Equal([UpstreamState.BackingOff, UpstreamState.Connected], report.Upstreams.Select(upstream => upstream.State));
        Assert.Contains("nothing listens there", report.Upstreams[0].Reason, StringComparison.Ordinal);

        await using TestPool first = await TestPool.StartAsync(_authority, firstAddress.Port);
        await first.SharesAsync(3);
        await second.UntilAsync(() => second.ChannelsClosed == 1 && second.Connections == 0);
        Assert.Equal([UpstreamState.Connected, UpstreamState.Standby], device.Role.Report().Upstreams.Select(upstream => upstream.State));
    }

    [Fact]
    [Trait("spec", "246")]
    [Trait("spec", "250")]
    public async Task A_Reconnect_is_followed_to_a_pool_of_the_same_authority()
    {
        await using TestPool from = await TestPool.StartAsync(_authority);
        await using TestPool to = await TestPool.StartAsync(_authority);
        await using Device device = await StartAsync(from.Address);
        await from.SharesAsync(3);

        await from.DrainAsync("", to.Address.Port);

        await to.SharesAsync(3);
        Assert.Equal(0, from.Connections);
    }

    [Fact]
    [Trait("spec", "249")]
    [Trait("spec", "399")]
    public async Task A_Reconnect_to_a_pool_of_another_authority_gets_no_hash_rate()
    {
        using TestAuthority stranger = new();
        await using TestPool from = await TestPool.StartAsync(_authority);
        await using TestPool to = await TestPool.StartAsync(stranger);
        await using TestPool fallback = await TestPool.StartAsync(_authority);
        await using Device device = await StartAsync(from.Address, fallback.Address);
        await from.SharesAsync(3);

        await from.DrainAsync("", to.Address.Port);

        await fallback.SharesAsync(3);
        Assert.Equal(0, to.Accepted);
        Assert.Empty(to.Opens);
    }

    [Fact]
    public async Task A_wrong_authority_key_is_named_as_a_persons_business()
    {
        using TestAuthority expected = new();
        await using TestPool pool = await TestPool.StartAsync(_authority);
        await using Device device = await StartAsync(pool.Address with { AuthorityPublicKey = expected.PublicKey });

        UpstreamInfo failed = await device.UpstreamAsync(info => info.State == UpstreamState.Failed);

        Assert.Contains("handshake", failed.Reason, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(RoleHealth.Unhealthy, device.Role.Report().Health);
    }

    [Fact]
    [Trait("spec", "168")]
    public async Task A_refused_channel_is_explained_and_tried_again()
    {
        await using TestPool pool = await TestPool.StartAsync(_authority);
        pool.RefusesWith = "unknown-user";
        await using Device device = await StartAsync(pool.Address);

        UpstreamInfo failed = await device.UpstreamAsync(info => info.State == UpstreamState.Failed);
        Assert.Contains("'alice.one': unknown-user", failed.Reason, StringComparison.Ordinal);

        pool.RefusesWith = null;
        await pool.SharesAsync(3);
    }

    [Fact]
    public async Task A_pool_without_standard_channels_says_what_to_configure()
    {
        await using TestPool pool = await TestPool.StartAsync(_authority, options: new MiningServerOptions { StandardChannels = false, AckBatchSize = 1 });
        await using Device device = await StartAsync(pool.Address);

        UpstreamInfo failed = await device.UpstreamAsync(info => info.State == UpstreamState.Failed);

        Assert.NotNull(failed.Reason);
        await using Device other = await StartAsync(Options(DeviceChannel.Extended, pool.Address));
        await pool.SharesAsync(3);
    }

    [Fact]
    [Trait("spec", "178")]
    public async Task A_channel_that_the_pool_closes_is_opened_again()
    {
        await using TestPool pool = await TestPool.StartAsync(_authority);
        await using Device device = await StartAsync(pool.Address);
        await pool.SharesAsync(3);

        pool.CloseChannels("maintenance");

        UpstreamInfo lost = await device.UpstreamAsync(info => info.State == UpstreamState.BackingOff);
        Assert.Contains("maintenance", lost.Reason, StringComparison.Ordinal);
        await pool.SharesAsync(3);
        Assert.Equal(2, pool.Opens.Count);
    }

    [Fact]
    public async Task Stopping_while_no_pool_is_there_is_quick()
    {
        TestPool pool = await TestPool.StartAsync(_authority);
        ConnectionString address = pool.Address;
        await pool.DisposeAsync();
        await using Device device = await StartAsync(address);
        await device.UpstreamAsync(info => info.State == UpstreamState.BackingOff);

        await device.Role.StopAsync(default).WaitAsync(Patience);
    }

    [Fact]
    public async Task A_device_that_never_started_can_be_let_go()
    {
        var device = new Device(Options(DeviceChannel.Standard, new ConnectionString("127.0.0.1", 1, _authority.PublicKey)));

        Assert.Equal(RoleHealth.Unhealthy, device.Role.Report().Health);
        await device.DisposeAsync();
    }

    /// <summary>A device and what it announces.</summary>
    private sealed class Device : IRoleEvents, IAsyncDisposable
    {
        private readonly System.Threading.Channels.Channel<UpstreamInfo> _upstreams =
            System.Threading.Channels.Channel.CreateBounded<UpstreamInfo>(1000);

        public Device(MiningDeviceOptions options) => Role = new MiningDeviceRole(options, new RoleContext
        {
            InstanceName = "device",
            DataDirectory = Path.GetTempPath(),
            LoggerFactory = NullLoggerFactory.Instance,
            TimeProvider = TimeProvider.System,
            Events = this,
        });

        public MiningDeviceRole Role { get; }

        public double Figure(string name) => Role.Report().Figures.Single(figure => figure.Name == name).Value;

        /// <summary>The next announcement about a pool that fits.</summary>
        public async Task<UpstreamInfo> UpstreamAsync(Func<UpstreamInfo, bool> fits)
        {
            using var patience = new CancellationTokenSource(Patience);
            UpstreamInfo info;
            do
                info = await _upstreams.Reader.ReadAsync(patience.Token);
            while (!fits(info));
            return info;
        }

        public void Publish(string type, RoleEventSeverity severity, string message, object? data = null)
        {
            if (data is UpstreamInfo info)
                Assert.True(_upstreams.Writer.TryWrite(info));
        }

        public async ValueTask DisposeAsync()
        {
            await Role.StopAsync(default);
            await Role.DisposeAsync();
        }
    }
}
