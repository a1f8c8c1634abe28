using BenchmarkDotNet.Attributes;
using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Benchmarks.Bitcoin;

/// <summary>A block of 1 500 transactions: reading, hashing all ids, writing, and the path of its coinbase.</summary>
[MemoryDiagnoser]
public class BlockBenchmarks
{
    private byte[] _bytes = null!;
    private Block _block = null!;
    private U256[] _txids = null!;

    [GlobalSetup]
    public void Setup()
    {
        Transaction[] transactions = new Transaction[1500];
        for (int i = 0; i < transactions.Length; i++)
        {
            transactions[i] = new Transaction(
                2,
                [new TxInput(new OutPoint(U256.FromLimbs((ulong)i), 0), default, 0, [new byte[72], new byte[33]])],
                [new TxOutput(1, Script.PayToWitness(0, new byte[20])), new TxOutput(2, Script.PayToWitness(1, new byte[32]))],
                0);
        }
        _block = new Block(Network.Regtest.Genesis, transactions);
        _bytes = _block.ToBytes();
        _txids = _block.Txids();
    }

    [Benchmark]
    public Block Parse() => Block.Parse(_bytes);

    [Benchmark]
    public U256 ParseAndHash() => MerkleTree.Root(Block.Parse(_bytes).Txids());

    [Benchmark]
    public byte[] Serialize() => _block.ToBytes();

    [Benchmark]
    public U256[] CoinbasePath() => MerklePath.OfCoinbase(_txids.AsSpan(1));
}
