using System.Collections.Concurrent;
using System.Net;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Transport;

namespace Sv2.TestKit;

/// <summary>Which way a tapped frame went.</summary>
public enum TapDirection
{
    /// <summary>From the client to the server.</summary>
    ToServer,

    /// <summary>From the server to the client.</summary>
    ToClient,
}

/// <summary>One frame that passed a tap, in plaintext.</summary>
/// <param name="Direction">Which way it went.</param>
/// <param name="Header">Its header.</param>
/// <param name="Payload">Its payload.</param>
public sealed record TappedFrame(TapDirection Direction, FrameHeader Header, byte[] Payload);

/// <summary>
/// Stands between a client and a server over TCP, passes every frame on unchanged, and keeps it in plaintext. It is a
/// server to the client, with keys of its own, and a client to the server: so it reads encrypted connections between any
/// two programs, as long as the client is given <see cref="ConnectionString"/>.
/// </summary>
public sealed class DecryptingTap : IAsyncDisposable
{
    private readonly ConcurrentQueue<TappedFrame> _frames = new();
    private readonly ConnectionString _upstream;
    private readonly ConnectorOptions _options;
    private readonly AuthorityKeyPair _authority = AuthorityKeyPair.Generate();
    private readonly ServerCredentials _credentials;
    private Sv2Listener? _listener;
    private TaskCompletionSource _arrival = NewArrival();

    private DecryptingTap(ConnectionString upstream, ConnectorOptions options)
    {
        _upstream = upstream;
        _options = options;
        byte[] secret = new byte[AuthorityKeyPair.SecretSize];
        _authority.ExportSecret(secret);
        _credentials = new ServerCredentials(AuthorityKeyPair.FromSecret(secret), StaticKeyPair.Generate(), TimeProvider.System);
    }

    /// <summary>Where the client shall connect.</summary>
    public ConnectionString ConnectionString { get; private set; } = null!;

    /// <summary>Everything that passed so far, in order of passing.</summary>
    public IReadOnlyCollection<TappedFrame> Frames => _frames;

    /// <summary>Starts a tap in front of a server.</summary>
    public static async Task<DecryptingTap> StartAsync(ConnectionString upstream, ConnectorOptions? options = null)
    {
        var tap = new DecryptingTap(upstream, options ?? new ConnectorOptions { PayloadBytesMax = PayloadLimits.FullBlock, OutboundBytesMax = 2 * PayloadLimits.FullBlock });
        tap._listener = await Sv2Listener.StartAsync(
            new ListenerOptions
            {
                EndPoint = new IPEndPoint(IPAddress.Loopback, 0),
                Credentials = tap._credentials,
                PayloadBytesMax = PayloadLimits.FullBlock,
                OutboundBytesMax = 2 * PayloadLimits.FullBlock,
            },
            tap.RelayAsync);
        tap.ConnectionString = new ConnectionString("127.0.0.1", ((IPEndPoint)tap._listener.BoundEndPoint).Port, tap._authority.PublicKey);
        return tap;
    }

    /// <summary>Waits until a frame like this has passed; returns the first such.</summary>
    public async Task<TappedFrame> WaitForAsync(Func<TappedFrame, bool> condition)
    {
        using var patience = new CancellationTokenSource(ScriptedPeer.Patience);
        while (true)
        {
            Task arrival = Volatile.Read(ref _arrival).Task;
            if (_frames.FirstOrDefault(condition) is { } frame) return frame;
            await arrival.WaitAsync(patience.Token);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_listener is not null) await _listener.DisposeAsync();
        _credentials.Dispose();
        _authority.Dispose();
    }

    private static TaskCompletionSource NewArrival() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RelayAsync(Sv2Connection client, CancellationToken cancellation)
    {
        await using Sv2Connection server = await Sv2Connector.ConnectAsync(_upstream, _options, cancellation: cancellation);
        client.MarkEstablished();
        server.MarkEstablished();
        Task up = client.RunAsync(new Relay(this, TapDirection.ToServer, server), cancellation);
        Task down = server.RunAsync(new Relay(this, TapDirection.ToClient, client), cancellation);
        await Task.WhenAny(up, down);
        client.Close(CloseReason.LocalShutdown);
        server.Close(CloseReason.LocalShutdown);
        await Task.WhenAll(up, down);
    }

    private void Keep(TappedFrame frame)
    {
        _frames.Enqueue(frame);
        Interlocked.Exchange(ref _arrival, NewArrival()).SetResult();
    }

    private sealed class Relay(DecryptingTap tap, TapDirection direction, Sv2Connection target) : IFrameHandler
    {
        public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
        {
            byte[] frame = new byte[header.FrameLength];
            header.Write(frame);
            payload.CopyTo(frame.AsSpan(FrameHeader.Size));
            tap.Keep(new TappedFrame(direction, header, payload.ToArray()));
            target.TrySendFrame(frame);
            return FrameVerdict.Continue;
        }

        public void OnBatchEnd()
        {
        }
    }
}
