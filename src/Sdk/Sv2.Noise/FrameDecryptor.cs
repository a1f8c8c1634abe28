using Sv2.Noise.Handshake;

namespace Sv2.Noise;

/// <summary>
/// Decrypts frames from the wire, in the order in which they were sent. One thread at a time.
/// </summary>
/// <remarks>
/// Per frame: read exactly 22 bytes, <see cref="TryDecryptHeader"/>, convert the announced length with
/// <see cref="NoiseFraming.EncryptedPayloadLength"/>, read that many, <see cref="TryDecryptPayload"/>. After the first
/// failure every further call fails: the session is over. Allocates nothing. (Protocol Security, section 4.6.)
/// </remarks>
public sealed class FrameDecryptor
{
    private readonly CipherState _cipher;

    internal FrameDecryptor(CipherState cipher) => _cipher = cipher;

    /// <summary>The nonce that the next block is expected to have.</summary>
    public ulong NextNonce => _cipher.Nonce;

    /// <summary>Whether a block has failed to authenticate; then nothing more can be decrypted.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Decrypts a frame header.</summary>
    /// <param name="encrypted">Exactly 22 bytes.</param>
    /// <param name="header">Receives 6 bytes. May start where <paramref name="encrypted"/> starts.</param>
    /// <returns>False when the bytes are not what the peer sent; <paramref name="header"/> is then zero. Close the connection.</returns>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public bool TryDecryptHeader(ReadOnlySpan<byte> encrypted, Span<byte> header)
    {
        if (encrypted.Length != NoiseFraming.EncryptedHeaderSize)
            throw new ArgumentException($"An encrypted header has {NoiseFraming.EncryptedHeaderSize} bytes, this one {encrypted.Length}.", nameof(encrypted));
        if (header.Length < NoiseFraming.HeaderSize)
            throw new ArgumentException($"A header takes {NoiseFraming.HeaderSize} bytes, the buffer has {header.Length}.", nameof(header));
        header = header[..NoiseFraming.HeaderSize];
        if (!HasFailed && _cipher.TryDecrypt([], encrypted, header))
            return true;
        return Fail(header);
    }

    /// <summary>
    /// Decrypts a payload where it stands. Its blocks are joined: afterwards the first
    /// <paramref name="payloadLength"/> bytes of <paramref name="buffer"/> are the plaintext.
    /// </summary>
    /// <param name="buffer">Exactly <see cref="NoiseFraming.EncryptedPayloadLength"/> of <paramref name="payloadLength"/> bytes.</param>
    /// <param name="payloadLength">The payload length that the header announced.</param>
    /// <returns>False when the bytes are not what the peer sent; <paramref name="buffer"/> is then zero throughout. Close the connection.</returns>
    /// <exception cref="ArgumentException">The buffer's length does not belong to <paramref name="payloadLength"/>.</exception>
    public bool TryDecryptPayload(Span<byte> buffer, int payloadLength)
    {
        if (buffer.Length != NoiseFraming.EncryptedPayloadLength(payloadLength))
            throw new ArgumentException($"A payload of {payloadLength} bytes is encrypted to {NoiseFraming.EncryptedPayloadLength(payloadLength)}, the buffer has {buffer.Length}.", nameof(buffer));
        if (HasFailed)
            return Fail(buffer);
        var source = buffer;
        var target = buffer;
        while (!source.IsEmpty)
        {
            var block = source[..Math.Min(source.Length, NoiseFraming.BlockBytesMax)];
            var length = block.Length - NoiseFraming.MacSize;
            if (!_cipher.TryDecrypt([], block, block))
                return Fail(buffer);
            // Close the gap that the authentication codes of earlier blocks left. The first block stays.
            block[..length].CopyTo(target);
            target = target[length..];
            source = source[block.Length..];
        }
        return true;
    }

    internal void Dispose() => _cipher.Dispose();

    /// <summary>No plaintext leaves a frame that is not authentic as a whole, and none follows it.</summary>
    private bool Fail(Span<byte> buffer)
    {
        HasFailed = true;
        buffer.Clear();
        return false;
    }
}
