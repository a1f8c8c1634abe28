using System.IO.Pipelines;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.TestKit;
using Sv2.Transport.Tests.Support;

namespace Sv2.Transport.Tests;

/// <summary>Every bound of a connection and what happens at it. Time is moved by hand.</summary>
public class LimitTests
{
    private static readonly Reconnect Message = new() { NewHost = "pool.example", NewPort = 34254 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("spec", "27")]
    public async Task Refuses_a_long_payload_by_its_header_alone(bool encrypted)
    {
        var options = new ConnectionOptions { PayloadBytesMax = 1000 };
        await using Pair pair = await Pair.CreateAsync(encrypted, options);
        await pair.Peer.SendFrameAsync(0x4000, 1, new byte[1000]);
        byte[] tooLong = pair.Peer.ToWire(ScriptedPeer.ToFrame(0x4000, 2, new byte[1001]));
        await pair.Peer.SendRawAsync(tooLong.AsMemory(0, encrypted ? 22 : 6));
        await pair.RunAsync();
        Assert.Equal(CloseKind.FrameTooLarge, pair.Connection.Reason!.Kind);
        Assert.Equal(CloseParty.Peer, pair.Connection.Reason.Party);
        Assert.Contains("1001", pair.Connection.Reason.Message, StringComparison.Ordinal);
        Assert.Contains("1000", pair.Connection.Reason.Message, StringComparison.Ordinal);
        Assert.Equal(1, pair.Handler.Count);
    }

    [Fact]
    [Trait("spec", "27")]
    public async Task Allows_only_small_payloads_until_the_session_is_set_up()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true, isEstablished: false);
        byte[] wire = pair.Peer.ToWire(ScriptedPeer.ToFrame(0, 0, new byte[15 * 1024 * 1024]));
        await pair.Peer.SendRawAsync(wire.AsMemory(0, 22));
        await pair.RunAsync();
        Assert.Equal(CloseKind.FrameTooLarge, pair.Connection.Reason!.Kind);
        Assert.Contains("set up", pair.Connection.Reason.Message, StringComparison.Ordinal);
        Assert.Equal(0, pair.Connection.ReceiveBufferBytes);
    }

    [Fact]
    [Trait("spec", "27")]
    public async Task Announcing_a_long_payload_does_not_reserve_memory_for_it()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true, new ConnectionOptions { PayloadBytesMax = PayloadLimits.FullBlock });
        byte[] wire = pair.Peer.ToWire(ScriptedPeer.ToFrame(0x4000, 2, new byte[4_000_000]));
        Task running = pair.RunAsync();
        await pair.Peer.SendRawAsync(wire.AsMemory(0, 30_000));
        await pair.Peer.EndAsync();
        await running;
        Assert.Equal(CloseKind.Truncated, pair.Connection.Reason!.Kind);
        Assert.InRange(pair.Connection.ReceiveBufferBytes, 0, 128 * 1024);
    }

    [Fact]
    public async Task Closes_a_session_that_is_not_set_up_in_time()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true, isEstablished: false);
        Task running = pair.RunAsync();
        pair.Clock.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Null(pair.Connection.Reason);
        pair.Clock.Advance(TimeSpan.FromSeconds(0.2));
        await running;
        Assert.Equal(CloseKind.SetupTimeout, pair.Connection.Reason!.Kind);
        await pair.Peer.ExpectCloseAsync();
    }

    [Fact]
    public async Task Frames_do_not_stretch_the_time_for_setup()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: false, isEstablished: false);
        Task running = pair.RunAsync();
        for (int second = 0; second < 9; second++)
        {
            await pair.Peer.SendAsync(Message);
            await pair.Handler.NextAsync();
            pair.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Null(pair.Connection.Reason);
        pair.Clock.Advance(TimeSpan.FromSeconds(1.1));
        await running;
        Assert.Equal(CloseKind.SetupTimeout, pair.Connection.Reason!.Kind);
    }

    [Fact]
    public async Task Closes_an_idle_peer_and_keeps_one_that_speaks()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: true, new ConnectionOptions { IdleTimeout = TimeSpan.FromMinutes(5) });
        Task running = pair.RunAsync();
        for (int i = 0; i < 4; i++)
        {
            pair.Clock.Advance(TimeSpan.FromMinutes(4));
            await pair.Peer.SendAsync(Message);
            await pair.Handler.NextAsync();
            await WaitFor(() => pair.Connection.FramesReceived == i + 1);
        }

        Assert.Null(pair.Connection.Reason);
        pair.Clock.Advance(TimeSpan.FromMinutes(4.9));
        Assert.Null(pair.Connection.Reason);
        pair.Clock.Advance(TimeSpan.FromMinutes(0.2));
        await running;
        Assert.Equal(CloseKind.IdleTimeout, pair.Connection.Reason!.Kind);
    }

    [Fact]
    public async Task A_byte_now_and_then_does_not_keep_a_frame_open()
    {
        var options = new ConnectionOptions { FrameTimeout = TimeSpan.FromSeconds(30) };
        await using Pair pair = await Pair.CreateAsync(encrypted: true, options);
        byte[] wire = pair.Peer.ToWire(Frame.ToArray(in Message));
        Task running = pair.RunAsync();
        await pair.Peer.SendRawAsync(wire.AsMemory(0, 1));
        for (int i = 1; i < 29; i++)
        {
            pair.Clock.Advance(TimeSpan.FromSeconds(1));
            await pair.Peer.SendRawAsync(wire.AsMemory(i, 1));
            Assert.Null(pair.Connection.Reason);
        }

        await pair.AdvanceUntilAsync(running, TimeSpan.FromSeconds(1));
        Assert.Equal(CloseKind.FrameTimeout, pair.Connection.Reason!.Kind);
    }

    [Fact]
    public async Task A_peer_that_never_reads_costs_no_more_than_the_bound()
    {
        const int Bound = 64 * 1024;
        await using Pair pair = await Pair.CreateAsync(encrypted: true, new ConnectionOptions { OutboundBytesMax = Bound }, pauseBytes: 16 * 1024);
        byte[] frame = ScriptedPeer.ToFrame(0x4000, 1, new byte[1000]);
        long accepted = 0;
        while (pair.Connection.TrySendFrame(frame))
        {
            accepted += frame.Length;
            Assert.InRange(pair.Connection.QueuedBytes, 0, Bound);
            // What the pipe took, one flush of at most 32 KiB beyond its threshold, and the queue.
            Assert.InRange(accepted, 0, Bound + (80 * 1024));
        }

        Assert.Equal(CloseKind.SlowReader, pair.Connection.Reason!.Kind);
        Assert.Contains($"{Bound}", pair.Connection.Reason.Message, StringComparison.Ordinal);
        Assert.False(pair.Connection.TrySendFrame(frame));
        await pair.RunAsync();
        await pair.Connection.DisposeAsync();
        Assert.Equal(0, pair.Connection.QueuedBytes);
    }

    [Fact]
    public async Task A_frame_longer_than_the_queue_is_our_own_misuse()
    {
        await using Pair pair = await Pair.CreateAsync(encrypted: false, new ConnectionOptions { OutboundBytesMax = 2000 });
        Assert.Throws<ArgumentException>(() => pair.Connection.TrySendFrame(ScriptedPeer.ToFrame(0x4000, 1, new byte[2000])));
        Assert.Null(pair.Connection.Reason);
    }

    [Fact]
    public async Task Closes_a_peer_that_takes_no_bytes_for_too_long()
    {
        var options = new ConnectionOptions { SendTimeout = TimeSpan.FromSeconds(30) };
        await using Pair pair = await Pair.CreateAsync(encrypted: false, options, pauseBytes: 4096);
        Task running = pair.RunAsync();
        pair.Connection.TrySendFrame(ScriptedPeer.ToFrame(0x4000, 1, new byte[10_000]));
        await pair.AdvanceUntilAsync(running, TimeSpan.FromSeconds(31));
        Assert.Equal(CloseKind.SendTimeout, pair.Connection.Reason!.Kind);
    }

    [Fact]
    public async Task A_close_that_the_peer_does_not_take_is_cut_short()
    {
        var options = new ConnectionOptions { CloseTimeout = TimeSpan.FromSeconds(3), SendTimeout = Timeout.InfiniteTimeSpan };
        await using Pair pair = await Pair.CreateAsync(encrypted: false, options, pauseBytes: 4096);
        for (int i = 0; i < 10; i++) pair.Connection.TrySendFrame(ScriptedPeer.ToFrame(0x4000, 1, new byte[20_000]));
        Task disposing = pair.Connection.DisposeAsync().AsTask();
        Assert.False(disposing.IsCompleted);
        await pair.AdvanceUntilAsync(disposing, TimeSpan.FromSeconds(3.1));
        Assert.Equal(CloseKind.LocalShutdown, pair.Connection.Reason!.Kind);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [Trait("spec", "109")]
    public async Task A_handshake_that_stalls_times_out_on_the_server(int bytes)
    {
        var clock = new ManualTimeProvider();
        (InMemoryDuplex client, InMemoryDuplex server) = InMemoryDuplex.CreatePair();
        Task<Sv2Connection> accepting = Sv2Connection.AcceptAsync(server, Keys.Credentials, clock: clock);
        await using var peer = new ScriptedPeer(client);
        await peer.SendRawAsync(new byte[bytes]);
        await clock.WaitForTimersAsync();
        clock.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(accepting.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(0.2));
        var e = await Assert.ThrowsAsync<HandshakeException>(() => accepting.WaitAsync(ScriptedPeer.Patience));
        Assert.Equal(CloseKind.HandshakeTimeout, e.Reason.Kind);
        await peer.ExpectCloseAsync();
    }

    [Fact]
    public async Task A_handshake_that_stalls_times_out_on_the_client()
    {
        var clock = new ManualTimeProvider();
        (InMemoryDuplex client, InMemoryDuplex server) = InMemoryDuplex.CreatePair();
        Task<Sv2Connection> connecting = Sv2Connection.ConnectAsync(client, Keys.Authority.PublicKey, clock: clock);
        await using var peer = new ScriptedPeer(server);
        await peer.ReceiveRawAsync(64);
        await peer.SendRawAsync(new byte[233]);
        clock.Advance(TimeSpan.FromSeconds(10.1));
        var e = await Assert.ThrowsAsync<HandshakeException>(() => connecting.WaitAsync(ScriptedPeer.Patience));
        Assert.Equal(CloseKind.HandshakeTimeout, e.Reason.Kind);
        await peer.ExpectCloseAsync();
    }

    [Theory]
    [InlineData(nameof(ConnectionOptions.PayloadBytesMax))]
    [InlineData(nameof(ConnectionOptions.OutboundBytesMax))]
    [InlineData(nameof(ConnectionOptions.IdleTimeout))]
    public void Options_out_of_range_name_the_option(string name)
    {
        (InMemoryDuplex client, _) = InMemoryDuplex.CreatePair();
        var options = name switch
        {
            nameof(ConnectionOptions.PayloadBytesMax) => new ConnectionOptions { PayloadBytesMax = 0x1000000 },
            nameof(ConnectionOptions.OutboundBytesMax) => new ConnectionOptions { OutboundBytesMax = 10 },
            _ => new ConnectionOptions { IdleTimeout = TimeSpan.Zero },
        };
        Assert.Contains(name, Assert.Throws<ArgumentException>(() => Sv2Connection.StartPlain(client, options)).Message, StringComparison.Ordinal);
    }

    private static async Task WaitFor(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(ScriptedPeer.Patience);
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
