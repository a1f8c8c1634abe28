using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Sv2.Bitcoin;
using Sv2.Bitcoin.Hashing;
using Sv2.Protocol;

namespace Sv2.Benchmarks.Bitcoin;

/// <summary>Time for one header hash when many are done side by side. Widths that the machine lacks fail and are left out.</summary>
[MemoryDiagnoser]
public class LaneBenchmarks
{
    private const int Headers = 160;
    private const int Nonces = 16_000;

    private readonly byte[] _headers = RandomNumberGenerator.GetBytes(Headers * BlockHeader.Size);
    private readonly U256[] _hashes = new U256[Headers];
    private LaneWidth _width;
    private NonceSearch _search;

    [ParamsAllValues]
    public Width Lanes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _width = (LaneWidth)Lanes;
        _search = new NonceSearch(Network.Mainnet.Genesis, _width);
    }

    /// <summary>Independent headers, as a pool checks shares.</summary>
    [Benchmark(OperationsPerInvoke = Headers)]
    public void CheckBatch() => Sha256dLanes.HashMany(_headers, BlockHeader.Size, _hashes, _width);

    /// <summary>Nonces of one header, as a miner searches.</summary>
    [Benchmark(OperationsPerInvoke = Nonces)]
    public bool Search() => _search.TryFind(0, Nonces, U256.Zero, out _);

    /// <summary>The widths, by the names that a filter can use.</summary>
    public enum Width
    {
        Scalar = LaneWidth.Scalar,
        Vector256 = LaneWidth.Vector256,
        Vector512 = LaneWidth.Vector512,
    }
}
