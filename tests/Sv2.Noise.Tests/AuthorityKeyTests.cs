using System.Security.Cryptography;
using Sv2.Noise.Text;

namespace Sv2.Noise.Tests;

public sealed class AuthorityKeyTests
{
    private const string VectorText = "9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXh";

    private static readonly byte[] VectorBytes =
    [
        118, 99, 112, 0, 151, 156, 28, 17, 175, 12, 48, 11, 205, 140, 127, 228, 134, 16, 252, 233, 185, 193, 30, 61, 174, 227, 90, 224, 176, 138, 116, 85,
    ];

    [Fact]
    [Trait("spec", "105")]
    [Trait("spec", "366")]
    public void The_specification_s_vector_encodes_and_decodes()
    {
        Assert.Equal(VectorText, AuthorityPublicKey.FromBytes(VectorBytes).ToString());
        Assert.Equal(VectorBytes, AuthorityPublicKey.Parse(VectorText).Bytes.ToArray());
    }

    [Fact]
    [Trait("spec", "106")]
    public void Any_changed_character_is_noticed()
    {
        const string Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0OIl +/é";
        for (var i = 0; i < VectorText.Length; i++)
        {
            foreach (var other in Alphabet)
            {
                if (other == VectorText[i])
                    continue;
                var text = VectorText[..i] + other + VectorText[(i + 1)..];
                Assert.False(AuthorityPublicKey.TryParse(text, out _, out var error), text);
                Assert.StartsWith("The authority public key", error);
            }
        }
    }

    [Theory]
    [Trait("spec", "106")]
    [InlineData(null, "is empty")]
    [InlineData("", "is empty")]
    [InlineData("9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRX", "checksum")]
    [InlineData("9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRXhh", "checksum")]
    [InlineData("11", "decodes to 2 bytes")]
    [InlineData("9bXiEd8boQVhq7WddEcERUL5tyyJVFYdU8th3HfbNXK3Yw6GRX0", "position 51")]
    public void What_is_wrong_is_said(string? text, string expected)
    {
        Assert.False(AuthorityPublicKey.TryParse(text, out _, out var error));
        Assert.Contains(expected, error);
        if (text is not null)
            Assert.Equal(error, Assert.Throws<FormatException>(() => AuthorityPublicKey.Parse(text)).Message);
    }

    [Fact]
    [Trait("spec", "106")]
    [Trait("spec", "366")]
    public void Wrong_versions_lengths_and_points_are_refused()
    {
        AssertRefused(Base58Check.Encode([0, 1, .. VectorBytes]), "version 00 01");
        AssertRefused(Base58Check.Encode([2, 0, .. VectorBytes]), "version 02 00");
        AssertRefused(Base58Check.Encode(VectorBytes), "decodes to 32 bytes");
        AssertRefused(Base58Check.Encode([1, 0, .. VectorBytes, 1]), "decodes to 35 bytes");
        // 5 is not an x-coordinate of the curve; p + 1 is one only modulo p.
        AssertRefused(Base58Check.Encode([1, 0, .. new byte[31], 5]), "not the x-coordinate");
        AssertRefused(Base58Check.Encode([1, 0, .. Vectors.Hex("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc30")]), "not the x-coordinate");
    }

    [Fact]
    public void Keys_are_equal_by_value()
    {
        var key = AuthorityPublicKey.Parse(VectorText);
        Assert.Equal(key, AuthorityPublicKey.FromBytes(VectorBytes));
        Assert.Equal(key.GetHashCode(), AuthorityPublicKey.FromBytes(VectorBytes).GetHashCode());
        using var other = AuthorityKeyPair.Generate();
        Assert.NotEqual(key, other.PublicKey);
    }

    [Fact]
    public void Base58check_keeps_leading_zeros_and_all_lengths()
    {
        var random = new Random(5);
        for (var length = 0; length <= Base58Check.DataBytesMax; length++)
        {
            var data = new byte[length];
            random.NextBytes(data.AsSpan(Math.Min(length, random.Next(4))));
            var decoded = new byte[length];
            Assert.True(Base58Check.TryDecode(Base58Check.Encode(data), decoded, out var decodedLength, out _));
            Assert.Equal(length, decodedLength);
            Assert.Equal(data, decoded);
        }
    }

    [Fact]
    public void Secrets_are_kept_and_given_back()
    {
        using var generated = AuthorityKeyPair.Generate();
        var secret = new byte[AuthorityKeyPair.SecretSize];
        generated.ExportSecret(secret);
        using var again = AuthorityKeyPair.FromSecret(secret);
        Assert.Equal(generated.PublicKey, again.PublicKey);
    }

    [Theory]
    [Trait("spec", "79")]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")]
    public void Bytes_that_are_no_secret_key_are_refused(string hex)
    {
        Assert.Throws<CryptographicException>(() => AuthorityKeyPair.FromSecret(Vectors.Hex(hex)));
        Assert.Throws<CryptographicException>(() => StaticKeyPair.FromSecret(Vectors.Hex(hex)));
    }

    [Fact]
    public void Disposed_secrets_are_zero_and_unusable()
    {
        var secret = SecretKey.Generate(NoiseCryptography.Default);
        var memory = secret.Bytes;
        secret.Dispose();
        Assert.Equal(-1, memory.IndexOfAnyExcept((byte)0));
        Assert.Throws<ObjectDisposedException>(() => secret.Bytes.Length);

        var pair = AuthorityKeyPair.Generate();
        pair.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pair.ExportSecret(new byte[32]));
    }

    [Fact]
    public void Nothing_secret_has_a_text_form()
    {
        Type[] secrets = [typeof(SecretKey), typeof(AuthorityKeyPair), typeof(StaticKeyPair), typeof(ServerCredentials), typeof(NoiseInitiator),
            typeof(NoiseResponder), typeof(NoiseSession), typeof(FrameEncryptor), typeof(FrameDecryptor), typeof(Noise.Handshake.EphemeralKey),
            typeof(Noise.Handshake.SymmetricState), typeof(Noise.Handshake.CipherState), typeof(Noise.Curve.Scalar), typeof(Ciphers.LibsodiumCipher)];
        Assert.All(secrets, type => Assert.True(type.GetMethod(nameof(ToString), [])!.DeclaringType!.Namespace == "System", type.Name));
    }

    private static void AssertRefused(string text, string expected)
    {
        Assert.False(AuthorityPublicKey.TryParse(text, out _, out var error));
        Assert.Contains(expected, error);
    }
}
