using Sv1;
using Sv2.Bitcoin;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.Roles.Tests.Pool;
using Sv2.Roles.Tests.Upstreams;
using Sv2.Roles.Translator;
using Sv2.Roles.Workers;

namespace Sv2.Roles.Tests.Translator;

/// <summary>Miners' shares on their way to the pool.</summary>
public sealed class TranslatorMiningTests
{
    [Theory]
    [InlineData(TranslatorMode.Aggregated)]
    [InlineData(TranslatorMode.PerMiner)]
    [Trait("spec", "149")]
    [Trait("spec", "345")]
    [Trait("spec", "346")]
    public async Task A_real_pool_accepts_what_a_miner_finds_under_the_miners_name(TranslatorMode mode)
    {
        await using PoolHarness pool = await PoolHarness.StartAsync(options => options with { ShareDifficulty = 20 / 4294967296.0 });
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([ConnectionString.Parse(pool.Address)], options => options with { Mode = mode });
        await using Sv1Miner miner = await translator.MineAsync("acct.rig7", options => options with { VersionMask = Sv1ServerOptions.UsualVersionMask });

        for (uint i = 0; i < 5; i++)
            Assert.Null(await miner.ShareAsync(versionBits: i << 13));

        await translator.UntilAsync(() => pool.Role.Report().Figures.Single(figure => figure.Name == FigureNames.SharesAccepted).Value == 5);
        Page<WorkerInfo> workers = await pool.Role.ListWorkersAsync(new ListQuery(), CancellationToken.None);
        Assert.Equal(5, workers.Items.Single(worker => worker.Name == "farm.rig7").SharesAccepted);
        WorkerInfo here = Assert.Single((await translator.Role.ListWorkersAsync(new ListQuery(), CancellationToken.None)).Items);
        Assert.Equal(("acct.rig7", 5, true, 1), (here.Name, here.SharesAccepted, here.IsOnline, here.Channels));
        Assert.True(here is { HashRate: > 0, BestDifficulty: > 0, LastShareAt: not null });
        Assert.Equal(5, translator.Figure("sharesForwarded"));
    }

    [Theory]
    [InlineData(2, 8)]
    [InlineData(8, 12)]
    [Trait("spec", "203")]
    [Trait("spec", "346")]
    public async Task Miners_roll_from_2_to_8_bytes_of_extranonce_and_every_one_of_them_reaches_the_pool(int extranonce2Size, int poolSize)
    {
        await using ScriptedPool pool = ScriptedPool.StartWith(prefixSize: 4, extranonceSize: poolSize);
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address], options => options with { Extranonce2Size = extranonce2Size });
        ScriptedPeer peer = await pool.PeerAsync();
        Assert.Equal(JobTranslation.LocalSize + extranonce2Size, (await peer.ExpectAsync<OpenExtendedMiningChannel>()).MinExtranonceSize);
        await using Sv1Miner miner = await translator.MineAsync();
        Sv1Work work = miner.Work!;
        Assert.Equal(extranonce2Size, work.Extranonce2Size);
        // All bytes used: as full as firmware with 64-bit counters makes them.
        byte[] extranonce2 = [.. Enumerable.Range(0, extranonce2Size).Select(i => (byte)(0xf0 + i))];
        uint nonce = 0;
        while (work.Header(extranonce2, work.Message.Version, work.Message.NTime, nonce).Hash() > Target.Harder(work.Target, pool.Target))
            nonce++;

        miner.Send($$"""{"id":77,"method":"mining.submit","params":["acct.rig1","{{work.Message.JobId}}","{{Convert.ToHexStringLower(extranonce2)}}","{{work.Message.NTime:x8}}","{{nonce:x8}}"]}""");

        SubmitSharesExtended share = await peer.ExpectAsync<SubmitSharesExtended>();
        Assert.Equal(poolSize, share.Extranonce.Length);
        Assert.Equal(extranonce2, share.Extranonce.Span[^extranonce2Size..].ToArray());
        miner.Send($$"""{"id":78,"method":"mining.submit","params":["acct.rig1","{{work.Message.JobId}}","{{Convert.ToHexStringLower(extranonce2)}}00","{{work.Message.NTime:x8}}","{{nonce:x8}}"]}""");
        await translator.UntilAsync(() => translator.Figure(FigureNames.SharesRejected) == 1);
        Assert.Equal(1, translator.Role.Report().Rejections["invalid-share"]);
    }

    [Fact]
    [Trait("spec", "226")]
    [Trait("spec", "347")]
    public async Task Only_shares_that_meet_the_pools_target_go_up()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address], EasyMiners);
        ScriptedPeer peer = await pool.PeerAsync();
        await using Sv1Miner miner = await translator.MineAsync();
        Assert.True(miner.Work!.Target > pool.Target);

        Assert.Null(await miner.ShareAsync(above: pool.Target));
        Assert.Null(await miner.ShareAsync(above: pool.Target));
        Assert.Null(await miner.ShareAsync(atMost: pool.Target));
        await peer.ExpectAsync<SubmitSharesExtended>();

        Assert.Equal(3, translator.Figure(FigureNames.SharesAccepted));
        Assert.Equal(1, translator.Figure("sharesForwarded"));
        Assert.Equal(0, peer.Inbox.Count<SubmitSharesExtended>());
    }

    [Fact]
    [Trait("spec", "163")]
    [Trait("spec", "219")]
    [Trait("spec", "346")]
    public async Task A_share_reaches_the_pool_as_the_miner_hashed_it()
    {
        // More extranonce than was asked for, as pools may grant.
        await using ScriptedPool pool = ScriptedPool.StartWith(prefixSize: 5, extranonceSize: 13);
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address]);
        ScriptedPeer peer = await pool.PeerAsync();
        await using Sv1Miner miner = await translator.MineAsync(change: options => options with { VersionMask = Sv1ServerOptions.UsualVersionMask });
        CoinbaseSplit coinbase = ScriptedPeer.Coinbase(job: 1, fullExtranonceSize: 18);
        Sv1Work work = miner.Work!;

        U256 hash = miner.Submit(versionBits: 0x0000_6000);
        Assert.Null(await miner.AnswerAsync());

        SubmitSharesExtended share = await peer.ExpectAsync<SubmitSharesExtended>();
        Assert.Equal(13, share.Extranonce.Length);
        Assert.Equal([.. new byte[5], 0, 0, 0, 1, 0, 0, 0, 7], share.Extranonce.ToArray());
        byte[] prefix = [0xee, 0, 0, 1, 0];
        U256 txid = coinbase.Txid(prefix, share.Extranonce.Span);
        BlockHeader header = new(share.Version, peer.PrevHash, MerklePath.Fold(txid, [U256.FromLimbs(1, 1)]), share.NTime, 0x1a00ffff, share.Nonce);
        Assert.Equal(hash, header.Hash());
        Assert.Equal(work.Message.PrevHash, peer.PrevHash);
        Assert.Equal(0x2000_6000u, share.Version);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("spec", "69")]
    [Trait("spec", "72")]
    public async Task Every_share_names_its_worker_where_that_was_agreed(bool agreed)
    {
        await using ScriptedPool pool = agreed ? ScriptedPool.Start(WorkerTlv.Extension) : ScriptedPool.Start();
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address]);
        ScriptedPeer peer = await pool.PeerAsync();
        await using Sv1Miner miner = await translator.MineAsync("acct.a-worker-whose-name-is-longer-than-32-bytes");
        for (int i = 0; i < 20; i++)
            Assert.Null(await miner.ShareAsync());

        int named = 0;
        await translator.UntilAsync(() => peer.Inbox.Count<SubmitSharesExtended>() == 20);
        foreach (byte[] payload in peer.Inbox.TakeAllRaw<SubmitSharesExtended>())
        {
            Assert.True(SubmitSharesExtendedView.TryRead(payload, out SubmitSharesExtendedView share, out _));
            if (share.Tlvs.IsEmpty)
                continue;
            named++;
            Assert.True(new TlvReader(share.Tlvs).TryFind(WorkerTlv.Extension, 1, out ReadOnlySpan<byte> name));
            Assert.Equal("a-worker-whose-name-is-longer-th", System.Text.Encoding.UTF8.GetString(name));
        }
        Assert.Equal(agreed ? 20 : 0, named);
    }

    [Theory]
    [InlineData("acct.rig", "rig")]
    [InlineData("acct.rig.2", "rig.2")]
    [InlineData("acct", "acct")]
    [InlineData("acct.", "acct.")]
    [InlineData("a.ääääääääääääääääx", "ääääääääääääääää")]
    [InlineData("a.xääääääääääääääää", "xäääääääääääääää")]
    [Trait("spec", "53")]
    public void The_workers_part_of_a_name_is_told_in_at_most_32_bytes(string user, string expected)
    {
        byte[] tlv = MinerName.Tlv(user, TlvByteOrder.LittleEndian);
        Assert.True(new TlvReader(tlv).TryFind(WorkerTlv.Extension, 1, out ReadOnlySpan<byte> name));
        Assert.Equal(expected, System.Text.Encoding.UTF8.GetString(name));
    }

    [Fact]
    public async Task Miners_are_told_apart_and_their_shares_are_refused_for_their_own_reasons()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address], EasyMiners);
        ScriptedPeer peer = await pool.PeerAsync();
        await using Sv1Miner one = await translator.MineAsync("acct.one");
        await using Sv1Miner two = await translator.MineAsync("acct.two");
        Assert.NotEqual(one.Work!.Extranonce1, two.Work!.Extranonce1);
        // One line for all: what differs is in the subscription.
        Assert.Equal(one.Work.Message with { CleanJobs = true }, two.Work.Message with { CleanJobs = true });

        one.Send("""{"id":90,"method":"mining.submit","params":["acct.two","1","00000000","00000000","00000000"]}""");
        await translator.UntilAsync(() => translator.Figure(FigureNames.SharesRejected) == 1);
        Assert.Null(await two.ShareAsync(atMost: pool.Target));
        SubmitSharesExtended share = await peer.ExpectAsync<SubmitSharesExtended>();
        Assert.Equal(two.Work.Extranonce1.Span, share.Extranonce.Span.Slice(4, 4));
        Assert.Equal(1, translator.Figure("sharesRejected:unauthorized-worker"));
    }

    [Fact]
    [Trait("spec", "204")]
    public async Task Jobs_are_as_clean_and_as_late_as_the_pools_are()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address]);
        ScriptedPeer peer = await pool.PeerAsync();
        await using Sv1Miner miner = await translator.MineAsync();
        Sv1Work first = miner.Work!;
        Assert.InRange(first.Message.NTime, peer.MinNTime, peer.MinNTime + 600);

        peer.SendJob(1, 16, minNTime: peer.MinNTime + 2);
        Sv1Work second = await miner.NextWorkAsync();
        Assert.False(second.Message.CleanJobs);
        Assert.True(second.Message.NTime >= peer.MinNTime + 2);
        Assert.Null(await miner.ShareAsync(first));
        Assert.Equal(1u, (await peer.ExpectAsync<SubmitSharesExtended>()).JobId);

        peer.SendTip(1, peer.SendJob(1, 16), U256.FromLimbs(0x77));
        Sv1Work third = await miner.NextWorkAsync();
        Assert.True(third.Message.CleanJobs);
        Assert.Equal(U256.FromLimbs(0x77), third.Message.PrevHash);
        miner.Send($$"""{"id":91,"method":"mining.submit","params":["acct.rig1","{{second.Message.JobId}}","00000000","{{second.Message.NTime:x8}}","00000000"]}""");
        await translator.UntilAsync(() => translator.Figure("sharesRejected:stale-share") == 1);
    }

    [Fact]
    [Trait("spec", "226")]
    public async Task Another_target_of_the_pool_counts_for_shares_of_the_same_job()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address], EasyMiners);
        ScriptedPeer peer = await pool.PeerAsync();
        await using Sv1Miner miner = await translator.MineAsync();
        U256 harder = Target.FromHashesPerShare(400);
        peer.Send(new SetTarget { ChannelId = 1, MaximumTarget = harder });
        // The pool's answer to this comes after the target was taken in.
        await translator.UntilAsync(() => Channel(translator).Difficulty > Target.Difficulty(pool.Target) * 10);

        Assert.Null(await miner.ShareAsync(above: harder));
        Assert.Equal(0, translator.Figure("sharesForwarded"));
        Assert.Null(await miner.ShareAsync(atMost: harder));
        await peer.ExpectAsync<SubmitSharesExtended>();

        // A pool that becomes easier takes the miners with it: none may be harder than the channel.
        U256 easier = Target.FromHashesPerShare(1);
        peer.Send(new SetTarget { ChannelId = 1, MaximumTarget = easier });
        Sv1Work work = await miner.NextWorkAsync();
        Assert.True(work.Target >= easier);
    }

    [Fact]
    public async Task A_miners_difficulty_follows_its_shares_and_its_wishes()
    {
        await using ScriptedPool pool = ScriptedPool.StartWith(4, 8, Target.FromDifficulty(1000));
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address], options => options with
        {
            Difficulty = new TranslatorDifficulty { InitialHashRate = 5, ShareInterval = TimeSpan.FromSeconds(1), PowerOfTwo = true },
        });
        await using Sv1Miner miner = await translator.MineAsync();
        double first = miner.Work!.Difficulty;
        Assert.Equal(Math.Round(Math.Log2(first)), Math.Log2(first), 6);

        // As fast as it goes: far more than one a second.
        Task<Sv1Work> harder = miner.NextWorkAsync(work => work.Difficulty > first);
        while (!harder.IsCompleted)
            Assert.Null(await miner.ShareAsync());
        Assert.True((await harder).Difficulty >= 2 * first);

        await using Sv1Miner wishing = await translator.MineAsync("acct.wish", options => options with { Password = "x,d=0.001" });
        Assert.Equal(0.0009765625, wishing.Work!.Difficulty);
        wishing.Send("""{"id":92,"method":"mining.suggest_difficulty","params":[0.5]}""");
        Assert.Equal(0.5, (await wishing.NextWorkAsync(work => work.Difficulty > 0.1)).Difficulty);
    }

    [Fact]
    public async Task A_miner_gets_a_job_with_a_later_time_now_and_then()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address], options => options with { KeepAlive = TimeSpan.FromSeconds(1) });
        await using Sv1Miner miner = await translator.MineAsync();
        Sv1Work first = miner.Work!;
        Sv1Work second = await miner.NextWorkAsync();

        Assert.NotEqual(first.Message.JobId, second.Message.JobId);
        Assert.True(second.Message.NTime > first.Message.NTime);
        Assert.Equal(first.Message.CoinbasePrefix, second.Message.CoinbasePrefix);
        Assert.False(second.Message.CleanJobs);
        Assert.Null(await miner.ShareAsync(first));
        Assert.Null(await miner.ShareAsync(second));
    }

    [Fact]
    public async Task Version_bits_are_rolled_only_where_the_pools_job_allows_it()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using TranslatorHarness translator = await TranslatorHarness.StartAsync([pool.Address]);
        ScriptedPeer peer = await pool.PeerAsync();
        await using Sv1Miner miner = await translator.MineAsync(change: options => options with { VersionMask = 0xffff_ffff });
        Assert.Equal(Sv1ServerOptions.UsualVersionMask, miner.Work!.VersionMask);

        peer.SendJob(1, 16, minNTime: peer.MinNTime, versionRolling: false);
        string first = miner.Work.Message.JobId;
        Sv1Work rigid = await miner.NextWorkAsync(work => work.Message.JobId != first);
        Assert.Equal(0u, rigid.VersionMask);
        Assert.Contains("mining.set_version_mask", miner.Methods);
        Assert.Null(await miner.ShareAsync(rigid));
        Assert.Equal(0x2000_0000u, (await peer.ExpectAsync<SubmitSharesExtended>()).Version);
    }

    internal static TranslatorOptions EasyMiners(TranslatorOptions options) =>
        options with { Difficulty = new TranslatorDifficulty { InitialHashRate = 1, ShareInterval = TimeSpan.FromSeconds(4), PowerOfTwo = false } };

    internal static ChannelInfo Channel(TranslatorHarness translator) =>
        translator.Role.ListChannelsAsync(new ListQuery(), CancellationToken.None).AsTask().GetAwaiter().GetResult().Items.Single(channel => !channel.IsDownstream);
}
