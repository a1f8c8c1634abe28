namespace Sv2.Noise.Ciphers;

/// <summary>
/// One cipher for short blocks and another for long ones: libsodium has the cheaper call, the framework the faster
/// inner loop.
/// </summary>
internal sealed class SizedCipher(IBlockCipher shortBlocks, IBlockCipher longBlocks, int shortBytesMax) : IBlockCipher
{
    public void Encrypt(ulong nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext) =>
        For(plaintext.Length).Encrypt(nonce, associated, plaintext, ciphertext);

    public bool TryDecrypt(ulong nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> ciphertext, Span<byte> plaintext) =>
        For(ciphertext.Length - NoiseFraming.MacSize).TryDecrypt(nonce, associated, ciphertext, plaintext);

    public void Dispose()
    {
        shortBlocks.Dispose();
        longBlocks.Dispose();
    }

    private IBlockCipher For(int plaintextLength) => plaintextLength <= shortBytesMax ? shortBlocks : longBlocks;
}

/// <summary>Makes <see cref="SizedCipher"/>s.</summary>
internal sealed class SizedCipherFactory(ICipherFactory shortBlocks, ICipherFactory longBlocks, int shortBytesMax) : ICipherFactory
{
    public string Name => $"{shortBlocks.Name} up to {shortBytesMax} bytes, {longBlocks.Name} above";

    public IBlockCipher Create(ReadOnlySpan<byte> key) => new SizedCipher(shortBlocks.Create(key), longBlocks.Create(key), shortBytesMax);
}
