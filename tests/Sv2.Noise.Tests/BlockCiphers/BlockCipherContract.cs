using System.Security.Cryptography;
using Sv2.Noise.Ciphers;

namespace Sv2.Noise.Tests.BlockCiphers;

/// <summary>What every cipher behind the seam must do; the framework's own is the measure. Derive one class for each.</summary>
public abstract class BlockCipherContract
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    /// <summary>The cipher under test; null where its library is not installed, and then nothing runs.</summary>
    internal abstract ICipherFactory? Factory { get; }

    public static TheoryData<int> Lengths => [0, 1, 6, 15, 16, 17, 63, 64, 65, 1023, 1024, 1025, 4096, 65519];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Agrees_with_the_framework_at_every_length(int length)
    {
        if (Factory is not { } factory || !ChaCha20Poly1305.IsSupported) return;
        byte[] plaintext = Bytes(length);
        byte[] associated = Bytes(length % 40);
        using IBlockCipher cipher = factory.Create(Key);
        using IBlockCipher reference = FrameworkCipherFactory.Instance.Create(Key);
        foreach (ulong nonce in (ulong[])[0, 1, 0xFFFF_FFFF, 0x1_0000_0000, ulong.MaxValue - 1])
        {
            byte[] actual = new byte[length + NoiseFraming.MacSize];
            byte[] expected = new byte[length + NoiseFraming.MacSize];
            cipher.Encrypt(nonce, associated, plaintext, actual);
            reference.Encrypt(nonce, associated, plaintext, expected);
            Assert.Equal(expected, actual);
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Works_in_place_and_back(int length)
    {
        if (Factory is not { } factory) return;
        byte[] plaintext = Bytes(length);
        byte[] buffer = [.. plaintext, .. new byte[NoiseFraming.MacSize]];
        using IBlockCipher cipher = factory.Create(Key);

        cipher.Encrypt(7, [], buffer.AsSpan(0, length), buffer);
        Assert.True(cipher.TryDecrypt(7, [], buffer, buffer));

        Assert.Equal(plaintext, buffer[..length]);
    }

    [Fact]
    public void Any_flipped_bit_is_refused_and_leaves_no_plaintext()
    {
        if (Factory is not { } factory) return;
        byte[] plaintext = Bytes(20);
        byte[] ciphertext = new byte[plaintext.Length + NoiseFraming.MacSize];
        using IBlockCipher cipher = factory.Create(Key);
        cipher.Encrypt(3, [1, 2, 3], plaintext, ciphertext);
        for (int bit = 0; bit < ciphertext.Length * 8; bit++)
        {
            byte[] damaged = [.. ciphertext];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            byte[] output = new byte[plaintext.Length];
            Assert.False(cipher.TryDecrypt(3, [1, 2, 3], damaged, output));
            Assert.Equal(new byte[plaintext.Length], output);
        }

        byte[] none = new byte[plaintext.Length];
        Assert.False(cipher.TryDecrypt(4, [1, 2, 3], ciphertext, none));
        Assert.False(cipher.TryDecrypt(3, [1, 2], ciphertext, none));
        Assert.True(cipher.TryDecrypt(3, [1, 2, 3], ciphertext, none));
    }

    [Fact]
    public void Buffers_that_are_too_small_are_our_own_fault()
    {
        if (Factory is not { } factory) return;
        using IBlockCipher cipher = factory.Create(Key);
        Assert.ThrowsAny<ArgumentException>(() => cipher.Encrypt(0, [], new byte[10], new byte[25]));
        Assert.ThrowsAny<ArgumentException>(() => { _ = cipher.TryDecrypt(0, [], new byte[15], new byte[20]); });
        Assert.ThrowsAny<ArgumentException>(() => { _ = cipher.TryDecrypt(0, [], new byte[36], new byte[19]); });
    }

    [Fact]
    public void Key_has_32_bytes() => Assert.ThrowsAny<Exception>(() => Factory?.Create(new byte[31]) ?? throw new CryptographicException("no such cipher here"));

    private static byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
