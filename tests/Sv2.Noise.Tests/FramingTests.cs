using Sv2.Noise.Handshake;
using Sv2.Noise.Tests.Handshake;
using Sv2.TestKit;

namespace Sv2.Noise.Tests;

/// <summary>Encrypted frames: sizes, blocks, nonces, damage.</summary>
public sealed class FramingTests
{
    public static TheoryData<CurveImplementation, CipherImplementation> All => Cryptographies.All;

    [Theory]
    [Trait("spec", "101")]
    [Trait("spec", "102")]
    [Trait("spec", "365")]
    [InlineData(0, 0)]
    [InlineData(1, 17)]
    [InlineData(6, 22)]
    [InlineData(65518, 65534)]
    [InlineData(65519, 65535)]
    [InlineData(65520, 65552)]
    [InlineData(131038, 131070)]
    [InlineData(131039, 131087)]
    [InlineData(16777215, 16781327)]
    public void Payloads_have_the_specified_size_on_the_wire(int plain, int encrypted)
    {
        Assert.Equal(encrypted, NoiseFraming.EncryptedPayloadLength(plain));
        Assert.Equal(22 + encrypted, NoiseFraming.EncryptedFrameLength(plain));
        Assert.Equal((plain / 65519 * 65535) + (plain % 65519 > 0 ? (plain % 65519) + 16 : 0), encrypted);
    }

    [Fact]
    public void Payloads_outside_a_u24_have_no_size()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => NoiseFraming.EncryptedPayloadLength(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => NoiseFraming.EncryptedPayloadLength(0x100_0000));
    }

    [Theory]
    [Trait("spec", "100")]
    [Trait("spec", "102")]
    [Trait("spec", "103")]
    [Trait("spec", "363")]
    [Trait("spec", "364")]
    [Trait("spec", "365")]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(6, 2)]
    [InlineData(1024, 2)]
    [InlineData(1025, 2)]
    [InlineData(65518, 2)]
    [InlineData(65519, 2)]
    [InlineData(65520, 3)]
    [InlineData(131038, 3)]
    [InlineData(131039, 4)]
    [InlineData(4_000_000, 63)]
    public void Frames_survive_the_wire_block_by_block(int payloadLength, ulong nonces)
    {
        var frame = Pairs.Frame(payloadLength);
        foreach (var inPlace in (bool[])[false, true])
        {
            var (encryptor, decryptor) = Pairs.Direction();
            var wire = new byte[NoiseFraming.EncryptedFrameLength(payloadLength)];
            int length;
            if (inPlace)
            {
                frame.CopyTo(wire, 0);
                length = encryptor.EncryptFrameInPlace(wire, frame.Length);
            }
            else
            {
                length = encryptor.EncryptFrame(frame, wire);
            }
            Assert.Equal(wire.Length, length);
            Assert.Equal(nonces, encryptor.NextNonce);

            Assert.True(decryptor.TryDecryptHeader(wire.AsSpan(0, 22), wire.AsSpan(0, 6)));
            Assert.True(wire.AsSpan(0, 6).SequenceEqual(frame.AsSpan(0, 6)));
            Assert.True(decryptor.TryDecryptPayload(wire.AsSpan(22), payloadLength));
            Assert.True(wire.AsSpan(22, payloadLength).SequenceEqual(frame.AsSpan(6)));
            Assert.Equal(nonces, decryptor.NextNonce);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    [Trait("spec", "363")]
    public void Every_cipher_writes_the_same_bytes(CurveImplementation curve, CipherImplementation cipher)
    {
        foreach (var payloadLength in (int[])[0, 1, 64, 1024, 1025, 70_000])
        {
            var frame = Pairs.Frame(payloadLength);
            var expected = new byte[NoiseFraming.EncryptedFrameLength(payloadLength)];
            var actual = new byte[expected.Length];
            Pairs.Direction(NoiseCryptography.Create(cipher: CipherImplementation.Framework)).Encryptor.EncryptFrame(frame, expected);
            Pairs.Direction(NoiseCryptography.Create(curve, cipher)).Encryptor.EncryptFrame(frame, actual);
            Assert.Equal(expected, actual);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    [Trait("spec", "82")]
    [Trait("spec", "93")]
    [Trait("spec", "103")]
    public void Any_flipped_bit_ends_the_session_without_plaintext(CurveImplementation curve, CipherImplementation cipher)
    {
        var cryptography = NoiseCryptography.Create(curve, cipher);
        var frame = Pairs.Frame(40);
        var wire = new byte[NoiseFraming.EncryptedFrameLength(40)];
        Pairs.Direction(cryptography).Encryptor.EncryptFrame(frame, wire);
        for (var bit = 0; bit < wire.Length * 8; bit++)
        {
            var damaged = wire.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            var decryptor = Pairs.Direction(cryptography).Decryptor;
            var header = new byte[6];
            header.AsSpan().Fill(0xee);
            var inHeader = bit < 22 * 8;
            Assert.Equal(!inHeader, decryptor.TryDecryptHeader(damaged.AsSpan(0, 22), header));
            Assert.False(decryptor.TryDecryptPayload(damaged.AsSpan(22), 40));
            Assert.True(decryptor.HasFailed);
            Assert.Equal(inHeader ? 0UL : 1UL, decryptor.NextNonce);
            Assert.All(damaged[22..], b => Assert.Equal(0, b));
            if (inHeader)
                Assert.All(header, b => Assert.Equal(0, b));
            // Not even the undamaged bytes help now.
            Assert.False(decryptor.TryDecryptHeader(wire.AsSpan(0, 22), header));
        }
    }

    [Fact]
    [Trait("spec", "93")]
    public void Damage_in_a_later_block_delivers_none_of_the_earlier_ones()
    {
        var (encryptor, decryptor) = Pairs.Direction();
        var wire = new byte[NoiseFraming.EncryptedFrameLength(140_000)];
        encryptor.EncryptFrame(Pairs.Frame(140_000), wire);
        Assert.True(decryptor.TryDecryptHeader(wire.AsSpan(0, 22), new byte[6]));
        wire[^1] ^= 1;
        Assert.False(decryptor.TryDecryptPayload(wire.AsSpan(22), 140_000));
        Assert.Equal(-1, wire.AsSpan(22).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    [Trait("spec", "104")]
    public void Frames_have_to_come_in_order_and_once()
    {
        var (encryptor, decryptor) = Pairs.Direction();
        var first = new byte[22];
        var second = new byte[22];
        encryptor.EncryptFrame(Pairs.Frame(0), first);
        encryptor.EncryptFrame(Pairs.Frame(0), second);
        Assert.False(Pairs.Direction().Decryptor.TryDecryptHeader(second, new byte[6]));
        Assert.True(decryptor.TryDecryptHeader(first, new byte[6]));
        Assert.False(decryptor.TryDecryptHeader(first, new byte[6]));
    }

    [Fact]
    [Trait("spec", "82")]
    public void A_failed_decryption_does_not_count_its_nonce()
    {
        var ciphers = NoiseCryptography.Default.Ciphers;
        using var sender = Pairs.State(ciphers);
        using var receiver = Pairs.State(ciphers);
        var block = new byte[26];
        sender.Encrypt([], new byte[10], block);
        Assert.Equal(1UL, sender.Nonce);
        block[3] ^= 8;
        Assert.False(receiver.TryDecrypt([], block, new byte[10]));
        Assert.Equal(0UL, receiver.Nonce);
        block[3] ^= 8;
        Assert.True(receiver.TryDecrypt([], block, new byte[10]));
        Assert.Equal(1UL, receiver.Nonce);
    }

    [Fact]
    [Trait("spec", "83")]
    [Trait("spec", "360")]
    public void Nonces_are_32_zero_bits_and_a_little_endian_counter()
    {
        var bytes = new byte[12];
        Ciphers.NonceBytes.Write(1, bytes);
        Assert.Equal("000000000100000000000000", Vectors.Hex(bytes));
        Ciphers.NonceBytes.Write(0x0102030405060708, bytes);
        Assert.Equal("000000000807060504030201", Vectors.Hex(bytes));
    }

    [Fact]
    [Trait("spec", "84")]
    public void The_last_nonce_is_never_used()
    {
        // Two nonces are left: enough for a header and one block, not for one block more.
        var (encryptor, decryptor) = Pairs.Direction(nonce: CipherState.ReservedNonce - 2);
        var wire = new byte[NoiseFraming.EncryptedFrameLength(70_000)];
        Assert.Throws<InvalidOperationException>(() => encryptor.EncryptFrame(Pairs.Frame(70_000), wire));
        Assert.Equal(CipherState.ReservedNonce - 2, encryptor.NextNonce);

        var length = encryptor.EncryptFrame(Pairs.Frame(10), wire);
        Assert.Equal(CipherState.ReservedNonce, encryptor.NextNonce);
        Assert.Throws<InvalidOperationException>(() => encryptor.EncryptFrame(Pairs.Frame(0), wire));
        Assert.True(decryptor.TryDecryptHeader(wire.AsSpan(0, 22), new byte[6]));
        Assert.True(decryptor.TryDecryptPayload(wire.AsSpan(22, length - 22), 10));
        Assert.False(decryptor.TryDecryptHeader(wire.AsSpan(0, 22), new byte[6]));
    }

    [Fact]
    public void Misuse_is_an_exception()
    {
        var (encryptor, decryptor) = Pairs.Direction();
        var buffer = new byte[200];
        var lying = Pairs.Frame(10);
        lying[3] = 11;
        Assert.Throws<ArgumentException>(() => encryptor.EncryptFrame(lying, buffer));
        Assert.Throws<ArgumentException>(() => encryptor.EncryptFrame(new byte[5], buffer));
        Assert.Throws<ArgumentException>(() => encryptor.EncryptFrame(Pairs.Frame(10), new byte[47]));
        Pairs.Frame(10).CopyTo(buffer, 1);
        Assert.Throws<ArgumentException>(() => encryptor.EncryptFrame(buffer.AsSpan(1, 16), buffer));
        Assert.Throws<ArgumentOutOfRangeException>(() => encryptor.EncryptFrameInPlace(buffer, 201));
        Assert.Equal(0UL, encryptor.NextNonce);
        Assert.Throws<ArgumentException>(() => decryptor.TryDecryptHeader(new byte[23], buffer));
        Assert.Throws<ArgumentException>(() => decryptor.TryDecryptHeader(new byte[22], new byte[5]));
        Assert.Throws<ArgumentException>(() => decryptor.TryDecryptPayload(new byte[25], 10));
        Assert.False(decryptor.HasFailed);
    }

    [Fact]
    public void Encrypting_where_the_frame_starts_gives_the_same_bytes()
    {
        var frame = Pairs.Frame(70_000);
        var expected = new byte[NoiseFraming.EncryptedFrameLength(70_000)];
        Pairs.Direction().Encryptor.EncryptFrame(frame, expected);
        var buffer = new byte[expected.Length];
        frame.CopyTo(buffer, 0);
        Pairs.Direction().Encryptor.EncryptFrame(buffer.AsSpan(0, frame.Length), buffer);
        Assert.Equal(expected, buffer);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Encrypting_and_decrypting_allocates_nothing(CurveImplementation curve, CipherImplementation cipher)
    {
        var (encryptor, decryptor) = Pairs.Direction(NoiseCryptography.Create(curve, cipher));
        foreach (var payloadLength in (int[])[0, 64, 4096, 70_000])
        {
            var frame = Pairs.Frame(payloadLength);
            var wire = new byte[NoiseFraming.EncryptedFrameLength(payloadLength)];
            Allocations.AssertNone(() => Exchange(encryptor, decryptor, frame, wire), warmUp: 100, perRound: 200);
        }
    }

    [Fact]
    public void A_disposed_session_encrypts_no_more()
    {
        foreach (var cipher in Enum.GetValues<CipherImplementation>())
        {
            if (cipher == CipherImplementation.Libsodium && Ciphers.Libsodium.Instance is null)
                continue;
            var (client, _) = Pairs.Handshake(NoiseCryptography.Create(cipher: cipher));
            client.Dispose();
            Assert.ThrowsAny<Exception>(() => client.Encryptor.EncryptFrame(Pairs.Frame(1), new byte[100]));
        }
    }

    private static void Exchange(FrameEncryptor encryptor, FrameDecryptor decryptor, byte[] frame, byte[] wire)
    {
        encryptor.EncryptFrame(frame, wire);
        if (!decryptor.TryDecryptHeader(wire.AsSpan(0, 22), wire.AsSpan(0, 6)) || !decryptor.TryDecryptPayload(wire.AsSpan(22), frame.Length - 6))
            throw new InvalidOperationException("The frame did not survive.");
    }
}
