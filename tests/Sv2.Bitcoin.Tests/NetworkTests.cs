using Sv2.Protocol;

namespace Sv2.Bitcoin.Tests;

public sealed class NetworkTests
{
    private const string MainnetGenesisHeader =
        "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f61" +
        "7fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c";

    private const string MainnetGenesisCoinbase =
        "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054" +
        "696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420" +
        "666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61" +
        "deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000";

    public static TheoryData<string, string> GenesisHashes => new()
    {
        { "main", "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f" },
        { "testnet4", "00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043" },
        { "signet", "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6" },
        { "regtest", "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206" },
    };

    [Theory]
    [MemberData(nameof(GenesisHashes))]
    public void The_genesis_block_has_its_well_known_hash_and_meets_its_own_target(string name, string hash)
    {
        Assert.True(Network.TryGet(name, out Network? network));

        Assert.Equal(hash, network.Genesis.Hash().ToDisplayString());
        Assert.Null(BlockCheck.ProofOfWork(network.Genesis, network));
    }

    [Fact]
    public void The_mainnet_genesis_block_is_the_well_known_bytes()
    {
        byte[] header = new byte[BlockHeader.Size];
        Network.Mainnet.Genesis.Write(header);
        Assert.Equal(MainnetGenesisHeader, Convert.ToHexStringLower(header));

        Block block = Block.Parse(Convert.FromHexString(MainnetGenesisHeader + "01" + MainnetGenesisCoinbase));
        Assert.Null(BlockCheck.ContextFree(block, Network.Mainnet));
        Assert.Equal(block.Header.MerkleRoot, block.Transactions[0].Txid);
        Assert.Equal(50 * TxOutput.SatoshisPerBitcoin, block.Transactions[0].OutputValue);
        Assert.Equal(MainnetGenesisHeader + "01" + MainnetGenesisCoinbase, Convert.ToHexStringLower(block.ToBytes()));
    }

    [Theory]
    [InlineData(0u, 5_000_000_000ul)]
    [InlineData(209_999u, 5_000_000_000ul)]
    [InlineData(210_000u, 2_500_000_000ul)]
    [InlineData(840_000u, 312_500_000ul)]
    [InlineData(6_929_999u, 1ul)]
    [InlineData(6_930_000u, 0ul)]
    [InlineData(uint.MaxValue, 0ul)]
    public void The_subsidy_halves(uint height, ulong satoshis) => Assert.Equal(satoshis, Network.Mainnet.Subsidy(height));

    [Fact]
    public void Names_are_found_in_any_case_and_unknown_ones_are_not()
    {
        Assert.True(Network.TryGet("MainNet", out Network? main));
        Assert.Same(Network.Mainnet, main);
        Assert.False(Network.TryGet("testnet3", out _));
        Assert.False(Network.TryGet(null, out _));
    }
}
