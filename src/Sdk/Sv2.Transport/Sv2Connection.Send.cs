using System.Buffers;
using System.IO.Pipelines;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Transport.Internal;

namespace Sv2.Transport;

// The send side: one loop that encrypts what has collected in the queue and flushes it.
public sealed partial class Sv2Connection
{
    private async Task WriteAsync()
    {
        // Off the constructor's stack; from here on the loop runs wherever it is woken.
        await _queue.WaitAsync().ConfigureAwait(false);
        try
        {
            while (!_queue.IsDone)
            {
                if (_queue.TryTake(out byte[] buffer, out int length)) await WriteBatchAsync(buffer, length).ConfigureAwait(false);
                else await _queue.WaitAsync().ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            Close(NetworkErrors.Classify(e));
            _queue.Complete(discards: true);
        }

        await CompleteOutputAsync().ConfigureAwait(false);
    }

    private async Task WriteBatchAsync(byte[] buffer, int length)
    {
        try
        {
            int offset = 0;
            while (offset < length)
            {
                offset += Encode(buffer.AsSpan(offset, length - offset));
                if (await FlushAsync().ConfigureAwait(false)) continue;
                _queue.Complete(discards: true);
                return;
            }
        }
        finally
        {
            _queue.Release(buffer);
        }
    }

    /// <summary>Writes frames from the front of <paramref name="frames"/> into the pipe, encrypted where needed, until there is enough to flush.</summary>
    /// <returns>The bytes of plain frames that were taken.</returns>
    private int Encode(ReadOnlySpan<byte> frames)
    {
        int taken = 0;
        int written = 0;
        while (taken < frames.Length && written < FlushBytes)
        {
            Span<byte> place = _output.GetSpan(WireLength(frames[taken..]));
            int used = 0;
            // As many whole frames as this piece of the pipe's memory holds.
            while (taken < frames.Length && place.Length - used >= WireLength(frames[taken..]))
            {
                ReadOnlySpan<byte> frame = FirstFrame(frames[taken..]);
                used += EncodeFrame(frame, place[used..]);
                taken += frame.Length;
            }

            _output.Advance(used);
            written += used;
        }

        Volatile.Write(ref _bytesSent, _bytesSent + written);
        TransportMetrics.BytesSent(written);
        return taken;
    }

    private int EncodeFrame(ReadOnlySpan<byte> frame, Span<byte> place)
    {
        if (_session is not null) return _session.Encryptor.EncryptFrame(frame, place);
        frame.CopyTo(place);
        return frame.Length;
    }

    private static ReadOnlySpan<byte> FirstFrame(ReadOnlySpan<byte> frames)
    {
        FrameHeader.TryRead(frames, out FrameHeader header);
        return frames[..header.FrameLength];
    }

    private int WireLength(ReadOnlySpan<byte> frames)
    {
        FrameHeader.TryRead(frames, out FrameHeader header);
        return _session is null ? header.FrameLength : NoiseFraming.EncryptedFrameLength(header.PayloadLength);
    }

    /// <summary>False when nothing more can be sent: the peer is gone or the flush was given up.</summary>
    private async ValueTask<bool> FlushAsync()
    {
        ValueTask<FlushResult> flush = _output.FlushAsync();
        FlushResult result;
        if (flush.IsCompletedSuccessfully)
        {
            result = flush.Result;
        }
        else
        {
            _deadlines.Start(Watch.Send);
            result = await flush.ConfigureAwait(false);
            _deadlines.Stop(Watch.Send);
        }

        if (result.IsCanceled) return false;
        if (!result.IsCompleted) return true;
        Close(new CloseReason(CloseKind.PeerClosed, "the peer takes no more bytes"));
        return false;
    }

    private async ValueTask CompleteOutputAsync()
    {
        try
        {
            await _output.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (NetworkErrors.IsExpected(e))
        {
            // Completing a stream-backed pipe flushes; a peer that is gone may fail that.
        }
    }
}
