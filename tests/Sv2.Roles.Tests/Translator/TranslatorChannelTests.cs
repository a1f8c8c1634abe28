using Sv1;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Mining;
using Sv2.Roles.Tests.Pool;
using Sv2.Roles.Tests.Upstreams;
using Sv2.Roles.Translator;
using Sv2.Roles.Upstreams;

namespace Sv2.Roles.Tests.Translator;

/// <summary>What the pool is told of the miners, and what the miners notice of the pool.</summary>
public sealed class TranslatorChannelTests
{
    [Fact]
    [Trait("spec", "148")]
    [Trait("spec", "150")]
    [Trait("spec", "159")]
    [Trait("spec", "162")]
    [Trait("spec", "387")]
    public async Task Many_miners_share_one_connection_and_one_channel_that_opens_with_no_hash_rate()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address]);
        ScriptedPeer peer = await pool.PeerAsync();
        for (int i = 0; i < 50; i++)
            await translator.MineAsync($"acct.rig{i}");

        OpenExtendedMiningChannel open = await peer.ExpectAsync<OpenExtendedMiningChannel>();
        Assert.Equal(0f, open.NominalHashRate);
        Assert.Equal("farm", open.UserIdentity.ToString());
        Assert.Equal(8, open.MinExtranonceSize);
        Assert.Equal(0, peer.Inbox.Count<OpenExtendedMiningChannel>());
        Assert.Equal(1, pool.Connections);
        Assert.Equal(0u, peer.Setup.ClientFlags);
        Assert.Equal(50, translator.Figure(FigureNames.Connections));
    }

    [Fact]
    [Trait("spec", "169")]
    [Trait("spec", "170")]
    [Trait("spec", "175")]
    [Trait("spec", "176")]
    [Trait("spec", "348")]
    public async Task The_pool_hears_what_mines_when_miners_come_and_go()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address]);
        ScriptedPeer peer = await pool.PeerAsync();
        await using Sv1Miner stays = await translator.MineAsync("acct.stays");
        await using Sv1Miner goes = await translator.MineAsync("acct.goes");
        Assert.Null(await stays.ShareAsync());
        Assert.Null(await goes.ShareAsync());
        UpdateChannel both = await peer.ExpectAsync<UpdateChannel>(update => update.NominalHashRate > 0);
        Task<UpdateChannel> rising = peer.ExpectAsync<UpdateChannel>(update => update.NominalHashRate > both.NominalHashRate);
        while (!rising.IsCompleted)
            Assert.Null(await goes.ShareAsync());
        UpdateChannel more = await rising;

        await goes.DisposeAsync();

        UpdateChannel less = await peer.ExpectAsync<UpdateChannel>(update => update.NominalHashRate < more.NominalHashRate);
        Assert.True(less.NominalHashRate > 0);
        Assert.Equal(0, peer.Inbox.Count<CloseChannel>());
        await translator.Events.ExpectAsync(RoleEventTypes.WorkerOffline, (message, _) => message.Contains("acct.goes", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("spec", "174")]
    [Trait("spec", "149")]
    public async Task In_per_miner_mode_each_has_a_channel_of_its_own_as_long_as_it_is_there()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address], options => options with { Mode = TranslatorMode.PerMiner });
        ScriptedPeer peer = await pool.PeerAsync();
        await using Sv1Miner one = await translator.MineAsync("x.one");
        await using Sv1Miner two = await translator.MineAsync("x.two");
        List<OpenExtendedMiningChannel> opened = peer.Inbox.TakeAll<OpenExtendedMiningChannel>();
        Assert.Equal(["farm.one", "farm.two"], opened.Select(open => open.UserIdentity.ToString()).Order());
        Assert.Equal(1, pool.Connections);

        Assert.Null(await two.ShareAsync());
        uint channel = (await peer.ExpectAsync<SubmitSharesExtended>()).ChannelId;
        Assert.Equal(opened.FindIndex(open => open.UserIdentity == "farm.two") + 1, (int)channel);
        // The pool sets each one's difficulty.
        peer.Send(new SetTarget { ChannelId = channel, MaximumTarget = Target.FromDifficulty(64) });
        Assert.Equal(64, (await two.NextWorkAsync(work => work.Difficulty > 1)).Difficulty);
        Assert.True(one.Work!.Difficulty < 1);

        await two.DisposeAsync();
        Assert.Equal(channel, (await peer.ExpectAsync<CloseChannel>()).ChannelId);
        Assert.Null(await one.ShareAsync());
    }

    [Fact]
    public async Task In_per_miner_mode_without_an_account_the_miners_name_is_told_as_it_is()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address], options => options with { Mode = TranslatorMode.PerMiner, UserIdentity = "" });
        ScriptedPeer peer = await pool.PeerAsync();
        await using Sv1Miner miner = await translator.MineAsync("bc1qexample.bitaxe");
        Assert.Equal("bc1qexample.bitaxe", (await peer.ExpectAsync<OpenExtendedMiningChannel>()).UserIdentity.ToString());
    }

    [Fact]
    public async Task A_channel_the_pool_closes_is_asked_for_again()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address], options => options with { Mode = TranslatorMode.PerMiner });
        ScriptedPeer peer = await pool.PeerAsync();
        await using Sv1Miner miner = await translator.MineAsync();
        await peer.ExpectAsync<OpenExtendedMiningChannel>();
        peer.Send(new CloseChannel { ChannelId = 1, ReasonCode = "maintenance" });

        await peer.ExpectAsync<OpenExtendedMiningChannel>();
        Assert.NotNull(await miner.NextWorkAsync());
        Assert.Null(await miner.ShareAsync());
        Assert.True(miner.IsConnected);
    }

    [Fact]
    [Trait("spec", "180")]
    public async Task Another_prefix_of_the_pool_is_just_a_job_for_miners()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address]);
        ScriptedPeer peer = await pool.PeerAsync();
        await using Sv1Miner miner = await translator.MineAsync();
        Sv1Work before = miner.Work!;
        byte[] prefix = [0xca, 0xfe, 0xba, 0xbe];
        peer.Send(new SetExtranoncePrefix { ChannelId = 1, ExtranoncePrefix = prefix });
        uint job = peer.SendJob(1, 16, minNTime: peer.MinNTime);

        Sv1Work after = await miner.NextWorkAsync();
        Assert.Equal(before.Extranonce1, after.Extranonce1);
        U256 hash = miner.Submit(after);
        Assert.Null(await miner.AnswerAsync());
        SubmitSharesExtended share = await peer.ExpectAsync<SubmitSharesExtended>();
        Assert.Equal(hash, HeaderOf(share, peer, job, prefix).Hash());
        // Shares of the job before still have the prefix before.
        hash = miner.Submit(before);
        Assert.Null(await miner.AnswerAsync());
        share = await peer.ExpectAsync<SubmitSharesExtended>();
        Assert.Equal(hash, HeaderOf(share, peer, 1, [0xee, 0, 0, 1]).Hash());
        Assert.True(miner.IsConnected);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task With_the_prefix_in_the_subscription_miners_are_told_or_connect_again(bool understands)
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address], options => options with { Extranonce = ExtranoncePlacement.Subscription });
        ScriptedPeer peer = await pool.PeerAsync();
        await using Sv1Miner miner = await translator.MineAsync(change: options => options with { TakesExtranonce = understands });
        Assert.Equal([0xee, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1], miner.Work!.Extranonce1.ToArray());
        Assert.Null(await miner.ShareAsync());
        await peer.ExpectAsync<SubmitSharesExtended>();
        byte[] prefix = [1, 2, 3, 4];
        peer.Send(new SetExtranoncePrefix { ChannelId = 1, ExtranoncePrefix = prefix });
        uint job = peer.SendJob(1, 16, minNTime: peer.MinNTime);

        if (!understands)
        {
            await miner.Ended;
            Assert.Equal("client.reconnect", miner.Methods[^1]);
            await using Sv1Miner again = await translator.MineAsync();
            Assert.Equal([1, 2, 3, 4], again.Work!.Extranonce1.ToArray()[..4]);
            return;
        }
        string first = miner.Work.Message.JobId;
        Sv1Work work = await miner.NextWorkAsync(work => work.Message.JobId != first);
        Assert.Contains("mining.set_extranonce", miner.Methods);
        Assert.Equal([1, 2, 3, 4], work.Extranonce1.ToArray()[..4]);
        U256 hash = miner.Submit(work);
        Assert.Null(await miner.AnswerAsync());
        Assert.Equal(hash, HeaderOf(await peer.ExpectAsync<SubmitSharesExtended>(), peer, job, prefix).Hash());
    }

    [Fact]
    [Trait("spec", "40")]
    public async Task Frames_of_unknown_extensions_end_here()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address]);
        ScriptedPeer peer = await pool.PeerAsync();
        await using Sv1Miner miner = await translator.MineAsync();
        int lines = miner.Methods.Count;
        byte[] frame = [0xbc, 0xfa, 0x01, 4, 0, 0, 1, 0, 0, 0];
        Assert.True(peer.Connection.TrySendFrame(frame));
        peer.SendJob(1, 16, minNTime: peer.MinNTime);
        await miner.NextWorkAsync();

        Assert.Equal(lines + 1, miner.Methods.Count);
    }

    [Fact]
    public async Task Miners_wait_for_a_pool_and_stay_when_it_goes()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        string nobody = new Noise.ConnectionString("127.0.0.1", 1, pool.Address.AuthorityPublicKey).ToString();
        await using TranslatorHarness alone = await TranslatorHarness.StartAsync([Noise.ConnectionString.Parse(nobody)]);
        await using Sv1Miner waiting = await alone.MineAsync(waits: false);
        await alone.Events.ExpectAsync(RoleEventTypes.WorkerOnline);
        Assert.Equal(RoleHealth.Unhealthy, alone.Role.Report().Health);
        Assert.Contains("1 miner stay connected", alone.Role.Report().Message);
        Assert.True(waiting.IsConnected);

        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address]);
        ScriptedPeer peer = await pool.PeerAsync();
        await using Sv1Miner miner = await translator.MineAsync();
        Sv1Work first = miner.Work!;
        peer.Connection.Close(Transport.CloseReason.LocalShutdown);
        await (await pool.PeerAsync(1)).ExpectAsync<OpenExtendedMiningChannel>();
        Sv1Work second = await miner.NextWorkAsync(work => work.Message.JobId != first.Message.JobId);

        Assert.True(second.Message.CleanJobs);
        Assert.True(miner.IsConnected);
        Assert.Null(await miner.ShareAsync(second));
        await (await pool.PeerAsync(1)).ExpectAsync<SubmitSharesExtended>();
    }

    [Fact]
    [Trait("spec", "246")]
    public async Task A_switch_of_pools_is_one_clean_job_and_late_shares_still_reach_the_pool_before()
    {
        await using ScriptedPool first = ScriptedPool.Start();
        await using ScriptedPool second = ScriptedPool.StartWith(prefixSize: 7, extranonceSize: 9);
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([first.Address, second.Address]);
        ScriptedPeer peer = await first.PeerAsync();
        await translator.UntilAsync(() => translator.Role.Report().Upstreams[1].State == UpstreamState.Ready);
        ScriptedPeer standby = await second.PeerAsync();
        List<Sv1Miner> miners = [];
        for (int i = 0; i < 10; i++)
            miners.Add(await translator.MineAsync($"acct.rig{i}"));
        Sv1Work[] before = [.. miners.Select(miner => miner.Work!)];

        peer.Send(new Reconnect { NewHost = "", NewPort = 0 });

        for (int i = 0; i < miners.Count; i++)
        {
            Sv1Work after = await miners[i].NextWorkAsync(work => work.Message.JobId != before[i].Message.JobId);
            Assert.True(after.Message.CleanJobs);
            Assert.Equal(before[i].Extranonce1, after.Extranonce1);
            Assert.Null(await miners[i].ShareAsync(after));
            await standby.ExpectAsync<SubmitSharesExtended>();
        }
        // Found for the first pool a moment ago: its client session refuses a job that was clean, so it goes as a line.
        Sv1Work old = before[3];
        (string line, _) = Line(old, "acct.rig3");
        miners[3].Send(line);
        SubmitSharesExtended late = await peer.ExpectAsync<SubmitSharesExtended>();
        Assert.Equal(old.Message.NTime, late.NTime);
        Assert.All(miners, miner => Assert.True(miner.IsConnected));
        Assert.DoesNotContain("client.reconnect", miners.SelectMany(miner => miner.Methods));
        Assert.Equal(1, translator.Figure("upstreamSwitches"));
        Assert.Equal(11, translator.Figure("sharesForwarded"));
        Assert.Equal(RoleHealth.Degraded, translator.Role.Report().Health);
    }

    [Fact]
    public async Task A_switch_in_per_miner_mode_finds_every_channel_open()
    {
        await using ScriptedPool first = ScriptedPool.Start();
        await using ScriptedPool second = ScriptedPool.Start();
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([first.Address, second.Address], options => options with { Mode = TranslatorMode.PerMiner });
        await using Sv1Miner one = await translator.MineAsync("a.one");
        await using Sv1Miner two = await translator.MineAsync("a.two");
        ScriptedPeer standby = await second.PeerAsync();
        await standby.ExpectAsync<OpenExtendedMiningChannel>();
        await standby.ExpectAsync<OpenExtendedMiningChannel>();
        string[] before = [one.Work!.Message.JobId, two.Work!.Message.JobId];

        (await first.PeerAsync()).Connection.Close(Transport.CloseReason.LocalShutdown);

        Assert.Null(await one.ShareAsync(await one.NextWorkAsync(work => work.Message.JobId != before[0] && work.Message.CleanJobs)));
        Assert.Null(await two.ShareAsync(await two.NextWorkAsync(work => work.Message.JobId != before[1] && work.Message.CleanJobs)));
        uint[] channels = [(await standby.ExpectAsync<SubmitSharesExtended>()).ChannelId, (await standby.ExpectAsync<SubmitSharesExtended>()).ChannelId];
        Assert.Equal([1u, 2u], channels.Order());
    }

    private static BlockHeader HeaderOf(in SubmitSharesExtended share, ScriptedPeer peer, uint job, byte[] prefix)
    {
        U256 txid = ScriptedPeer.Coinbase(job, prefix.Length + share.Extranonce.Length).Txid(prefix, share.Extranonce.Span);
        return new BlockHeader(share.Version, peer.PrevHash, MerklePath.Fold(txid, [U256.FromLimbs(job, 1)]), share.NTime, 0x1a00ffff, share.Nonce);
    }

    private static (string Line, U256 Hash) Line(Sv1Work work, string user)
    {
        for (uint nonce = 0; ; nonce++)
        {
            U256 hash = work.Header(new byte[work.Extranonce2Size], work.Message.Version, work.Message.NTime, nonce).Hash();
            if (hash <= Target.FromHashesPerShare(21))
                return ($$"""{"id":999,"method":"mining.submit","params":["{{user}}","{{work.Message.JobId}}","{{new string('0', 2 * work.Extranonce2Size)}}","{{work.Message.NTime:x8}}","{{nonce:x8}}"]}""", hash);
        }
    }
}
