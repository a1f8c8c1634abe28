using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Tests.Server;

/// <summary>Shares that are checked side by side get the verdicts that they would get one by one.</summary>
public sealed class ShareBatchTests
{
    private static readonly U256 Block = Templates.Easy(6);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Any_mixture_in_any_portions_has_the_same_outcome(int seed)
    {
        var random = new Random(seed);
        // Three benches of the same make: one to find shares on, and one for each way of checking.
        (Link finder, ClientChannel[] channels) = Make();
        (Link single, _) = Make();
        (Link many, _) = Make();
        List<byte[]> frames = [];
        for (uint i = 0; i < 300; i++)
            frames.Add(Frame.ToArray(Share(random, channels[random.Next(channels.Length)], i, frames), random.Next(5) == 0 ? [2, 0, 1, 1, 0, (byte)'w'] : []));

        // A block is among them in any case.
        frames.Insert(random.Next(frames.Count), Frame.ToArray(Found.On(channels[0].Work!, Block).Extended(300)));

        foreach (byte[] frame in frames)
            Dispatch(single.Server, frame);
        for (int from = 0; from < frames.Count;)
        {
            int count = Math.Min(random.Next(1, 40), frames.Count - from);
            byte[][] portion = [.. frames.GetRange(from, count).Select(frame => frame[FrameHeader.Size..])];
            many.Server.OnManySubmitSharesExtended((byte[])[.. portion.SelectMany(payload => payload)], (int[])[.. portion.Select(payload => payload.Length)]);
            from += count;
        }

        Assert.NotEmpty(single.Sink.Accepted);
        Assert.NotEmpty(single.Sink.Blocks);
        Assert.InRange(single.Sink.Refused.Select(refused => refused.Reason).Distinct().Count(), 5, int.MaxValue);
        Assert.Equal(single.Sink.Order, many.Sink.Order);
        Assert.Equal(single.Sink.Refused, many.Sink.Refused);
        Assert.Equal(single.Sink.Accepted.Select(Key), many.Sink.Accepted.Select(Key));
        Assert.Equal(single.Sink.Blocks.Select(block => block.Hash), many.Sink.Blocks.Select(block => block.Hash));
        Assert.Equal(single.ToClient.Frames, many.ToClient.Frames);
    }

    [Fact]
    public void A_payload_that_cannot_be_read_is_left_out_and_the_others_count()
    {
        (Link link, ClientChannel[] channels) = Make();
        byte[] good = Frame.ToArray(Found.On(channels[0].Work!, channels[0].Target).Extended(7))[FrameHeader.Size..];
        link.Server.OnManySubmitSharesExtended((byte[])[1, 2, 3, .. good, 9], [3, good.Length, 1]);
        Assert.Equal(7u, Assert.Single(link.Sink.Accepted).SequenceNumber);
        Assert.Empty(link.Sink.Refused);
        link.Server.OnManySubmitSharesExtended([], []);
    }

    private static (Link Link, ClientChannel[] Channels) Make()
    {
        // One hash in four is a share, one in 64 a block.
        Bench bench = Bench.Running(shareTarget: Templates.Easy(2), networkTarget: Block);
        Link link = bench.Connect();
        ClientChannel[] channels = [link.OpenExtended(), link.OpenExtended()];
        link.OpenStandard();
        bench.AddActive();
        bench.AddFuture();
        link.Pump();
        return (link, channels);
    }

    private static SubmitSharesExtended Share(Random random, ClientChannel channel, uint sequence, List<byte[]> before)
    {
        MiningWork work = channel.Work!;
        SubmitSharesExtended good = Found.On(work, channel.Target).Extended(sequence);
        return random.Next(12) switch
        {
            0 => good with { JobId = 99_999 },
            1 => good with { JobId = work.JobId + 1 },
            2 => good with { ChannelId = 77 },
            3 => good with { ChannelId = 3 },
            4 => good with { Extranonce = new byte[3] },
            5 => good with { NTime = work.MinNTime - 1 },
            6 => good with { Version = good.Version ^ 1 },
            7 => Found.On(work, U256.MaxValue, above: channel.Target).Extended(sequence),
            8 when before.Count > 0 => RecordingOutput.Decode<SubmitSharesExtended>(before[random.Next(before.Count)]) with { SequenceNumber = sequence },
            _ => good,
        };
    }

    private static (uint, uint, U256, ulong, string, string) Key(Accepted share) =>
        (share.Channel.Id, share.SequenceNumber, share.Hash, share.Difficulty, Convert.ToHexStringLower(share.Extranonce), Convert.ToHexStringLower(share.Tlvs));

    private static void Dispatch(MiningServerSession session, byte[] frame)
    {
        Assert.True(FrameHeader.TryRead(frame, out FrameHeader header));
        Assert.Equal(DispatchOutcome.Handled, MiningDispatcher.DispatchToServer(header, frame.AsSpan(FrameHeader.Size), session).Outcome);
    }
}
