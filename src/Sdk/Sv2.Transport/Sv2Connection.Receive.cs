using System.Buffers;
using System.IO.Pipelines;
using Sv2.Protocol;
using Sv2.Transport.Internal;

namespace Sv2.Transport;

// The receive side: one loop, started by RunAsync, that waits for bytes and hands frames to a handler.
public sealed partial class Sv2Connection
{
    /// <summary>
    /// Receives frames and hands them to <paramref name="handler"/> until the connection is closed, by whomever, or the
    /// handler answers <see cref="FrameVerdict.HandOver"/>. One call at a time.
    /// </summary>
    /// <param name="handler">Takes the frames.</param>
    /// <param name="cancellation">Closes the connection with <see cref="CloseKind.LocalShutdown"/>.</param>
    /// <returns>
    /// A task that completes when the loop has ended. It does not fail for anything the peer or the network does:
    /// <see cref="Reason"/> tells, and is null after a hand-over.
    /// </returns>
    /// <exception cref="InvalidOperationException">Another call is still running.</exception>
    public async Task RunAsync(IFrameHandler handler, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        var running = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _running, running, null) is not null)
            throw new InvalidOperationException("the connection is being received from already");
        try
        {
            using CancellationTokenRegistration registration = cancellation.UnsafeRegister(
                static state => ((Sv2Connection)state!).Close(CloseReason.LocalShutdown), this);
            await ReceiveAsync(handler).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _running, null);
            running.SetResult();
        }
    }

    private async Task ReceiveAsync(IFrameHandler handler)
    {
        bool handsOver = false;
        while (!handsOver && Reason is null)
        {
            ReadResult read;
            try
            {
                read = await _input.ReadAsync().ConfigureAwait(false);
            }
            catch (Exception e)
            {
                Close(NetworkErrors.Classify(e));
                return;
            }

            if (Interlocked.Exchange(ref _isInterrupted, 0) != 0)
            {
                _input.AdvanceTo(read.Buffer.Start);
                return;
            }

            ReadOnlySequence<byte> buffer = read.Buffer;
            long received = buffer.Length;
            handsOver = Deliver(ref buffer, handler);
            received -= buffer.Length;
            CountReceived(received);
            // After a hand-over nothing is marked as examined, so that the next reader sees at once what is left.
            _input.AdvanceTo(buffer.Start, handsOver ? buffer.Start : buffer.End);
            if (handsOver || Reason is not null) break;
            if (read.IsCompleted) Close(EndOfStream(buffer.Length));
            else WatchFrame(buffer.Length);
        }
    }

    /// <summary>Hands over all complete frames of one read. True when the handler asked to be relieved.</summary>
    private bool Deliver(ref ReadOnlySequence<byte> buffer, IFrameHandler handler)
    {
        int frames = 0;
        bool handsOver = false;
        _queue.Cork();
        try
        {
            while (!handsOver && Reason is null)
            {
                FrameReadStatus status = _reader.TryRead(ref buffer, out FrameHeader header, out ReadOnlySpan<byte> payload);
                if (status != FrameReadStatus.Frame)
                {
                    if (status != FrameReadStatus.NeedsMore) Close(Refusal(status));
                    break;
                }

                frames++;
                FrameVerdict verdict = Filter is { } filter && filter.Takes(in header)
                    ? filter.OnFrame(in header, payload)
                    : handler.OnFrame(in header, payload);
                if (verdict.Reason is { } reason) Close(reason);
                handsOver = verdict.Stops && verdict.Reason is null;
            }

            if (frames > 0 && Reason is null) handler.OnBatchEnd();
        }
        catch (Exception e)
        {
            // A fault of ours in one connection's handler ends this connection and no other.
            Close(new CloseReason(CloseKind.LocalFailure, $"our handler failed: {e.GetType().Name}", e));
        }
        finally
        {
            _reader.ReleaseIdleBuffer();
            _queue.Uncork();
        }

        if (frames == 0) return handsOver;
        Volatile.Write(ref _framesReceived, _framesReceived + frames);
        TransportMetrics.FramesReceived(frames);
        _deadlines.Stop(Watch.Frame);
        if (IsEstablished) _deadlines.Start(Watch.Idle);
        return handsOver;
    }

    private void WatchFrame(long leftOver)
    {
        if (_reader.IsInsideFrame || leftOver > 0) _deadlines.StartOnce(Watch.Frame);
    }

    private void CountReceived(long bytes)
    {
        if (bytes == 0) return;
        Volatile.Write(ref _bytesReceived, _bytesReceived + bytes);
        TransportMetrics.BytesReceived(bytes);
    }

    private CloseReason EndOfStream(long leftOver)
    {
        if (_reader.IsInsideFrame)
        {
            FrameHeader header = _reader.Header;
            return new CloseReason(CloseKind.Truncated, $"the peer closed the connection inside the payload of a frame ({header})");
        }

        return leftOver > 0
            ? new CloseReason(CloseKind.Truncated, $"the peer closed the connection after {leftOver} bytes of a frame header")
            : CloseReason.PeerClosed;
    }

    private CloseReason Refusal(FrameReadStatus status)
    {
        if (status == FrameReadStatus.TooLarge)
        {
            FrameHeader header = _reader.Header;
            return new CloseReason(CloseKind.FrameTooLarge,
                $"a frame announces {header.PayloadLength} payload bytes, the limit is {_reader.PayloadBytesMax}"
                + (IsEstablished ? "" : " until the session is set up") + $" ({header})");
        }

        return new CloseReason(CloseKind.DecryptFailed, FramesReceived == 0 && FirstBytesHint is { } hint
            ? $"the first frame failed authentication: {hint}"
            : "a frame failed authentication: damaged, forged or out of order");
    }
}
