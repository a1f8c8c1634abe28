using System.Buffers;
using System.IO.Pipelines;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Mining;
using Sv2.TestKit;
using Sv2.Transport.Internal;
using Sv2.Transport.Tests.Support;

namespace Sv2.Transport.Tests;

/// <summary>A message costs no allocation in steady state, in either direction.</summary>
public class AllocationTests
{
    private const int Warm = 2_000;
    private const int Measured = 20_000;
    private const int Rounds = 5;

    private static readonly SubmitSharesStandard Share = new()
    {
        ChannelId = 1,
        SequenceNumber = 2,
        JobId = 3,
        Nonce = 4,
        NTime = 5,
        Version = 6,
    };

    /// <summary>Sender's thread, encryption and flush included: everything runs on the measuring thread.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Sending_allocates_nothing(bool encrypted)
    {
        (IDuplexPipe transport, PipeReader drain, NoiseSession? session) = await NewTransportAsync(encrypted);
        await using var connection = new Sv2Connection(transport, context: null, session, new ConnectionOptions(), TimeProvider.System, logger: null);

        Allocations.AssertNone(round =>
        {
            // The batch's end runs the writer loop right here; the drained pipe never makes it wait.
            using (connection.BeginBatch()) connection.TrySend(in Share);
            if (drain.TryRead(out ReadResult read)) drain.AdvanceTo(read.Buffer.End);
        }, Warm, Measured / Rounds, Rounds);
        Assert.Equal(0, connection.QueuedBytes);
        Assert.Equal(Warm + Measured, connection.FramesSent);
    }

    /// <summary>The waking of the writer loop by another thread allocates nothing on that thread either.</summary>
    [Fact]
    public async Task Sending_one_message_at_a_time_allocates_nothing_on_the_senders_thread()
    {
        (IDuplexPipe transport, PipeReader drain, NoiseSession? session) = await NewTransportAsync(encrypted: true);
        await using var connection = new Sv2Connection(transport, context: null, session, new ConnectionOptions(), TimeProvider.System, logger: null);
        Action send = () =>
        {
            connection.TrySend(in Share);
            var patience = new SpinWait();
            while (connection.QueuedBytes > 0) patience.SpinOnce(sleep1Threshold: -1);
            if (drain.TryRead(out ReadResult read)) drain.AdvanceTo(read.Buffer.End);
        };
        for (int i = 0; i < Warm; i++) send();
        // Buffers travel between this thread and the writer's through the shared pool, which may have to make a few in
        // all; a cost per message would be at least an object header, 24 bytes.
        Assert.InRange(Allocations.Of(() => { for (int i = 0; i < Measured; i++) send(); }), 0, Measured);
    }

    /// <summary>Cutting into frames, decrypting and handing over.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Receiving_allocates_nothing(bool encrypted)
    {
        (NoiseSession client, NoiseSession server) = await NewSessionsAsync();
        var reader = new FrameReader(encrypted ? server.Decryptor : null) { PayloadBytesMax = 1000 };
        byte[] frame = Frame.ToArray(in Share);
        byte[] wire = new byte[frame.Length + 32];
        int frames = 0;

        Allocations.AssertNone(round =>
        {
            int length = encrypted ? client.Encryptor.EncryptFrame(frame, wire) : Copy(frame, wire);
            var input = new ReadOnlySequence<byte>(wire, 0, length);
            FrameReadStatus status = reader.TryRead(ref input, out FrameHeader header, out ReadOnlySpan<byte> payload);
            if (status == FrameReadStatus.Frame && header.MessageType == 0x1a && SubmitSharesStandardView.TryRead(payload, out SubmitSharesStandardView view, out _) && view.Nonce == 4) frames++;
            reader.ReleaseIdleBuffer();
        }, Warm, Measured / Rounds, Rounds);
        Assert.Equal(Warm + Measured, frames);

        static int Copy(byte[] from, byte[] to)
        {
            from.CopyTo(to, 0);
            return from.Length;
        }
    }

    /// <summary>The whole receive loop: what one read of many frames costs does not grow with the frames.</summary>
    [Fact]
    public async Task The_receive_loop_allocates_nothing_per_frame()
    {
        (InMemoryDuplex client, InMemoryDuplex server) = InMemoryDuplex.CreatePair(pauseBytes: 0);
        await using Sv2Connection connection = Sv2Connection.StartPlain(server);
        connection.MarkEstablished();
        byte[] frame = Frame.ToArray(in Share);
        var handler = new MeasuringHandler();
        for (int i = 0; i < Warm + Measured; i++) client.Output.Write(frame);
        await client.Output.FlushAsync();
        await connection.RunAsync(handler);
        Assert.Equal(0, handler.LeastOfRounds);
    }

    private static async Task<(IDuplexPipe Transport, PipeReader Drain, NoiseSession? Session)> NewTransportAsync(bool encrypted)
    {
        (InMemoryDuplex client, InMemoryDuplex server) = InMemoryDuplex.CreatePair(pauseBytes: 0);
        return (server, client.Input, encrypted ? (await NewSessionsAsync()).Server : null);
    }

    private static Task<(NoiseSession Client, NoiseSession Server)> NewSessionsAsync()
    {
        using var initiator = new NoiseInitiator(Keys.Authority.PublicKey, TimeProvider.System);
        using var responder = new NoiseResponder(Keys.Credentials);
        byte[] act1 = new byte[64];
        byte[] act2 = new byte[234];
        initiator.WriteAct1(act1);
        NoiseSession server = responder.ReadAct1AndWriteAct2(act1, act2);
        Assert.True(initiator.TryReadAct2(act2, out NoiseSession? client, out _));
        return Task.FromResult((client, server));
    }

    /// <summary>The receive loop calls it, so it measures by itself: as <see cref="Allocations"/> does, from frame to frame.</summary>
    private sealed class MeasuringHandler : IFrameHandler
    {
        private int _frames;
        private long _start;

        internal long LeastOfRounds { get; private set; } = long.MaxValue;

        public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
        {
            int measured = ++_frames - Warm;
            if (measured < 0 || measured % (Measured / Rounds) != 0) return FrameVerdict.Continue;
            long now = GC.GetAllocatedBytesForCurrentThread();
            if (measured > 0) LeastOfRounds = Math.Min(LeastOfRounds, now - _start);
            _start = now;
            return measured < Measured ? FrameVerdict.Continue : FrameVerdict.HandOver;
        }

        public void OnBatchEnd()
        {
        }
    }
}
