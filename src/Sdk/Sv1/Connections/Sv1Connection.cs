using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Sv1;

/// <summary>
/// Lines over one connection: a receive loop that hands them to a handler, and a bounded queue of lines to send. Sending is
/// thread-safe and never waits. A peer that is too slow, silent for too long or malformed ends this connection and no other.
/// </summary>
public sealed class Sv1Connection : ISv1Output, IAsyncDisposable
{
    private const long Never = 0;
    private static readonly TimeSpan WatchMin = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan WatchMax = TimeSpan.FromSeconds(5);
    private static long _lastId;

    private readonly ConnectionContext _context;
    private readonly Sv1ConnectionOptions _options;
    private readonly TimeProvider _clock;
    private readonly LineSplitter _splitter;
    private readonly LineQueue _queue;
    private readonly CancellationTokenSource _closed = new();
    private readonly ITimer _watch;
    private readonly Task _writing;
    private readonly long _startedAt;
    private long _receivedAt;
    private long _lineStartedAt = Never;
    private long _flushStartedAt = Never;
    private long _closedAt = Never;
    private long _bytesReceived;
    private long _bytesSent;
    private long _linesReceived;
    private Sv1CloseReason? _reason;
    private volatile bool _isEstablished;
    private int _isDisposed;

    /// <summary>Takes over a connection.</summary>
    /// <param name="context">The connection; disposed with this.</param>
    /// <param name="options">Limits.</param>
    /// <param name="clock">The clock; <see langword="null"/> for the system's.</param>
    public Sv1Connection(ConnectionContext context, Sv1ConnectionOptions options, TimeProvider? clock = null)
    {
        options.Validate();
        Id = Interlocked.Increment(ref _lastId);
        _context = context;
        _options = options;
        _clock = clock ?? TimeProvider.System;
        _splitter = new LineSplitter(options.LineBytesMax);
        _queue = new LineQueue(options.OutboundBytesMax);
        _startedAt = _receivedAt = Now();
        TimeSpan period = WatchPeriod(options);
        _watch = _clock.CreateTimer(static state => ((Sv1Connection)state!).Watch(), this, period, period);
        _writing = WriteAsync();
    }

    /// <summary>Number of the connection, unique in the process.</summary>
    public long Id { get; }

    /// <summary>The peer's address; <see langword="null"/> where the transport has none.</summary>
    public EndPoint? RemoteEndPoint => _context.RemoteEndPoint;

    /// <summary>Why it is closed or about to be; <see langword="null"/> while it is open.</summary>
    public Sv1CloseReason? Reason => Volatile.Read(ref _reason);

    /// <summary>Cancelled when the connection is closed or about to be.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>Bytes received, of whole lines.</summary>
    public long BytesReceived => Volatile.Read(ref _bytesReceived);

    /// <summary>Bytes handed to the transport.</summary>
    public long BytesSent => Volatile.Read(ref _bytesSent);

    /// <summary>Lines received.</summary>
    public long LinesReceived => Volatile.Read(ref _linesReceived);

    /// <summary>The peer has introduced itself: from now on the idle limit counts in place of the setup limit.</summary>
    public void Establish()
    {
        Volatile.Write(ref _receivedAt, Now());
        _isEstablished = true;
    }

    /// <inheritdoc/>
    /// <remarks>Thread-safe. When the peer leaves too much waiting, the connection closes with <see cref="Sv1CloseKind.SlowReader"/>.</remarks>
    public bool Send(ReadOnlySpan<byte> lines)
    {
        if (_queue.TryAdd(lines, out bool isFull))
            return true;
        if (isFull)
            Close(new Sv1CloseReason(Sv1CloseKind.SlowReader, $"more than {_options.OutboundBytesMax} bytes wait for the peer, which does not read them"));
        return false;
    }

    /// <summary>Receives until the connection is closed. Does not fail for anything the peer or the network does: <see cref="Reason"/> tells.</summary>
    /// <param name="handler">Takes the lines.</param>
    /// <param name="cancellation">Closes the connection.</param>
    /// <returns>Completes when it is closed and what may still be sent was sent.</returns>
    public async Task RunAsync(ISv1LineHandler handler, CancellationToken cancellation = default)
    {
        using (cancellation.UnsafeRegister(static state => ((Sv1Connection)state!).Close(Sv1CloseReason.LocalShutdown), this))
        {
            while (Reason is null)
                await ReadAsync(handler).ConfigureAwait(false);
        }
        await _writing.ConfigureAwait(false);
    }

    /// <summary>Closes the connection. The first reason counts; lines that wait are still sent where the reason allows it.</summary>
    /// <param name="reason">Why.</param>
    public void Close(Sv1CloseReason reason)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, null) is not null)
            return;
        Volatile.Write(ref _closedAt, Now());
        _queue.Complete(discards: !reason.SendsWhatWaits);
        if (!reason.SendsWhatWaits)
            _context.Transport.Output.CancelPendingFlush();
        _context.Transport.Input.CancelPendingRead();
        _closed.Cancel();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        Close(Sv1CloseReason.LocalShutdown);
        await _writing.ConfigureAwait(false);
        await _watch.DisposeAsync().ConfigureAwait(false);
        await CompleteInputAsync().ConfigureAwait(false);
        // _closed is left to the collector: another thread may be in the middle of Close, on its way to cancel it.
        await _context.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ReadAsync(ISv1LineHandler handler)
    {
        PipeReader input = _context.Transport.Input;
        try
        {
            ReadResult read = await input.ReadAsync().ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = read.Buffer;
            long before = buffer.Length;
            Deliver(ref buffer, handler);
            long left = buffer.Length;
            NoteReceived(before - left, left);
            input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
                Close(left == 0 ? new Sv1CloseReason(Sv1CloseKind.PeerClosed, "closed by the peer") : new Sv1CloseReason(Sv1CloseKind.Truncated, $"closed by the peer after {left} bytes of a line"));
        }
        catch (Exception e)
        {
            Close(Classify(e));
        }
    }

    private void Deliver(ref ReadOnlySequence<byte> buffer, ISv1LineHandler handler)
    {
        while (Reason is null)
        {
            LineStatus status = _splitter.TryRead(ref buffer, out ReadOnlySpan<byte> line);
            if (status == LineStatus.NeedsMore)
                return;
            if (status == LineStatus.TooLong)
            {
                Close(new Sv1CloseReason(Sv1CloseKind.LineTooLong, $"a line has more than {_splitter.LineBytesMax} bytes"));
                return;
            }
            Volatile.Write(ref _linesReceived, _linesReceived + 1);
            // A fault of ours in one connection's handler ends this connection and no other.
            if (handler.OnLine(line) is { } reason)
                Close(reason);
        }
    }

    private void NoteReceived(long taken, long left)
    {
        long now = Now();
        Volatile.Write(ref _receivedAt, now);
        if (taken > 0)
            Volatile.Write(ref _bytesReceived, _bytesReceived + taken);
        if (left == 0)
            Volatile.Write(ref _lineStartedAt, Never);
        else if (taken > 0 || _lineStartedAt == Never)
            Volatile.Write(ref _lineStartedAt, now);
    }

    private async Task WriteAsync()
    {
        // Off the constructor's stack.
        await Task.Yield();
        PipeWriter output = _context.Transport.Output;
        try
        {
            while (true)
            {
                (byte[]? buffer, int length) = await _queue.TakeAsync().ConfigureAwait(false);
                if (buffer is null)
                    break;
                output.Write(buffer.AsSpan(0, length));
                _queue.Release(buffer);
                Volatile.Write(ref _bytesSent, _bytesSent + length);
                Volatile.Write(ref _flushStartedAt, Now());
                FlushResult flush = await output.FlushAsync().ConfigureAwait(false);
                Volatile.Write(ref _flushStartedAt, Never);
                if (flush.IsCanceled || flush.IsCompleted)
                    break;
            }
        }
        catch (Exception e)
        {
            Close(Classify(e));
        }
        _queue.Complete(discards: true);
        Close(new Sv1CloseReason(Sv1CloseKind.PeerClosed, "the peer takes no more bytes"));
        if (Reason!.SendsWhatWaits)
            await CompleteOutputAsync(output).ConfigureAwait(false);
        else
            _context.Abort(new ConnectionAbortedException(Reason!.Message));
    }

    private static async Task CompleteOutputAsync(PipeWriter output)
    {
        try
        {
            await output.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or ConnectionAbortedException or OperationCanceledException)
        {
            // Nobody is there any more to take the rest.
        }
    }

    private async Task CompleteInputAsync()
    {
        try
        {
            await _context.Transport.Input.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or ConnectionAbortedException or InvalidOperationException)
        {
            // A reader that was cut has nothing left to give back.
        }
    }

    private void Watch()
    {
        long now = Now();
        if (HasPassed(_closedAt, now, _options.CloseTimeout))
        {
            _context.Abort(new ConnectionAbortedException("the peer does not take what was left to send"));
            _context.Transport.Output.CancelPendingFlush();
        }
        else if (Reason is not null)
        {
            return;
        }
        else if (HasPassed(Volatile.Read(ref _flushStartedAt), now, _options.SendTimeout))
        {
            Close(new Sv1CloseReason(Sv1CloseKind.SlowReader, $"the peer took nothing for {_options.SendTimeout}"));
        }
        else if (HasPassed(Volatile.Read(ref _lineStartedAt), now, _options.LineTimeout))
        {
            Close(new Sv1CloseReason(Sv1CloseKind.LineTimeout, $"a line was begun and not finished within {_options.LineTimeout}"));
        }
        else if (!_isEstablished && HasPassed(_startedAt, now, _options.SetupTimeout))
        {
            Close(new Sv1CloseReason(Sv1CloseKind.SetupTimeout, $"the peer did not subscribe and authorize within {_options.SetupTimeout}"));
        }
        else if (_isEstablished && HasPassed(Volatile.Read(ref _receivedAt), now, _options.IdleTimeout))
        {
            Close(new Sv1CloseReason(Sv1CloseKind.IdleTimeout, $"the peer sent nothing for {_options.IdleTimeout}"));
        }
    }

    // Zero means never, so a clock that stands at zero counts from one.
    private long Now() => Math.Max(1, _clock.GetTimestamp());

    private bool HasPassed(long from, long now, TimeSpan limit) => from != Never && _clock.GetElapsedTime(from, now) >= limit;

    private static Sv1CloseReason Classify(Exception e) => e switch
    {
        SocketException or IOException or ConnectionAbortedException => new Sv1CloseReason(Sv1CloseKind.NetworkFailure, $"the connection failed: {e.Message}", e),
        _ => new Sv1CloseReason(Sv1CloseKind.LocalFailure, $"our handler failed: {e.GetType().Name}", e),
    };

    private static TimeSpan WatchPeriod(Sv1ConnectionOptions options)
    {
        TimeSpan shortest = new[] { options.SetupTimeout, options.IdleTimeout, options.LineTimeout, options.SendTimeout, options.CloseTimeout }.Min() / 4;
        return shortest < WatchMin ? WatchMin : shortest > WatchMax ? WatchMax : shortest;
    }
}
