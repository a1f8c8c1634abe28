using System.Net;
using System.Net.Sockets;
using System.Text;
using Sv2.TestKit;

namespace Sv1.Tests;

public sealed class ConnectionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Lines_go_both_ways()
    {
        await using Echo server = await Echo.StartAsync();
        await using Sv1Connection client = await Sv1Connector.ConnectAsync("127.0.0.1", server.Port);
        Collector lines = new();
        Task running = client.RunAsync(lines);

        client.Send("one\ntwo\n"u8);
        await lines.WhenAsync(2).WaitAsync(Patience);

        Assert.Equal(["one", "two"], lines.Lines);
        client.Close(Sv1CloseReason.LocalShutdown);
        await running.WaitAsync(Patience);
        Assert.Equal(Sv1CloseKind.PeerClosed, (await server.NextEndAsync()).Kind);
        Assert.Equal((8, 8), (client.BytesSent, client.BytesReceived));
    }

    [Fact]
    public async Task A_gigantic_line_is_closed_with_a_reason_finished_or_not()
    {
        await using Echo server = await Echo.StartAsync(options => options with { LineBytesMax = 1000 });
        using Socket socket = await server.ConnectAsync();
        // More may follow than the server ever reads; only the first bytes matter.
        await socket.SendAsync(Encoding.ASCII.GetBytes(new string('x', 5000)));

        Sv1CloseReason reason = await server.NextEndAsync();
        Assert.Equal(Sv1CloseKind.LineTooLong, reason.Kind);
        Assert.Contains("1000", reason.Message);
    }

    [Fact]
    public async Task A_half_line_is_closed_when_its_time_is_over()
    {
        ManualTimeProvider time = new();
        await using Echo server = await Echo.StartAsync(options => options with { LineTimeout = TimeSpan.FromSeconds(8), SetupTimeout = TimeSpan.FromDays(100_000) }, time);
        using Socket socket = await server.ConnectAsync();
        await socket.SendAsync("whole\nhalf"u8.ToArray());
        await ReadAsync(socket, "whole\n");
        Task<Sv1CloseReason> end = server.NextEndAsync();
        while (!end.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(Sv1CloseKind.LineTimeout, (await end).Kind);
    }

    [Fact]
    public async Task Half_a_line_and_goodbye_is_named()
    {
        await using Echo server = await Echo.StartAsync();
        Socket socket = await server.ConnectAsync();
        await socket.SendAsync("half"u8.ToArray());
        socket.Shutdown(SocketShutdown.Send);

        Assert.Equal(Sv1CloseKind.Truncated, (await server.NextEndAsync()).Kind);
        socket.Dispose();
    }

    [Fact]
    [Trait("spec", "109")]
    public async Task Silent_sockets_are_closed_others_are_not_disturbed()
    {
        ManualTimeProvider time = new();
        await using Echo server = await Echo.StartAsync(options => options with { SetupTimeout = TimeSpan.FromSeconds(20), IdleTimeout = TimeSpan.FromHours(1) }, time);
        using Socket busy = await server.ConnectAsync();
        await busy.SendAsync("establish\n"u8.ToArray());
        await ReadAsync(busy, "establish\n");
        List<Socket> silent = [];
        for (int i = 0; i < 50; i++)
            silent.Add(await server.ConnectAsync());
        await server.WhenAcceptedAsync(51);

        time.Advance(TimeSpan.FromSeconds(30));
        for (int i = 0; i < silent.Count; i++)
            Assert.Equal(Sv1CloseKind.SetupTimeout, (await server.NextEndAsync()).Kind);

        await busy.SendAsync("still\n"u8.ToArray());
        await ReadAsync(busy, "still\n");
        silent.ForEach(static socket => socket.Dispose());
    }

    [Fact]
    [Trait("spec", "109")]
    public async Task Of_too_many_silent_sockets_the_oldest_makes_room()
    {
        await using Echo server = await Echo.StartAsync(options => options with { HalfOpenMax = 8 });
        List<Socket> silent = [];
        for (int i = 0; i < 20; i++)
            silent.Add(await server.ConnectAsync());
        for (int i = 0; i < 12; i++)
            Assert.Equal(Sv1CloseKind.ConnectionLimit, (await server.NextEndAsync()).Kind);

        using Socket busy = await server.ConnectAsync();
        await busy.SendAsync("establish\n"u8.ToArray());
        await ReadAsync(busy, "establish\n");
        silent.ForEach(static socket => socket.Dispose());
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_closed()
    {
        await using Echo server = await Echo.StartAsync(options => options with { ConnectionsMax = 2 });
        using Socket first = await server.ConnectAsync();
        using Socket second = await server.ConnectAsync();
        await server.WhenAcceptedAsync(2);
        using Socket third = await server.ConnectAsync();

        Assert.Equal(0, await EndOfStreamAsync(third));
        await first.SendAsync("on\n"u8.ToArray());
        await ReadAsync(first, "on\n");
    }

    [Fact]
    public async Task A_miner_that_never_reads_is_closed_and_costs_no_more_than_its_bound()
    {
        await using Echo server = await Echo.StartAsync(options => options with { OutboundBytesMax = 64 * 1024 });
        using Socket deaf = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await deaf.ConnectAsync(IPAddress.Loopback, server.Port);
        await deaf.SendAsync("flood\n"u8.ToArray());

        Assert.Equal(Sv1CloseKind.SlowReader, (await server.NextEndAsync()).Kind);
    }

    [Fact]
    public async Task A_miner_that_leaves_bytes_waiting_too_long_is_closed()
    {
        ManualTimeProvider time = new();
        await using Echo server = await Echo.StartAsync(options => options with { OutboundBytesMax = 1 << 26, SendTimeout = TimeSpan.FromSeconds(10), SetupTimeout = TimeSpan.FromDays(100_000) }, time);
        using Socket deaf = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await deaf.ConnectAsync(IPAddress.Loopback, server.Port);
        await deaf.SendAsync("swamp\n"u8.ToArray());
        Task<Sv1CloseReason> end = server.NextEndAsync();
        while (!end.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(Sv1CloseKind.SlowReader, (await end).Kind);
    }

    [Fact]
    public async Task A_handler_that_throws_ends_its_own_connection_only()
    {
        await using Echo server = await Echo.StartAsync();
        using Socket other = await server.ConnectAsync();
        using Socket socket = await server.ConnectAsync();
        await socket.SendAsync("throw\n"u8.ToArray());

        Assert.Equal(Sv1CloseKind.LocalFailure, (await server.NextEndAsync()).Kind);
        await other.SendAsync("on\n"u8.ToArray());
        await ReadAsync(other, "on\n");
    }

    [Fact]
    public async Task A_port_in_use_is_one_line()
    {
        await using Echo server = await Echo.StartAsync();
        Sv1ListenException failure = await Assert.ThrowsAsync<Sv1ListenException>(() => Sv1Listener.StartAsync(
            new Sv1ListenerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, server.Port) }, static (_, _) => Task.CompletedTask));
        Assert.Contains("another program", failure.Message);
    }

    [Fact]
    public async Task Nobody_there_is_one_line()
    {
        int port;
        await using (Echo server = await Echo.StartAsync())
            port = server.Port;
        Sv1ConnectException failure = await Assert.ThrowsAsync<Sv1ConnectException>(() => Sv1Connector.ConnectAsync("127.0.0.1", port));
        Assert.Contains($"127.0.0.1:{port}", failure.Message);
    }

    private static async Task ReadAsync(Socket socket, string expected)
    {
        byte[] buffer = new byte[expected.Length];
        using var patience = new CancellationTokenSource(Patience);
        for (int read = 0; read < buffer.Length;)
        {
            int count = await socket.ReceiveAsync(buffer.AsMemory(read), patience.Token);
            Assert.NotEqual(0, count);
            read += count;
        }
        Assert.Equal(expected, Encoding.ASCII.GetString(buffer));
    }

    private static async Task<int> EndOfStreamAsync(Socket socket)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            return await socket.ReceiveAsync(new byte[1], patience.Token);
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    private sealed class Collector : ISv1LineHandler
    {
        private readonly Lock _gate = new();
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _wanted = int.MaxValue;

        public List<string> Lines { get; } = [];

        public Task WhenAsync(int count)
        {
            lock (_gate)
            {
                _wanted = count;
                if (Lines.Count >= count)
                    _reached.TrySetResult();
            }
            return _reached.Task;
        }

        public Sv1CloseReason? OnLine(ReadOnlySpan<byte> line)
        {
            lock (_gate)
            {
                Lines.Add(Encoding.UTF8.GetString(line));
                if (Lines.Count >= _wanted)
                    _reached.TrySetResult();
            }
            return null;
        }
    }

    /// <summary>A server that sends every line back, and does a few other things when a line says so.</summary>
    private sealed class Echo : IAsyncDisposable
    {
        private readonly System.Threading.Channels.Channel<Sv1CloseReason> _ends = System.Threading.Channels.Channel.CreateUnbounded<Sv1CloseReason>();
        private readonly SemaphoreSlim _accepted = new(0);
        private Sv1Listener? _listener;

        public int Port => ((IPEndPoint)_listener!.BoundEndPoint).Port;

        public static async Task<Echo> StartAsync(Func<Sv1ListenerOptions, Sv1ListenerOptions>? configure = null, TimeProvider? time = null)
        {
            Echo echo = new();
            Sv1ListenerOptions options = new() { EndPoint = new IPEndPoint(IPAddress.Loopback, 0) };
            echo._listener = await Sv1Listener.StartAsync(configure?.Invoke(options) ?? options, echo.ServeAsync, time);
            return echo;
        }

        public async Task<Socket> ConnectAsync()
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, Port);
            return socket;
        }

        public async Task<Sv1CloseReason> NextEndAsync() => await _ends.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        public async Task WhenAcceptedAsync(int count)
        {
            for (int i = 0; i < count; i++)
                Assert.True(await _accepted.WaitAsync(Patience));
        }

        public ValueTask DisposeAsync() => _listener!.DisposeAsync();

        private async Task ServeAsync(Sv1Connection connection, CancellationToken cancellation)
        {
            _accepted.Release();
            await connection.RunAsync(new Handler(_listener!, connection), cancellation);
            await _ends.Writer.WriteAsync(connection.Reason!, CancellationToken.None);
        }

        private sealed class Handler(Sv1Listener listener, Sv1Connection connection) : ISv1LineHandler
        {
            public Sv1CloseReason? OnLine(ReadOnlySpan<byte> line)
            {
                if (line.SequenceEqual("throw"u8))
                    throw new InvalidOperationException("as asked");
                if (line.SequenceEqual("establish"u8))
                    listener.Establish(connection);
                byte[] answer = [.. line, (byte)'\n'];
                if (line.SequenceEqual("flood"u8))
                    while (connection.Send(answer)) { }
                else if (line.SequenceEqual("swamp"u8))
                    connection.Send(new byte[1 << 25]);
                else
                    connection.Send(answer);
                return null;
            }
        }
    }
}
