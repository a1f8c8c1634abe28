using Sv2.Bitcoin;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.Roles.Downstreams;
using Sv2.Roles.MiningDevice;
using Sv2.Roles.MiningProxy;
using Sv2.Roles.Tests.MiningDevice;
using Sv2.Roles.Tests.Pool;
using Sv2.Roles.Tests.Upstreams;
using Sv2.Roles.Workers;

namespace Sv2.Roles.Tests.MiningProxy;

/// <summary>Many miners on one channel of the pool.</summary>
public sealed class AggregatedProxyTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    [Trait("spec", "148"), Trait("spec", "149"), Trait("spec", "162"), Trait("spec", "347")]
    public async Task Fifty_miners_are_one_connection_and_one_channel_at_the_pool_and_open_theirs_without_asking_it()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(ProxyMode.Aggregated, [pool.Address]);
        ScriptedPeer peer = await pool.PeerAsync();
        await peer.ExpectAsync<OpenExtendedMiningChannel>();
        var miners = new List<RawMiner>();
        var prefixes = new HashSet<string>();
        for (int i = 0; i < 50; i++)
        {
            RawMiner miner = await proxy.ConnectAsync();
            miners.Add(miner);
            prefixes.Add((i % 2 == 0
                ? (await miner.OpenStandardAsync($"rig.{i}")).ExtranoncePrefix
                : (await miner.OpenExtendedAsync($"rig.{i}")).ExtranoncePrefix).ToString()[..16]);
        }

        Assert.Equal(50, prefixes.Count);
        Assert.Equal((1, 0), (pool.Connections, peer.Inbox.Count<OpenExtendedMiningChannel>()));
        Assert.Equal(0, peer.Inbox.Count<OpenStandardMiningChannel>());
        Assert.Equal((50, 50), (proxy.Figure(FigureNames.Connections), proxy.Figure(FigureNames.Channels)));
        foreach (RawMiner miner in miners)
            await miner.DisposeAsync();
    }

    [Theory]
    [Trait("spec", "219"), Trait("spec", "195")]
    [InlineData(MiningSetupFlags.RequiresStandardJobs, false)]
    [InlineData((MiningSetupFlags)0, false)]
    [InlineData((MiningSetupFlags)0, true)]
    public async Task A_share_that_meets_the_pools_target_reaches_it_and_leads_to_the_hash_that_the_miner_found(MiningSetupFlags flags, bool extended)
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(ProxyMode.Aggregated, [pool.Address]);
        ScriptedPeer peer = await pool.PeerAsync();
        NewExtendedMiningJob job = default;
        await proxy.UntilMiningAsync();
        await using RawMiner miner = await proxy.ConnectAsync(flags);
        RawWork work = extended ? await miner.FirstWorkAsync(await miner.OpenExtendedAsync()) : await miner.FirstWorkAsync(await miner.OpenStandardAsync());
        if (flags != 0)
            Assert.Equal(0, miner.Inbox.Count<NewExtendedMiningJob>());
        U256 hash = default;
        uint nonce = work.NextNonce(Bitcoin.Target.Harder(work.Target, pool.Target));
        hash = work.Header(nonce).Hash();
        if (extended)
            miner.Send(work.ExtendedShare(1, nonce));
        else
            miner.Send(work.Standard(1, nonce));

        SubmitSharesExtended share = await peer.ExpectAsync<SubmitSharesExtended>();
        Assert.Equal(1u, (await miner.ExpectAsync<SubmitSharesSuccess>()).LastSequenceNumber);
        Assert.Equal(pool.ExtranonceSize, share.Extranonce.Length);
        job = peer.Jobs[share.JobId];
        byte[] prefix = peer.PrefixOf(share.ChannelId);
        byte[] coinbase = [.. job.CoinbaseTxPrefix.Span, .. prefix, .. share.Extranonce.Span, .. job.CoinbaseTxSuffix.Span];
        U256 root = MerklePath.Fold(Sha256d.Hash(coinbase), job.MerklePath.AsSpan());
        Assert.Equal(hash, new BlockHeader(share.Version, peer.PrevHash, root, share.NTime, 0x1a00ffff, share.Nonce).Hash());
    }

    [Fact]
    [Trait("spec", "226")]
    public async Task Easy_shares_are_counted_here_and_only_those_that_meet_the_pools_target_go_on()
    {
        await using ScriptedPool pool = ScriptedPool.StartWith(4, 12, Bitcoin.Target.FromHashesPerShare(20_000));
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(
            ProxyMode.Aggregated, [pool.Address], options => options with { ShareInterval = TimeSpan.FromSeconds(1) });
        ScriptedPeer peer = await pool.PeerAsync();
        await proxy.UntilMiningAsync();
        await using RawMiner miner = await proxy.ConnectAsync();
        // So slow a miner gets a target of some ten hashes.
        OpenExtendedMiningChannelSuccess channel = await miner.OpenExtendedAsync(hashRate: 10);
        Assert.True(channel.Target > pool.Target);
        RawWork work = await miner.FirstWorkAsync(channel);
        var sent = new List<uint>();
        for (uint sequence = 0; sequence < 5; sequence++)
        {
            uint nonce = work.NextNonce();
            if (work.Header(nonce).Hash() <= pool.Target)
                sent.Add(nonce);
            miner.Send(work.ExtendedShare(sequence, nonce));
        }
        uint hard = work.NextNonce(pool.Target);
        sent.Add(hard);
        miner.Send(work.ExtendedShare(5, hard));

        uint acknowledged = 0;
        while (acknowledged < 6)
            acknowledged += (await miner.ExpectAsync<SubmitSharesSuccess>()).NewSubmitsAcceptedCount;
        foreach (uint nonce in sent)
            Assert.Equal(nonce, (await peer.ExpectAsync<SubmitSharesExtended>()).Nonce);
        Assert.Equal(0, peer.Inbox.Count<SubmitSharesExtended>());
        Assert.Equal((6, sent.Count), (proxy.Figure(FigureNames.SharesAccepted), proxy.Figure("sharesForwarded")));
    }

    [Fact]
    [Trait("spec", "169"), Trait("spec", "175"), Trait("spec", "176"), Trait("spec", "170")]
    public async Task The_pool_hears_by_UpdateChannel_how_much_mines_when_miners_come_change_and_go()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(ProxyMode.Aggregated, [pool.Address]);
        ScriptedPeer peer = await pool.PeerAsync();
        await proxy.UntilMiningAsync();
        await using RawMiner first = await proxy.ConnectAsync();
        OpenStandardMiningChannelSuccess channel = await first.OpenStandardAsync(hashRate: 1e12f);
        RawMiner second = await proxy.ConnectAsync();
        await second.OpenExtendedAsync(hashRate: 3e12f);
        await UntilToldAsync(peer, 4e12f);

        first.Send(new UpdateChannel { ChannelId = channel.ChannelId, NominalHashRate = 2e12f, MaximumTarget = U256.MaxValue });
        await UntilToldAsync(peer, 5e12f);
        await second.DisposeAsync();
        await UntilToldAsync(peer, 2e12f);
        first.Send(new CloseChannel { ChannelId = channel.ChannelId, ReasonCode = "" });
        await UntilToldAsync(peer, 0);

        Assert.Equal(0, peer.Inbox.Count<CloseChannel>());
    }

    [Fact]
    [Trait("spec", "40")]
    public async Task Frames_of_unknown_extensions_end_here()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(ProxyMode.Aggregated, [pool.Address]);
        ScriptedPeer peer = await pool.PeerAsync();
        await proxy.UntilMiningAsync();
        await using RawMiner miner = await proxy.ConnectAsync();
        OpenExtendedMiningChannelSuccess channel = await miner.OpenExtendedAsync();
        RawWork work = await miner.FirstWorkAsync(channel);

        Assert.True(miner.Connection.TrySendFrame(Unknown.Frame(channel.ChannelId, [1, 2, 3])));
        Assert.True(peer.Connection.TrySendFrame(Unknown.Frame(1, [4, 5, 6])));
        miner.Send(work.ExtendedShare(1, work.NextNonce(Bitcoin.Target.Harder(work.Target, pool.Target))));

        await peer.ExpectAsync<SubmitSharesExtended>();
        await miner.ExpectAsync<SubmitSharesSuccess>();
        Assert.DoesNotContain("4096", peer.Inbox.Describe(), StringComparison.Ordinal);
        Assert.DoesNotContain("4096", miner.Inbox.Describe(), StringComparison.Ordinal);
    }

    [Theory]
    [Trait("spec", "69"), Trait("spec", "71"), Trait("spec", "74")]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Workers_are_named_to_the_pool_with_every_share_where_both_want_it_and_never_otherwise(bool reports, bool poolCan)
    {
        Assert.False(new MiningProxyOptions().ReportWorkers);
        await using ScriptedPool pool = poolCan ? ScriptedPool.Start(WorkerTlv.Extension) : ScriptedPool.Start();
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(
            ProxyMode.Aggregated, [pool.Address], options => options with { ReportWorkers = reports });
        await proxy.UntilMiningAsync();
        await using RawMiner miner = await proxy.ConnectAsync();
        RawWork work = await miner.FirstWorkAsync(await miner.OpenExtendedAsync("a.worker.with.a.name.of.more.than.32.bytes"));
        const int Shares = 100;
        for (uint sequence = 0; sequence < Shares; sequence++)
            miner.Send(work.ExtendedShare(sequence, work.NextNonce(Bitcoin.Target.Harder(work.Target, pool.Target))));

        ScriptedPeer peer = await pool.LastPeerAsync();
        for (int i = 0; i < Shares; i++)
            await peer.ExpectAsync<SubmitSharesExtended>();
        byte[] name = System.Text.Encoding.UTF8.GetBytes("a.worker.with.a.name.of.more.tha");
        Assert.Equal(Shares, peer.Tlvs.Count);
        Assert.All(peer.Tlvs, tlvs =>
        {
            bool found = WorkerTlv.TryFind(tlvs, peer.Setup.Extensions, out ReadOnlySpan<byte> value);
            Assert.Equal(reports && poolCan, found);
            Assert.Equal(reports && poolCan ? name : [], value.ToArray());
            Assert.Equal(found, tlvs.Length > 0);
        });
    }

    [Fact]
    [Trait("spec", "196"), Trait("spec", "197")]
    public async Task Standard_jobs_go_to_miners_that_ask_for_them_and_to_all_standard_channels_where_the_configuration_says_so()
    {
        Assert.False(new MiningProxyOptions().StandardJobsForAll);

        Assert.Equal((0, 2), await JobsAsync(forAll: false, MiningSetupFlags.RequiresStandardJobs));
        Assert.Equal((1, 0), await JobsAsync(forAll: false, 0));
        Assert.Equal((0, 2), await JobsAsync(forAll: true, MiningSetupFlags.RequiresStandardJobs));
        Assert.Equal((0, 2), await JobsAsync(forAll: true, 0));

        // How many extended and standard jobs reach two standard channels of a connection when the pool has a new one.
        static async Task<(int Extended, int Standard)> JobsAsync(bool forAll, MiningSetupFlags flags)
        {
            await using ScriptedPool pool = ScriptedPool.Start();
            await using ProxyHarness proxy = await ProxyHarness.StartAsync(ProxyMode.Aggregated, [pool.Address], options => options with { StandardJobsForAll = forAll });
            await proxy.UntilMiningAsync();
            await using RawMiner miner = await proxy.ConnectAsync(flags);
            OpenStandardMiningChannelSuccess[] channels = [await miner.OpenStandardAsync("a"), await miner.OpenStandardAsync("b")];
            foreach (OpenStandardMiningChannelSuccess channel in channels)
                await miner.FirstWorkAsync(channel);
            ScriptedPeer peer = await pool.PeerAsync();
            peer.SendJob(1, pool.PrefixSize + pool.ExtranonceSize, minNTime: peer.MinNTime);
            await ProxyHarness.UntilAsync(() => miner.Inbox.Count<NewExtendedMiningJob>() + miner.Inbox.Count<NewMiningJob>() > 0);
            // With the answer to a later message all that came of the job is here.
            miner.Send(new UpdateChannel { ChannelId = 998, NominalHashRate = 1, MaximumTarget = U256.MaxValue });
            await miner.ExpectAsync<UpdateChannelError>(error => error.ChannelId == 998);
            return (miner.Inbox.Count<NewExtendedMiningJob>(), miner.Inbox.Count<NewMiningJob>());
        }
    }

    [Fact]
    public async Task Workers_are_listed_by_the_names_that_miners_give_and_by_those_that_shares_carry()
    {
        await using ScriptedPool pool = ScriptedPool.Start(WorkerTlv.Extension);
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(ProxyMode.Aggregated, [pool.Address], options => options with { ReportWorkers = true });
        await proxy.UntilMiningAsync();
        RawMiner rig = await proxy.ConnectAsync();
        RawWork work = await rig.FirstWorkAsync(await rig.OpenExtendedAsync("acct.rig"));
        for (uint sequence = 1; sequence <= 3; sequence++)
            rig.Send(work.ExtendedShare(sequence, work.NextNonce()));
        rig.Send(work.ExtendedShare(4, 0) with { JobId = 4_000_000 });
        // Another proxy's channel: its shares name who found them.
        await using RawMiner farm = await proxy.ConnectAsync(extensions: WorkerTlv.Extension);
        RawWork farmWork = await farm.FirstWorkAsync(await farm.OpenExtendedAsync("acct.farm"));
        byte[] tlv = new byte[WorkerTlv.BytesMax];
        int length = WorkerTlv.Write("behind"u8, tlv);
        farm.Send(farmWork.ExtendedShare(1, farmWork.NextNonce()), tlv.AsSpan(0, length));
        await farm.ExpectAsync<SubmitSharesSuccess>();
        await rig.ExpectAsync<SubmitSharesError>();
        await ProxyHarness.UntilAsync(() => proxy.Figure(FigureNames.SharesAccepted) == 4);

        Page<WorkerInfo> page = await proxy.Role.ListWorkersAsync(new ListQuery(), CancellationToken.None);
        Assert.Equal(["acct.behind", "acct.farm", "acct.rig"], page.Items.Select(worker => worker.Name));
        Assert.Equal([(0, 1L, 0L, true), (1, 0L, 0L, true), (1, 3L, 1L, true)], page.Items.Select(worker => (worker.Channels, worker.SharesAccepted, worker.SharesRejected, worker.IsOnline)));
        Assert.Equal(1, page.Items[2].Rejections["invalid-job-id"]);
        Assert.True(page.Items[2] is { HashRate: > 0, BestDifficulty: > 0, LastShareAt: not null });
        Assert.Equal("acct.rig", Assert.Single((await proxy.Role.ListWorkersAsync(new ListQuery { Search = "RIG" }, CancellationToken.None)).Items).Name);
        Assert.Equal(1, proxy.Role.Report().Rejections["invalid-job-id"]);

        await rig.DisposeAsync();
        await proxy.Events.ExpectAsync(RoleEventTypes.WorkerOffline, (message, _) => message.Contains("acct.rig", StringComparison.Ordinal));
        page = await proxy.Role.ListWorkersAsync(new ListQuery(), CancellationToken.None);
        Assert.Equal((false, 0), (page.Items[2].IsOnline, page.Items[2].Channels));
    }

    [Fact]
    public async Task A_miner_that_comes_before_the_pool_gets_its_channel_when_that_is_there()
    {
        TestPool probe = await TestPool.StartAsync(_authority);
        Noise.ConnectionString address = probe.Address;
        await probe.DisposeAsync();
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(ProxyMode.Aggregated, [address]);
        await using RawMiner miner = await proxy.ConnectAsync();
        miner.Send(new OpenStandardMiningChannel { RequestId = 77, UserIdentity = "early", NominalHashRate = 1, MaxTarget = U256.MaxValue });
        Assert.Equal(RoleHealth.Unhealthy, proxy.Role.Report().Health);

        await using TestPool pool = await TestPool.StartAsync(_authority, address.Port);
        OpenStandardMiningChannelSuccess opened = await miner.ExpectAsync<OpenStandardMiningChannelSuccess>();

        Assert.Equal(77u, opened.RequestId);
        RawWork work = await miner.FirstWorkAsync(opened);
        miner.Send(work.Standard(1, work.NextNonce()));
        await miner.ExpectAsync<SubmitSharesSuccess>();
    }

    [Theory]
    [InlineData(4, 12)]
    [InlineData(6, 16)]
    [InlineData(3, 14)]
    public async Task A_pool_with_another_extranonce_gets_good_shares_from_the_same_channels_after_a_switch(int prefixSize, int extranonceSize)
    {
        ScriptedPool first = ScriptedPool.Start();
        await using ScriptedPool second = ScriptedPool.StartWith(prefixSize, extranonceSize, first.Target);
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(ProxyMode.Aggregated, [first.Address, second.Address]);
        await proxy.UntilMiningAsync();
        await using RawMiner miner = await proxy.ConnectAsync();
        OpenExtendedMiningChannelSuccess channel = await miner.OpenExtendedAsync();
        await miner.FirstWorkAsync(channel);

        await first.DisposeAsync();
        SetExtranoncePrefix prefix = await miner.ExpectAsync<SetExtranoncePrefix>();
        NewExtendedMiningJob job = await miner.ExpectAsync<NewExtendedMiningJob>(job => job.ChannelId == channel.ChannelId);
        SetNewPrevHash tip = await miner.ExpectAsync<SetNewPrevHash>(tip => tip.ChannelId == channel.ChannelId);
        RawWork work = RawMiner.Extended(job, channel with { ExtranoncePrefix = prefix.ExtranoncePrefix }, tip.PrevHash, tip.MinNTime, tip.NBits);
        miner.Send(work.ExtendedShare(9, work.NextNonce(Bitcoin.Target.Harder(channel.Target, second.Target))));

        Assert.Equal(prefixSize + extranonceSize, prefix.ExtranoncePrefix.Length + channel.ExtranonceSize);
        SubmitSharesExtended share = await (await second.PeerAsync()).ExpectAsync<SubmitSharesExtended>();
        Assert.Equal(extranonceSize, share.Extranonce.Length);
        Assert.Equal(9u, (await miner.ExpectAsync<SubmitSharesSuccess>()).LastSequenceNumber);
    }

    [Fact]
    public async Task A_pool_that_gives_too_few_bytes_is_named_as_the_reason()
    {
        await using ScriptedPool pool = ScriptedPool.StartWith(4, 6, U256.MaxValue);
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(ProxyMode.Aggregated, [pool.Address]);

        await ProxyHarness.UntilAsync(() => proxy.Role.Report().Upstreams[0].State == UpstreamState.Failed);

        Assert.Contains("6", proxy.Role.Report().Upstreams[0].Reason, StringComparison.Ordinal);
        Assert.Equal(RoleHealth.Unhealthy, proxy.Role.Report().Health);
    }

    private static async Task UntilToldAsync(ScriptedPeer peer, float hashRate)
    {
        UpdateChannel told;
        do
            told = await peer.ExpectAsync<UpdateChannel>();
        while (told.NominalHashRate != hashRate);
    }
}

/// <summary>A frame of an extension that nobody knows, for a channel.</summary>
internal static class Unknown
{
    public const ushort Extension = 4096;

    public static byte[] Frame(uint channelId, ReadOnlySpan<byte> body)
    {
        byte[] payload = [.. BitConverter.GetBytes(channelId), .. body];
        // Extension with the channel bit, message type, length: all little-endian.
        return [Extension & 0xff, 0x80 | (Extension >> 8), 0x42, (byte)payload.Length, 0, 0, .. payload];
    }
}
