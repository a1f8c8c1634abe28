using BenchmarkDotNet.Attributes;
using Sv2.Noise;
using Sv2.Noise.Ciphers;

namespace Sv2.Benchmarks.Noise;

/// <summary>One block encrypted in place, by size: where libsodium's cheaper call stops paying.</summary>
[MinColumn]
public class CipherBenchmarks
{
    private byte[] _buffer = null!;
    private IBlockCipher _cipher = null!;
    private ulong _nonce;

    [Params(6, 64, 256, 512, 1024, 1536, 2048, 4096, 16384)]
    public int Bytes { get; set; }

    [Params(CipherImplementation.Framework, CipherImplementation.Libsodium)]
    public CipherImplementation Cipher { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _buffer = new byte[Bytes + NoiseFraming.MacSize];
        _cipher = NoiseCryptography.Create(cipher: Cipher).Ciphers.Create(new byte[32]);
    }

    [Benchmark]
    public void Encrypt() => _cipher.Encrypt(_nonce++, [], _buffer.AsSpan(0, Bytes), _buffer);
}
