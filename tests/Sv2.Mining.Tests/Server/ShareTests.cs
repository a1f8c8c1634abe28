using Sv2.Bitcoin;
using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Tests.Server;

public sealed class ShareTests
{
    [Fact]
    [Trait("spec", "202")]
    [Trait("spec", "233")]
    public void A_share_message_for_the_other_kind_of_channel_or_for_a_group_is_an_error()
    {
        Link link = Bench.Running().Connect();
        ClientChannel standard = link.OpenStandard();
        ClientChannel extended = link.OpenExtended();
        link.Say(Found.On(standard.Work!, standard.Target).Standard(1) with { ChannelId = extended.Id });
        link.Say(Found.On(extended.Work!, extended.Target).Extended(2) with { ChannelId = standard.Id });
        link.Say(Found.On(standard.Work!, standard.Target).Standard(3) with { ChannelId = standard.GroupChannelId });

        Assert.Equal(
            [ShareRejection.WrongChannelKind, ShareRejection.WrongChannelKind, ShareRejection.UnknownChannel],
            link.Sink.Refused.Select(refused => refused.Reason));
        Assert.Equal([1u, 2u, 3u], link.ToClient.All<SubmitSharesError>().Select(error => error.SequenceNumber));
        Assert.All(link.ToClient.All<SubmitSharesError>(), error => Assert.Equal("invalid-channel-id", error.ErrorCode.ToString()));
    }

    [Theory]
    [Trait("spec", "203")]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(32)]
    public void An_extranonce_of_any_but_the_negotiated_size_is_an_error(int size)
    {
        Link link = Bench.Running().Connect();
        ClientChannel channel = link.OpenExtended();
        Found found = Found.On(channel.Work!, channel.Target);
        link.Say(found.Extended(4) with { Extranonce = new byte[size] });
        Assert.Equal("bad-extranonce-size", link.ToClient.Single<SubmitSharesError>().ErrorCode.ToString());
        link.Say(found.Extended(5));
        Assert.Equal(5u, link.Sink.Accepted.Single().SequenceNumber);
    }

    [Fact]
    public void An_unknown_job_and_a_future_job_are_errors()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        Found found = Found.On(channel.Work!, channel.Target);
        SharedJob future = bench.AddFuture();
        link.SayShare(found, 0, jobId: 99_999);
        link.SayShare(found, 1, jobId: future.JobId);
        link.SayShare(found, 2, jobId: 0);

        Assert.Equal([ShareRejection.UnknownJob, ShareRejection.FutureJob, ShareRejection.UnknownJob], link.Sink.Refused.Select(refused => refused.Reason));
        Assert.All(link.ToClient.All<SubmitSharesError>(), error => Assert.Equal("invalid-job-id", error.ErrorCode.ToString()));
    }

    [Theory]
    [Trait("spec", "139")]
    [Trait("spec", "206")]
    [Trait("spec", "373")]
    [InlineData(0, false)]
    [InlineData(4, false)]
    [InlineData(5, true)]
    [InlineData(12, true)]
    [InlineData(13, true)]
    [InlineData(28, true)]
    [InlineData(29, false)]
    [InlineData(31, false)]
    public void Version_bits_5_to_28_may_be_rolled_and_no_others(int bit, bool allowed)
    {
        Link link = Bench.Running().Connect();
        foreach (ClientChannel channel in (ClientChannel[])[link.OpenStandard(), link.OpenExtended()])
        {
            Found found = Found.On(channel.Work!, channel.Target, version: Templates.BlockVersion ^ (1u << bit));
            link.SayShare(found, 0);
        }
        Assert.Equal(allowed ? 2 : 0, link.Sink.Accepted.Count);
        Assert.All(link.Sink.Refused, refused => Assert.Equal(ShareRejection.NonRollableVersionBit, refused.Reason));
        Assert.All(link.ToClient.All<SubmitSharesError>(), error => Assert.Equal("invalid-non-rollable-version-bit", error.ErrorCode.ToString()));
    }

    [Fact]
    [Trait("spec", "194")]
    [Trait("spec", "206")]
    public void Where_the_server_forbids_rolling_the_version_must_be_the_jobs()
    {
        Link link = Bench.Running(jobOptions: new JobFactoryOptions { VersionRollingAllowed = false }).Connect();
        Assert.Equal(MiningSetupSuccessFlags.RequiresFixedVersion, link.Bench.Server.SuccessFlags);
        Assert.False(link.Bench.Server.SupportedFlags.HasFlag(MiningSetupFlags.RequiresVersionRolling));
        foreach (ClientChannel channel in (ClientChannel[])[link.OpenStandard(), link.OpenExtended()])
        {
            Assert.Equal(0u, channel.Work!.VersionMask);
            link.SayShare(Found.On(channel.Work!, channel.Target, version: Templates.BlockVersion ^ (1u << 12)), 0);
            link.Mine(channel);
        }
        Assert.Equal(2, link.Sink.Accepted.Count);
        Assert.All(link.ToClient.All<SubmitSharesError>(), error => Assert.Equal("version-rolling-not-allowed", error.ErrorCode.ToString()));
    }

    [Theory]
    [Trait("spec", "205")]
    [Trait("spec", "398")]
    [InlineData(-1, ShareRejection.NTimeTooEarly)]
    [InlineData(0, ShareRejection.None)]
    [InlineData(1, ShareRejection.None)]
    [InlineData(7200, ShareRejection.None)]
    [InlineData(7201, ShareRejection.NTimeTooLate)]
    public void NTime_runs_from_the_jobs_min_ntime_to_two_hours_later(int offset, ShareRejection expected)
    {
        Link link = Bench.Running().Connect();
        foreach (ClientChannel channel in (ClientChannel[])[link.OpenStandard(), link.OpenExtended()])
            link.SayShare(Found.On(channel.Work!, channel.Target, nTime: (uint)(channel.Work!.MinNTime + offset)), 0);

        if (expected == ShareRejection.None)
        {
            Assert.Equal(2, link.Sink.Accepted.Count);
            return;
        }
        Assert.All(link.Sink.Refused, refused => Assert.Equal(expected, refused.Reason));
        Assert.Equal(2, link.ToClient.All<SubmitSharesError>().Count(error => error.ErrorCode == "invalid-share"));
    }

    [Fact]
    [Trait("spec", "204")]
    [Trait("spec", "205")]
    public void NTime_rolled_once_a_second_stays_good_through_a_block_of_many_hours()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        for (int hour = 1; hour <= 12; hour++)
        {
            bench.Advance(TimeSpan.FromHours(1));
            uint rolled = channel.Work!.NTimeMax(bench.Clock);
            Assert.Equal(channel.Work.MinNTime + (uint)(3600 * hour), rolled);
            link.Submit(Found.On(channel.Work, channel.Target, nTime: rolled));
        }
        Assert.Equal(12, link.Sink.Accepted.Count);
    }

    [Fact]
    [Trait("spec", "205")]
    public void The_min_ntime_of_a_later_job_is_its_own()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel channel = link.OpenExtended();
        MiningWork first = channel.Work!;
        Assert.True(bench.Family.TryAddTemplate(Templates.Template(70, future: false), out _, out _, minNTime: bench.Now + 30));
        bench.Refresh();
        link.Pump();
        MiningWork second = channel.Work!;
        Assert.Equal(bench.Now + 30, second.MinNTime);

        link.SayShare(Found.On(second, channel.Target, nTime: bench.Now + 29), 0);
        link.SayShare(Found.On(first, channel.Target, nTime: bench.Now + 29), 1);
        link.SayShare(Found.On(second, channel.Target, nTime: bench.Now + 30), 2);
        Assert.Equal(ShareRejection.NTimeTooEarly, link.Sink.Refused.Single().Reason);
        Assert.Equal([1u, 2u], link.Sink.Accepted.Select(share => share.SequenceNumber));
    }

    [Fact]
    [Trait("spec", "207")]
    [Trait("spec", "375")]
    public void A_hash_equal_to_the_target_is_good_and_one_above_is_not()
    {
        // First some hash, then a target put exactly on it, and one below it.
        Bench bench = Bench.Running(shareTarget: U256.MaxValue);
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        Found found = Found.On(channel.Work!, Templates.Easy(2));
        U256 hash = found.Header.Hash();

        link.Client.UpdateChannel(channel, 0, Minus1(hash));
        link.Pump();
        bench.Advance(TimeSpan.FromMinutes(1));
        link.SayShare(found, 0);
        Assert.Equal("difficulty-too-low", link.ToClient.Single<SubmitSharesError>().ErrorCode.ToString());

        Link other = bench.Connect();
        other.SayOpen(ChannelKind.Standard, hash);
        Assert.Equal(hash, other.Server.Channels.Single().Target);
        // The server compares numbers whose first byte is the least significant.
        Assert.True(Independent.Number(Minus1(hash).AsSpan()) + 1 == Independent.Number(hash.AsSpan()));
        link.Client.UpdateChannel(channel, 0, hash);
        link.Pump();
        Link again = bench.Connect();
        ClientChannel exact = again.OpenStandard();
        Found own = Found.On(exact.Work!, Templates.Easy(2));
        again.Client.UpdateChannel(exact, 0, own.Header.Hash());
        again.Pump();
        bench.Advance(TimeSpan.FromMinutes(1));
        again.SayShare(own, 0);
        Assert.Equal(own.Header.Hash(), again.Sink.Accepted.Single().Hash);
    }

    [Fact]
    [Trait("spec", "208")]
    public void A_block_is_reported_before_its_share_is_accounted_and_carries_a_whole_solution()
    {
        Bench bench = Bench.Running(shareTarget: Templates.Easy(2), networkTarget: Templates.Easy(6));
        Link link = bench.Connect();
        foreach (ClientChannel channel in (ClientChannel[])[link.OpenStandard(), link.OpenExtended()])
            link.Submit(Found.On(channel.Work!, Templates.Easy(6)));

        Assert.Equal("baba", link.Sink.Order);
        Assert.All(link.Sink.Accepted, share => Assert.True(share.IsBlock));
        foreach (BlockCandidate block in link.Sink.Blocks)
        {
            Assert.Equal(1ul, block.TemplateId);
            Assert.False(block.IsStale);
            Assert.Equal(block.Hash, block.Header.Hash());
            Assert.True(Transaction.TryParse(block.Coinbase.Span, out Transaction? coinbase, out string? error), error);
            Assert.True(coinbase.HasWitness);
            Assert.Equal(block.Header.MerkleRoot, MerklePath.Fold(coinbase.Txid, Templates.Template(1, future: true).MerklePath.AsSpan()));
            Assert.Equal(block.FullExtranonce.ToArray(), coinbase.Inputs[0].ScriptSig.Span[^block.FullExtranonce.Length..].ToArray());
        }
        // A lucky share counts no more than any other.
        Assert.All(link.Sink.Accepted, share => Assert.Equal(Templates.Easy(2), share.Target));
    }

    [Fact]
    [Trait("spec", "321")]
    public void The_networks_target_counts_and_not_what_nbits_says()
    {
        // nbits says difficulty 1; the provider's target is easier here, and harder in the second half.
        Bench bench = Bench.Running(shareTarget: Templates.Easy(2), networkTarget: Templates.Easy(5));
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        link.Submit(Found.On(channel.Work!, Templates.Easy(5)));
        Assert.Single(link.Sink.Blocks);
        bench.NewBlock(Templates.Easy(40));
        link.Pump();
        link.Submit(Found.On(channel.Work!, Templates.Easy(5)));
        Assert.Single(link.Sink.Blocks);
    }

    [Fact]
    [Trait("spec", "208")]
    [Trait("spec", "216")]
    public void A_block_submitted_again_is_a_duplicate_and_not_reported_again()
    {
        Bench bench = Bench.Running(shareTarget: Templates.Easy(2), networkTarget: Templates.Easy(6));
        Link link = bench.Connect();
        ClientChannel channel = link.OpenExtended();
        Found found = Found.On(channel.Work!, Templates.Easy(6));
        link.SayShare(found, 0);
        link.SayShare(found, 1);
        link.SayShare(found, 0);
        Assert.Equal("barr", link.Sink.Order);
        Assert.All(link.Sink.Refused, refused => Assert.Equal(ShareRejection.Duplicate, refused.Reason));
    }

    [Fact]
    [Trait("spec", "208")]
    public void A_block_is_reported_even_when_the_share_is_refused()
    {
        Bench bench = Bench.Running(shareTarget: Templates.Easy(2), networkTarget: Templates.Easy(6));
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        MiningWork work = channel.Work!;
        // Outside the pool's own limits for nTime, but the network may well take it.
        Found early = Found.On(work, Templates.Easy(6), nTime: work.MinNTime - 1);
        link.SayShare(early, 0);
        link.SayShare(early, 1);
        // A sibling of the new tip: it may still win.
        Found late = Found.On(work, Templates.Easy(6));
        bench.NewBlock(Templates.Easy(6));
        link.SayShare(late, 2);
        link.SayShare(late, 3);

        Assert.Equal("brrbrr", link.Sink.Order);
        Assert.Equal([false, true], link.Sink.Blocks.Select(block => block.IsStale));
        Assert.Equal(2, link.ServerSide(channel).BlocksFound);
        Assert.Equal(0, link.ServerSide(channel).AcceptedShares);
    }

    [Fact]
    [Trait("spec", "328")]
    public void A_header_with_foreign_version_bits_is_no_block_of_its_template()
    {
        Bench bench = Bench.Running(shareTarget: Templates.Easy(2), networkTarget: Templates.Easy(6));
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        link.SayShare(Found.On(channel.Work!, Templates.Easy(6), version: Templates.BlockVersion ^ (1u << 29)), 0);
        Assert.Equal("r", link.Sink.Order);
    }

    [Fact]
    [Trait("spec", "208")]
    public void A_client_that_wants_a_target_below_the_networks_still_reports_blocks()
    {
        Bench bench = Bench.Running(shareTarget: Templates.Easy(2), networkTarget: Templates.Easy(6));
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard(maxTarget: Templates.Easy(12));
        Assert.Equal(Templates.Easy(12), channel.Target);
        Found block = Found.On(channel.Work!, Templates.Easy(6), above: Templates.Easy(12));
        link.SayShare(block, 0);
        link.SayShare(block, 1);
        // The block goes out once; the share itself did not meet the target it would be credited for.
        Assert.Equal("brr", link.Sink.Order);
        Assert.All(link.Sink.Refused, refused => Assert.Equal(ShareRejection.DifficultyTooLow, refused.Reason));
    }

    [Fact]
    [Trait("spec", "216")]
    public void The_same_header_counts_once_under_whatever_sequence_number()
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        foreach (ClientChannel channel in (ClientChannel[])[link.OpenStandard(), link.OpenExtended()])
        {
            Found found = Found.On(channel.Work!, channel.Target);
            link.SayShare(found, 1);
            link.SayShare(found, 1);
            link.SayShare(found, 2);
            bench.AddActive();
            link.SayShare(found, 3);
            Assert.Equal(1, link.ServerSide(channel).AcceptedShares);
            Assert.Equal(3, link.ServerSide(channel).Rejected(ShareRejection.Duplicate));
        }
        Assert.All(link.ToClient.All<SubmitSharesError>(), error => Assert.Equal("duplicate-share", error.ErrorCode.ToString()));
    }

    [Fact]
    [Trait("spec", "216")]
    public void Shares_of_a_closed_channel_cannot_be_credited_again_on_another()
    {
        // So hard that the header does not happen to be a share under the other prefix too.
        Bench bench = Bench.Running(shareTarget: Templates.Easy(18));
        Link first = bench.Connect();
        ClientChannel channel = first.OpenStandard();
        Found found = Found.On(channel.Work!, channel.Target);
        first.SayShare(found, 0);
        bench.Disconnect(first);

        Link second = bench.Connect();
        ClientChannel reopened = second.OpenStandard();
        Assert.Equal(channel.Id, reopened.Id);
        second.SayShare(found, 0);
        Assert.Empty(second.Sink.Accepted);
    }

    [Fact]
    [Trait("spec", "216")]
    public void A_full_duplicate_filter_refuses_shares_until_the_next_block_and_never_forgets()
    {
        Bench bench = Bench.Running(new MiningServerOptions { DuplicateFilterMax = 16 }, shareTarget: Templates.Easy(1));
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        List<Found> found = [.. Enumerable.Range(0, 20).Select(_ => Found.On(channel.Work!, channel.Target))];
        foreach (Found share in found)
            link.SayShare(share, 0);
        Assert.Equal(16, link.Sink.Accepted.Count);
        Assert.Equal(4, link.ServerSide(channel).Rejected(ShareRejection.TooManyShares));
        link.SayShare(found[0], 0);
        Assert.Equal(ShareRejection.Duplicate, link.Sink.Refused[^1].Reason);

        bench.NewBlock();
        link.Pump();
        link.Mine(channel);
        Assert.Equal(17, link.Sink.Accepted.Count);
    }

    [Fact]
    [Trait("spec", "217")]
    public void Every_field_of_a_share_is_in_the_hash_that_is_judged()
    {
        Link link = Bench.Running(shareTarget: Templates.Easy(12)).Connect();
        ClientChannel channel = link.OpenExtended();
        Found found = Found.On(channel.Work!, channel.Target);
        byte[] otherExtranonce = [.. found.Extranonce];
        otherExtranonce[^1] ^= 1;
        link.SayShare(found with { Nonce = found.Nonce ^ 1 }, 0);
        link.SayShare(found with { NTime = found.NTime + 1 }, 1);
        link.SayShare(found with { Version = found.Version ^ 0x20 }, 2);
        link.SayShare(found with { Extranonce = otherExtranonce }, 3);
        Assert.Empty(link.Sink.Accepted);
        link.SayShare(found, 4);
        Assert.Single(link.Sink.Accepted);
    }

    [Fact]
    public void A_share_that_the_owner_cannot_take_is_refused_and_can_be_submitted_again()
    {
        Link link = Bench.Running().Connect();
        ClientChannel channel = link.OpenStandard();
        Found found = Found.On(channel.Work!, channel.Target);
        link.Sink.Takes = false;
        link.SayShare(found, 0);
        Assert.Equal("try-again-later", link.ToClient.Single<SubmitSharesError>().ErrorCode.ToString());
        link.Sink.Takes = true;
        link.SayShare(found, 1);
        Assert.Equal(1u, link.Sink.Accepted.Single().SequenceNumber);
        Assert.Equal(1L, link.Sink.Accepted.Single().ShareNumber);
    }

    [Fact]
    public void Too_many_shares_waiting_to_become_durable_stop_further_ones_and_no_block()
    {
        Bench bench = Bench.Running(new MiningServerOptions { PendingSharesMax = 3 }, networkTarget: Templates.Easy(8));
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        for (int i = 0; i < 5; i++)
            link.SayShare(Found.On(channel.Work!, channel.Target, above: Templates.Easy(8)), (uint)i);
        Assert.Equal(3, link.Sink.Accepted.Count);
        Assert.Equal(2, link.ServerSide(channel).Rejected(ShareRejection.NotRecorded));
        link.SayShare(Found.On(channel.Work!, Templates.Easy(8)), 9);
        Assert.Single(link.Sink.Blocks);

        link.AckAll();
        Assert.Equal(0, link.Server.PendingShares);
        link.Mine(channel);
        Assert.Equal(4, link.Sink.Accepted.Count);
    }

    [Fact]
    public void TLVs_behind_a_share_reach_the_owner()
    {
        Link link = Bench.Running().Connect();
        ClientChannel channel = link.OpenExtended();
        byte[] tlv = [0x02, 0x00, 0x01, 0x03, 0x00, 0x61, 0x62, 0x63];
        Found found = Found.On(channel.Work!, channel.Target);
        Assert.True(link.Client.TrySubmit(channel.Work!, found.Nonce, found.NTime, found.Version, found.Extranonce, out _, tlv));
        link.Pump();
        Assert.Equal(tlv, link.Sink.Accepted.Single().Tlvs);
    }

    [Fact]
    [Trait("spec", "214")]
    public void Each_bad_share_gets_one_error_at_once_with_its_own_number()
    {
        Link link = Bench.Running(shareTarget: Templates.Easy(10)).Connect();
        ClientChannel channel = link.OpenStandard();
        for (uint i = 0; i < 20; i++)
        {
            link.SayShare(Found.On(channel.Work!, U256.MaxValue, above: channel.Target), i);
            SubmitSharesError error = link.ToClient.Last<SubmitSharesError>();
            Assert.Equal(i, error.SequenceNumber);
            Assert.Equal(channel.Id, error.ChannelId);
        }
        Assert.Equal(20, link.ToClient.Count<SubmitSharesError>());
    }

    [Fact]
    public void The_best_share_and_the_sums_are_kept_per_channel()
    {
        Link link = Bench.Running().Connect();
        ClientChannel channel = link.OpenStandard();
        for (int i = 0; i < 20; i++)
            link.Mine(channel);
        ServerChannel server = link.ServerSide(channel);
        Assert.Equal(link.Sink.Accepted.Min(share => share.Hash), server.BestHash);
        Assert.Equal(20, server.AcceptedShares);
        Assert.Equal(20 * (UInt128)Target.Work(channel.Target), server.AcceptedWork);
        Assert.Equal(link.Bench.Clock.GetUtcNow(), server.LastShareAt);
    }

    private static U256 Minus1(U256 value) => U256.FromWire(Bytes(Independent.Number(value.AsSpan()) - 1));

    private static byte[] Bytes(System.Numerics.BigInteger value)
    {
        byte[] bytes = new byte[32];
        value.TryWriteBytes(bytes, out _, isUnsigned: true);
        return bytes;
    }
}
