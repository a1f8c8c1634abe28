using System.Buffers;
using System.IO.Pipelines;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Transport.Internal;

namespace Sv2.Transport;

// The send side: one loop that encrypts what has collected in the queue and flushes it.
public sealed partial class Sv2Connection
{
    // One method holds every await of the loop, so that its state is made once per connection, not once per flush.
    private async Task WriteAsync()
    {
        try
        {
            while (true)
            {
                if (!_queue.TryTake(out byte[] buffer, out int length))
                {
                    if (_queue.IsDone) break;
                    await _queue.WaitAsync().ConfigureAwait(false);
                    continue;
                }

                for (int offset = 0; offset < length;)
                {
                    offset += Encode(buffer.AsSpan(offset, length - offset));
                    ValueTask<FlushResult> flush = _output.FlushAsync();
                    if (!flush.IsCompleted) _deadlines.Start(Watch.Send);
                    FlushResult result = await flush.ConfigureAwait(false);
                    _deadlines.Stop(Watch.Send);
                    if (!CanGoOn(in result)) offset = length;
                }

                _queue.Release(buffer);
            }
        }
        catch (Exception e)
        {
            Close(NetworkErrors.Classify(e));
            _queue.Complete(discards: true);
        }

        await CompleteOutputAsync().ConfigureAwait(false);
    }

    /// <summary>Writes frames from the front of <paramref name="frames"/> into the pipe, encrypted where needed, until there is enough to flush.</summary>
    /// <returns>The bytes of plain frames that were taken.</returns>
    private int Encode(ReadOnlySpan<byte> frames)
    {
        int taken = 0;
        int written = 0;
        int count = 0;
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
                count++;
            }

            _output.Advance(used);
            written += used;
        }

        Volatile.Write(ref _bytesSent, _bytesSent + written);
        TransportMetrics.BytesSent(written);
        TransportMetrics.FramesSent(count);
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
    private bool CanGoOn(in FlushResult result)
    {
        if (result is { IsCanceled: false, IsCompleted: false }) return true;
        Close(new CloseReason(CloseKind.PeerClosed, "the peer takes no more bytes"));
        _queue.Complete(discards: true);
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
