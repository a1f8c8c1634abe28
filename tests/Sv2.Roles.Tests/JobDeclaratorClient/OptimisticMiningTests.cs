using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.JobDeclaration;
using Sv2.Protocol.Mining;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.JobDeclaratorClient;
using Sv2.Roles.Tests.Pool;

namespace Sv2.Roles.Tests.JobDeclaratorClient;

public sealed class OptimisticMiningTests
{
    [Fact]
    [Trait("spec", "241")]
    [Trait("spec", "273")]
    [Trait("spec", "285")]
    [Trait("spec", "393")]
    public async Task Miners_hash_before_anybody_has_spoken_and_no_share_is_lost()
    {
        await using ScriptedUpstream upstream = await ScriptedUpstream.StartAsync();
        upstream.AcceptsJobs = false;
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(upstream));
        (RawMiner miner, _, RawWork work) = await harness.MineAsync();
        await using (miner)
        {
            for (uint i = 0; i < 5; i++)
                miner.Send(work.ExtendedShare(i, work.NextNonce()));
            await harness.UntilAsync(() => harness.Figure("sharesCached") == 5, "five cached shares");
            SetCustomMiningJob set = await upstream.ToPool.ExpectAsync<SetCustomMiningJob>();
            Assert.Equal(0, upstream.ToPool.Count<SubmitSharesExtended>());
            Assert.Equal(5, (await harness.DeclarationsAsync()).Sum(declaration => declaration.SharesCached));

            uint jobId = upstream.Accept(set);
            await harness.UntilAsync(() => upstream.Shares.Count == 5, "five shares at the pool");
            Assert.All(upstream.Shares, share => Assert.Equal(jobId, share.JobId));
            Assert.Empty(upstream.Faults);

            miner.Send(work.ExtendedShare(5, work.NextNonce()));
            await harness.UntilAsync(() => upstream.Shares.Count == 6, "the next share, at once");
            await harness.UntilAsync(() => harness.Role.Report().Upstreams.Sum(link => link.SharesAccepted) == 6, "six acknowledged shares");
        }
    }

    [Theory]
    [Trait("spec", "133")]
    [Trait("spec", "270")]
    [Trait("spec", "272")]
    [Trait("spec", "293")]
    [Trait("spec", "298")]
    [Trait("spec", "388")]
    [InlineData(DeclarationMode.CoinbaseOnly)]
    [InlineData(DeclarationMode.FullTemplate)]
    public async Task Three_connections_speak_in_the_order_of_the_specification(DeclarationMode mode)
    {
        await using ScriptedUpstream upstream = await ScriptedUpstream.StartAsync();
        upstream.Further = [Samples.DataX];
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(upstream) with { Mode = mode });
        SetCustomMiningJob set = await upstream.ToPool.ExpectAsync<SetCustomMiningJob>();

        Assert.Equal((Subprotocol.Mining, (uint)MiningSetupFlags.RequiresWorkSelection), (upstream.PoolSetup!.Value.Protocol, upstream.PoolSetup.Value.Flags));
        bool full = mode == DeclarationMode.FullTemplate;
        Assert.Equal((Subprotocol.JobDeclaration, full ? 1u : 0), (upstream.ServerSetup!.Value.Protocol, upstream.ServerSetup.Value.Flags));
        // The room was computed from the token's outputs, so the token came first: P2WPKH and OP_RETURN.
        Assert.Equal(8u + 1 + 22 + 8 + 1 + 3, harness.Provider.Constraints!.Value.CoinbaseOutputMaxAdditionalSize);
        AllocateMiningJobToken request = await upstream.ToServer.ExpectAsync<AllocateMiningJobToken>();
        Assert.Equal("alice.farm", request.UserIdentifier.ToString());
        OpenExtendedMiningChannel open = await upstream.ToPool.ExpectAsync<OpenExtendedMiningChannel>();
        Assert.Equal(("alice.farm", 0f, (ushort)12), (open.UserIdentity.ToString(), open.NominalHashRate, open.MinExtranonceSize));

        if (full)
        {
            DeclareMiningJob declared = await upstream.ToServer.ExpectAsync<DeclareMiningJob>();
            Assert.Equal("ee", declared.ExcessData.ToString());
            Assert.Equal((byte[])[0xdd, .. declared.MiningJobToken.Span], set.MiningJobToken.ToArray());
        }
        else
        {
            Assert.Equal(0, upstream.ToServer.Count<DeclareMiningJob>());
            Assert.Equal(0, harness.Provider.Inbox.Count<RequestTransactionData>());
        }
        Assert.True(TxOutput.TryReadPrefixed(set.CoinbaseTxOutputs.Span, out TxOutput[] outputs, out _));
        Assert.Equal((upstream.Payout, Samples.DataX), (outputs[0].Script, outputs[1].Script));
        Assert.Equal((50 * TxOutput.SatoshisPerBitcoin) + 1, outputs[0].Value);
    }

    [Fact]
    [Trait("spec", "278")]
    [Trait("spec", "280")]
    public async Task Missing_transactions_are_sent_in_the_order_asked_for()
    {
        await using ScriptedUpstream upstream = await ScriptedUpstream.StartAsync();
        upstream.Missing = [1, 0];
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(upstream));
        ProvideMissingTransactionsSuccess answer = await upstream.ToServer.ExpectAsync<ProvideMissingTransactionsSuccess>();
        Assert.Equal([Samples.Tx(2), Samples.Tx(1)], Array.ConvertAll(answer.TransactionList.ToArray(), bytes => bytes.ToArray()));
        Assert.Equal(DeclarationState.AwaitingTransactions, (await harness.DeclarationsAsync())[0].State);

        upstream.Accept(await upstream.ToServer.ExpectAsync<DeclareMiningJob>());
        await upstream.ToPool.ExpectAsync<SetCustomMiningJob>();
        await harness.UntilAsync(() => harness.DeclarationsAsync().Result[0].State == DeclarationState.Mining, "an acknowledged job");
        Assert.Equal((2, 2), ((await harness.DeclarationsAsync())[0].MissingTransactions, (await harness.DeclarationsAsync())[0].TransactionCount));
    }

    [Theory]
    [Trait("spec", "208")]
    [Trait("spec", "255")]
    [Trait("spec", "271")]
    [Trait("spec", "290")]
    [Trait("spec", "291")]
    [Trait("spec", "292")]
    [Trait("spec", "326")]
    [Trait("spec", "396")]
    [InlineData(DeclarationMode.FullTemplate)]
    [InlineData(DeclarationMode.CoinbaseOnly)]
    public async Task A_block_goes_out_before_the_job_is_acknowledged(DeclarationMode mode)
    {
        await using ScriptedUpstream upstream = await ScriptedUpstream.StartAsync();
        (upstream.AcceptsDeclarations, upstream.AcceptsJobs) = (false, false);
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(upstream) with { Mode = mode }, FakeTemplateProvider.EasyNBits);
        (RawMiner miner, OpenExtendedMiningChannelSuccess channel, RawWork work) = await harness.MineAsync();
        await using (miner)
        {
            uint nonce = work.NextNonce(new CompactTarget(work.NBits).ToTarget());
            miner.Send(work.ExtendedShare(0, nonce));
            SubmitSolution solution = await harness.Provider.Inbox.ExpectAsync<SubmitSolution>();
            BlockHeader header = harness.Provider.Rebuild(solution, out Transaction coinbase);
            Assert.Equal(work.Header(nonce), header);
            Assert.True(coinbase.HasWitness);

            byte[] whole = [.. upstream.Prefix, 0, 0, 0, 0, .. channel.ExtranoncePrefix.Span, .. work.Extranonce];
            Assert.Equal([.. CoinbaseRules.HeightPush(harness.Provider.Height), .. whole], coinbase.Inputs[0].ScriptSig.Span.ToArray());
            await harness.Events.ExpectAsync(RoleEventTypes.Block);
            if (mode == DeclarationMode.CoinbaseOnly)
            {
                Assert.Equal(0, upstream.ToServer.Count<PushSolution>());
                return;
            }
            PushSolution pushed = await upstream.ToServer.ExpectAsync<PushSolution>();
            Assert.Equal(whole, pushed.Extranonce.ToArray());
            Assert.Equal((header.PrevHash, header.Nonce, header.NTime, header.NBits, header.Version), (pushed.PrevHash, pushed.Nonce, pushed.NTime, pushed.NBits, pushed.Version));

            // The server could not use it yet; when it has accepted the job it hears of the block again.
            upstream.Accept(await upstream.ToServer.ExpectAsync<DeclareMiningJob>());
            Assert.Equal(pushed, await upstream.ToServer.ExpectAsync<PushSolution>());
        }
    }

    [Theory]
    [Trait("spec", "320")]
    [Trait("spec", "398")]
    [InlineData(-100)]
    [InlineData(100)]
    public async Task The_suggested_time_is_no_floor_for_blocks_and_one_with_another_time_goes_out(int seconds)
    {
        await using ScriptedUpstream upstream = await ScriptedUpstream.StartAsync();
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(upstream), FakeTemplateProvider.EasyNBits);
        (RawMiner miner, _, RawWork suggested) = await harness.MineAsync();
        await using (miner)
        {
            RawWork work = suggested with { NTime = (uint)(suggested.NTime + seconds) };
            uint nonce = work.NextNonce(new CompactTarget(work.NBits).ToTarget());

            miner.Send(work.ExtendedShare(0, nonce));

            SubmitSolution solution = await harness.Provider.Inbox.ExpectAsync<SubmitSolution>();
            Assert.Equal(work.Header(nonce), harness.Provider.Rebuild(solution, out _));
            Assert.Equal(work.NTime, (await upstream.ToServer.ExpectAsync<PushSolution>()).NTime);
            // For credit the miner is bound to the time of SetNewPrevHash (5.3.11), for the network it is not.
            if (seconds < 0)
                Assert.Equal("invalid-share", (await miner.ExpectAsync<SubmitSharesError>()).ErrorCode.ToString());
            else
                await miner.ExpectAsync<SubmitSharesSuccess>();
        }
    }

    [Fact]
    public async Task A_tip_change_during_the_declaration_ends_it_and_the_next_job_is_declared()
    {
        await using ScriptedUpstream upstream = await ScriptedUpstream.StartAsync();
        upstream.AcceptsDeclarations = false;
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(upstream));
        (RawMiner miner, OpenExtendedMiningChannelSuccess channel, RawWork work) = await harness.MineAsync();
        await using (miner)
        {
            DeclareMiningJob first = await upstream.ToServer.ExpectAsync<DeclareMiningJob>();
            miner.Send(work.ExtendedShare(0, work.NextNonce()));
            await harness.UntilAsync(() => harness.Figure("sharesCached") == 1, "a cached share");

            harness.Provider.SendTip();
            DeclareMiningJob second = await upstream.ToServer.ExpectAsync<DeclareMiningJob>();
            upstream.Accept(first);
            upstream.Accept(second);
            SetCustomMiningJob set = await upstream.ToPool.ExpectAsync<SetCustomMiningJob>();
            Assert.Equal((byte[])[0xdd, .. second.MiningJobToken.Span], set.MiningJobToken.ToArray());
            Assert.Equal(harness.Provider.PrevHash, set.PrevHash);
            Assert.Equal(0, harness.Figure("sharesCached"));
            Assert.Equal(1, harness.Figure("sharesDiscarded"));
            Assert.Equal("stale-share", (await miner.ExpectAsync<SubmitSharesError>()).ErrorCode.ToString());

            NewExtendedMiningJob job = await miner.ExpectAsync<NewExtendedMiningJob>(job => job.JobId != work.JobId);
            Protocol.Mining.SetNewPrevHash tip = await miner.ExpectAsync<Protocol.Mining.SetNewPrevHash>(tip => tip.JobId == job.JobId);
            RawWork next = RawMiner.Extended(job, channel, tip.PrevHash, tip.MinNTime, tip.NBits);
            miner.Send(next.ExtendedShare(1, next.NextNonce()));
            await harness.UntilAsync(() => upstream.Shares.Count == 1, "a share on the new tip");
            Assert.Empty(upstream.Faults);
            Assert.Equal(["Mining", "Dropped"], (await harness.DeclarationsAsync()).Select(declaration => declaration.State.ToString()));
        }
    }

    [Fact]
    [Trait("spec", "244")]
    public async Task A_better_template_makes_another_job_and_shares_of_the_one_before_still_count()
    {
        await using ScriptedUpstream upstream = await ScriptedUpstream.StartAsync();
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(upstream));
        (RawMiner miner, _, RawWork work) = await harness.MineAsync();
        await using (miner)
        {
            await upstream.ToPool.ExpectAsync<SetCustomMiningJob>();
            harness.Provider.SendTemplate();
            await upstream.ToPool.ExpectAsync<SetCustomMiningJob>();
            NewExtendedMiningJob better = await miner.ExpectAsync<NewExtendedMiningJob>(job => job.JobId != work.JobId);
            Assert.NotNull(better.MinNTime);
            miner.Send(work.ExtendedShare(0, work.NextNonce()));
            await harness.UntilAsync(() => upstream.Shares.Count == 1, "a share of the former job");
            Assert.Empty(upstream.Faults);
        }
    }

    [Fact]
    [Trait("spec", "153")]
    [Trait("spec", "319")]
    public async Task Of_the_future_jobs_only_the_one_that_the_tip_names_is_put_in_force_and_declared()
    {
        await using ScriptedUpstream upstream = await ScriptedUpstream.StartAsync();
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(upstream));
        (RawMiner miner, _, RawWork work) = await harness.MineAsync();
        await using (miner)
        {
            await upstream.ToPool.ExpectAsync<SetCustomMiningJob>();
            // The node found a conflict in this one, so that the tip will name the next.
            harness.Provider.SendTemplate(future: true);
            NewExtendedMiningJob conflicting = await miner.ExpectAsync<NewExtendedMiningJob>(job => job.JobId != work.JobId);
            Assert.Null(conflicting.MinNTime);
            Assert.Equal(0, upstream.ToPool.Count<SetCustomMiningJob>());

            harness.Provider.SendTip();
            NewExtendedMiningJob named = await miner.ExpectAsync<NewExtendedMiningJob>();
            Assert.Equal(named.JobId, (await miner.ExpectAsync<Protocol.Mining.SetNewPrevHash>(tip => tip.PrevHash != work.PrevHash)).JobId);
            Assert.Equal(harness.Provider.PrevHash, (await upstream.ToPool.ExpectAsync<SetCustomMiningJob>()).PrevHash);
            harness.Provider.SendTemplate();
            Assert.NotNull((await miner.ExpectAsync<NewExtendedMiningJob>()).MinNTime);
            await upstream.ToPool.ExpectAsync<SetCustomMiningJob>();
            Assert.Equal(0, miner.Inbox.Count<Protocol.Mining.SetNewPrevHash>());
        }
    }

    [Fact]
    [Trait("spec", "142")]
    [Trait("spec", "151")]
    [Trait("spec", "196")]
    [Trait("spec", "200")]
    public async Task Standard_and_extended_channels_and_their_group_are_served_like_by_a_pool()
    {
        await using ScriptedUpstream upstream = await ScriptedUpstream.StartAsync();
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(upstream));
        await using RawMiner mixed = await harness.ConnectAsync();
        OpenStandardMiningChannelSuccess standard = await mixed.OpenStandardAsync();
        OpenExtendedMiningChannelSuccess extended = await mixed.OpenExtendedAsync();
        Assert.Equal(standard.GroupChannelId, extended.GroupChannelId);
        RawWork onStandard = await mixed.FirstWorkAsync(standard);
        RawWork onExtended = await mixed.FirstWorkAsync(extended);
        mixed.Send(onStandard.Standard(0, onStandard.NextNonce()));
        mixed.Send(onExtended.ExtendedShare(0, onExtended.NextNonce()));

        await using RawMiner headerOnly = await harness.ConnectAsync(MiningSetupFlags.RequiresStandardJobs);
        OpenStandardMiningChannelSuccess device = await headerOnly.OpenStandardAsync();
        RawWork onDevice = await headerOnly.FirstWorkAsync(device);
        headerOnly.Send(onDevice.Standard(0, onDevice.NextNonce()));
        await harness.UntilAsync(() => upstream.Shares.Count == 3, "a share of each");
        Assert.Empty(upstream.Faults);

        // One frame for the group; the device without extended jobs gets one of its own.
        harness.Provider.SendTemplate();
        Assert.Equal(standard.GroupChannelId, (await mixed.ExpectAsync<NewExtendedMiningJob>()).ChannelId);
        Assert.Equal(device.ChannelId, (await headerOnly.ExpectAsync<NewMiningJob>()).ChannelId);
        Assert.Equal(0, headerOnly.Inbox.Count<NewExtendedMiningJob>());
        Assert.Equal(3, (await harness.Role.ListChannelsAsync(ListQuery.First, default)).Items.Count(channel => channel.IsDownstream));
    }

    [Fact]
    [Trait("spec", "226")]
    public async Task Shares_that_the_pool_would_not_credit_stay_here_and_no_miner_works_harder_than_the_pool_asks()
    {
        await using ScriptedUpstream upstream = await ScriptedUpstream.StartAsync();
        upstream.Target = Target.FromHashesPerShare(256);
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(upstream) with { ShareDifficultyMin = 0, ShareDifficulty = 1e-9 });
        (RawMiner miner, OpenExtendedMiningChannelSuccess channel, RawWork work) = await harness.MineAsync();
        await using (miner)
        {
            Assert.True(channel.Target > upstream.Target);
            uint easy = work.NextNonce();
            while (work.Header(easy).Hash() <= upstream.Target)
                easy = work.NextNonce();
            miner.Send(work.ExtendedShare(0, easy));
            miner.Send(work.ExtendedShare(1, work.NextNonce(upstream.Target)));
            await harness.UntilAsync(() => upstream.Shares.Count == 1, "the good share");
            Assert.Equal(1, harness.Figure("sharesBelowPoolTarget"));
            Assert.Empty(upstream.Faults);
            // The miner met the target that it was given, so both count for it.
            uint counted = 0;
            while (counted < 2)
                counted += (await miner.ExpectAsync<SubmitSharesSuccess>()).NewSubmitsAcceptedCount;
            Assert.Equal(0, miner.Inbox.Count<SubmitSharesError>());
        }
        await using ClientHarness hard = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(upstream) with { ShareDifficultyMin = 0, ShareDifficulty = 1e6 });
        await using RawMiner other = await hard.ConnectAsync();
        Assert.Equal(upstream.Target, (await other.OpenExtendedAsync()).Target);
    }

    [Fact]
    [Trait("spec", "159")]
    [Trait("spec", "169")]
    [Trait("spec", "176")]
    public async Task The_pool_is_told_the_hash_rate_of_all_miners_and_that_they_have_gone()
    {
        await using ScriptedUpstream upstream = await ScriptedUpstream.StartAsync();
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(upstream));
        Assert.Equal(0f, (await upstream.ToPool.ExpectAsync<OpenExtendedMiningChannel>()).NominalHashRate);
        await using (RawMiner miner = await harness.ConnectAsync())
        {
            await miner.OpenExtendedAsync(hashRate: 3e6f);
            await miner.OpenStandardAsync(hashRate: 1e6f);
            await upstream.ToPool.ExpectAsync<UpdateChannel>(update => update.ChannelId == ScriptedUpstream.ChannelId && update.NominalHashRate == 4e6f);
        }
        await upstream.ToPool.ExpectAsync<UpdateChannel>(update => update.NominalHashRate == 0);
    }
}
