using System.Security.Cryptography;
using Sv2.Protocol;

namespace Sv2.Bitcoin.Tests;

/// <summary>Everything here was computed from the block's bytes by independent code.</summary>
public sealed class RealBlockTests
{
    private const uint Height = 413567;
    private const string BlockHash = "0000000000000000025aff8be8a55df8f89c77296db6198f272d6577325d4069";

    [RealBlockFact]
    public void The_header_hash_is_right()
    {
        Block block = Block.Parse(RealBlock.Bytes());

        Assert.Equal(BlockHash, block.Hash().ToDisplayString());
        Assert.Equal(4u, block.Header.Version);
        Assert.Equal(0x18058436u, block.Header.NBits);
    }

    [RealBlockFact]
    public void Every_txid_is_right()
    {
        U256[] txids = Block.Parse(RealBlock.Bytes()).Txids();

        Assert.Equal(1557, txids.Length);
        Assert.Equal("5b4aaef3f4e4625d70385ddf0bd2a0b7d7141e4c2fd36d2ff2cad37fff3deb0f", txids[0].ToDisplayString());
        Assert.Equal("63434bb06525615f43954598d281d03feaae70658c4187ccb3ba7fa7b093a0b8", txids[^1].ToDisplayString());
        byte[] all = [.. txids.SelectMany(txid => txid.AsSpan().ToArray())];
        Assert.Equal("66381bbbc82d2a70ae8f6f1b95ac6cd51936b1281cf17a9d7883ba0bf661572c", Convert.ToHexStringLower(SHA256.HashData(all)));
    }

    [RealBlockFact]
    public void The_merkle_root_follows_from_the_txids_and_from_the_coinbase_and_its_path()
    {
        Block block = Block.Parse(RealBlock.Bytes());
        U256[] txids = block.Txids();

        Assert.Equal("05ce7daa2ab7853686a216e6e40415cfca390c23daff2eaaba16c89f640ca564", block.Header.MerkleRoot.ToString());
        Assert.Equal(block.Header.MerkleRoot, MerkleTree.Root(txids, out bool mutated));
        Assert.False(mutated);
        Assert.Equal(block.Header.MerkleRoot, MerklePath.Fold(txids[0], MerklePath.OfCoinbase(txids.AsSpan(1))));
    }

    [RealBlockFact]
    public void It_serializes_to_the_same_bytes()
    {
        byte[] bytes = RealBlock.Bytes();

        Block block = Block.Parse(bytes);

        Assert.Equal(bytes.Length, block.Size);
        Assert.True(bytes.AsSpan().SequenceEqual(block.ToBytes()));
    }

    [RealBlockFact]
    public void It_passes_the_checks_at_its_place_and_fails_them_elsewhere()
    {
        Block block = Block.Parse(RealBlock.Bytes());
        BlockContext context = new()
        {
            Network = Network.Mainnet,
            Height = Height,
            PrevHash = block.Header.PrevHash,
            NBits = block.Header.NBits,
            MedianTimePast = block.Header.NTime - 1,
            Now = DateTimeOffset.FromUnixTimeSeconds(block.Header.NTime),
        };

        Assert.Null(BlockCheck.Full(block, context));
        Assert.Equal("bad-cb-height", BlockCheck.Full(block, context with { Height = Height + 1 })?.Code);
        Assert.True(CoinbaseRules.TryReadHeight(block.Transactions[0].Inputs[0].ScriptSig.Span, out uint height));
        Assert.Equal(Height, height);
    }

    [RealBlockFact]
    public void A_cut_anywhere_near_an_end_is_a_clear_error()
    {
        byte[] bytes = RealBlock.Bytes();

        foreach (int length in Enumerable.Range(0, 400).Concat(Enumerable.Range(bytes.Length - 400, 400)))
        {
            Assert.False(Block.TryParse(bytes.AsSpan(0, length), out _, out string? error));
            Assert.False(string.IsNullOrWhiteSpace(error));
        }
    }
}
