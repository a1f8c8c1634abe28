using System.Buffers;
using System.Threading.Tasks.Sources;
using Sv2.Protocol;

namespace Sv2.Transport.Internal;

/// <summary>What became of a frame that was to be queued.</summary>
internal enum EnqueueResult
{
    Queued,
    Closed,
    Full,
}

/// <summary>
/// Plain frames that wait for the writer loop, back to back in one pooled buffer. Many threads add, one loop takes.
/// </summary>
/// <remarks>
/// <para>The order in which frames enter is the order in which they are encrypted, so nonces are consecutive however many threads send.</para>
/// <para>
/// While the receive loop hands over a batch the queue is corked: answers collect and go out together. An empty queue
/// holds no buffer. Neither adding nor taking nor waking the writer allocates.
/// </para>
/// </remarks>
internal sealed class OutboundQueue(int bytesMax) : IValueTaskSource, IThreadPoolWorkItem
{
    private const int BufferBytesMin = 1024;

    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<bool> _signal;
    private byte[] _pending = [];
    private int _pendingLength;
    private int _takenLength;
    private int _corks;
    private bool _writerWaits;
    private bool _isCompleted;
    private long _frames;

    /// <summary>Bytes of plain frames that were accepted and not yet handed to the transport.</summary>
    internal int QueuedBytes
    {
        get { lock (_gate) return _pendingLength + _takenLength; }
    }

    /// <summary>Frames accepted so far.</summary>
    internal long Frames => Volatile.Read(ref _frames);

    /// <summary>Encodes a message straight into the queue.</summary>
    internal EnqueueResult Enqueue<T>(in T message, ReadOnlySpan<byte> tlvs) where T : IMessage<T>
    {
        int payloadLength = message.PayloadLength + tlvs.Length;
        bool wakes;
        lock (_gate)
        {
            EnqueueResult result = Reserve(FrameHeader.Size + payloadLength, out Span<byte> frame);
            if (result != EnqueueResult.Queued) return result;
            T.Info.Header(payloadLength).Write(frame);
            int written = message.Write(frame[FrameHeader.Size..]);
            tlvs.CopyTo(frame[(FrameHeader.Size + written)..]);
            wakes = Commit(frame.Length, frames: 1);
        }

        if (wakes) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        return EnqueueResult.Queued;
    }

    /// <summary>Copies frames that were encoded before, back to back.</summary>
    internal EnqueueResult Enqueue(ReadOnlySpan<byte> plainFrames, int frames)
    {
        bool wakes;
        lock (_gate)
        {
            EnqueueResult result = Reserve(plainFrames.Length, out Span<byte> place);
            if (result != EnqueueResult.Queued) return result;
            plainFrames.CopyTo(place);
            wakes = Commit(plainFrames.Length, frames);
        }

        if (wakes) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        return EnqueueResult.Queued;
    }

    /// <summary>Holds the writer back until <see cref="Uncork"/>, so that what is added meanwhile leaves in one flush.</summary>
    internal void Cork()
    {
        lock (_gate) _corks++;
    }

    /// <summary>Lets the writer go; where it waits and there is something to send, it runs on this thread.</summary>
    internal void Uncork()
    {
        bool wakes;
        lock (_gate)
        {
            _corks--;
            wakes = _corks == 0 && _pendingLength > 0 && TakeWriterWait();
        }

        if (wakes) _signal.SetResult(true);
    }

    /// <summary>No more frames. The writer takes what is there, or, with <paramref name="discards"/>, nothing more.</summary>
    internal void Complete(bool discards)
    {
        bool wakes;
        byte[] unsent = [];
        lock (_gate)
        {
            _isCompleted = true;
            if (discards) unsent = DropPending();
            wakes = TakeWriterWait();
        }

        ReturnBuffer(unsent);
        if (wakes) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    /// <summary>
    /// Takes all that has collected, if anything has. The caller, the one writer loop, owns the buffer until
    /// <see cref="Release"/>.
    /// </summary>
    internal bool TryTake(out byte[] buffer, out int length)
    {
        lock (_gate)
        {
            buffer = _pending;
            length = _pendingLength;
            if (length == 0) return false;
            _takenLength = length;
            _pending = [];
            _pendingLength = 0;
            return true;
        }
    }

    /// <summary>Gives back a buffer from <see cref="TryTake"/>; its bytes no longer count.</summary>
    internal void Release(byte[] buffer)
    {
        lock (_gate) _takenLength = 0;
        ReturnBuffer(buffer);
    }

    /// <summary>Whether the queue is completed and empty.</summary>
    internal bool IsDone
    {
        get { lock (_gate) return _isCompleted && _pendingLength == 0; }
    }

    /// <summary>Completes when there is something to take or the queue was completed.</summary>
    internal ValueTask WaitAsync()
    {
        lock (_gate)
        {
            if (_isCompleted || (_pendingLength > 0 && _corks == 0)) return ValueTask.CompletedTask;
            _signal.Reset();
            _writerWaits = true;
            return new ValueTask(this, _signal.Version);
        }
    }

    void IThreadPoolWorkItem.Execute() => _signal.SetResult(true);

    void IValueTaskSource.GetResult(short token) => _signal.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _signal.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _signal.OnCompleted(continuation, state, token, flags);

    private EnqueueResult Reserve(int length, out Span<byte> place)
    {
        place = default;
        if (_isCompleted) return EnqueueResult.Closed;
        if ((long)_pendingLength + _takenLength + length > bytesMax) return EnqueueResult.Full;
        if (_pending.Length - _pendingLength < length) Grow(_pendingLength + length);
        place = _pending.AsSpan(_pendingLength, length);
        return EnqueueResult.Queued;
    }

    private bool Commit(int length, int frames)
    {
        _pendingLength += length;
        _frames += frames;
        return _corks == 0 && TakeWriterWait();
    }

    private bool TakeWriterWait()
    {
        bool waits = _writerWaits;
        _writerWaits = false;
        return waits;
    }

    private void Grow(int length)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(BufferBytesMin, Math.Max(length, _pending.Length * 2)));
        _pending.AsSpan(0, _pendingLength).CopyTo(larger);
        ReturnBuffer(_pending);
        _pending = larger;
    }

    private byte[] DropPending()
    {
        byte[] buffer = _pending;
        _pending = [];
        _pendingLength = 0;
        return buffer;
    }

    private static void ReturnBuffer(byte[] buffer)
    {
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
    }
}
