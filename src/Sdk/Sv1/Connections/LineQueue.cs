using System.Buffers;

namespace Sv1;

/// <summary>Lines that wait for the writer loop, back to back in one buffer. Many threads add, one loop takes.</summary>
internal sealed class LineQueue(int bytesMax)
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _signal = new(0);
    private byte[] _waiting = [];
    private int _length;
    private int _takenLength;
    private bool _isCompleted;
    private bool _isSignalled;

    /// <summary>Adds lines. False with <paramref name="isFull"/> when the bound is reached, false without when it is completed.</summary>
    public bool TryAdd(ReadOnlySpan<byte> lines, out bool isFull)
    {
        lock (_gate)
        {
            isFull = !_isCompleted && (long)_length + _takenLength + lines.Length > bytesMax;
            if (_isCompleted || isFull)
                return false;
            if (_waiting.Length - _length < lines.Length)
                Grow(_length + lines.Length);
            lines.CopyTo(_waiting.AsSpan(_length));
            _length += lines.Length;
            Signal();
            return true;
        }
    }

    /// <summary>No more lines. Those that wait are still taken, unless <paramref name="discards"/>.</summary>
    public void Complete(bool discards)
    {
        lock (_gate)
        {
            _isCompleted = true;
            if (discards)
                _length = 0;
            Signal();
        }
    }

    /// <summary>Waits for lines. The caller owns the buffer until <see cref="Release"/>; a null buffer means there will be no more.</summary>
    public async ValueTask<(byte[]? Buffer, int Length)> TakeAsync()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_length > 0)
                    return Take();
                if (_isCompleted)
                    return (null, 0);
                _isSignalled = false;
            }
            await _signal.WaitAsync().ConfigureAwait(false);
        }
    }

    public void Release(byte[] buffer)
    {
        lock (_gate)
            _takenLength = 0;
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private (byte[] Buffer, int Length) Take()
    {
        (byte[] Buffer, int Length) taken = (_waiting, _length);
        _takenLength = _length;
        _waiting = [];
        _length = 0;
        return taken;
    }

    private void Signal()
    {
        if (_isSignalled)
            return;
        _isSignalled = true;
        _signal.Release();
    }

    private void Grow(int length)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(512, Math.Max(length, 2 * _waiting.Length)));
        _waiting.AsSpan(0, _length).CopyTo(larger);
        if (_waiting.Length > 0)
            ArrayPool<byte>.Shared.Return(_waiting);
        _waiting = larger;
    }
}
