namespace Sv2.Bitcoin.Tests;

public sealed class AddressTests
{
    public static TheoryData<string, string, string> Valid => new()
    {
        // BIP 173 and BIP 350.
        { "main", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "0014751e76e8199196d454941c45d1b3a323f1433bd6" },
        { "signet", "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7", "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262" },
        { "main", "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y", "5128751e76e8199196d454941c45d1b3a323f1433bd6751e76e8199196d454941c45d1b3a323f1433bd6" },
        { "main", "BC1SW50QGDZ25J", "6002751e" },
        { "main", "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", "5210751e76e8199196d454941c45d1b3a323" },
        { "testnet4", "tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy", "0020000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433" },
        { "testnet4", "tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c", "5120000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433" },
        { "main", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798" },
        // The coinbase output of the genesis block, and the address in BIP 13's example.
        { "main", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac" },
        { "main", "3P14159f73E4gFr7JterCCQh9QjiTjiZrG", "a914e9c3dd0c07aac76179ebc76a6c78d4d67c6c160a87" },
    };

    [Theory]
    [MemberData(nameof(Valid))]
    public void Known_addresses_give_their_scripts_and_back(string network, string address, string script)
    {
        Network.TryGet(network, out Network? parameters);

        Assert.Equal(script, Address.Parse(address, parameters!).ToString());
        Assert.True(Address.TryFormat(Script.FromHex(script), parameters!, out string? again));
        Assert.Equal(address.StartsWith("BC", StringComparison.Ordinal) ? address.ToLowerInvariant() : address, again);
    }

    [Theory]
    [InlineData("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd")] // version 1 with bech32
    [InlineData("BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL")] // version 16 with bech32
    [InlineData("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh")] // version 0 with bech32m
    [InlineData("bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4")] // a character outside the alphabet
    [InlineData("BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R")] // version 17
    [InlineData("bc1pw5dgrnzv")] // one byte
    [InlineData("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav")] // 41 bytes
    [InlineData("BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P")] // 16 bytes for version 0
    [InlineData("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf")] // padding too long
    [InlineData("bc1gmk9yu")] // no data
    [InlineData("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8F3t4")] // mixed case
    [InlineData("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5")] // one character changed
    [InlineData("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb")]
    [InlineData("1A1zP1eP5QGefi2DMPTfTL5SLmv7Divf0a")]
    [InlineData("bc1")]
    [InlineData("")]
    public void What_is_no_address_is_refused_with_a_reason(string text)
    {
        Assert.False(Address.TryParse(text, Network.Mainnet, out _, out string? error));
        Assert.False(string.IsNullOrWhiteSpace(error));
    }

    [Fact]
    public void An_address_of_another_network_is_refused_and_the_network_named()
    {
        Assert.False(Address.TryParse("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", Network.Regtest, out _, out string? segwit));
        Assert.False(Address.TryParse("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", Network.Regtest, out _, out string? legacy));

        Assert.Contains("belongs to main, not to regtest", segwit, StringComparison.Ordinal);
        Assert.Contains("belongs to main, not to regtest", legacy, StringComparison.Ordinal);
    }

    [Fact]
    public void Scripts_without_an_address_have_none()
    {
        Assert.False(Address.TryFormat(Script.OpReturn("x"u8), Network.Mainnet, out _));
        Assert.False(Address.TryFormat(default, Network.Mainnet, out _));
        Assert.False(Address.TryFormat(Script.PayToWitness(0, new byte[16]), Network.Mainnet, out _));
    }
}
