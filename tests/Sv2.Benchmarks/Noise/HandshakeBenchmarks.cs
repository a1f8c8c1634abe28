using BenchmarkDotNet.Attributes;
using Sv2.Noise;
using Sv2.Noise.Curve;

namespace Sv2.Benchmarks.Noise;

/// <summary>
/// A whole handshake, both sides on one thread: keys made, certificate checked, sessions made. The baseline is what no
/// implementation can leave out: two public keys, four shared points and one signature verified.
/// </summary>
[MemoryDiagnoser]
[MinColumn]
public class HandshakeBenchmarks
{
    private readonly byte[] _act1 = new byte[NoiseInitiator.Act1Size];
    private readonly byte[] _act2 = new byte[NoiseResponder.Act2Size];
    private NoiseCryptography _cryptography = null!;
    private ServerCredentials _credentials = null!;
    private readonly byte[] _secret = new byte[32];
    private readonly byte[] _x = new byte[32];
    private readonly byte[] _shared = new byte[32];
    private readonly byte[] _signature = new byte[64];
    private AffinePoint _point;

    /// <summary>Who multiplies points.</summary>
    [Params(CurveImplementation.Managed, CurveImplementation.LibSecp256k1)]
    public CurveImplementation Curve { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _cryptography = NoiseCryptography.Create(Curve);
        _credentials = new ServerCredentials(AuthorityKeyPair.Generate(_cryptography), StaticKeyPair.Generate(_cryptography), TimeProvider.System);
        _secret.AsSpan().Fill(0x5a);
        _cryptography.Secp256k1.PublicX(_secret, _x);
        _cryptography.Secp256k1.Sign(_secret, _secret, _secret, _signature);
        AffinePoint.TryFromX(_x, out _point);
    }

    [Benchmark(Baseline = true)]
    public bool PointMultiplicationsAlone()
    {
        for (var i = 0; i < 2; i++)
        {
            _cryptography.Secp256k1.PublicX(_secret, _x);
            _cryptography.Secp256k1.SharedX(_secret, _point, _shared);
            _cryptography.Secp256k1.SharedX(_secret, _point, _shared);
        }
        return _cryptography.Secp256k1.Verify(_x, _secret, _signature);
    }

    [Benchmark]
    public ulong BothSides()
    {
        using var initiator = new NoiseInitiator(_credentials.AuthorityPublicKey, TimeProvider.System, _cryptography);
        using var responder = new NoiseResponder(_credentials, _cryptography);
        initiator.WriteAct1(_act1);
        using var server = responder.ReadAct1AndWriteAct2(_act1, _act2);
        if (!initiator.TryReadAct2(_act2, out var client, out var failure))
            throw new InvalidOperationException(failure.Message);
        client.Dispose();
        return server.Encryptor.NextNonce;
    }
}
