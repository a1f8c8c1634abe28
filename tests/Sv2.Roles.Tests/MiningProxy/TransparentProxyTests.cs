using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Mining;
using Sv2.Roles.MiningProxy;
using Sv2.Roles.Tests.MiningDevice;
using Sv2.Roles.Tests.Pool;
using Sv2.Roles.Tests.Upstreams;
using Sv2.Roles.Upstreams;

namespace Sv2.Roles.Tests.MiningProxy;

/// <summary>Each channel of a miner's with its own at the pool.</summary>
public sealed class TransparentProxyTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    [Trait("spec", "149"), Trait("spec", "157"), Trait("spec", "148"), Trait("spec", "387")]
    public async Task Two_miners_with_the_same_request_id_each_get_their_own_channel_over_one_connection()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(ProxyMode.Transparent, [pool.Address]);
        await using RawMiner first = await proxy.ConnectAsync(MiningSetupFlags.RequiresStandardJobs);
        await using RawMiner second = await proxy.ConnectAsync();
        first.Send(new OpenStandardMiningChannel { RequestId = 1, UserIdentity = "alice", NominalHashRate = 5, MaxTarget = U256.MaxValue });
        second.Send(new OpenExtendedMiningChannel { RequestId = 1, UserIdentity = "bob", NominalHashRate = 6, MaxTarget = U256.MaxValue, MinExtranonceSize = 7 });

        OpenStandardMiningChannelSuccess alice = await first.ExpectAsync<OpenStandardMiningChannelSuccess>();
        OpenExtendedMiningChannelSuccess bob = await second.ExpectAsync<OpenExtendedMiningChannelSuccess>();
        ScriptedPeer peer = await pool.PeerAsync();
        OpenStandardMiningChannel aliceOpen = await peer.ExpectAsync<OpenStandardMiningChannel>();
        OpenExtendedMiningChannel bobOpen = await peer.ExpectAsync<OpenExtendedMiningChannel>();

        Assert.Equal((1, 0u), (pool.Connections, peer.Setup.ClientFlags));
        Assert.NotEqual(aliceOpen.RequestId, bobOpen.RequestId);
        Assert.Equal(("alice", "bob", 7), (aliceOpen.UserIdentity.ToString(), bobOpen.UserIdentity.ToString(), bobOpen.MinExtranonceSize));
        Assert.Equal((1u, 1u), (alice.RequestId, bob.RequestId));
        Assert.Equal((pool.Target, pool.Target), (alice.Target, bob.Target));
        Assert.Equal(pool.ExtranonceSize, bob.ExtranonceSize);
        Assert.NotEqual(alice.ExtranoncePrefix.ToString(), bob.ExtranoncePrefix.ToString()[..8]);
    }

    [Fact]
    [Trait("spec", "3")]
    public async Task Jobs_targets_and_verdicts_of_the_pool_reach_the_miner_and_its_shares_the_pool()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(ProxyMode.Transparent, [pool.Address]);
        await using RawMiner miner = await proxy.ConnectAsync();
        OpenExtendedMiningChannelSuccess channel = await miner.OpenExtendedAsync();
        RawWork work = await miner.FirstWorkAsync(channel);
        ScriptedPeer peer = await pool.PeerAsync();

        miner.Send(work.ExtendedShare(10, work.NextNonce()));
        miner.Send(work.ExtendedShare(11, work.NextNonce()));
        SubmitSharesExtended good = await peer.ExpectAsync<SubmitSharesExtended>();
        SubmitSharesExtended bad = await peer.ExpectAsync<SubmitSharesExtended>();
        Assert.Equal(work.Extranonce, good.Extranonce.ToArray());
        peer.Send(new SubmitSharesError { ChannelId = bad.ChannelId, SequenceNumber = bad.SequenceNumber, ErrorCode = "the-pool-says-no" });
        peer.Accept(good.ChannelId, good.SequenceNumber);
        SubmitSharesError refused = await miner.ExpectAsync<SubmitSharesError>();
        Assert.Equal((channel.ChannelId, 11u, "the-pool-says-no"), (refused.ChannelId, refused.SequenceNumber, refused.ErrorCode.ToString()));
        Assert.Equal((10u, 1u), (await miner.ExpectAsync<SubmitSharesSuccess>()) is var accepted ? (accepted.LastSequenceNumber, accepted.NewSubmitsAcceptedCount) : default);

        U256 harder = Target.FromHashesPerShare(40);
        peer.Send(new SetTarget { ChannelId = good.ChannelId, MaximumTarget = harder });
        Assert.Equal(harder, (await miner.ExpectAsync<SetTarget>()).MaximumTarget);
        // Any odd byte is true (3.1), whatever else its bits say.
        uint job = peer.SendJob(ScriptedPeer.GroupId, pool.PrefixSize + pool.ExtranonceSize, versionRollingByte: 0x81);
        peer.SendTip(ScriptedPeer.GroupId, job, U256.FromLimbs(0x1234));
        NewExtendedMiningJob next = await miner.ExpectAsync<NewExtendedMiningJob>(next => next.ChannelId == channel.GroupChannelId);
        SetNewPrevHash tip = await miner.ExpectAsync<SetNewPrevHash>(tip => tip.ChannelId == channel.GroupChannelId);
        Assert.Equal((next.JobId, U256.FromLimbs(0x1234)), (tip.JobId, tip.PrevHash));
        Assert.True(next.VersionRollingAllowed);
        RawWork newWork = RawMiner.Extended(next, channel, tip.PrevHash, tip.MinNTime, tip.NBits) with { Target = harder };
        miner.Send(newWork.ExtendedShare(12, newWork.NextNonce()));
        Assert.Equal(job, (await peer.ExpectAsync<SubmitSharesExtended>()).JobId);
    }

    [Fact]
    [Trait("spec", "170"), Trait("spec", "176")]
    public async Task A_changed_hash_rate_is_passed_on()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(ProxyMode.Transparent, [pool.Address]);
        await using RawMiner miner = await proxy.ConnectAsync();
        OpenStandardMiningChannelSuccess channel = await miner.OpenStandardAsync(hashRate: 1e12f);
        ScriptedPeer peer = await pool.PeerAsync();

        miner.Send(new UpdateChannel { ChannelId = channel.ChannelId, NominalHashRate = 2e12f, MaximumTarget = pool.Target });

        UpdateChannel told;
        do
            told = await peer.ExpectAsync<UpdateChannel>();
        while (told.NominalHashRate != 2e12f);
        Assert.Equal(pool.Target, told.MaximumTarget);
    }

    [Fact]
    [Trait("spec", "197"), Trait("spec", "142")]
    public async Task Where_the_configuration_says_so_standard_channels_get_standard_jobs_though_the_miner_did_not_ask()
    {
        await using TestPool pool = await TestPool.StartAsync(_authority);
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(ProxyMode.Transparent, [pool.Address], options => options with { StandardJobsForAll = true });
        await using RawMiner miner = await proxy.ConnectAsync();
        OpenStandardMiningChannelSuccess channel = await miner.OpenStandardAsync();
        RawWork work = await miner.FirstWorkAsync(channel);
        miner.Send(work.Standard(1, work.NextNonce()));
        await miner.ExpectAsync<SubmitSharesSuccess>();

        pool.NextBlock();
        NewMiningJob job = await miner.ExpectAsync<NewMiningJob>();
        SetNewPrevHash tip = await miner.ExpectAsync<SetNewPrevHash>(tip => tip.JobId == job.JobId);
        RawWork next = new(channel.ChannelId, job.JobId, job.Version, tip.PrevHash, job.MerkleRoot, tip.MinNTime, tip.NBits, channel.Target);
        miner.Send(next.Standard(2, next.NextNonce()));

        Assert.Equal(2u, (await miner.ExpectAsync<SubmitSharesSuccess>()).LastSequenceNumber);
        Assert.Equal((channel.ChannelId, channel.ChannelId), (job.ChannelId, tip.ChannelId));
        Assert.Equal(0, miner.Inbox.Count<NewExtendedMiningJob>());
        Assert.Empty(pool.Refused);
    }

    [Fact]
    [Trait("spec", "174"), Trait("spec", "176")]
    public async Task Every_channel_of_a_miner_that_vanished_is_closed_at_the_pool_and_no_other()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(ProxyMode.Transparent, [pool.Address]);
        RawMiner vanishing = await proxy.ConnectAsync();
        for (int i = 0; i < 3; i++)
            await vanishing.OpenStandardAsync($"a.{i}");
        await using RawMiner staying = await proxy.ConnectAsync();
        RawWork work = await staying.FirstWorkAsync(await staying.OpenExtendedAsync("b"));
        ScriptedPeer peer = await pool.PeerAsync();

        await vanishing.DisposeAsync();
        var closed = new HashSet<uint>();
        for (int i = 0; i < 3; i++)
            closed.Add((await peer.ExpectAsync<CloseChannel>()).ChannelId);

        staying.Send(work.ExtendedShare(1, work.NextNonce()));
        SubmitSharesExtended share = await peer.ExpectAsync<SubmitSharesExtended>();
        Assert.Equal((3, 0), (closed.Count, peer.Inbox.Count<CloseChannel>()));
        Assert.DoesNotContain(share.ChannelId, closed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_share_on_a_channel_that_closes_before_its_answer_is_counted_and_the_pool_owes_nothing(bool poolCloses)
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(ProxyMode.Transparent, [pool.Address]);
        await using RawMiner miner = await proxy.ConnectAsync();
        RawWork work = await miner.FirstWorkAsync(await miner.OpenExtendedAsync());
        ScriptedPeer peer = await pool.PeerAsync();
        miner.Send(work.ExtendedShare(1, work.NextNonce()));
        SubmitSharesExtended share = await peer.ExpectAsync<SubmitSharesExtended>();
        UpstreamSession session = Assert.Single(proxy.Role.Upstreams.Sessions);
        Assert.Equal((1, 0), (session.Unanswered, proxy.Role.Upstreams.Unanswered));

        if (poolCloses)
            peer.Send(new CloseChannel { ChannelId = share.ChannelId, ReasonCode = "bye" });
        else
            await miner.DisposeAsync();

        await ProxyHarness.UntilAsync(() => proxy.Role.Upstreams.Unanswered == 1);
        Assert.Equal(0, session.Unanswered);
        Assert.Equal(proxy.Role.Upstreams.Submitted, proxy.Role.Upstreams.Unanswered);
    }

    [Fact]
    public async Task What_the_pool_refuses_or_closes_the_miner_hears()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(ProxyMode.Transparent, [pool.Address]);
        await using RawMiner miner = await proxy.ConnectAsync();
        OpenExtendedMiningChannelSuccess channel = await miner.OpenExtendedAsync();
        ScriptedPeer peer = await pool.PeerAsync();

        peer.Send(new CloseChannel { ChannelId = 1, ReasonCode = "bye" });
        CloseChannel closed = await miner.ExpectAsync<CloseChannel>();
        Assert.Equal((channel.ChannelId, "bye"), (closed.ChannelId, closed.ReasonCode.ToString()));

        peer.RefusesWith = "unknown-user";
        miner.Send(new OpenStandardMiningChannel { RequestId = 9, UserIdentity = "x", NominalHashRate = 1, MaxTarget = U256.MaxValue });
        OpenMiningChannelError refused = await miner.ExpectAsync<OpenMiningChannelError>();
        Assert.Equal((9u, "unknown-user"), (refused.RequestId, refused.ErrorCode.ToString()));
    }

    [Fact]
    [Trait("spec", "39")]
    public async Task Frames_of_unknown_extensions_go_on_with_nothing_changed_but_the_channel()
    {
        await using ScriptedPool pool = ScriptedPool.Start();
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(ProxyMode.Transparent, [pool.Address]);
        await using RawMiner other = await proxy.ConnectAsync();
        await other.OpenExtendedAsync("other");
        await using RawMiner miner = await proxy.ConnectAsync();
        OpenExtendedMiningChannelSuccess channel = await miner.OpenExtendedAsync("miner");
        ScriptedPeer peer = await pool.PeerAsync();
        byte[] body = [.. Enumerable.Range(0, 100).Select(i => (byte)(i * 7))];

        Assert.True(miner.Connection.TrySendFrame(Unknown.Frame(channel.ChannelId, body)));
        byte[] up = await peer.Inbox.ExpectFrameAsync(Unknown.Extension);
        Assert.True(peer.Connection.TrySendFrame(Unknown.Frame(2, body)));
        byte[] down = await miner.Inbox.ExpectFrameAsync(Unknown.Extension);

        // The second channel of the pool's, the first of the miner's.
        Assert.Equal(Unknown.Frame(2, body), up);
        Assert.Equal(Unknown.Frame(channel.ChannelId, body), down);
        Assert.NotEqual(2u, channel.ChannelId);
    }

    [Fact]
    [Trait("spec", "45"), Trait("spec", "344")]
    public async Task After_a_switch_the_channel_keeps_its_id_and_whoever_used_unknown_extensions_hears_of_the_new_end()
    {
        ScriptedPool first = ScriptedPool.Start();
        await using ScriptedPool second = ScriptedPool.Start();
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(ProxyMode.Transparent, [first.Address, second.Address]);
        await proxy.UntilMiningAsync();
        await using RawMiner miner = await proxy.ConnectAsync();
        OpenExtendedMiningChannelSuccess talking = await miner.OpenExtendedAsync("talking");
        OpenExtendedMiningChannelSuccess silent = await miner.OpenExtendedAsync("silent");
        RawWork old = await miner.FirstWorkAsync(talking);
        await miner.FirstWorkAsync(silent);
        Assert.True(miner.Connection.TrySendFrame(Unknown.Frame(talking.ChannelId, [1])));
        await (await first.PeerAsync()).Inbox.ExpectFrameAsync(Unknown.Extension);
        ScriptedPeer standby = await second.PeerAsync();
        await standby.ExpectAsync<OpenExtendedMiningChannel>();
        Assert.Equal(0f, (await standby.ExpectAsync<OpenExtendedMiningChannel>()).NominalHashRate);
        // A share that the first pool never answers.
        miner.Send(old.ExtendedShare(1, old.NextNonce()));
        await (await first.PeerAsync()).ExpectAsync<SubmitSharesExtended>();

        await first.DisposeAsync();
        ChannelEndpointChanged changed = await miner.ExpectAsync<ChannelEndpointChanged>();
        Assert.Equal("upstream-lost", (await miner.ExpectAsync<SubmitSharesError>()).ErrorCode.ToString());
        NewExtendedMiningJob job = await miner.ExpectAsync<NewExtendedMiningJob>(job => job.ChannelId == talking.ChannelId);
        SetNewPrevHash tip = await miner.ExpectAsync<SetNewPrevHash>(tip => tip.ChannelId == talking.ChannelId);
        SetExtranoncePrefix prefix = await miner.ExpectAsync<SetExtranoncePrefix>(prefix => prefix.ChannelId == talking.ChannelId);
        await miner.ExpectAsync<NewExtendedMiningJob>(job => job.ChannelId == silent.ChannelId);
        RawWork work = RawMiner.Extended(job, talking with { ExtranoncePrefix = prefix.ExtranoncePrefix }, tip.PrevHash, tip.MinNTime, tip.NBits);
        miner.Send(old.ExtendedShare(2, old.NextNonce()));
        miner.Send(work.ExtendedShare(3, work.NextNonce()));

        Assert.Equal(talking.ChannelId, changed.ChannelId);
        Assert.Equal(0, miner.Inbox.Count<ChannelEndpointChanged>());
        // What was found for the first pool is stale, and never shown to the second.
        Assert.Equal((2u, "stale-share"), (await miner.ExpectAsync<SubmitSharesError>()) is var late ? (late.SequenceNumber, late.ErrorCode.ToString()) : default);
        SubmitSharesExtended share = await standby.ExpectAsync<SubmitSharesExtended>();
        standby.Accept(share.ChannelId, share.SequenceNumber);
        Assert.Equal((talking.ChannelId, 3u), (await miner.ExpectAsync<SubmitSharesSuccess>()) is var good ? (good.ChannelId, good.LastSequenceNumber) : default);
        Assert.Equal(0, standby.Inbox.Count<SubmitSharesExtended>());
    }
}
