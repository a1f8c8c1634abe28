using System.Buffers;

namespace Sv2.Protocol;

/// <summary>Writes whole frames, and cuts frames off a run of bytes: the six-byte header, the payload and, where an extension adds them, TLVs.</summary>
public static class Frame
{
    /// <summary>Bytes a frame with this message takes.</summary>
    public static int Length<T>(in T message) where T : IMessage<T> => FrameHeader.Size + message.PayloadLength;

    /// <summary>Writes header and payload to the start of <paramref name="destination"/>.</summary>
    /// <param name="message">The message.</param>
    /// <param name="destination">At least <see cref="Length{T}(in T)"/> bytes, owned by the caller.</param>
    /// <returns>The number of bytes written.</returns>
    /// <exception cref="ArgumentException">The destination is too short, or a value does not fit its field or the frame.</exception>
    public static int Write<T>(in T message, Span<byte> destination) where T : IMessage<T>
    {
        int payloadLength = message.Write(PayloadOf(destination));
        T.Info.Header(payloadLength).Write(destination);
        return FrameHeader.Size + payloadLength;
    }

    /// <summary>Writes header, payload and an already encoded TLV area, which the header's length includes.</summary>
    /// <param name="message">The message. Its extension type stays as it is, whatever TLVs follow (section 3.4.1).</param>
    /// <param name="tlvs">TLVs in ascending order of extension type, as <see cref="TlvWriter"/> makes them.</param>
    /// <param name="destination">At least the frame's length plus the TLVs, owned by the caller.</param>
    /// <returns>The number of bytes written.</returns>
    /// <exception cref="ArgumentException">The destination is too short, or a value does not fit its field or the frame.</exception>
    public static int Write<T>(in T message, ReadOnlySpan<byte> tlvs, Span<byte> destination) where T : IMessage<T>
    {
        Span<byte> payload = PayloadOf(destination);
        int length = message.Write(payload);
        if (tlvs.Length > payload.Length - length)
            throw new ArgumentException($"{T.Info}: {tlvs.Length} bytes of TLVs do not fit the destination.", nameof(destination));
        tlvs.CopyTo(payload[length..]);
        length += tlvs.Length;
        T.Info.Header(length).Write(destination);
        return FrameHeader.Size + length;
    }

    /// <summary>Writes a frame into a new array; for tests, tools and payloads shared by many connections.</summary>
    /// <exception cref="ArgumentException">A value does not fit its field or the frame.</exception>
    public static byte[] ToArray<T>(in T message, ReadOnlySpan<byte> tlvs = default) where T : IMessage<T>
    {
        byte[] frame = new byte[Length(in message) + tlvs.Length];
        Write(in message, tlvs, frame);
        return frame;
    }

    /// <summary>Cuts the first whole frame off a run of bytes that may lie in several pieces.</summary>
    /// <param name="buffer">Plaintext bytes; moved behind the frame when there is one, left alone otherwise.</param>
    /// <param name="header">The frame's header. Its payload length bounds what the caller waits for, so check it against a limit.</param>
    /// <param name="payload">The frame's payload.</param>
    /// <returns>Whether a whole frame was there.</returns>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, out FrameHeader header, out ReadOnlySequence<byte> payload)
    {
        payload = default;
        ReadOnlySpan<byte> first = buffer.FirstSpan;
        if (first.Length < FrameHeader.Size)
        {
            Span<byte> copy = stackalloc byte[FrameHeader.Size];
            int length = (int)Math.Min(FrameHeader.Size, buffer.Length);
            buffer.Slice(0, length).CopyTo(copy);
            if (!FrameHeader.TryRead(copy[..length], out header)) return false;
        }
        else FrameHeader.TryRead(first, out header);

        if (buffer.Length < header.FrameLength) return false;
        payload = buffer.Slice(FrameHeader.Size, header.PayloadLength);
        buffer = buffer.Slice(header.FrameLength);
        return true;
    }

    private static Span<byte> PayloadOf(Span<byte> destination) =>
        destination.Length >= FrameHeader.Size
            ? destination[FrameHeader.Size..]
            : throw new ArgumentException($"A frame takes at least {FrameHeader.Size} bytes, the destination has {destination.Length}.", nameof(destination));
}
