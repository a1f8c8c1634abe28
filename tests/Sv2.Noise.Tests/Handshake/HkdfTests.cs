using System.Security.Cryptography;
using Sv2.Noise.Handshake;

namespace Sv2.Noise.Tests.Handshake;

public sealed class HkdfTests
{
    // RFC 4231, test cases 1 and 2.
    [Theory]
    [Trait("spec", "85")]
    [InlineData("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")]
    [InlineData("4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")]
    public void Hmac_is_that_of_rfc_4231(string key, string data, string expected) =>
        Assert.Equal(expected, Vectors.Hex(HMACSHA256.HashData(Vectors.Hex(key), Vectors.Hex(data))));

    [Theory]
    [Trait("spec", "86")]
    [InlineData(32)]
    [InlineData(0)]
    public void Outputs_are_those_of_rfc_5869_without_info(int inputLength)
    {
        var chainingKey = RandomNumberGenerator.GetBytes(32);
        var input = RandomNumberGenerator.GetBytes(inputLength);
        var expected = HKDF.DeriveKey(HashAlgorithmName.SHA256, input, 64, chainingKey, []);
        var first = new byte[32];
        var second = new byte[32];
        Hkdf.Derive(chainingKey, input, first, second);
        Assert.Equal(expected, first.Concat(second));
    }
}
