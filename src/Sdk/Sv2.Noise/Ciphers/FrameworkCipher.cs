using System.Security.Cryptography;

namespace Sv2.Noise.Ciphers;

/// <summary>The framework's ChaCha20-Poly1305.</summary>
internal sealed class FrameworkCipher : IBlockCipher
{
    private readonly ChaCha20Poly1305 _cipher;

    public FrameworkCipher(ReadOnlySpan<byte> key) => _cipher = new ChaCha20Poly1305(key);

    public void Encrypt(ulong nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext)
    {
        Span<byte> nonceBytes = stackalloc byte[NonceBytes.Size];
        NonceBytes.Write(nonce, nonceBytes);
        _cipher.Encrypt(nonceBytes, plaintext, ciphertext[..plaintext.Length], ciphertext.Slice(plaintext.Length, NoiseFraming.MacSize), associated);
    }

    public bool TryDecrypt(ulong nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> ciphertext, Span<byte> plaintext)
    {
        Span<byte> nonceBytes = stackalloc byte[NonceBytes.Size];
        NonceBytes.Write(nonce, nonceBytes);
        var length = ciphertext.Length - NoiseFraming.MacSize;
        try
        {
            _cipher.Decrypt(nonceBytes, ciphertext[..length], ciphertext[length..], plaintext[..length], associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose() => _cipher.Dispose();
}

/// <summary>Makes <see cref="FrameworkCipher"/>s.</summary>
internal sealed class FrameworkCipherFactory : ICipherFactory
{
    public static readonly FrameworkCipherFactory Instance = new();

    private FrameworkCipherFactory()
    {
    }

    public string Name => "framework";

    public IBlockCipher Create(ReadOnlySpan<byte> key) => new FrameworkCipher(key);
}
