using BenchmarkDotNet.Attributes;
using Sv2.Noise;

namespace Sv2.Benchmarks.Noise;

/// <summary>A whole handshake, both sides on one thread: keys made, certificate checked, sessions made.</summary>
[MemoryDiagnoser]
public class HandshakeBenchmarks
{
    private readonly byte[] _act1 = new byte[NoiseInitiator.Act1Size];
    private readonly byte[] _act2 = new byte[NoiseResponder.Act2Size];
    private NoiseCryptography _cryptography = null!;
    private ServerCredentials _credentials = null!;

    /// <summary>Who multiplies points.</summary>
    [Params(CurveImplementation.Managed, CurveImplementation.LibSecp256k1)]
    public CurveImplementation Curve { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _cryptography = NoiseCryptography.Create(Curve);
        _credentials = new ServerCredentials(AuthorityKeyPair.Generate(_cryptography), StaticKeyPair.Generate(_cryptography), TimeProvider.System);
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
