using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.TestKit;
using Sv2.Transport.Setup;

namespace Sv2.Transport.Tests.Support;

/// <summary>A listener on loopback that sets sessions up for mining and sends every frame back.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly Channel<CloseReason> _reasons = Channel.CreateBounded<CloseReason>(10_000);

    private EchoServer()
    {
    }

    internal Sv2Listener Listener { get; private set; } = null!;

    internal ConnectionString ConnectionString { get; private set; } = null!;

    internal static async Task<EchoServer> StartAsync(Func<ListenerOptions, ListenerOptions>? change = null, bool encrypted = true, ServerSetup? setup = null, ILoggerFactory? loggers = null)
    {
        setup ??= new ServerSetup { Protocol = Subprotocol.Mining };
        var server = new EchoServer();
        var options = new ListenerOptions
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            Credentials = encrypted ? Keys.Credentials : null,
            AllowPlain = !encrypted,
        };
        server.Listener = await Sv2Listener.StartAsync(change?.Invoke(options) ?? options, async (connection, cancellation) =>
        {
            if ((await setup.RunAsync(connection, cancellation)).Succeeded) await connection.RunAsync(new EchoHandler(connection), cancellation);
            server._reasons.Writer.TryWrite(connection.Reason!);
        }, loggers: loggers);
        server.ConnectionString = Keys.StringFor(server.Listener.BoundEndPoint, encrypted ? Keys.Authority.PublicKey : null);
        return server;
    }

    internal async Task<CloseReason> NextReasonAsync() => await _reasons.Reader.ReadAsync().AsTask().WaitAsync(ScriptedPeer.Patience);

    /// <summary>Waits until the listener is in a state; fails after the test's patience.</summary>
    internal async Task WaitForAsync(Func<Sv2Listener, bool> condition, TimeSpan? patience = null)
    {
        using var limit = new CancellationTokenSource(patience ?? ScriptedPeer.Patience);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!condition(Listener)) await poll.WaitForNextTickAsync(limit.Token);
    }

    public ValueTask DisposeAsync() => Listener.DisposeAsync();
}

/// <summary>Sends every frame back as it came.</summary>
internal sealed class EchoHandler(Sv2Connection connection) : IFrameHandler
{
    public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[header.FrameLength];
        header.Write(frame);
        payload.CopyTo(frame.AsSpan(FrameHeader.Size));
        connection.TrySendFrame(frame);
        return FrameVerdict.Continue;
    }

    public void OnBatchEnd()
    {
    }
}
