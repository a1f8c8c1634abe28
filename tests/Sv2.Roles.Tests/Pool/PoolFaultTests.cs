using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Mining;
using Sv2.Roles.Ledger;
using Sv2.TestKit;

namespace Sv2.Roles.Tests.Pool;

/// <summary>What goes wrong around a pool, and what must not change because of it.</summary>
public sealed class PoolFaultTests
{
    [Fact]
    public async Task While_the_template_provider_is_away_miners_stay_and_its_return_brings_work()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        await using RawMiner miner = await pool.ConnectAsync();
        OpenExtendedMiningChannelSuccess channel = await miner.OpenExtendedAsync();
        RawWork work = await miner.FirstWorkAsync(channel);
        Assert.Equal(RoleHealth.Healthy, pool.Role.Report().Health);

        await pool.Provider.StopAsync();
        await pool.Events.ExpectAsync(RoleEventTypes.Upstream, (_, data) => data is UpstreamInfo { State: UpstreamState.BackingOff });
        RoleReport report = pool.Role.Report();
        Assert.Equal(RoleHealth.Degraded, report.Health);
        Assert.Contains("Miners stay connected", report.Message, StringComparison.Ordinal);
        Assert.NotNull(Assert.Single(report.Upstreams).Reason);
        miner.Send(work.ExtendedShare(1, work.NextNonce()));
        await miner.ExpectAsync<SubmitSharesSuccess>();

        await pool.Provider.StartAsync();
        SetNewPrevHash tip = await miner.ExpectAsync<SetNewPrevHash>(tip => tip.ChannelId == channel.GroupChannelId);
        Assert.Equal(pool.Provider.PrevHash, tip.PrevHash);
        await pool.Events.ExpectAsync(RoleEventTypes.NewTip);
        Assert.Equal(RoleHealth.Healthy, pool.Role.Report().Health);
    }

    [Fact]
    public async Task A_pool_without_any_template_provider_starts_and_takes_channels()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        await pool.Provider.StopAsync();
        await pool.Role.StopAsync(CancellationToken.None);
        await pool.Role.DisposeAsync();

        await pool.StartPoolAsync();
        Assert.Contains("Waiting for a template provider", pool.Role.Report().Message, StringComparison.Ordinal);
        await using RawMiner miner = await pool.ConnectAsync();
        OpenExtendedMiningChannelSuccess channel = await miner.OpenExtendedAsync();
        await pool.Provider.StartAsync();
        // Sent to the group this time: the channel was there first.
        await miner.ExpectAsync<NewExtendedMiningJob>(job => job.ChannelId == channel.GroupChannelId);
        await miner.ExpectAsync<SetNewPrevHash>(tip => tip.ChannelId == channel.GroupChannelId);
    }

    [Fact]
    public async Task While_the_ledger_cannot_write_acknowledgements_wait_then_shares_are_refused_and_recovery_acknowledges_all()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync(options => options with
        {
            Ledger = new LedgerOptions { CommitDelay = TimeSpan.Zero, QueueSharesMax = 16, CommitSharesMax = 8 },
        });
        await using RawMiner miner = await pool.ConnectAsync();
        RawWork work = await miner.FirstWorkAsync(await miner.OpenExtendedAsync());
        pool.Store!.FailsBefore = true;

        miner.Send(work.ExtendedShare(1, work.NextNonce()));
        await pool.Store.Failed();
        for (uint sequence = 2; sequence <= 20; sequence++) miner.Send(work.ExtendedShare(sequence, work.NextNonce()));
        SubmitSharesError error = await miner.ExpectAsync<SubmitSharesError>(error => error.SequenceNumber == 18);
        Assert.Equal("try-again-later", error.ErrorCode.ToString());
        await miner.ExpectAsync<SubmitSharesError>(error => error.SequenceNumber == 20);
        Assert.Equal(0, miner.Inbox.Count<SubmitSharesSuccess>());
        RoleReport report = pool.Role.Report();
        Assert.Equal(RoleHealth.Unhealthy, report.Health);
        Assert.Contains("the disk is full", report.Message, StringComparison.Ordinal);

        pool.Store.FailsBefore = false;
        uint acknowledged = 0;
        while (acknowledged < 17) acknowledged += (await miner.ExpectAsync<SubmitSharesSuccess>()).NewSubmitsAcceptedCount;
        Assert.Equal(17, pool.Ledger.TotalShares());
        miner.Send(work.ExtendedShare(21, work.NextNonce()));
        await miner.ExpectAsync<SubmitSharesSuccess>(success => success.LastSequenceNumber == 21);
        Assert.Equal(RoleHealth.Healthy, pool.Role.Report().Health);
    }

    [Fact]
    [Trait("spec", "24"), Trait("spec", "26"), Trait("spec", "41")]
    public async Task A_peer_that_sends_garbage_is_cut_off_and_the_one_beside_it_hears_nothing_of_it()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        await using RawMiner good = await pool.ConnectAsync();
        RawWork work = await good.FirstWorkAsync(await good.OpenExtendedAsync("good"));
        await using RawMiner bad = await pool.ConnectAsync();
        await bad.OpenExtendedAsync("bad");

        // Unknown messages and extensions are ignored …
        bad.Connection.TrySendFrame(Frame(0x0000, 0x1e, 10));
        bad.Connection.TrySendFrame(Frame(0x7abc, 0x00, 100));
        bad.Connection.TrySendFrame(Frame(0xfabc, 0x00, 100));
        bad.Send(new CloseChannel { ChannelId = 9_999, ReasonCode = "" });
        await bad.OpenExtendedAsync("still here");
        // … a known one that does not hold together is not.
        bad.Connection.TrySendFrame(Frame(0x8000, SubmitSharesExtended.Info.MessageType, 5));
        await bad.Ended.WaitAsync(TimeSpan.FromSeconds(30));

        good.Send(work.ExtendedShare(1, work.NextNonce()));
        await good.ExpectAsync<SubmitSharesSuccess>();
        Assert.Equal("good", Assert.Single((await pool.Role.ListChannelsAsync(ListQuery.First, CancellationToken.None)).Items).UserIdentity);
    }

    [Fact]
    public async Task A_second_setup_ends_the_connection()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        await using RawMiner miner = await pool.ConnectAsync();
        miner.Send(new SetupConnection
        {
            Protocol = Subprotocol.Mining,
            MinVersion = 2,
            MaxVersion = 2,
            Flags = 0,
            EndpointHost = "",
            EndpointPort = 0,
            Vendor = "x",
            HardwareVersion = "",
            Firmware = "",
            DeviceId = "",
        });
        await miner.Ended.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_miner_that_does_not_read_is_cut_off_at_its_bound_and_does_not_hold_up_the_others()
    {
        const int Channels = 400;
        await using PoolHarness pool = await PoolHarness.StartAsync(options => options with { Limits = new() { OutboundKilobytes = 64 } });
        await using RawMiner good = await pool.ConnectAsync();
        OpenExtendedMiningChannelSuccess channel = await good.OpenExtendedAsync("good");
        await good.FirstWorkAsync(channel);

        await using ScriptedPeer deaf = await ConnectRawAsync(pool);
        for (uint i = 0; i < Channels; i++)
            await deaf.SendAsync(new OpenStandardMiningChannel { RequestId = i, UserIdentity = "deaf", NominalHashRate = 1, MaxTarget = U256.MaxValue });
        await pool.Events.ExpectAsync(RoleEventTypes.WorkerOnline, (message, _) => message.StartsWith("deaf", StringComparison.Ordinal));
        // From here on it takes nothing: first the sockets' buffers fill, then ours, and then it is gone. How often that takes is
        // the system's affair, so the bound of this loop only ends a test that fails.
        int templates = 0;
        while ((await pool.Role.ListChannelsAsync(ListQuery.First, CancellationToken.None)).Total > 1)
        {
            Assert.InRange(++templates, 1, 5_000);
            pool.Provider.SendTemplate();
            await good.ExpectAsync<NewExtendedMiningJob>(job => job.ChannelId == channel.GroupChannelId);
        }

        await pool.Events.ExpectAsync(RoleEventTypes.WorkerOffline, (message, _) => message.StartsWith("deaf", StringComparison.Ordinal));
        Assert.Equal("good", Assert.Single((await pool.Role.ListChannelsAsync(ListQuery.First, CancellationToken.None)).Items).UserIdentity);
    }

    [Fact]
    public async Task A_miner_that_sends_hardly_anything_but_bad_shares_is_parted_with_and_told_of()
    {
        const int Sample = 20;
        await using PoolHarness pool = await PoolHarness.StartAsync(options => options with { Limits = new() { RejectedPercent = 50, RejectedSample = Sample } });
        await using RawMiner good = await pool.ConnectAsync();
        RawWork work = await good.FirstWorkAsync(await good.OpenExtendedAsync("good"));
        await using RawMiner bad = await pool.ConnectAsync();
        OpenExtendedMiningChannelSuccess channel = await bad.OpenExtendedAsync("bad");
        RawWork badWork = await bad.FirstWorkAsync(channel);

        // Half of them bad is just within the bound …
        for (uint i = 1; i <= Sample; i++) good.Send(work.ExtendedShare(i, work.NextNonce(meets: i % 2 == 0)));
        for (uint i = 1; i <= Sample / 2; i++) await good.ExpectAsync<SubmitSharesError>();
        // … and this is not.
        for (uint i = 1; i <= Sample; i++) bad.Send(badWork.ExtendedShare(i, badWork.NextNonce(meets: i < Sample / 2)));
        await bad.Ended.WaitAsync(TimeSpan.FromSeconds(30));
        (string message, _) = await pool.Events.ExpectAsync(RoleEventTypes.PeerCutOff);
        Assert.Contains("11 of its last 20 shares were refused, more than 50% (limits.rejectedPercent)", message, StringComparison.Ordinal);

        good.Send(work.ExtendedShare(Sample + 1, work.NextNonce()));
        await good.ExpectAsync<SubmitSharesSuccess>(success => success.LastSequenceNumber == Sample + 1);
    }

    [Fact]
    [Trait("spec", "155"), Trait("spec", "348")]
    public async Task A_connection_without_a_channel_is_closed_after_its_time()
    {
        var clock = new SteppedClock();
        await using PoolHarness pool = await PoolHarness.StartAsync(options => options with { Limits = new() { WithoutChannel = TimeSpan.FromMinutes(1) } }, time: clock);
        await using RawMiner busy = await pool.ConnectAsync();
        RawWork work = await busy.FirstWorkAsync(await busy.OpenExtendedAsync());
        await using RawMiner idle = await pool.ConnectAsync();
        clock.Advance(TimeSpan.FromSeconds(61));
        await idle.Ended.WaitAsync(TimeSpan.FromSeconds(30));
        busy.Send(work.ExtendedShare(1, work.NextNonce()));
        // The clock stands still, so the acknowledgement waits for a full batch.
        for (uint i = 2; i <= 5; i++) busy.Send(work.ExtendedShare(i, work.NextNonce()));
        await busy.ExpectAsync<SubmitSharesSuccess>();
    }

    [Fact]
    [Trait("spec", "252")]
    public async Task Stopping_acknowledges_what_is_on_disk_sends_reconnect_and_closes()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync(options => options with { AckBatch = 1_000, AckDelay = TimeSpan.FromMinutes(1) });
        await using RawMiner miner = await pool.ConnectAsync();
        RawWork work = await miner.FirstWorkAsync(await miner.OpenExtendedAsync());
        miner.Send(work.ExtendedShare(1, work.NextNonce()));
        miner.Send(work.ExtendedShare(2, work.NextNonce(meets: false)));
        await miner.ExpectAsync<SubmitSharesError>();

        await pool.Role.StopAsync(CancellationToken.None);
        await miner.Ended.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(1u, (await miner.ExpectAsync<SubmitSharesSuccess>()).NewSubmitsAcceptedCount);
        Reconnect reconnect = await miner.ExpectAsync<Reconnect>();
        Assert.Equal(("", 0), (reconnect.NewHost.ToString(), (int)reconnect.NewPort));
        Assert.True(pool.Role.Completion.IsCompletedSuccessfully);
    }

    [Fact]
    [Trait("spec", "137"), Trait("spec", "216")]
    public async Task A_restarted_pool_hands_out_another_search_space_so_old_shares_cannot_count_again()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        RawWork work;
        await using (RawMiner miner = await pool.ConnectAsync())
        {
            work = await miner.FirstWorkAsync(await miner.OpenExtendedAsync());
        }

        await pool.Role.StopAsync(CancellationToken.None);
        await pool.Role.DisposeAsync();
        await pool.StartPoolAsync();
        await pool.Events.ExpectAsync(RoleEventTypes.NewTip);
        await using RawMiner again = await pool.ConnectAsync();
        RawWork later = await again.FirstWorkAsync(await again.OpenExtendedAsync());
        Assert.Equal((work.PrevHash, work.Version), (later.PrevHash, later.Version));
        Assert.NotEqual(work.MerkleRoot, later.MerkleRoot);
    }

    [Fact]
    public async Task A_port_in_use_is_a_configuration_fault_that_names_its_key()
    {
        await using PoolHarness pool = await PoolHarness.StartAsync();
        string[] parts = pool.Role.Report().Endpoints[0].Address.Split(':');
        await using PoolHarness other = await PoolHarness.StartAsync();
        await other.Role.StopAsync(CancellationToken.None);
        await other.Role.DisposeAsync();
        var e = await Assert.ThrowsAsync<ConfigurationException>(() => other.StartPoolAsync(options => options with
        {
            Listen = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, int.Parse(parts[1])),
        }));
        Assert.Equal("listen", Assert.Single(e.Problems).Key);
    }

    private static async Task<ScriptedPeer> ConnectRawAsync(PoolHarness pool)
    {
        ConnectionString address = ConnectionString.Parse(pool.Address);
        ScriptedPeer peer = await ScriptedPeer.ConnectAsync(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, address.Port), receiveBytes: 4_096);
        await peer.HandshakeAsClientAsync(address.AuthorityPublicKey);
        await peer.SendAsync(new SetupConnection
        {
            Protocol = Subprotocol.Mining,
            MinVersion = 2,
            MaxVersion = 2,
            Flags = (uint)MiningSetupFlags.RequiresStandardJobs,
            EndpointHost = "",
            EndpointPort = 0,
            Vendor = "deaf",
            HardwareVersion = "",
            Firmware = "",
            DeviceId = "",
        });
        await peer.ExpectAsync<SetupConnectionSuccess>();
        return peer;
    }

    private static byte[] Frame(ushort extension, byte type, int length)
    {
        byte[] frame = new byte[6 + length];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16LittleEndian(frame, extension);
        frame[2] = type;
        frame[3] = (byte)length;
        frame.AsSpan(6).Fill(0x5a);
        return frame;
    }
}
