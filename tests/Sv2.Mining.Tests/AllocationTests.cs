using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.TestKit;

namespace Sv2.Mining.Tests;

/// <summary>The hot paths allocate nothing once buffers and histories have grown to what they need.</summary>
public sealed class AllocationTests
{
    private const int Rounds = 200;
    private const int Parts = 5;

    [Theory]
    [InlineData(ChannelKind.Standard)]
    [InlineData(ChannelKind.Extended)]
    public void A_validated_share_from_frame_to_acknowledgement(ChannelKind kind)
    {
        (MiningServerSession session, SilentSink sink, byte[][] shares) = Shares(kind, good: true);
        AssertNone(shares.Length, i =>
        {
            Dispatch(session, shares[i]);
            session.AcknowledgeThrough(sink.Last);
        });
        Assert.Equal(shares.Length, sink.Accepted);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(20)]
    public void Shares_that_are_checked_side_by_side(int atOnce)
    {
        (MiningServerSession session, SilentSink sink, byte[][] shares) = Shares(ChannelKind.Extended, good: true);
        byte[] payloads = [.. shares.SelectMany(share => share[FrameHeader.Size..])];
        int[] lengths = [.. shares.Select(share => share.Length - FrameHeader.Size)];
        int size = lengths[0];
        AssertNone(shares.Length / atOnce, i =>
        {
            session.OnManySubmitSharesExtended(payloads.AsSpan(i * atOnce * size, atOnce * size), lengths.AsSpan(0, atOnce));
            session.AcknowledgeThrough(sink.Last);
        });
        Assert.Equal(shares.Length / atOnce * atOnce, sink.Accepted);
    }

    [Fact]
    public void A_refused_share()
    {
        (MiningServerSession session, SilentSink sink, byte[][] shares) = Shares(ChannelKind.Extended, good: false);
        AssertNone(shares.Length, i => Dispatch(session, shares[i]));
        Assert.Equal(shares.Length, sink.Refused);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sending_a_job_and_a_block_to_a_connection(bool requiresStandardJobs)
    {
        Bench bench = Bench.Running();
        MiningServerSession session = bench.Server.CreateSession(
            requiresStandardJobs ? MiningSetupFlags.RequiresStandardJobs : 0, new SilentOutput(), new SilentSink());
        for (int i = 0; i < 20; i++)
            Dispatch(session, OpenFrame(ChannelKind.Standard));
        long least = long.MaxValue;
        for (int part = 0; part < Parts; part++)
        {
            long allocated = 0;
            for (int i = 0; i < Rounds / Parts; i++)
            {
                // Making a job allocates once for all connections; only handing it out is measured. The first session of a
                // size encodes it, so another one goes before.
                bench.AddActive();
                bench.AddFuture();
                Encode(bench);
                allocated += Allocations.Of(session.Refresh);
                bench.NewBlock();
                Encode(bench);
                allocated += Allocations.Of(session.Refresh);
            }
            // The first parts are the warm-up.
            if (part >= Parts / 2) least = Math.Min(least, allocated);
        }
        Assert.Equal(0, least);
    }

    [Fact]
    public void A_tick_with_nothing_due()
    {
        Bench bench = Bench.Running(vardiff: null);
        MiningServerSession session = bench.Server.CreateSession(0, new SilentOutput(), new SilentSink());
        for (int i = 0; i < 20; i++)
            Dispatch(session, OpenFrame(ChannelKind.Extended));
        AssertNone(Rounds, _ => session.Tick());
    }

    [Theory]
    [InlineData(ChannelKind.Standard)]
    [InlineData(ChannelKind.Extended)]
    public void Submitting_a_share_from_a_client(ChannelKind kind)
    {
        Bench bench = Bench.Running();
        Link link = bench.Connect();
        ClientChannel channel = kind == ChannelKind.Standard ? link.OpenStandard() : link.OpenExtended();
        byte[] extranonce = new byte[channel.ExtranonceSize];
        // The link keeps every frame; a session with a silent output is what is measured.
        MiningClientSession silent = Silent(link, kind, out MiningWork work);
        AssertNone(Rounds, i => silent.TrySubmit(work, (uint)i, work.MinNTime, work.Version, extranonce, out _));
    }

    [Theory]
    [InlineData(ChannelKind.Standard)]
    [InlineData(ChannelKind.Extended)]
    public void A_new_merkle_root_for_a_hasher(ChannelKind kind)
    {
        Link link = Bench.Running().Connect();
        MiningWork work = (kind == ChannelKind.Standard ? link.OpenStandard() : link.OpenExtended()).Work!;
        byte[] extranonce = new byte[work.ExtranonceSize];
        AssertNone(Rounds, i =>
        {
            if (extranonce.Length > 0)
                extranonce[0] = (byte)i;
            work.MerkleRoot(extranonce);
        });
    }

    private static MiningClientSession Silent(Link link, ChannelKind kind, out MiningWork work)
    {
        RecordingEvents events = new();
        MiningClientSession session = new(new SilentOutput(), events, link.Bench.Clock);
        if (kind == ChannelKind.Standard)
            session.OpenStandardChannel("u", 0, U256.MaxValue);
        else
            session.OpenExtendedChannel("u", 0, U256.MaxValue, 0);
        // The same answers as the other client got; both asked under the request id 1.
        foreach (byte[] frame in link.ToClient.Frames)
        {
            FrameHeader.TryRead(frame, out FrameHeader header);
            MiningDispatcher.DispatchToClient(header, frame.AsSpan(FrameHeader.Size), session);
        }
        work = events.Work[^1];
        return session;
    }

    private static (MiningServerSession Session, SilentSink Sink, byte[][] Shares) Shares(ChannelKind kind, bool good)
    {
        Bench bench = Bench.Running(shareTarget: Templates.Easy(3));
        SilentSink sink = new();
        Link link = bench.Connect();
        ClientChannel channel = kind == ChannelKind.Standard ? link.OpenStandard() : link.OpenExtended();
        // The filter doubles at 256 shares, while warming up, and would again at 512.
        byte[][] shares = new byte[500][];
        for (int i = 0; i < shares.Length; i++)
        {
            Found found = good ? Found.On(channel.Work!, channel.Target) : Found.On(channel.Work!, U256.MaxValue, above: channel.Target);
            shares[i] = kind == ChannelKind.Standard ? Frame.ToArray(found.Standard((uint)i)) : Frame.ToArray(found.Extended((uint)i));
        }
        bench.Disconnect(link);
        // A connection of its own with a silent output, whose only channel has the same prefix: a bench of the same make.
        Bench twin = Bench.Running(shareTarget: Templates.Easy(3));
        MiningServerSession session = twin.Server.CreateSession(0, new SilentOutput(), sink);
        Dispatch(session, OpenFrame(kind));
        return (session, sink, shares);
    }

    private static byte[] OpenFrame(ChannelKind kind) => kind == ChannelKind.Standard
        ? Frame.ToArray(new OpenStandardMiningChannel { RequestId = 1, UserIdentity = "u", NominalHashRate = 0, MaxTarget = U256.MaxValue })
        : Frame.ToArray(new OpenExtendedMiningChannel { RequestId = 1, UserIdentity = "u", NominalHashRate = 0, MaxTarget = U256.MaxValue, MinExtranonceSize = 0 });

    private static void Encode(Bench bench)
    {
        SizedJob active = bench.Family.State.Active!.For(12);
        _ = active.FutureFrame.Length + active.ActiveFrame.Length + active.ActivationFrame(bench.Tip).Length;
        foreach (SharedJob future in bench.Family.State.Futures)
            _ = future.For(12).FutureFrame.Length;
    }

    private static void Dispatch(MiningServerSession session, byte[] frame)
    {
        FrameHeader.TryRead(frame, out FrameHeader header);
        MiningDispatcher.DispatchToServer(header, frame.AsSpan(FrameHeader.Size), session);
    }

    // The first part grows buffers and histories and lets the runtime compile; the rest must be free.
    private static void AssertNone(int count, Action<int> action)
    {
        int warmUp = 3 * count / 5;
        Allocations.AssertNone(action, warmUp, (count - warmUp) / Parts, Parts);
    }

    private sealed class SilentOutput : IMiningOutput
    {
        public bool Send(ReadOnlySpan<byte> frame) => true;
    }

    private sealed class SilentSink : IShareSink
    {
        public long Last { get; private set; }

        public int Accepted { get; private set; }

        public int Refused { get; private set; }

        public bool OnAccepted(in AcceptedShare share)
        {
            Last = share.ShareNumber;
            Accepted++;
            return true;
        }

        public void OnRejected(in RejectedShare share) => Refused++;

        public void OnBlockFound(BlockCandidate block)
        {
        }
    }
}
