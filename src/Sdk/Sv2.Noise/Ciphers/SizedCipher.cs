namespace Sv2.Noise.Ciphers;

/// <summary>
/// libsodium for short blocks, the framework for long ones: the one has the cheaper call, the other the faster inner
/// loop.
/// </summary>
/// <remarks>
/// The framework's cipher, which holds native memory, is made at the first long block: most connections, and all
/// handshakes, never see one.
/// </remarks>
internal sealed class SizedCipher(LibsodiumCipher shortBlocks, int shortBytesMax) : IBlockCipher
{
    private FrameworkCipher? _longBlocks;

    public void Encrypt(ulong nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext)
    {
        if (plaintext.Length <= shortBytesMax)
            shortBlocks.Encrypt(nonce, associated, plaintext, ciphertext);
        else
            LongBlocks.Encrypt(nonce, associated, plaintext, ciphertext);
    }

    public bool TryDecrypt(ulong nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> ciphertext, Span<byte> plaintext) =>
        ciphertext.Length - NoiseFraming.MacSize <= shortBytesMax
            ? shortBlocks.TryDecrypt(nonce, associated, ciphertext, plaintext)
            : LongBlocks.TryDecrypt(nonce, associated, ciphertext, plaintext);

    public void Dispose()
    {
        shortBlocks.Dispose();
        _longBlocks?.Dispose();
    }

    private FrameworkCipher LongBlocks => _longBlocks ??= new FrameworkCipher(shortBlocks.Key);
}

/// <summary>Makes <see cref="SizedCipher"/>s.</summary>
internal sealed class SizedCipherFactory(Libsodium sodium, int shortBytesMax) : ICipherFactory
{
    public string Name => $"libsodium {sodium.Version} up to {shortBytesMax} bytes, framework above";

    public IBlockCipher Create(ReadOnlySpan<byte> key) => new SizedCipher(new LibsodiumCipher(sodium, key), shortBytesMax);
}
