using Sv2.Noise.Ciphers;

namespace Sv2.Noise.Handshake;

/// <summary>A key and the counter of its nonces. (Protocol Security, section 4.4.1.)</summary>
internal sealed class CipherState : IDisposable
{
    /// <summary>The last nonce is reserved by the Noise framework and never used.</summary>
    public const ulong ReservedNonce = ulong.MaxValue;

    private readonly IBlockCipher _cipher;

    public CipherState(IBlockCipher cipher, ulong nonce = 0)
    {
        _cipher = cipher;
        Nonce = nonce;
    }

    /// <summary>The nonce of the next block.</summary>
    public ulong Nonce { get; private set; }

    /// <exception cref="InvalidOperationException">Fewer nonces are left.</exception>
    public void RequireNonces(int count)
    {
        if (ReservedNonce - Nonce < (ulong)count)
            throw new InvalidOperationException("The nonces of this direction are used up. Close the connection and open a new one.");
    }

    /// <summary>EncryptWithAd: encrypts with the next nonce, then counts it as used.</summary>
    /// <exception cref="InvalidOperationException">The nonces are used up.</exception>
    public void Encrypt(ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext)
    {
        RequireNonces(1);
        _cipher.Encrypt(Nonce, associated, plaintext, ciphertext);
        Nonce++;
    }

    /// <summary>Encrypts with the nonce <paramref name="ahead"/> places on; <see cref="Advance"/> counts it later.</summary>
    public void EncryptAhead(int ahead, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext) =>
        _cipher.Encrypt(Nonce + (ulong)ahead, [], plaintext, ciphertext);

    /// <summary>Counts nonces used by <see cref="EncryptAhead"/>.</summary>
    public void Advance(int count) => Nonce += (ulong)count;

    /// <summary>DecryptWithAd: counts the nonce as used only when the block was authentic. False also when the nonces are used up.</summary>
    public bool TryDecrypt(ReadOnlySpan<byte> associated, ReadOnlySpan<byte> ciphertext, Span<byte> plaintext)
    {
        if (Nonce == ReservedNonce || !_cipher.TryDecrypt(Nonce, associated, ciphertext, plaintext))
            return false;
        Nonce++;
        return true;
    }

    public void Dispose() => _cipher.Dispose();
}
