using Sv2.Bitcoin;
using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Tests.Server;

public sealed class AcknowledgementTests
{
    private static readonly MiningServerOptions BatchOfTen = new() { AckBatchSize = 10, AckDelayMax = TimeSpan.FromSeconds(5), TargetGrace = TimeSpan.Zero };


    [Fact]
    public void Nothing_is_acknowledged_before_it_is_durable()
    {
        Bench bench = Bench.Running(BatchOfTen);
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        for (int i = 0; i < 25; i++)
            link.Mine(channel);
        bench.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, link.ToClient.Count<SubmitSharesSuccess>());
        Assert.Equal(25, link.Server.PendingShares);

        link.Server.AcknowledgeThrough(link.Sink.Accepted[9].ShareNumber);
        SubmitSharesSuccess first = link.ToClient.Single<SubmitSharesSuccess>();
        Assert.Equal(10u, first.NewSubmitsAcceptedCount);
        Assert.Equal(9u, first.LastSequenceNumber);
        Assert.Equal(15, link.Server.PendingShares);
    }

    [Fact]
    [Trait("spec", "210")]
    [Trait("spec", "212")]
    public void Ten_shares_make_one_frame_whose_sum_follows_a_change_of_target_in_the_batch()
    {
        // The specification's figure: three shares at Da, then SetTarget, then seven at Db.
        Bench bench = Bench.Running(BatchOfTen, shareTarget: U256.MaxValue);
        U256 ta = Templates.Easy(3);
        U256 tb = Templates.Easy(6);
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard(maxTarget: ta);
        for (int i = 0; i < 3; i++)
            link.Mine(channel);
        link.Client.UpdateChannel(channel, 0, tb);
        link.Pump();
        for (int i = 0; i < 7; i++)
            link.Mine(channel);
        link.AckAll();

        SubmitSharesSuccess ack = link.ToClient.Single<SubmitSharesSuccess>();
        Assert.Equal(9u, ack.LastSequenceNumber);
        Assert.Equal(10u, ack.NewSubmitsAcceptedCount);
        Assert.Equal(3 * Target.ShareDifficulty(ta) + 7 * Target.ShareDifficulty(tb), ack.NewSharesSum);
        Assert.Equal(3 * Target.Work(ta) + 7 * Target.Work(tb), (ulong)link.ServerSide(channel).AcceptedWork);
    }

    [Fact]
    [Trait("spec", "211")]
    [Trait("spec", "385")]
    public void Every_batch_counts_from_zero_also_across_a_block_and_the_client_adds_up()
    {
        Bench bench = Bench.Running(BatchOfTen);
        Link link = bench.Connect();
        ClientChannel channel = link.OpenExtended();
        for (int batch = 0; batch < 5; batch++)
        {
            for (int i = 0; i < 10; i++)
            {
                if (i == 5 && batch % 2 == 1)
                {
                    bench.NewBlock();
                    link.Pump();
                }
                link.Mine(channel);
                link.AckAll();
            }
            Assert.Equal(batch + 1, link.ToClient.Count<SubmitSharesSuccess>());
            SubmitSharesSuccess ack = link.ToClient.Last<SubmitSharesSuccess>();
            Assert.Equal(10u, ack.NewSubmitsAcceptedCount);
            Assert.Equal(10 * Target.ShareDifficulty(channel.Target), ack.NewSharesSum);
            Assert.Equal((uint)(10 * batch + 9), ack.LastSequenceNumber);
        }
        Assert.Equal(50, channel.Accepted);
        Assert.Equal(0, channel.Pending);
        Assert.Equal(50 * (UInt128)Target.ShareDifficulty(channel.Target), channel.AcceptedDifficulty);
        Assert.Empty(link.Events.Violations);
    }

    [Fact]
    [Trait("spec", "213")]
    [Trait("spec", "214")]
    public void A_bad_share_in_the_batch_is_left_out_of_it()
    {
        // The second figure: s4 fails, s9 closes the batch with a count of nine.
        Bench bench = Bench.Running(new MiningServerOptions { AckBatchSize = 9 });
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        for (uint i = 0; i < 10; i++)
        {
            link.SayShare(i == 4 ? Found.On(channel.Work!, U256.MaxValue, above: channel.Target) : Found.On(channel.Work!, channel.Target), i);
            link.AckAll();
        }
        Assert.Equal(4u, link.ToClient.Single<SubmitSharesError>().SequenceNumber);
        SubmitSharesSuccess ack = link.ToClient.Single<SubmitSharesSuccess>();
        Assert.Equal((9u, 9u, 9 * Target.ShareDifficulty(channel.Target)), (ack.LastSequenceNumber, ack.NewSubmitsAcceptedCount, ack.NewSharesSum));
    }

    [Fact]
    [Trait("spec", "339")]
    public void A_slow_miners_share_is_acknowledged_when_the_delay_is_over()
    {
        Bench bench = Bench.Running(BatchOfTen);
        Link link = bench.Connect();
        ClientChannel channel = link.OpenStandard();
        link.Mine(channel);
        link.AckAll();
        bench.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(0, link.ToClient.Count<SubmitSharesSuccess>());
        bench.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(1u, link.ToClient.Single<SubmitSharesSuccess>().NewSubmitsAcceptedCount);
        bench.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(1, link.ToClient.Count<SubmitSharesSuccess>());
    }

    [Fact]
    [Trait("spec", "218")]
    public void Batches_of_different_channels_are_kept_apart()
    {
        Bench bench = Bench.Running(BatchOfTen);
        Link link = bench.Connect();
        ClientChannel one = link.OpenStandard();
        ClientChannel two = link.OpenExtended();
        for (int i = 0; i < 10; i++)
        {
            link.Mine(one);
            if (i % 2 == 0)
                link.Mine(two);
        }
        link.AckAll();
        Assert.Equal(10, one.Accepted);
        Assert.Equal(0, two.Accepted);
        bench.Advance(TimeSpan.FromSeconds(5));
        link.Pump();
        Assert.Equal(5, two.Accepted);
        Assert.Equal(4u, link.ToClient.Last<SubmitSharesSuccess>().LastSequenceNumber);
    }

    [Fact]
    public void Acknowledging_the_same_shares_again_or_none_does_nothing()
    {
        Link link = Bench.Running(BatchOfTen).Connect();
        ClientChannel channel = link.OpenStandard();
        link.Server.AcknowledgeThrough(100);
        for (int i = 0; i < 10; i++)
            link.Mine(channel);
        link.AckAll();
        link.AckAll();
        link.Server.AcknowledgeThrough(0);
        Assert.Equal(1, link.ToClient.Count<SubmitSharesSuccess>());
    }

    [Fact]
    public void Share_numbers_run_without_gaps_over_all_channels()
    {
        Link link = Bench.Running().Connect();
        ClientChannel one = link.OpenStandard();
        ClientChannel two = link.OpenExtended();
        for (int i = 0; i < 30; i++)
        {
            link.Mine(i % 3 == 0 ? one : two);
            link.SayShare(Found.On(one.Work!, U256.MaxValue, above: one.Target), 0);
        }
        Assert.Equal(Enumerable.Range(1, 30).Select(number => (long)number), link.Sink.Accepted.Select(share => share.ShareNumber));
    }

    [Fact]
    [Trait("spec", "338")]
    public void A_target_of_difficulty_one_counts_one_and_sums_never_overflow()
    {
        Assert.Equal(1ul, ShareTarget.Of(Target.Difficulty1).Difficulty);
        Assert.Equal(1ul, ShareTarget.Of(U256.MaxValue).Difficulty);
        Assert.Equal(ulong.MaxValue, ShareTarget.Of(U256.FromLimbs(1)).Difficulty);
        AckBatch batch = default;
        batch.Add(1, ulong.MaxValue - 1, 0);
        batch.Add(2, 5, 0);
        Assert.Equal(ulong.MaxValue, batch.Difficulty);
    }
}
