using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.JobDeclaration;
using Sv2.Protocol.Mining;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.JobDeclaratorClient;
using Sv2.Roles.Tests.Pool;

namespace Sv2.Roles.Tests.JobDeclaratorClient;

public sealed class FallbackTests
{
    [Theory]
    [Trait("spec", "30")]
    [Trait("spec", "256")]
    [Trait("spec", "284")]
    [Trait("spec", "286")]
    [InlineData("refused declaration")]
    [InlineData("refused custom job")]
    public async Task A_refusal_moves_the_miners_to_the_next_upstream_with_one_job(string fault)
    {
        await using ScriptedUpstream first = await ScriptedUpstream.StartAsync(0x11);
        await using ScriptedUpstream second = await ScriptedUpstream.StartAsync(0x22);
        bool declaration = fault == "refused declaration";
        (first.AcceptsDeclarations, first.AcceptsJobs) = (!declaration, declaration);
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(first, second));
        (RawMiner miner, OpenExtendedMiningChannelSuccess channel, RawWork work) = await harness.MineAsync();
        await using (miner)
        {
            miner.Send(work.ExtendedShare(0, work.NextNonce()));
            await harness.UntilAsync(() => harness.Figure("sharesCached") == 1, "a cached share");
            await harness.UntilReadyAsync(1);
            if (declaration)
                first.Refuse(await first.ToServer.ExpectAsync<DeclareMiningJob>());
            else
                first.Refuse(await first.ToPool.ExpectAsync<SetCustomMiningJob>(), "no such words");

            RawWork next = await NextWorkAsync(miner, channel, work);
            miner.Send(next.ExtendedShare(1, next.NextNonce()));
            await harness.UntilAsync(() => second.Shares.Count == 1, "a share at the second pool");
            Assert.Equal(1, harness.Figure("sharesDiscarded"));
            Assert.Empty(first.Shares);
            Assert.Empty(second.Faults);
            Assert.False(miner.Ended.IsCompleted);
            // What was refused is not tried again before its rest is over.
            Assert.Contains(first.PoolAddress, harness.Role.Report().Upstreams.Where(link => link.Reason?.Contains("left alone", StringComparison.Ordinal) == true).Select(link => link.Address));
        }
    }

    [Theory]
    [Trait("spec", "242")]
    [Trait("spec", "256")]
    [InlineData("refused declaration")]
    [InlineData("refused custom job")]
    [InlineData("lost connections")]
    public async Task Between_two_upstreams_a_miner_hears_of_one_job_and_of_nothing_else(string fault)
    {
        await using ScriptedUpstream first = await ScriptedUpstream.StartAsync(0x11);
        await using ScriptedUpstream second = await ScriptedUpstream.StartAsync(0x22);
        (first.AcceptsDeclarations, first.AcceptsJobs) = (fault != "refused declaration", false);
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(first, second));
        await using RawMiner headerOnly = await harness.ConnectAsync(MiningSetupFlags.RequiresStandardJobs);
        RawWork onStandard = await headerOnly.FirstWorkAsync(await headerOnly.OpenStandardAsync());
        (RawMiner miner, OpenExtendedMiningChannelSuccess channel, RawWork work) = await harness.MineAsync();
        await using (miner)
        {
            await harness.UntilReadyAsync(1);
            if (fault == "refused declaration")
                first.Refuse(await first.ToServer.ExpectAsync<DeclareMiningJob>());
            else if (fault == "refused custom job")
                first.Refuse(await first.ToPool.ExpectAsync<SetCustomMiningJob>());
            else
                await first.StopAsync();

            // On the same block and at once: no new tip, no other extranonce, no channel closed, no second job to try.
            RawWork next = await NextWorkAsync(miner, channel, work);
            NewMiningJob job = await headerOnly.ExpectAsync<NewMiningJob>();
            Assert.Equal((onStandard.ChannelId, true), (job.ChannelId, job.MinNTime is not null));
            miner.Send(next.ExtendedShare(0, next.NextNonce()));
            await harness.UntilAsync(() => second.Shares.Count == 1, "a share at the second pool");
            await miner.ExpectAsync<SubmitSharesSuccess>();
            Assert.Equal(("", ""), (miner.Inbox.Describe(), headerOnly.Inbox.Describe()));
        }
    }

    [Fact]
    [Trait("spec", "334")]
    public async Task Without_its_template_provider_the_last_job_goes_on_and_counts_and_with_it_back_there_is_new_work()
    {
        await using ScriptedUpstream only = await ScriptedUpstream.StartAsync(0x11);
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(only));
        (RawMiner miner, _, RawWork work) = await harness.MineAsync();
        await using (miner)
        {
            await only.ToPool.ExpectAsync<SetCustomMiningJob>();
            await harness.Provider.StopAsync();
            await harness.UntilAsync(() => harness.Role.Report().Message.Contains("template provider is away", StringComparison.Ordinal), "a report that says so");
            Assert.Equal(RoleHealth.Degraded, harness.Role.Report().Health);
            miner.Send(work.ExtendedShare(0, work.NextNonce()));
            await harness.UntilAsync(() => only.Shares.Count == 1, "a share of the last job");

            await harness.Provider.StartAsync();
            NewExtendedMiningJob job = await miner.ExpectAsync<NewExtendedMiningJob>(job => job.JobId != work.JobId);
            await only.ToPool.ExpectAsync<SetCustomMiningJob>();
            Assert.NotEqual(work.JobId, job.JobId);
            await harness.UntilAsync(() => harness.Role.Report().Health == RoleHealth.Healthy, "health");
            Assert.False(miner.Ended.IsCompleted);
        }
    }

    [Fact]
    [Trait("spec", "333")]
    public async Task A_chain_that_goes_back_is_followed_with_a_job_of_the_lower_height()
    {
        await using ScriptedUpstream only = await ScriptedUpstream.StartAsync(0x11);
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(only));
        (RawMiner miner, _, RawWork work) = await harness.MineAsync();
        await using (miner)
        {
            await only.ToPool.ExpectAsync<SetCustomMiningJob>();
            U256 other = Samples.Hash(99);

            harness.Provider.Reorganise(other, height: 90);

            SetCustomMiningJob set = await only.ToPool.ExpectAsync<SetCustomMiningJob>();
            Assert.Equal(other, set.PrevHash);
            Assert.Equal(CoinbaseRules.HeightPush(91), set.CoinbasePrefix.ToArray());
            Protocol.Mining.SetNewPrevHash tip = await miner.ExpectAsync<Protocol.Mining.SetNewPrevHash>();
            Assert.Equal(other, tip.PrevHash);
            miner.Send(work.ExtendedShare(0, work.NextNonce()));
            Assert.Equal("stale-share", (await miner.ExpectAsync<SubmitSharesError>()).ErrorCode.ToString());
        }
    }

    [Theory]
    [Trait("spec", "242")]
    [Trait("spec", "256")]
    [InlineData("declaration")]
    [InlineData("custom job")]
    public async Task A_mute_upstream_is_left_in_time_while_the_miners_go_on(string mute)
    {
        await using ScriptedUpstream first = await ScriptedUpstream.StartAsync(0x11);
        await using ScriptedUpstream second = await ScriptedUpstream.StartAsync(0x22);
        (first.AcceptsDeclarations, first.AcceptsJobs) = (mute != "declaration", false);
        JobDeclaratorClientOptions options = ClientHarness.Options(first, second);
        options = options with
        {
            Declaration = options.Declaration with { DeclarationTimeout = TimeSpan.FromMilliseconds(300), CustomJobTimeout = TimeSpan.FromMilliseconds(300) },
        };
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(options);
        await second.ToPool.ExpectAsync<SetCustomMiningJob>();
        (RawMiner miner, _, RawWork work) = await harness.MineAsync();
        await using (miner)
        {
            miner.Send(work.ExtendedShare(0, work.NextNonce()));
            await harness.UntilAsync(() => second.Shares.Count == 1, "a share at the second pool");
        }
    }

    [Fact]
    [Trait("spec", "256")]
    [Trait("spec", "259")]
    public async Task An_upstream_that_gives_no_token_is_left_for_the_next()
    {
        await using ScriptedUpstream first = await ScriptedUpstream.StartAsync(0x11);
        await using ScriptedUpstream second = await ScriptedUpstream.StartAsync(0x22);
        first.GivesTokens = false;
        JobDeclaratorClientOptions options = ClientHarness.Options(first, second);
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(
            options with { Declaration = options.Declaration with { TokenTimeout = TimeSpan.FromMilliseconds(500) } });
        await second.ToPool.ExpectAsync<SetCustomMiningJob>();
        await harness.UntilAsync(() => harness.Role.Report().Message.Contains("gave no token", StringComparison.Ordinal), "a report that says why");
        Assert.Equal(RoleHealth.Degraded, harness.Role.Report().Health);
    }

    [Fact]
    [Trait("spec", "256")]
    public async Task A_pool_that_refuses_valid_shares_of_an_acknowledged_job_is_left()
    {
        await using ScriptedUpstream first = await ScriptedUpstream.StartAsync(0x11);
        await using ScriptedUpstream second = await ScriptedUpstream.StartAsync(0x22);
        first.AcceptsShares = false;
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(first, second));
        (RawMiner miner, OpenExtendedMiningChannelSuccess channel, RawWork work) = await harness.MineAsync();
        await using (miner)
        {
            await harness.UntilReadyAsync(1);
            await harness.UntilAsync(() => harness.DeclarationsAsync().Result[^1].State == DeclarationState.Mining, "an acknowledged job");
            for (uint i = 0; i < 3; i++)
                miner.Send(work.ExtendedShare(i, work.NextNonce()));
            RawWork next = await NextWorkAsync(miner, channel, work);
            miner.Send(next.ExtendedShare(3, next.NextNonce()));
            await harness.UntilAsync(() => second.Shares.Count == 1, "a share at the second pool");
            UpstreamInfo pool = harness.Role.Report().Upstreams.Single(link => link.Address == first.PoolAddress);
            Assert.Equal((0L, 3L), (pool.SharesAccepted, pool.SharesRejected));
            Assert.Equal(3, pool.Rejections["no reason"]);
        }
    }

    [Fact]
    [Trait("spec", "246")]
    public async Task A_lost_upstream_is_replaced_at_once_and_comes_back_after_a_job_on_trial()
    {
        await using ScriptedUpstream first = await ScriptedUpstream.StartAsync(0x11);
        await using ScriptedUpstream second = await ScriptedUpstream.StartAsync(0x22);
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(first, second));
        (RawMiner miner, OpenExtendedMiningChannelSuccess channel, RawWork work) = await harness.MineAsync();
        await using (miner)
        {
            await first.ToPool.ExpectAsync<SetCustomMiningJob>();
            await harness.UntilReadyAsync(1);
            await first.StopAsync();
            RawWork onSecond = await NextWorkAsync(miner, channel, work);
            miner.Send(onSecond.ExtendedShare(0, onSecond.NextNonce()));
            await harness.UntilAsync(() => second.Shares.Count == 1, "a share at the second pool");

            await first.RestartAsync();
            // Tried with a job that no miner has yet; when it is acknowledged, the miners get that very job.
            await first.ToPool.ExpectAsync<SetCustomMiningJob>();
            RawWork back = await NextWorkAsync(miner, channel, onSecond);
            miner.Send(back.ExtendedShare(1, back.NextNonce()));
            await harness.UntilAsync(() => first.Shares.Count == 1, "a share at the first pool again");
            Assert.Empty(first.Faults);
            Assert.Empty(second.Faults);
            Assert.False(miner.Ended.IsCompleted);
            Assert.Equal(RoleHealth.Healthy, harness.Role.Report().Health);
        }
    }

    [Fact]
    [Trait("spec", "256")]
    [Trait("spec", "295")]
    public async Task With_nobody_left_mining_goes_on_solo_and_returns_when_a_pool_is_back()
    {
        await using ScriptedUpstream only = await ScriptedUpstream.StartAsync(0x11);
        JobDeclaratorClientOptions options = ClientHarness.Options(only) with { Solo = new SoloOptions { Payout = ClientHarness.SoloAddress } };
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(options, FakeTemplateProvider.EasyNBits);
        (RawMiner miner, OpenExtendedMiningChannelSuccess channel, RawWork work) = await harness.MineAsync();
        await using (miner)
        {
            await only.ToPool.ExpectAsync<SetCustomMiningJob>();
            await only.StopAsync();
            RawWork solo = await NextWorkAsync(miner, channel, work);
            Assert.Contains("solo", harness.Role.Report().Message);
            U256 network = new CompactTarget(solo.NBits).ToTarget();
            miner.Send(solo.ExtendedShare(0, solo.NextNonce(network)));
            SubmitSolution solution = await harness.Provider.Inbox.ExpectAsync<SubmitSolution>();
            harness.Provider.Rebuild(solution, out Transaction coinbase);
            Assert.True(OutputDescriptor.TryParse(ClientHarness.SoloAddress, Network.Regtest, out OutputDescriptor? mine, out _));
            Assert.Equal(mine.Script, coinbase.Outputs[0].Script);
            Assert.Contains(await harness.DeclarationsAsync(), declaration => declaration.Mode == "solo");

            await only.RestartAsync();
            RawWork back = await NextWorkAsync(miner, channel, solo);
            miner.Send(back.ExtendedShare(1, back.NextNonce()));
            await harness.UntilAsync(() => only.Shares.Count == 1, "a share at the pool again");
            Assert.Empty(only.Faults);
        }
    }

    [Fact]
    public async Task Without_any_upstream_the_client_mines_solo_from_the_start()
    {
        JobDeclaratorClientOptions options = ClientHarness.Options() with { Solo = new SoloOptions { Payout = ClientHarness.SoloAddress } };
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(options);
        (RawMiner miner, _, RawWork work) = await harness.MineAsync();
        await using (miner)
        {
            miner.Send(work.ExtendedShare(0, work.NextNonce()));
            await miner.ExpectAsync<SubmitSharesSuccess>();
            Assert.Equal(RoleHealth.Healthy, harness.Role.Report().Health);
        }
    }

    [Fact]
    public async Task Without_a_way_out_the_last_job_goes_on_and_its_block_reaches_the_own_node()
    {
        await using ScriptedUpstream only = await ScriptedUpstream.StartAsync(0x11);
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(only), FakeTemplateProvider.EasyNBits);
        (RawMiner miner, _, RawWork work) = await harness.MineAsync();
        await using (miner)
        {
            await only.StopAsync();
            await harness.UntilAsync(() => harness.Role.Report().Message.Contains("last job", StringComparison.Ordinal), "a report that says so");
            miner.Send(work.ExtendedShare(0, work.NextNonce(new CompactTarget(work.NBits).ToTarget())));
            await harness.Provider.Inbox.ExpectAsync<SubmitSolution>();
        }
    }

    [Theory]
    [Trait("spec", "246")]
    [Trait("spec", "253")]
    [InlineData("pool")]
    [InlineData("server")]
    public async Task A_reconnect_is_followed_on_either_link_and_miners_do_not_hear_of_it(string link)
    {
        await using ScriptedUpstream only = await ScriptedUpstream.StartAsync(0x11);
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(only));
        await using RawMiner miner = await harness.ConnectAsync();
        await miner.OpenExtendedAsync();
        await only.ToPool.ExpectAsync<OpenExtendedMiningChannel>();
        Reconnect request = new() { NewHost = "", NewPort = 0 };
        if (link == "pool")
            only.SayAsPool(request);
        else
            only.SayAsServer(request);
        await only.ToPool.ExpectAsync<OpenExtendedMiningChannel>();
        await only.ToPool.ExpectAsync<SetCustomMiningJob>();
        Assert.Equal(0, miner.Inbox.Count<Reconnect>());
        Assert.False(miner.Ended.IsCompleted);
    }

    [Fact]
    [Trait("spec", "294")]
    [Trait("spec", "307")]
    [Trait("spec", "335")]
    public async Task The_template_provider_is_asked_for_more_room_before_an_upstream_with_more_outputs_is_used()
    {
        await using ScriptedUpstream first = await ScriptedUpstream.StartAsync(0x11);
        await using ScriptedUpstream second = await ScriptedUpstream.StartAsync(0x22);
        second.Further = [Samples.DataX, Samples.OwnScript];
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(first, second));
        const uint Payout = 8 + 1 + 22;
        const uint More = Payout + 8 + 1 + 3 + 8 + 1 + 25;
        await harness.UntilReadyAsync(1);
        await harness.Provider.Inbox.ExpectAsync<CoinbaseOutputConstraints>(room => room is { CoinbaseOutputMaxAdditionalSize: More, CoinbaseOutputMaxAdditionalSigops: 4 });
        await first.StopAsync();
        SetCustomMiningJob set = await second.ToPool.ExpectAsync<SetCustomMiningJob>();
        Assert.True(TxOutput.TryReadPrefixed(set.CoinbaseTxOutputs.Span, out TxOutput[] outputs, out _));
        Assert.Equal([second.Payout, Samples.DataX, Samples.OwnScript], outputs[..3].Select(output => output.Script));
    }

    [Fact]
    public async Task What_is_going_on_can_be_seen()
    {
        await using ScriptedUpstream first = await ScriptedUpstream.StartAsync(0x11);
        await using ScriptedUpstream second = await ScriptedUpstream.StartAsync(0x22);
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(first, second));
        await harness.UntilAsync(() => harness.DeclarationsAsync().Result.FirstOrDefault()?.State == DeclarationState.Mining, "an acknowledged job");
        await harness.UntilReadyAsync(1);
        RoleReport report = harness.Role.Report();
        Assert.Equal(RoleHealth.Healthy, report.Health);
        Assert.Equal(
            [UpstreamState.Connected, UpstreamState.Connected, UpstreamState.Connected, UpstreamState.Ready, UpstreamState.Ready],
            report.Upstreams.Select(link => link.State));
        Assert.Equal(["template-distribution", "mining", "job-declaration", "mining", "job-declaration"], report.Upstreams.Select(link => link.Protocol));
        DeclarationInfo declaration = (await harness.DeclarationsAsync())[0];
        Assert.Equal(("full-template", "alice.farm", false, 100L), (declaration.Mode, declaration.UserIdentifier, declaration.IsDownstream, declaration.Height));
        Assert.NotNull(declaration.DecidedAt);
        IReadOnlyList<TokenInfo> tokens = (await harness.Role.ListTokensAsync(ListQuery.First, default)).Items;
        Assert.NotEmpty(tokens);
        Assert.Single((await harness.Role.ListTemplatesAsync(ListQuery.First, default)).Items);
    }

    /// <summary>The next job on the tip that the miner knows.</summary>
    private static async Task<RawWork> NextWorkAsync(RawMiner miner, OpenExtendedMiningChannelSuccess channel, RawWork before)
    {
        NewExtendedMiningJob job = await miner.ExpectAsync<NewExtendedMiningJob>(job => job.JobId != before.JobId);
        Assert.NotNull(job.MinNTime);
        return RawMiner.Extended(job, channel, before.PrevHash, job.MinNTime.Value, before.NBits);
    }
}
