using System.Buffers;
using Sv2.Noise;
using Sv2.Protocol;

namespace Sv2.Transport.Internal;

/// <summary>What <see cref="FrameReader.TryRead"/> found at the front of the received bytes.</summary>
internal enum FrameReadStatus
{
    /// <summary>One whole frame.</summary>
    Frame,

    /// <summary>Less than a frame.</summary>
    NeedsMore,

    /// <summary>A header that announces more than is allowed.</summary>
    TooLarge,

    /// <summary>A block that fails authentication.</summary>
    Forged,
}

/// <summary>
/// Cuts received bytes into frames and decrypts them (§3.2, §4.6). No I/O: bytes in, frames out.
/// </summary>
/// <remarks>
/// <para>
/// Every encrypted block is decrypted once, in order, so the state is: waiting for a header, or holding the header of a
/// frame whose payload is on its way.
/// </para>
/// <para>
/// A payload is copied once, from the pipe into a pooled buffer, and decrypted there; a plain payload that lies in one
/// piece is not copied at all. A long payload is gathered as it arrives into a buffer that grows with what did arrive,
/// so that announcing 4 MB does not cost us 4 MB. Between frames the reader holds no buffer.
/// </para>
/// </remarks>
internal sealed class FrameReader(FrameDecryptor? decryptor)
{
    /// <summary>Payloads up to this length stay in the pipe until they are complete.</summary>
    private const int GatherBytesMin = 16 * 1024;

    private readonly int _headerSize = decryptor is null ? FrameHeader.Size : NoiseFraming.EncryptedHeaderSize;
    private FrameHeader _header;
    private bool _hasHeader;
    private byte[] _buffer = [];
    private int _gathered;

    /// <summary>Largest payload that is accepted, in bytes.</summary>
    internal int PayloadBytesMax { get; set; }

    /// <summary>Whether a header was read whose payload is not complete.</summary>
    internal bool IsInsideFrame => _hasHeader;

    /// <summary>The header of the frame that is incomplete or was refused.</summary>
    internal FrameHeader Header => _header;

    /// <summary>Bytes held at the moment.</summary>
    internal int BufferBytes => _buffer.Length;

    /// <summary>Reads the next frame and moves <paramref name="input"/> behind what was consumed.</summary>
    /// <param name="input">The received bytes.</param>
    /// <param name="header">The frame's header.</param>
    /// <param name="payload">The frame's plaintext payload; valid until the next call or until the input's memory is given back.</param>
    internal FrameReadStatus TryRead(ref ReadOnlySequence<byte> input, out FrameHeader header, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        FrameReadStatus status = _hasHeader ? FrameReadStatus.Frame : ReadHeader(ref input);
        header = _header;
        if (status != FrameReadStatus.Frame) return status;
        status = ReadPayload(ref input, out payload);
        if (status == FrameReadStatus.Frame) _hasHeader = false;
        return status;
    }

    /// <summary>Gives the buffer back unless part of a frame is in it. To be called before waiting for the peer.</summary>
    internal void ReleaseIdleBuffer()
    {
        if (_gathered == 0) ReleaseBuffer();
    }

    /// <summary>Gives the buffer back.</summary>
    internal void ReleaseBuffer()
    {
        _gathered = 0;
        if (_buffer.Length == 0) return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private FrameReadStatus ReadHeader(ref ReadOnlySequence<byte> input)
    {
        if (input.Length < _headerSize) return FrameReadStatus.NeedsMore;
        Span<byte> bytes = stackalloc byte[NoiseFraming.EncryptedHeaderSize];
        bytes = bytes[.._headerSize];
        input.Slice(0, _headerSize).CopyTo(bytes);
        input = input.Slice(_headerSize);

        Span<byte> plain = bytes[..FrameHeader.Size];
        if (decryptor is not null && !decryptor.TryDecryptHeader(bytes, plain)) return FrameReadStatus.Forged;
        FrameHeader.TryRead(plain, out _header);
        if (_header.PayloadLength > PayloadBytesMax) return FrameReadStatus.TooLarge;
        _hasHeader = true;
        return FrameReadStatus.Frame;
    }

    private FrameReadStatus ReadPayload(ref ReadOnlySequence<byte> input, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        int length = _header.PayloadLength;
        if (length == 0) return FrameReadStatus.Frame;
        int wireLength = decryptor is null ? length : NoiseFraming.EncryptedPayloadLength(length);

        if (_gathered == 0 && input.Length >= wireLength)
        {
            ReadOnlySequence<byte> whole = input.Slice(0, wireLength);
            input = input.Slice(wireLength);
            if (decryptor is null && whole.IsSingleSegment)
            {
                payload = whole.FirstSpan;
                return FrameReadStatus.Frame;
            }

            EnsureBuffer(wireLength, kept: 0);
            whole.CopyTo(_buffer);
            return Finish(wireLength, length, out payload);
        }

        if (wireLength <= GatherBytesMin) return FrameReadStatus.NeedsMore;
        Gather(ref input, wireLength);
        return _gathered < wireLength ? FrameReadStatus.NeedsMore : Finish(wireLength, length, out payload);
    }

    private FrameReadStatus Finish(int wireLength, int length, out ReadOnlySpan<byte> payload)
    {
        _gathered = 0;
        payload = default;
        if (decryptor is not null && !decryptor.TryDecryptPayload(_buffer.AsSpan(0, wireLength), length)) return FrameReadStatus.Forged;
        payload = _buffer.AsSpan(0, length);
        return FrameReadStatus.Frame;
    }

    private void Gather(ref ReadOnlySequence<byte> input, int wireLength)
    {
        int count = (int)Math.Min(input.Length, wireLength - _gathered);
        if (count == 0) return;
        EnsureBuffer(_gathered + count, kept: _gathered);
        input.Slice(0, count).CopyTo(_buffer.AsSpan(_gathered));
        _gathered += count;
        input = input.Slice(count);
    }

    private void EnsureBuffer(int length, int kept)
    {
        if (_buffer.Length >= length) return;
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(length, kept == 0 ? 0 : _buffer.Length * 2));
        _buffer.AsSpan(0, kept).CopyTo(larger);
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
