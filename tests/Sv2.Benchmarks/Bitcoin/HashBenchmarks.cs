using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Benchmarks.Bitcoin;

/// <summary>One double SHA-256 by length, against two calls of the framework: 64 bytes is a merkle node, 80 a header, 250 a coinbase.</summary>
[MemoryDiagnoser]
public class HashBenchmarks
{
    private readonly byte[] _hash = new byte[Sha256d.HashSize];
    private byte[] _data = null!;

    [Params(32, 64, 80, 250)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void Setup() => _data = RandomNumberGenerator.GetBytes(Bytes);

    [Benchmark(Baseline = true)]
    public void Framework()
    {
        SHA256.HashData(_data, _hash);
        SHA256.HashData(_hash, _hash);
    }

    [Benchmark]
    public void Ours() => Sha256d.Hash(_data, _hash);
}

/// <summary>The hashing that checking one share on an extended channel takes: coinbase, merkle path of a full block, header.</summary>
[MemoryDiagnoser]
public class ShareBenchmarks
{
    private readonly U256[] _path = new U256[12];
    private readonly U256[] _leaves = new U256[16];
    private readonly byte[] _prefix = new byte[8];
    private readonly byte[] _extranonce = new byte[8];
    private CoinbaseSplit _coinbase = null!;

    [GlobalSetup]
    public void Setup()
    {
        for (int i = 0; i < _path.Length; i++)
            _path[i] = Sha256d.Hash([(byte)i]);
        _coinbase = new CoinbaseTemplate
        {
            Version = 2,
            CoinbasePrefix = CoinbaseRules.HeightPush(900_000),
            Sequence = uint.MaxValue,
            Outputs = [new TxOutput(312_500_000, Script.PayToWitness(1, new byte[32])), WitnessCommitment.Output(U256.MaxValue)],
            LockTime = 0,
        }.Split(_prefix.Length + _extranonce.Length);
    }

    [Benchmark]
    public U256 CoinbaseTxid() => _coinbase.Txid(_prefix, _extranonce);

    [Benchmark]
    public U256 MerkleFold() => MerklePath.Fold(U256.MaxValue, _path);

    /// <summary>Time for one of 16 coinbases that are folded side by side.</summary>
    [Benchmark(OperationsPerInvoke = 16)]
    public void MerkleFoldMany() => MerklePath.FoldMany(_leaves, _path);

    [Benchmark]
    public U256 Whole()
    {
        U256 root = MerklePath.Fold(_coinbase.Txid(_prefix, _extranonce), _path);
        return new BlockHeader(0x20000000, U256.MaxValue, root, 1_755_700_000, 0x1d00ffff, 42).Hash();
    }
}
