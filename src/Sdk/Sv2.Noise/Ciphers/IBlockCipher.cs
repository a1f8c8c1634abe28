namespace Sv2.Noise.Ciphers;

/// <summary>
/// ChaCha20-Poly1305 (IETF) under one key, which it copies and wipes on disposal. The caller counts the nonces.
/// Buffers either start at the same place or do not overlap.
/// </summary>
internal interface IBlockCipher : IDisposable
{
    /// <summary>Encrypts.</summary>
    /// <param name="nonce">The 64-bit nonce; on the wire 32 zero bits come before it, and it is little-endian.</param>
    /// <param name="associated">Data that is authenticated only.</param>
    /// <param name="plaintext">What to encrypt.</param>
    /// <param name="ciphertext">Receives ciphertext and authentication code: 16 bytes more than the plaintext.</param>
    void Encrypt(ulong nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext);

    /// <summary>Decrypts; false when the authentication code does not match, with nothing of the plaintext left behind.</summary>
    /// <param name="nonce">The nonce the block was encrypted with.</param>
    /// <param name="associated">Data that is authenticated only.</param>
    /// <param name="ciphertext">Ciphertext and authentication code.</param>
    /// <param name="plaintext">Receives 16 bytes less.</param>
    bool TryDecrypt(ulong nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> ciphertext, Span<byte> plaintext);
}

/// <summary>Makes ciphers of one implementation.</summary>
internal interface ICipherFactory
{
    /// <summary>A name for logs.</summary>
    string Name { get; }

    /// <summary>A cipher under a key of 32 bytes.</summary>
    IBlockCipher Create(ReadOnlySpan<byte> key);
}
