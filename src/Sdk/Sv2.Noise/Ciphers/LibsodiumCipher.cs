using System.Security.Cryptography;

namespace Sv2.Noise.Ciphers;

/// <summary>libsodium's ChaCha20-Poly1305.</summary>
internal sealed unsafe class LibsodiumCipher : IBlockCipher
{
    private const int KeySize = 32;

    private readonly Libsodium _sodium;
    private readonly byte[] _key = GC.AllocateUninitializedArray<byte>(KeySize, pinned: true);
    private bool _disposed;

    public LibsodiumCipher(Libsodium sodium, ReadOnlySpan<byte> key)
    {
        if (key.Length != KeySize)
            throw new CryptographicException($"A ChaCha20-Poly1305 key has {KeySize} bytes, this one {key.Length}.");
        _sodium = sodium;
        key.CopyTo(_key);
    }

    /// <summary>The key, until disposal.</summary>
    public ReadOnlySpan<byte> Key
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _key;
        }
    }

    // Lengths are checked here once more, since the library trusts its pointers.
    public void Encrypt(ulong nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(ciphertext.Length, plaintext.Length + NoiseFraming.MacSize, nameof(ciphertext));
        Span<byte> nonceBytes = stackalloc byte[NonceBytes.Size];
        NonceBytes.Write(nonce, nonceBytes);
        fixed (byte* c = ciphertext, m = plaintext, ad = associated, n = nonceBytes, k = _key)
            _sodium.Encrypt(c, m, plaintext.Length, ad, associated.Length, n, k);
    }

    public bool TryDecrypt(ulong nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> ciphertext, Span<byte> plaintext)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(ciphertext.Length, NoiseFraming.MacSize, nameof(ciphertext));
        ArgumentOutOfRangeException.ThrowIfLessThan(plaintext.Length, ciphertext.Length - NoiseFraming.MacSize, nameof(plaintext));
        Span<byte> nonceBytes = stackalloc byte[NonceBytes.Size];
        NonceBytes.Write(nonce, nonceBytes);
        fixed (byte* c = ciphertext, m = plaintext, ad = associated, n = nonceBytes, k = _key)
            return _sodium.TryDecrypt(m, c, ciphertext.Length, ad, associated.Length, n, k);
    }

    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_key);
    }
}

/// <summary>Makes <see cref="LibsodiumCipher"/>s.</summary>
internal sealed class LibsodiumCipherFactory(Libsodium sodium) : ICipherFactory
{
    public string Name => $"libsodium {sodium.Version}";

    public IBlockCipher Create(ReadOnlySpan<byte> key) => new LibsodiumCipher(sodium, key);
}
