using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Transport.Internal;

namespace Sv2.Transport;

/// <summary>
/// One Stratum V2 connection, encrypted or plain: sends and receives frames (§3.2, §4.6) over any
/// <see cref="IDuplexPipe"/>, within stated bounds.
/// </summary>
/// <remarks>
/// <para>
/// <b>Sending.</b> <see cref="TrySend{T}(in T)"/> and its siblings may be called from any thread. They encode into a
/// bounded queue and return at once; one writer loop encrypts and flushes what has collected. What one thread sends
/// arrives in that order, and no frame is ever torn. In steady state a message allocates nothing.
/// </para>
/// <para>
/// <b>Receiving.</b> <see cref="RunAsync"/> hands frames to a handler, one after the other, on one loop.
/// </para>
/// <para>
/// <b>Slow readers.</b> A peer that does not read makes the queue grow up to
/// <see cref="ConnectionOptions.OutboundBytesMax"/>; the frame that would go above closes the connection with
/// <see cref="CloseKind.SlowReader"/>, and what was queued is dropped: a miner that is seconds behind the jobs has no
/// use for them, and a fresh connection brings it up to date. A flush that the peer leaves waiting for
/// <see cref="ConnectionOptions.SendTimeout"/> closes it too.
/// </para>
/// <para>
/// <b>Closing.</b> The first reason wins and is kept in <see cref="Reason"/>. The owner disposes the connection after
/// <see cref="RunAsync"/> has returned; <see cref="DisposeAsync"/> sends what is queued, within
/// <see cref="ConnectionOptions.CloseTimeout"/>, and gives everything back.
/// </para>
/// </remarks>
public sealed partial class Sv2Connection : IAsyncDisposable
{
    private const int FlushBytes = 32 * 1024;
    private static long _lastId;

    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly ConnectionContext? _context;
    private readonly NoiseSession? _session;
    private readonly ConnectionOptions _options;
    private readonly ILogger _logger;
    private readonly OutboundQueue _queue;
    private readonly FrameReader _reader;
    private readonly Deadlines _deadlines;
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _writing;
    private TaskCompletionSource? _running;
    private CloseReason? _reason;
    private Action? _onEstablished;
    private int _isEstablished;
    private int _isDisposed;
    private int _isInterrupted;
    private long _bytesReceived;
    private long _bytesSent;
    private long _framesReceived;

    internal Sv2Connection(
        IDuplexPipe transport, ConnectionContext? context, NoiseSession? session, ConnectionOptions options, TimeProvider clock, ILogger? logger)
    {
        Id = Interlocked.Increment(ref _lastId);
        _input = transport.Input;
        _output = transport.Output;
        _context = context;
        _session = session;
        _options = options;
        Clock = clock;
        _logger = logger ?? NullLogger.Instance;
        RemoteEndPoint = context?.RemoteEndPoint;
        LocalEndPoint = context?.LocalEndPoint;
        _queue = new OutboundQueue(options.OutboundBytesMax);
        _reader = new FrameReader(session?.Decryptor) { PayloadBytesMax = options.SetupPayloadBytesMax };
        _deadlines = new Deadlines(clock, OnExpired);
        _deadlines.SetLimit(Watch.Setup, options.SetupTimeout);
        _deadlines.SetLimit(Watch.Idle, options.IdleTimeout);
        _deadlines.SetLimit(Watch.Frame, options.FrameTimeout);
        _deadlines.SetLimit(Watch.Send, options.SendTimeout);
        _deadlines.SetLimit(Watch.Close, options.CloseTimeout);
        _deadlines.Start(Watch.Setup);
        TransportMetrics.Opened();
        _writing = WriteAsync();
    }

    /// <summary>A number that no other connection of this process has, for logs and tables.</summary>
    public long Id { get; }

    /// <summary>The peer's address; null where the transport has none.</summary>
    public EndPoint? RemoteEndPoint { get; }

    /// <summary>Our address; null where the transport has none.</summary>
    public EndPoint? LocalEndPoint { get; }

    /// <summary>Whether the connection is encrypted (§4).</summary>
    public bool IsEncrypted => _session is not null;

    /// <summary>The certificate that secured the connection, on both sides; null on a plain one.</summary>
    public NoiseCertificate? Certificate => _session?.Certificate;

    /// <summary>The server's static public key, 32-byte x-coordinate, on both sides; empty on a plain connection.</summary>
    public ReadOnlyMemory<byte> ServerKey => _session?.ServerKey ?? default;

    /// <summary>How long it took from the first packet until the handshake was done; zero where this side did not connect.</summary>
    public TimeSpan ConnectTime { get; internal init; }

    /// <summary>Why the connection was closed, the first reason given; null while it is open.</summary>
    public CloseReason? Reason => Volatile.Read(ref _reason);

    /// <summary>Cancelled as soon as the connection is closed, whoever closed it.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>The server's request to reconnect, on the client's side after <see cref="CloseKind.ReconnectRequested"/>; see <see cref="ReconnectPolicy"/>.</summary>
    public Reconnect? ReconnectRequest { get; internal set; }

    /// <summary>Whether the session was set up; see <see cref="MarkEstablished"/>.</summary>
    public bool IsEstablished => Volatile.Read(ref _isEstablished) != 0;

    /// <summary>Bytes received from the transport, ciphertext included.</summary>
    public long BytesReceived => Volatile.Read(ref _bytesReceived);

    /// <summary>Bytes handed to the transport, ciphertext included.</summary>
    public long BytesSent => Volatile.Read(ref _bytesSent);

    /// <summary>Complete frames received.</summary>
    public long FramesReceived => Volatile.Read(ref _framesReceived);

    /// <summary>Frames accepted for sending.</summary>
    public long FramesSent => _queue.Frames;

    /// <summary>Bytes of plain frames that wait for the peer at the moment.</summary>
    public int QueuedBytes => _queue.QueuedBytes;

    internal TimeProvider Clock { get; }

    internal ILogger Logger => _logger;

    internal ConnectionOptions Options => _options;

    internal ISessionFilter? Filter { get; set; }

    /// <summary>Bytes of receive buffer held at the moment; nothing between frames.</summary>
    internal int ReceiveBufferBytes => _reader.BufferBytes;

    /// <summary>
    /// Wraps a transport without encryption. Nothing is checked about where it leads: that is for those who made it
    /// (<see cref="Sv2Listener"/> and <see cref="Sv2Connector"/> do check).
    /// </summary>
    /// <param name="transport">The bytes; owned by the connection from here on, both sides are completed when it closes.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="clock">The clock for time limits; null for the system's.</param>
    /// <param name="logger">Where to log; null for nowhere.</param>
    public static Sv2Connection StartPlain(IDuplexPipe transport, ConnectionOptions? options = null, TimeProvider? clock = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(transport);
        options ??= new ConnectionOptions();
        options.Validate();
        return new Sv2Connection(transport, context: null, session: null, options, clock ?? TimeProvider.System, logger);
    }

    /// <summary>Sends one message. Thread-safe, never waits, allocates nothing in steady state.</summary>
    /// <param name="message">The message; encoded before the call returns.</param>
    /// <returns>
    /// False when the connection is closed, or was closed now because the queue is full. A caller may ignore it where it
    /// needs no more than <see cref="Reason"/>.
    /// </returns>
    /// <exception cref="ArgumentException">A field does not fit its wire type, or the frame is longer than the queue's bound: our own misuse.</exception>
    public bool TrySend<T>(in T message) where T : IMessage<T> => TrySend(in message, default);

    /// <summary>Sends one message with TLV fields behind its payload (§3.4.3).</summary>
    /// <param name="message">The message; encoded before the call returns.</param>
    /// <param name="tlvs">The encoded TLV fields; copied before the call returns.</param>
    /// <returns>As <see cref="TrySend{T}(in T)"/>.</returns>
    /// <exception cref="ArgumentException">As <see cref="TrySend{T}(in T)"/>.</exception>
    public bool TrySend<T>(in T message, ReadOnlySpan<byte> tlvs) where T : IMessage<T> =>
        Queued(_queue.Enqueue(in message, tlvs), FrameHeader.Size + message.PayloadLength + tlvs.Length);

    /// <summary>
    /// Sends one frame that is already encoded. The way to give one message to many connections: encoded once, copied
    /// and encrypted per connection.
    /// </summary>
    /// <param name="plainFrame">Header and payload; copied before the call returns.</param>
    /// <returns>As <see cref="TrySend{T}(in T)"/>.</returns>
    /// <exception cref="ArgumentException">The bytes are not exactly one frame, or are longer than the queue's bound.</exception>
    public bool TrySendFrame(ReadOnlySpan<byte> plainFrame)
    {
        if (CountFrames(plainFrame) != 1) throw new ArgumentException("the bytes are not exactly one frame", nameof(plainFrame));
        return Queued(_queue.Enqueue(plainFrame, frames: 1), plainFrame.Length);
    }

    /// <summary>Sends several encoded frames that follow one another: all of them or, where the queue is full, none.</summary>
    /// <param name="plainFrames">Headers and payloads, back to back; copied before the call returns.</param>
    /// <returns>As <see cref="TrySend{T}(in T)"/>.</returns>
    /// <exception cref="ArgumentException">The bytes are not whole frames, or are longer than the queue's bound.</exception>
    public bool TrySendFrames(ReadOnlySpan<byte> plainFrames)
    {
        int frames = CountFrames(plainFrames);
        if (frames == 0) throw new ArgumentException("the bytes are not whole frames", nameof(plainFrames));
        return Queued(_queue.Enqueue(plainFrames, frames), plainFrames.Length);
    }

    /// <summary>
    /// Collects what is sent until the result is disposed and flushes it together. For a thread that is about to send
    /// many messages; inside <see cref="IFrameHandler.OnFrame"/> it is so anyway.
    /// </summary>
    public SendBatch BeginBatch() => new(_queue);

    /// <summary>
    /// Says that the session is set up: lifts the setup time limit, allows payloads up to
    /// <see cref="ConnectionOptions.PayloadBytesMax"/> and starts the idle limit. <c>ServerSetup</c> and
    /// <c>ClientSetup</c> do this; only who does without them has to.
    /// </summary>
    public void MarkEstablished()
    {
        if (Interlocked.Exchange(ref _isEstablished, 1) != 0) return;
        _reader.PayloadBytesMax = _options.PayloadBytesMax;
        _deadlines.Stop(Watch.Setup);
        _deadlines.Start(Watch.Idle);
        Interlocked.Exchange(ref _onEstablished, null)?.Invoke();
    }

    /// <summary>
    /// Closes the connection. Thread-safe, never waits; only the first reason counts. What is queued is still sent
    /// where the reason allows it (<see cref="CloseReason.SendsWhatIsQueued"/>) and the peer takes it in time.
    /// </summary>
    public void Close(CloseReason reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        if (Interlocked.CompareExchange(ref _reason, reason, null) is not null) return;
        TransportMetrics.Closed(reason.Kind);
        TransportLog.ConnectionClosed(_logger, reason, Id, RemoteEndPoint);
        _queue.Complete(discards: !reason.SendsWhatIsQueued);
        _deadlines.Stop(Watch.Setup);
        _deadlines.Stop(Watch.Idle);
        _deadlines.Stop(Watch.Frame);
        _deadlines.Start(Watch.Close);
        if (!reason.SendsWhatIsQueued) Abort(reason);
        _input.CancelPendingRead();
        _closed.CancelAsync();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        Close(CloseReason.LocalShutdown);
        await _writing.ConfigureAwait(false);
        if (Volatile.Read(ref _running) is { } running) await running.Task.ConfigureAwait(false);
        await _input.CompleteAsync().ConfigureAwait(false);
        if (_context is not null) await DisposeContextAsync(_context).ConfigureAwait(false);
        _deadlines.Dispose();
        _reader.ReleaseBuffer();
        _session?.Dispose();
    }

    /// <summary>Makes the running or next <see cref="RunAsync"/> return as after a hand-over, the connection staying open.</summary>
    internal void Interrupt()
    {
        Volatile.Write(ref _isInterrupted, 1);
        _input.CancelPendingRead();
    }

    internal void ForgetInterrupt() => Volatile.Write(ref _isInterrupted, 0);

    /// <summary>Runs once, when the session is set up or the connection is disposed without.</summary>
    internal void OnEstablished(Action action) => _onEstablished = action;

    // The transport sends what it still holds before it lets go, which a peer that does not read can hold up: the close
    // watch, which runs since Close, cuts that short.
    private static async ValueTask DisposeContextAsync(ConnectionContext context)
    {
        try
        {
            await context.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (NetworkErrors.IsExpected(e))
        {
            // The peer was faster; the connection is gone either way.
        }
    }

    private static int CountFrames(ReadOnlySpan<byte> bytes)
    {
        int frames = 0;
        while (FrameHeader.TryRead(bytes, out FrameHeader header))
        {
            if (bytes.Length < header.FrameLength) return 0;
            bytes = bytes[header.FrameLength..];
            frames++;
        }

        return bytes.IsEmpty ? frames : 0;
    }

    private bool Queued(EnqueueResult result, int length)
    {
        if (result == EnqueueResult.Queued) return true;
        if (result == EnqueueResult.Full) CloseSlowReader(length);
        return false;
    }

    private void CloseSlowReader(int length)
    {
        if (length > _options.OutboundBytesMax)
            throw new ArgumentException($"a frame of {length} bytes does not fit into OutboundBytesMax, {_options.OutboundBytesMax}");
        Close(new CloseReason(CloseKind.SlowReader,
            $"the peer reads too slowly: {_queue.QueuedBytes} bytes wait and {length} more would go above the limit of {_options.OutboundBytesMax}"));
    }

    private void OnExpired(Watch watch)
    {
        if (watch == Watch.Close)
        {
            Abort(Reason ?? CloseReason.LocalShutdown);
            return;
        }

        Close(watch switch
        {
            Watch.Setup => new CloseReason(CloseKind.SetupTimeout, $"the session was not set up within {Seconds(_options.SetupTimeout)}"),
            Watch.Idle => new CloseReason(CloseKind.IdleTimeout, $"no frame came for {Seconds(_options.IdleTimeout)}"),
            Watch.Frame => new CloseReason(CloseKind.FrameTimeout, $"a frame was begun and not finished within {Seconds(_options.FrameTimeout)}"),
            _ => new CloseReason(CloseKind.SendTimeout, $"the peer took no bytes for {Seconds(_options.SendTimeout)}"),
        });
    }

    private static string Seconds(TimeSpan span) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###} s");

    private void Abort(CloseReason reason)
    {
        _output.CancelPendingFlush();
        _context?.Abort(new ConnectionAbortedException(reason.Message));
    }

    /// <summary>While it lives, what is sent on the connection collects; disposing it sends all that in one flush.</summary>
    public readonly ref struct SendBatch
    {
        private readonly OutboundQueue _queue;

        internal SendBatch(OutboundQueue queue)
        {
            _queue = queue;
            queue.Cork();
        }

        /// <summary>Lets the messages go.</summary>
        public void Dispose() => _queue?.Uncork();
    }
}
