using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.TestKit;
using Sv2.Transport.Tests.Support;

namespace Sv2.Transport.Tests;

/// <summary>Frames in both directions, plain and encrypted, however they are cut on the wire.</summary>
public class ConnectionTests
{
    private static readonly Reconnect Message = new() { NewHost = "pool.example", NewPort = 34254 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("spec", "99")]
    public async Task Carries_messages_both_ways(bool encrypted)
    {
        await using Pair pair = await Pair.CreateAsync(encrypted);
        Task running = pair.RunAsync();

        await pair.Peer.SendAsync(Message);
        Assert.Equal(Message, await pair.Handler.NextAsync<Reconnect>());
        Assert.True(pair.Connection.TrySend(in Message));
        Assert.Equal(Message, await pair.Peer.ExpectAsync<Reconnect>());

        await pair.Peer.EndAsync();
        await running;
        Assert.Equal(CloseKind.PeerClosed, pair.Connection.Reason!.Kind);
        Assert.Equal(CloseParty.None, pair.Connection.Reason.Party);
        Assert.Equal(1, pair.Connection.FramesReceived);
        Assert.Equal(1, pair.Connection.FramesSent);
    }

    [Fact]
    [Trait("spec", "100")]
    [Trait("spec", "352")]
    public async Task Header_and_payload_of_a_message_leave_together()
    {
        var flushes = new FlushRecorder();
        await using Pair pair = await Pair.CreateAsync(encrypted: true, wrap: flushes.Wrap);
        Task running = pair.RunAsync();
        flushes.Sizes.Clear();
        for (int i = 0; i < 5; i++)
        {
            // One at a time, so that nothing else can share its flush.
            Assert.True(pair.Connection.TrySend(in Message));
            Assert.Equal(Message, await pair.Peer.ExpectAsync<Reconnect>());
        }

        await pair.Peer.EndAsync();
        await running;
        const int TagSize = 16;
        int onWire = FrameHeader.Size + TagSize + Message.PayloadLength + TagSize;
        Assert.All(flushes.Sizes.Take(5), size => Assert.Equal(onWire, size));
        Assert.InRange(flushes.Sizes.Count, 5, 6);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("spec", "23")]
    [Trait("spec", "103")]
    public async Task Puts_frames_together_from_single_bytes(bool encrypted)
    {
        await using Pair pair = await Pair.CreateAsync(encrypted, wrap: inner => new FragmentingDuplex(inner, size: 1));
        Task running = pair.RunAsync();
        for (int i = 0; i < 3; i++) await pair.Peer.SendAsync(Message with { NewPort = (ushort)i });
        for (int i = 0; i < 3; i++) Assert.Equal(i, (await pair.Handler.NextAsync<Reconnect>()).NewPort);
        await pair.Peer.EndAsync();
        await running;
        Assert.Equal(CloseKind.PeerClosed, pair.Connection.Reason!.Kind);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("spec", "23")]
    public async Task Takes_many_frames_from_one_read_as_one_batch(bool encrypted)
    {
        await using Pair pair = await Pair.CreateAsync(encrypted);
        byte[] blob = [.. Enumerable.Range(0, 100).SelectMany(i => pair.Peer.ToWire(Frame.ToArray(Message with { NewPort = (ushort)i })))];
        await pair.Peer.SendRawAsync(blob);
        Task running = pair.RunAsync();
        for (int i = 0; i < 100; i++) Assert.Equal(i, (await pair.Handler.NextAsync<Reconnect>()).NewPort);
        await pair.Peer.EndAsync();
        await running;
        Assert.Equal(1, pair.Handler.Batches);
        Assert.Equal(blob.Length, pair.Connection.BytesReceived);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65518)]
    [InlineData(65519)]
    [InlineData(65520)]
    [InlineData(131038)]
    [InlineData(131039)]
    [InlineData(1_000_000)]
    [InlineData(PayloadLimits.FullBlock)]
    [Trait("spec", "101")]
    [Trait("spec", "102")]
    [Trait("spec", "27")]
    public async Task Carries_payloads_of_every_number_of_blocks(int length)
    {
        var options = new ConnectionOptions { PayloadBytesMax = PayloadLimits.FullBlock, OutboundBytesMax = PayloadLimits.FullBlock + 6 };
        byte[] payload = new byte[length];
        new Random(length).NextBytes(payload);
        byte[] frame = ScriptedPeer.ToFrame(0x4001, 9, payload);
        foreach (bool encrypted in (bool[])[false, true])
        {
            await using Pair pair = await Pair.CreateAsync(encrypted, options);
            Task running = pair.RunAsync();

            Task sending = pair.Peer.SendRawAsync(pair.Peer.ToWire(frame));
            Assert.True((await pair.Handler.NextAsync()).Payload.AsSpan().SequenceEqual(payload));
            await sending;
            Assert.Equal(0, pair.Connection.ReceiveBufferBytes);

            Assert.True(pair.Connection.TrySendFrame(frame));
            ReceivedFrame back = await pair.Peer.ReceiveAsync();
            Assert.Equal(0x4001, back.Header.ExtensionType);
            Assert.True(back.Payload.AsSpan().SequenceEqual(payload));

            await pair.Peer.EndAsync();
            await running;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Knows_a_clean_end_from_a_torn_frame_at_every_byte(bool encrypted)
    {
        int length = (await Cut(encrypted, int.MaxValue)).Length;
        for (int cut = 0; cut <= length; cut++)
        {
            CloseReason reason = (await Cut(encrypted, cut)).Reason;
            Assert.Equal(cut == 0 || cut == length ? CloseKind.PeerClosed : CloseKind.Truncated, reason.Kind);
        }

        static async Task<(int Length, CloseReason Reason)> Cut(bool encrypted, int cut)
        {
            await using Pair pair = await Pair.CreateAsync(encrypted);
            byte[] wire = pair.Peer.ToWire(Frame.ToArray(in Message));
            cut = Math.Min(cut, wire.Length);
            await pair.Peer.SendRawAsync(wire.AsMemory(0, cut));
            await pair.Peer.EndAsync();
            await pair.RunAsync();
            Assert.Equal(cut == wire.Length ? 1 : 0, pair.Handler.Count);
            return (wire.Length, pair.Connection.Reason!);
        }
    }

    [Fact]
    [Trait("spec", "82")]
    [Trait("spec", "93")]
    public async Task Ends_without_plaintext_on_any_flipped_bit()
    {
        byte[] plain = Frame.ToArray(in Message);
        for (int bit = 0; bit < (plain.Length + 32) * 8; bit++)
        {
            await using Pair pair = await Pair.CreateAsync(encrypted: true);
            byte[] wire = pair.Peer.ToWire(plain);
            Assert.Equal(plain.Length + 32, wire.Length);
            wire[bit / 8] ^= (byte)(1 << (bit % 8));
            await pair.Peer.SendRawAsync(wire);
            // A second, undamaged frame must not be delivered either.
            await pair.Peer.SendAsync(Message);
            await pair.RunAsync();
            Assert.Equal(CloseKind.DecryptFailed, pair.Connection.Reason!.Kind);
            Assert.Equal(0, pair.Handler.Count);
            Assert.Equal(0, pair.Connection.FramesReceived);
        }
    }

    [Fact]
    [Trait("spec", "104")]
    public async Task Keeps_nonces_consecutive_under_concurrent_senders()
    {
        const int Senders = 8;
        const int MessagesEach = 500;
        await using Pair pair = await Pair.CreateAsync(encrypted: true, new ConnectionOptions { OutboundBytesMax = 4 * 1024 * 1024 });
        Sv2Connection connection = pair.Connection;
        Task[] senders = [.. Enumerable.Range(0, Senders).Select(sender => Task.Run(() =>
        {
            for (int i = 0; i < MessagesEach; i++)
                Assert.True(connection.TrySend(new Reconnect { NewHost = $"{sender}", NewPort = (ushort)i }));
        }))];

        var next = new Dictionary<string, int>();
        for (int i = 0; i < Senders * MessagesEach; i++)
        {
            Reconnect message = await pair.Peer.ExpectAsync<Reconnect>();
            string sender = message.NewHost.ToString();
            // What one thread sends arrives in its order.
            Assert.Equal(next.GetValueOrDefault(sender), message.NewPort);
            next[sender] = message.NewPort + 1;
        }

        await Task.WhenAll(senders);
        Assert.Equal(Senders * MessagesEach, connection.FramesSent);
    }

    [Fact]
    public async Task Sends_answers_to_one_batch_in_one_flush()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true);
        Sv2Connection connection = pair.Connection;
        var handler = new DelegateHandler((_, _) =>
        {
            Assert.Equal(0, connection.BytesSent);
            connection.TrySend(in Message);
            return FrameVerdict.Continue;
        });
        byte[] blob = [.. Enumerable.Range(0, 50).SelectMany(i => pair.Peer.ToWire(Frame.ToArray(in Message)))];
        await pair.Peer.SendRawAsync(blob);
        Task running = connection.RunAsync(handler);
        for (int i = 0; i < 50; i++) Assert.Equal(Message, await pair.Peer.ExpectAsync<Reconnect>());
        await pair.Peer.EndAsync();
        await running;
        Assert.Null(connection.Reason!.Exception);
    }

    [Fact]
    public async Task Sends_a_batch_together()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: false);
        using (pair.Connection.BeginBatch())
        {
            for (int i = 0; i < 10; i++) pair.Connection.TrySend(in Message);
            Assert.Equal(0, pair.Connection.BytesSent);
            Assert.True(pair.Connection.QueuedBytes > 0);
        }

        for (int i = 0; i < 10; i++) await pair.Peer.ExpectAsync<Reconnect>();
    }

    [Fact]
    [Trait("spec", "50")]
    public async Task Sends_tlvs_behind_the_payload_and_counts_them()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true);
        byte[] tlv = [0x02, 0x00, 0x01, 0x01, 0x00, 0x41];
        Assert.True(pair.Connection.TrySend(in Message, tlv));
        ReceivedFrame frame = await pair.Peer.ReceiveAsync();
        Assert.Equal(Message.PayloadLength + tlv.Length, frame.Header.PayloadLength);
        Assert.Equal(tlv, frame.Payload[^tlv.Length..]);
    }

    [Fact]
    public async Task Sends_encoded_frames_and_refuses_what_is_no_frame()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true);
        byte[] frame = Frame.ToArray(in Message);
        byte[] two = [.. frame, .. frame];
        Assert.True(pair.Connection.TrySendFrames(two));
        await pair.Peer.ExpectAsync<Reconnect>();
        await pair.Peer.ExpectAsync<Reconnect>();
        Assert.Throws<ArgumentException>(() => pair.Connection.TrySendFrame(two));
        Assert.Throws<ArgumentException>(() => pair.Connection.TrySendFrame(frame.AsSpan(0, 7)));
        Assert.Throws<ArgumentException>(() => pair.Connection.TrySendFrames(two.AsSpan(0, frame.Length + 3)));
        Assert.Throws<ArgumentException>(() => pair.Connection.TrySendFrames(default));
        Assert.Null(pair.Connection.Reason);
    }

    [Fact]
    public async Task Hands_over_between_frames_of_one_read()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true);
        byte[] blob = [.. Enumerable.Range(0, 3).SelectMany(i => pair.Peer.ToWire(Frame.ToArray(Message with { NewPort = (ushort)i })))];
        await pair.Peer.SendRawAsync(blob);
        var first = new RecordingHandler { Decide = _ => FrameVerdict.HandOver };
        await pair.Connection.RunAsync(first);
        Assert.Null(pair.Connection.Reason);
        Assert.Equal(0, (await first.NextAsync<Reconnect>()).NewPort);
        Assert.Equal(0, first.Count);

        Task running = pair.RunAsync();
        Assert.Equal(1, (await pair.Handler.NextAsync<Reconnect>()).NewPort);
        Assert.Equal(2, (await pair.Handler.NextAsync<Reconnect>()).NewPort);
        await pair.Peer.EndAsync();
        await running;
    }

    [Fact]
    public async Task Closes_one_connection_when_its_handler_throws()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: false);
        await pair.Peer.SendAsync(Message);
        await pair.Connection.RunAsync(new DelegateHandler((_, _) => throw new InvalidOperationException("our bug")));
        Assert.Equal(CloseKind.LocalFailure, pair.Connection.Reason!.Kind);
        Assert.Equal(CloseParty.Local, pair.Connection.Reason.Party);
        Assert.IsType<InvalidOperationException>(pair.Connection.Reason.Exception);
        await pair.Peer.ExpectCloseAsync();
    }

    [Fact]
    public async Task Refuses_two_receivers()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: false);
        Task running = pair.RunAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => pair.Connection.RunAsync(new RecordingHandler()));
        pair.Connection.Close(CloseReason.LocalShutdown);
        await running;
    }

    [Fact]
    public async Task Closes_when_cancelled()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true);
        using var cancellation = new CancellationTokenSource();
        Task running = pair.Connection.RunAsync(pair.Handler, cancellation.Token);
        await cancellation.CancelAsync();
        await running;
        Assert.Equal(CloseKind.LocalShutdown, pair.Connection.Reason!.Kind);
        Assert.True(pair.Connection.Closed.IsCancellationRequested || await Eventually(pair.Connection.Closed));

        static async Task<bool> Eventually(CancellationToken token)
        {
            var cancelled = new TaskCompletionSource();
            await using CancellationTokenRegistration registration = token.Register(cancelled.SetResult);
            await cancelled.Task.WaitAsync(ScriptedPeer.Patience);
            return true;
        }
    }

    [Fact]
    public async Task Keeps_the_first_reason_and_sends_what_was_queued()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true);
        Task running = pair.RunAsync();
        for (int i = 0; i < 100; i++) Assert.True(pair.Connection.TrySend(in Message));
        pair.Connection.Close(new CloseReason(CloseKind.Drained, "first"));
        pair.Connection.Close(new CloseReason(CloseKind.LocalShutdown, "second"));
        Assert.False(pair.Connection.TrySend(in Message));
        await running;
        Assert.Equal("first", pair.Connection.Reason!.Message);
        for (int i = 0; i < 100; i++) await pair.Peer.ExpectAsync<Reconnect>();
        await pair.Peer.ExpectCloseAsync();
    }

    [Fact]
    public async Task A_message_that_does_not_fit_its_type_throws_and_leaves_the_stream_whole()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true);
        var wrong = new Reconnect { NewHost = new string('x', 256), NewPort = 1 };
        Assert.Throws<ArgumentException>(() => pair.Connection.TrySend(in wrong));
        Assert.True(pair.Connection.TrySend(in Message));
        Assert.Equal(Message, await pair.Peer.ExpectAsync<Reconnect>());
    }
}
