using NSec.Cryptography;
using Sv2.Noise.Ciphers;

namespace Sv2.Noise.NSec;

/// <summary>NSec's ChaCha20-Poly1305.</summary>
internal sealed class NSecCipher : IBlockCipher
{
    private readonly Key _key;

    public NSecCipher(ReadOnlySpan<byte> key) =>
        _key = Key.Import(AeadAlgorithm.ChaCha20Poly1305, key, KeyBlobFormat.RawSymmetricKey);

    public void Encrypt(ulong nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext)
    {
        Span<byte> nonceBytes = stackalloc byte[NonceBytes.Size];
        NonceBytes.Write(nonce, nonceBytes);
        // NSec insists on exact lengths, the seam allows more room.
        AeadAlgorithm.ChaCha20Poly1305.Encrypt(_key, nonceBytes, associated, plaintext, ciphertext[..(plaintext.Length + NoiseFraming.MacSize)]);
    }

    public bool TryDecrypt(ulong nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> ciphertext, Span<byte> plaintext)
    {
        Span<byte> nonceBytes = stackalloc byte[NonceBytes.Size];
        NonceBytes.Write(nonce, nonceBytes);
        return AeadAlgorithm.ChaCha20Poly1305.Decrypt(_key, nonceBytes, associated, ciphertext, plaintext[..(ciphertext.Length - NoiseFraming.MacSize)]);
    }

    // NSec keeps keys in guarded memory and wipes them.
    public void Dispose() => _key.Dispose();
}

/// <summary>Makes <see cref="NSecCipher"/>s.</summary>
internal sealed class NSecCipherFactory : ICipherFactory
{
    public static readonly NSecCipherFactory Instance = new();

    private NSecCipherFactory()
    {
    }

    public string Name => $"NSec {typeof(Key).Assembly.GetName().Version?.ToString(3)}";

    public IBlockCipher Create(ReadOnlySpan<byte> key) => new NSecCipher(key);
}
