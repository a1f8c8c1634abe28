namespace Sv2.Bitcoin.Tests;

public sealed class OutputDescriptorTests
{
    // The generator point, the best known public key there is.
    private const string Key = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

    [Theory]
    [InlineData("raw(deadbeef)#89f8spxm", "deadbeef")] // BIP 380
    [InlineData("raw(deadbeef)", "deadbeef")]
    [InlineData("addr(3P14159f73E4gFr7JterCCQh9QjiTjiZrG)", "a914e9c3dd0c07aac76179ebc76a6c78d4d67c6c160a87")]
    [InlineData("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "0014751e76e8199196d454941c45d1b3a323f1433bd6")]
    [InlineData($"pkh({Key})", "76a914751e76e8199196d454941c45d1b3a323f1433bd688ac")]
    [InlineData($"wpkh({Key})", "0014751e76e8199196d454941c45d1b3a323f1433bd6")]
    [InlineData($"wpkh([d34db33f/84h/0h/0h]{Key})", "0014751e76e8199196d454941c45d1b3a323f1433bd6")]
    [InlineData($"sh(wpkh({Key}))", "a914bcfeb728b584253d5f3f70bcb780e9ef218a68f487")]
    // BIP 86, first receiving key; BIP 341, first wallet vector.
    [InlineData("tr(cc8a4bc64d897bddc5fbc2f670f7a8ba0b386779106cf1223c6fc5d7cd6fc115)", "5120a60869f0dbcf1dc659c9cecbaf8050135ea9e8cdc487053f1dc6880949dc684c")]
    [InlineData("tr(d6889cb081036e0faefa3a35157ad71086b123b2b144b649798b494c300a961d)", "512053a1f6e454df1aa2776a2814a721372d6258050de330b3c6d10ee8f4e0dda343")]
    [InlineData("rawtr(53a1f6e454df1aa2776a2814a721372d6258050de330b3c6d10ee8f4e0dda343)", "512053a1f6e454df1aa2776a2814a721372d6258050de330b3c6d10ee8f4e0dda343")]
    public void Known_descriptors_give_their_scripts(string text, string script)
    {
        OutputDescriptor descriptor = OutputDescriptor.Parse(text, Network.Mainnet);

        Assert.Equal(script, descriptor.Script.ToString());
        Assert.Equal(descriptor, OutputDescriptor.Parse(descriptor.ToString(), Network.Mainnet));
    }

    [Theory]
    [InlineData("raw(deadbeef)#89f8spxn", "checksum")]
    [InlineData("raw(deadbeef)#", "checksum")]
    [InlineData("raw(deadbee)", "hexadecimal")]
    [InlineData("raw(deadbeef", "parenthesis")]
    [InlineData("wsh(pk(02))", "not one of")]
    [InlineData("(x)", "not one of")]
    [InlineData("", "address")]
    [InlineData("addr(tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7)", "belongs to testnet4")]
    [InlineData("wpkh(79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798)", "33 bytes")]
    [InlineData("wpkh(xpub6ERApfZwUNrhLCkDtcHTcxd75RbzS1ed54G1LkBUHQVHQKqhMkhgbmJbZRkrgZw4koxb5JaHWkY4ALHY2grBGRjaDMzQLcgJvLJuZZvRcEL)", "addr(ADDRESS)")]
    [InlineData("tr(0000000000000000000000000000000000000000000000000000000000000005)", "on the curve")]
    [InlineData("tr(ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff)", "on the curve")]
    public void What_cannot_be_read_is_refused_with_a_reason(string text, string reason)
    {
        Assert.False(OutputDescriptor.TryParse(text, Network.Mainnet, out _, out string? error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "9c1185a5c5e9fc54612808977ee8f548b2258d31")]
    [InlineData("abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "12a053384a9c0c88e405a06c27dcf49ada62eb2b")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345678901234567890", "9b752e45573d4b39f4dbd3323cab82bf63326bfb")]
    public void Ripemd160_gives_its_published_values(string text, string hash) =>
        Assert.Equal(hash, Convert.ToHexStringLower(Ripemd160.Hash(System.Text.Encoding.ASCII.GetBytes(text))));
}
