using Sv2.Noise.Handshake;

namespace Sv2.Noise;

/// <summary>
/// Encrypts frames for the wire, in the order in which it is called. One thread at a time: the blocks of a frame take
/// consecutive nonces, so the calls of one direction have to be serialised by their owner.
/// </summary>
/// <remarks>Allocates nothing. (Protocol Security, section 4.6.)</remarks>
public sealed class FrameEncryptor
{
    private readonly CipherState _cipher;

    internal FrameEncryptor(CipherState cipher) => _cipher = cipher;

    /// <summary>The nonce that the next block will take.</summary>
    public ulong NextNonce => _cipher.Nonce;

    /// <summary>
    /// Encrypts one frame from <paramref name="frame"/> into <paramref name="destination"/>.
    /// </summary>
    /// <param name="frame">The plaintext frame: 6-byte header and payload. Its header must announce exactly the payload that follows.</param>
    /// <param name="destination">
    /// At least <see cref="NoiseFraming.EncryptedFrameLength"/> bytes. Either starts where <paramref name="frame"/>
    /// starts (encryption in place) or does not overlap it.
    /// </param>
    /// <returns>The bytes written.</returns>
    /// <exception cref="ArgumentException">A length does not fit, or the buffers overlap in part.</exception>
    /// <exception cref="InvalidOperationException">The nonces of this direction are used up; close the connection.</exception>
    public int EncryptFrame(ReadOnlySpan<byte> frame, Span<byte> destination)
    {
        var length = CheckFrame(frame, destination);
        if (!frame.Overlaps(destination[..length], out var offset))
        {
            _cipher.Encrypt([], frame[..NoiseFraming.HeaderSize], destination);
            EncryptPayload(frame[NoiseFraming.HeaderSize..], destination[NoiseFraming.EncryptedHeaderSize..]);
            return length;
        }
        if (offset != 0)
            throw new ArgumentException("The destination overlaps the frame without starting where it starts.", nameof(destination));
        return EncryptFrameInPlace(destination, frame.Length);
    }

    /// <summary>
    /// Encrypts the frame at the start of <paramref name="buffer"/> where it stands; the result starts there as well.
    /// </summary>
    /// <param name="buffer">Holds the plaintext frame, with room for <see cref="NoiseFraming.EncryptedFrameLength"/> bytes.</param>
    /// <param name="frameLength">Bytes of the plaintext frame, header included.</param>
    /// <returns>The bytes of the encrypted frame.</returns>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    /// <exception cref="InvalidOperationException">The nonces of this direction are used up; close the connection.</exception>
    public int EncryptFrameInPlace(Span<byte> buffer, int frameLength)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)frameLength, (uint)buffer.Length, nameof(frameLength));
        var length = CheckFrame(buffer[..frameLength], buffer);
        EncryptPayloadInPlace(buffer[NoiseFraming.HeaderSize..], frameLength - NoiseFraming.HeaderSize);
        _cipher.EncryptAhead(0, buffer[..NoiseFraming.HeaderSize], buffer);
        _cipher.Advance(1 + NoiseFraming.BlockCount(frameLength - NoiseFraming.HeaderSize));
        return length;
    }

    internal void Dispose() => _cipher.Dispose();

    private int CheckFrame(ReadOnlySpan<byte> frame, Span<byte> destination)
    {
        if (frame.Length < NoiseFraming.HeaderSize)
            throw new ArgumentException($"A frame has at least {NoiseFraming.HeaderSize} bytes, this one {frame.Length}.", nameof(frame));
        var payloadLength = frame.Length - NoiseFraming.HeaderSize;
        if (NoiseFraming.PayloadLength(frame) != payloadLength)
            throw new ArgumentException($"The header announces {NoiseFraming.PayloadLength(frame)} payload bytes, {payloadLength} follow.", nameof(frame));
        var length = NoiseFraming.EncryptedFrameLength(payloadLength);
        if (destination.Length < length)
            throw new ArgumentException($"The encrypted frame takes {length} bytes, the destination has {destination.Length}.", nameof(destination));
        // Checked before the first block, so that a frame is encrypted whole or not at all.
        _cipher.RequireNonces(1 + NoiseFraming.BlockCount(payloadLength));
        return length;
    }

    private void EncryptPayload(ReadOnlySpan<byte> payload, Span<byte> destination)
    {
        while (!payload.IsEmpty)
        {
            var block = payload[..Math.Min(payload.Length, NoiseFraming.BlockPlaintextBytesMax)];
            _cipher.Encrypt([], block, destination);
            payload = payload[block.Length..];
            destination = destination[(block.Length + NoiseFraming.MacSize)..];
        }
    }

    /// <summary>
    /// Encrypts the payload at the start of <paramref name="buffer"/>. Every authentication code pushes what follows it
    /// back by 16 bytes, the header's included, so the last block moves first, together with its later nonce.
    /// </summary>
    private void EncryptPayloadInPlace(Span<byte> buffer, int payloadLength)
    {
        for (var i = NoiseFraming.BlockCount(payloadLength) - 1; i >= 0; i--)
        {
            var start = i * NoiseFraming.BlockPlaintextBytesMax;
            var length = Math.Min(payloadLength - start, NoiseFraming.BlockPlaintextBytesMax);
            var moved = buffer.Slice(start + ((i + 1) * NoiseFraming.MacSize), length + NoiseFraming.MacSize);
            buffer.Slice(start, length).CopyTo(moved);
            _cipher.EncryptAhead(1 + i, moved[..length], moved);
        }
    }
}
