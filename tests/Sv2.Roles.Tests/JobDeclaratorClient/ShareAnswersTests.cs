using Sv2.Bitcoin;
using Sv2.Protocol.Mining;
using Sv2.Roles.JobDeclaratorClient;
using Sv2.Roles.Tests.MiningProxy;
using Sv2.Roles.Tests.Pool;
using Sv2.Roles.Workers;

namespace Sv2.Roles.Tests.JobDeclaratorClient;

/// <summary>What miners hear of their shares, and what the pool hears of the miners.</summary>
public sealed class ShareAnswersTests
{
    [Fact]
    [Trait("spec", "218")]
    public async Task Equal_sequence_numbers_of_two_channels_each_get_the_pools_own_word()
    {
        await using ScriptedUpstream upstream = await ScriptedUpstream.StartAsync();
        upstream.AnswersShares = false;
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(upstream));
        (RawMiner miner, OpenExtendedMiningChannelSuccess first, RawWork onFirst) = await harness.MineAsync();
        await using (miner)
        {
            OpenExtendedMiningChannelSuccess second = await miner.OpenExtendedAsync();
            RawWork onSecond = await miner.FirstWorkAsync(second);
            miner.Send(onFirst.ExtendedShare(7, onFirst.NextNonce()));
            miner.Send(onSecond.ExtendedShare(7, onSecond.NextNonce()));
            SubmitSharesExtended ofFirst = await upstream.ToPool.ExpectAsync<SubmitSharesExtended>();
            SubmitSharesExtended ofSecond = await upstream.ToPool.ExpectAsync<SubmitSharesExtended>();
            Assert.Equal(unchecked(ofFirst.SequenceNumber + 1), ofSecond.SequenceNumber);
            Assert.Equal(0, miner.Inbox.Count<SubmitSharesSuccess>());

            upstream.Refuse(ofFirst, "the pool's own reason");
            upstream.AcceptThrough(ofSecond, 1);

            SubmitSharesError error = await miner.ExpectAsync<SubmitSharesError>();
            Assert.Equal((first.ChannelId, 7u, "the pool's own reason"), (error.ChannelId, error.SequenceNumber, error.ErrorCode.ToString()));
            SubmitSharesSuccess success = await miner.ExpectAsync<SubmitSharesSuccess>();
            Assert.Equal((second.ChannelId, 7u, 1u), (success.ChannelId, success.LastSequenceNumber, success.NewSubmitsAcceptedCount));
            RoleReport report = harness.Role.Report();
            Assert.Equal((1d, 1d), (harness.Figure(FigureNames.SharesAccepted), harness.Figure(FigureNames.SharesRejected)));
            Assert.Equal(1, report.Rejections["the pool's own reason"]);
        }
    }

    [Fact]
    [Trait("spec", "210")]
    [Trait("spec", "218")]
    public async Task A_batch_of_the_pools_is_shared_out_among_those_who_found_the_shares()
    {
        await using ScriptedUpstream upstream = await ScriptedUpstream.StartAsync();
        upstream.AnswersShares = false;
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(upstream));
        (RawMiner one, _, RawWork workOfOne) = await harness.MineAsync();
        (RawMiner two, _, RawWork workOfTwo) = await harness.MineAsync();
        await using (one)
        await using (two)
        {
            SubmitSharesExtended last = default;
            foreach ((RawMiner miner, RawWork work, uint sequence) in ((RawMiner, RawWork, uint)[])[(one, workOfOne, 0), (two, workOfTwo, 0), (one, workOfOne, 1)])
            {
                miner.Send(work.ExtendedShare(sequence, work.NextNonce()));
                last = await upstream.ToPool.ExpectAsync<SubmitSharesExtended>();
            }

            upstream.AcceptThrough(last, 3);

            Assert.Equal((1u, 2u), await CountedAsync(one, through: 1));
            Assert.Equal((0u, 1u), await CountedAsync(two, through: 0));
        }
    }

    [Fact]
    [Trait("spec", "218")]
    [Trait("spec", "286")]
    public async Task Shares_of_a_job_that_is_refused_after_all_are_refused_to_their_miners()
    {
        await using ScriptedUpstream first = await ScriptedUpstream.StartAsync(0x11);
        await using ScriptedUpstream second = await ScriptedUpstream.StartAsync(0x22);
        first.AcceptsJobs = false;
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(first, second));
        (RawMiner miner, _, RawWork work) = await harness.MineAsync();
        await using (miner)
        {
            miner.Send(work.ExtendedShare(4, work.NextNonce()));
            await harness.UntilAsync(() => harness.Figure("sharesCached") == 1, "a cached share");
            Assert.Equal(0, miner.Inbox.Count<SubmitSharesSuccess>());

            first.Refuse(await first.ToPool.ExpectAsync<SetCustomMiningJob>(), "any words");

            SubmitSharesError error = await miner.ExpectAsync<SubmitSharesError>();
            Assert.Equal((4u, "not-credited"), (error.SequenceNumber, error.ErrorCode.ToString()));
            Assert.Equal(1, harness.Figure("sharesDiscarded"));
            Assert.Equal((0, 0), (first.Shares.Count, second.Shares.Count));
        }
    }

    [Fact]
    [Trait("spec", "218")]
    public async Task Shares_that_a_lost_pool_has_not_answered_are_refused_as_such()
    {
        await using ScriptedUpstream first = await ScriptedUpstream.StartAsync(0x11);
        await using ScriptedUpstream second = await ScriptedUpstream.StartAsync(0x22);
        first.AnswersShares = false;
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(first, second));
        (RawMiner miner, _, RawWork work) = await harness.MineAsync();
        await using (miner)
        {
            miner.Send(work.ExtendedShare(9, work.NextNonce()));
            await first.ToPool.ExpectAsync<SubmitSharesExtended>();

            await first.StopAsync();

            SubmitSharesError error = await miner.ExpectAsync<SubmitSharesError>();
            Assert.Equal((9u, "upstream-lost"), (error.SequenceNumber, error.ErrorCode.ToString()));
        }
    }

    [Fact]
    [Trait("spec", "242")]
    public async Task A_pool_that_never_answers_shares_is_left()
    {
        await using ScriptedUpstream first = await ScriptedUpstream.StartAsync(0x11);
        await using ScriptedUpstream second = await ScriptedUpstream.StartAsync(0x22);
        first.AnswersShares = false;
        JobDeclaratorClientOptions options = ClientHarness.Options(first, second);
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(
            options with { Fallback = options.Fallback with { ShareAnswerTimeout = TimeSpan.FromMilliseconds(300) } });
        (RawMiner miner, _, RawWork work) = await harness.MineAsync();
        await using (miner)
        {
            await harness.UntilReadyAsync(1);
            miner.Send(work.ExtendedShare(0, work.NextNonce()));

            await second.ToPool.ExpectAsync<SetCustomMiningJob>();

            Assert.Equal("upstream-lost", (await miner.ExpectAsync<SubmitSharesError>()).ErrorCode.ToString());
            await harness.UntilAsync(() => harness.Role.Report().Message.Contains("had no answer for 0.3 s", StringComparison.Ordinal), "a report that says why");
        }
    }

    [Fact]
    [Trait("spec", "285")]
    public async Task A_share_that_finds_no_room_to_wait_is_refused_at_once_and_may_come_again()
    {
        await using ScriptedUpstream upstream = await ScriptedUpstream.StartAsync();
        upstream.AcceptsJobs = false;
        JobDeclaratorClientOptions options = ClientHarness.Options(upstream);
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(options with { Declaration = options.Declaration with { CachedSharesMax = 1 } });
        (RawMiner miner, _, RawWork work) = await harness.MineAsync();
        await using (miner)
        {
            miner.Send(work.ExtendedShare(0, work.NextNonce()));
            SubmitSharesExtended second = work.ExtendedShare(1, work.NextNonce());
            miner.Send(second);
            SubmitSharesError error = await miner.ExpectAsync<SubmitSharesError>();
            Assert.Equal((1u, "try-again-later"), (error.SequenceNumber, error.ErrorCode.ToString()));

            upstream.Accept(await upstream.ToPool.ExpectAsync<SetCustomMiningJob>());
            await harness.UntilAsync(() => upstream.Shares.Count == 1, "the share that had waited");
            miner.Send(second with { SequenceNumber = 2 });
            await harness.UntilAsync(() => upstream.Shares.Count == 2, "the share that came again");
            Assert.Equal((2u, 2u), await CountedAsync(miner, through: 2));
        }
    }

    [Theory]
    [Trait("spec", "69"), Trait("spec", "71"), Trait("spec", "74")]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Workers_are_named_to_the_pool_with_every_share_where_both_want_it_and_never_otherwise(bool reports, bool poolCan)
    {
        Assert.False(new JobDeclaratorClientOptions().ReportWorkers);
        await using ScriptedUpstream upstream = await (poolCan ? ScriptedUpstream.StartAsync(0x11, WorkerTlv.Extension) : ScriptedUpstream.StartAsync());
        upstream.AcceptsJobs = false;
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(upstream) with { ReportWorkers = reports });
        await using RawMiner plain = await harness.ConnectAsync();
        RawWork ofPlain = await plain.FirstWorkAsync(await plain.OpenStandardAsync("farm.a.worker.with.more.than.32.bytes"));
        await using RawMiner proxy = await RawMiner.ConnectAsync(harness.Address, 0, WorkerTlv.Extension);
        Assert.Equal(reports, proxy.Setup.Extensions.Contains(WorkerTlv.Extension));
        RawWork ofProxy = await proxy.FirstWorkAsync(await proxy.OpenExtendedAsync("farm.proxy"));
        byte[] tlv = new byte[WorkerTlv.BytesMax];
        int length = WorkerTlv.Write("rig-7"u8, tlv);

        // One of each waits for the pool's word on the job, and one of each goes at once.
        plain.Send(ofPlain.Standard(0, ofPlain.NextNonce()));
        await harness.UntilAsync(() => harness.Figure("sharesCached") == 1, "a cached share");
        proxy.Send(ofProxy.ExtendedShare(0, ofProxy.NextNonce()), tlv.AsSpan(0, length));
        await harness.UntilAsync(() => harness.Figure("sharesCached") == 2, "another cached share");
        upstream.Accept(await upstream.ToPool.ExpectAsync<SetCustomMiningJob>());
        await harness.UntilAsync(() => upstream.Shares.Count == 2, "both shares at the pool");
        plain.Send(ofPlain.Standard(1, ofPlain.NextNonce()));
        await harness.UntilAsync(() => upstream.Shares.Count == 3, "a share that did not wait");
        proxy.Send(ofProxy.ExtendedShare(1, ofProxy.NextNonce()), tlv.AsSpan(0, length));
        await harness.UntilAsync(() => upstream.Shares.Count == 4, "another share that did not wait");

        const string Cut = "farm.a.worker.with.more.than.32.";
        Assert.Equal(reports && poolCan ? [Cut, "rig-7", Cut, "rig-7"] : [null, null, null, null], upstream.Workers);
    }

    [Fact]
    [Trait("spec", "40")]
    public async Task Frames_of_unknown_extensions_end_at_the_client_because_all_miners_share_one_channel()
    {
        await using ScriptedUpstream upstream = await ScriptedUpstream.StartAsync();
        await using ClientHarness harness = await ClientHarness.StartWithWorkAsync(ClientHarness.Options(upstream));
        (RawMiner miner, OpenExtendedMiningChannelSuccess channel, RawWork work) = await harness.MineAsync();
        await using (miner)
        {
            await upstream.ToPool.ExpectAsync<SetCustomMiningJob>();
            Assert.True(miner.Connection.TrySendFrame(Unknown.Frame(channel.ChannelId, [1, 2, 3])));
            upstream.SayAsPool(Unknown.Frame(ScriptedUpstream.ChannelId, [4, 5, 6]));
            miner.Send(work.ExtendedShare(0, work.NextNonce()));

            await miner.ExpectAsync<SubmitSharesSuccess>();
            Assert.DoesNotContain("4096", upstream.ToPool.Describe(), StringComparison.Ordinal);
            Assert.DoesNotContain("4096", miner.Inbox.Describe(), StringComparison.Ordinal);
        }
    }

    /// <summary>The last sequence number acknowledged and the count of all, once that number is reached.</summary>
    private static async Task<(uint Last, uint Count)> CountedAsync(RawMiner miner, uint through)
    {
        uint count = 0;
        while (true)
        {
            SubmitSharesSuccess success = await miner.ExpectAsync<SubmitSharesSuccess>();
            count += success.NewSubmitsAcceptedCount;
            if (success.LastSequenceNumber >= through)
                return (success.LastSequenceNumber, count);
        }
    }
}
