using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Sv2.Noise.Curve;

namespace Sv2.Benchmarks.Noise;

/// <summary>The curve operations one by one, managed and by libsecp256k1.</summary>
[MinColumn]
public class CurveBenchmarks
{
    private readonly byte[] _secret = new byte[32];
    private readonly byte[] _x = new byte[32];
    private readonly byte[] _digest = new byte[32];
    private readonly byte[] _signature = new byte[64];
    private readonly byte[] _encoded = new byte[64];
    private ISecp256k1 _curve = null!;
    private AffinePoint _point;

    [Params("managed", "libsecp256k1")]
    public string Curve { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _curve = Curve == "managed" ? ManagedSecp256k1.Instance
            : LibSecp256k1.Instance ?? throw new InvalidOperationException("libsecp256k1 is not installed.");
        RandomNumberGenerator.Fill(_digest);
        _secret.AsSpan().Fill(0x5a);
        _curve.PublicX(_secret, _x);
        ElligatorSwift.Encode(_x, RandomNumberGenerator.Fill, _encoded);
        _point = ElligatorSwift.Decode(_encoded);
        _curve.Sign(_secret, _digest, _digest, _signature);
    }

    [Benchmark]
    public byte PublicX()
    {
        _curve.PublicX(_secret, _x);
        return _x[0];
    }

    [Benchmark]
    public byte SharedX()
    {
        _curve.SharedX(_secret, _point, _x);
        return _x[0];
    }

    [Benchmark]
    public byte Sign()
    {
        _curve.Sign(_secret, _digest, _digest, _signature);
        return _signature[0];
    }

    [Benchmark]
    public bool Verify()
    {
        _curve.PublicX(_secret, _x);
        return _curve.Verify(_x, _digest, _signature);
    }
}
