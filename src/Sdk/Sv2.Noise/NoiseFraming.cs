namespace Sv2.Noise;

/// <summary>
/// The sizes of encrypted Stratum V2 frames: a header block of its own, then the payload in blocks of at most
/// 65 519 plaintext bytes, each with its own 16-byte authentication code. (Protocol Security, section 4.6.)
/// </summary>
public static class NoiseFraming
{
    /// <summary>Bytes of a Poly1305 authentication code.</summary>
    public const int MacSize = 16;

    /// <summary>Bytes of a plaintext frame header.</summary>
    public const int HeaderSize = 6;

    /// <summary>Bytes of an encrypted frame header: 22.</summary>
    public const int EncryptedHeaderSize = HeaderSize + MacSize;

    /// <summary>The longest ciphertext of one block, its authentication code included.</summary>
    public const int BlockBytesMax = 65535;

    /// <summary>The longest plaintext of one block: 65 519.</summary>
    public const int BlockPlaintextBytesMax = BlockBytesMax - MacSize;

    /// <summary>The longest payload a header can announce (U24).</summary>
    public const int PayloadBytesMax = 0xff_ffff;

    /// <summary>
    /// Bytes on the wire of a payload of <paramref name="payloadLength"/> bytes, without the header. An empty payload
    /// has no block; an exact multiple of 65 519 has no empty block behind it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or above <see cref="PayloadBytesMax"/>.</exception>
    public static int EncryptedPayloadLength(int payloadLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(payloadLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payloadLength, PayloadBytesMax);
        return payloadLength + (BlockCount(payloadLength) * MacSize);
    }

    /// <summary>Bytes on the wire of a whole frame: the encrypted header and the encrypted payload.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or above <see cref="PayloadBytesMax"/>.</exception>
    public static int EncryptedFrameLength(int payloadLength) =>
        EncryptedHeaderSize + EncryptedPayloadLength(payloadLength);

    /// <summary>The number of blocks a payload is cut into.</summary>
    internal static int BlockCount(int payloadLength) =>
        (payloadLength + BlockPlaintextBytesMax - 1) / BlockPlaintextBytesMax;

    /// <summary>The payload length (U24, little-endian) that a plaintext header announces.</summary>
    internal static int PayloadLength(ReadOnlySpan<byte> header) => header[3] | (header[4] << 8) | (header[5] << 16);
}
