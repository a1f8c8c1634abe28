using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Sv2.Noise.Curve;

namespace Sv2.Benchmarks.Noise;

/// <summary>The parts of the curve that have one implementation: the field and ElligatorSwift.</summary>
[MinColumn]
public class EncodingBenchmarks
{
    private readonly byte[] _x = new byte[32];
    private readonly byte[][] _encodings = new byte[64][];
    private readonly byte[] _scratch = new byte[64];
    private FieldElement _a = FieldElement.FromBytesReduced(Enumerable.Range(7, 32).Select(i => (byte)i).ToArray());
    private FieldElement _b = FieldElement.FromBytesReduced(Enumerable.Range(99, 32).Select(i => (byte)(i * 5)).ToArray());
    private int _next;

    [GlobalSetup]
    public void Setup()
    {
        var secret = new byte[32];
        secret.AsSpan().Fill(0x5a);
        ManagedSecp256k1.Instance.PublicX(secret, _x);
        for (var i = 0; i < _encodings.Length; i++)
            RandomNumberGenerator.Fill(_encodings[i] = new byte[64]);
    }

    [Benchmark(OperationsPerInvoke = 1000)]
    public void Multiply()
    {
        for (var i = 0; i < 1000; i++)
            FieldElement.Multiply(out _a, _a, _b);
    }

    [Benchmark(OperationsPerInvoke = 1000)]
    public void Square() => FieldElement.SquareRepeatedly(out _a, _a, 1000);

    [Benchmark]
    public void Invert() => FieldElement.Invert(out _a, _b);

    [Benchmark]
    public bool SquareRoot() => FieldElement.TrySquareRootPublic(out _, _b);

    [Benchmark]
    public void Decode() => ElligatorSwift.Decode(_encodings[_next++ & 63]);

    [Benchmark]
    public void Encode() => ElligatorSwift.Encode(_x, RandomNumberGenerator.Fill, _scratch);
}
