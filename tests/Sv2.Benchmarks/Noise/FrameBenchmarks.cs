using BenchmarkDotNet.Attributes;
using Sv2.Noise;
using Sv2.Noise.Ciphers;
using Sv2.Noise.Handshake;

namespace Sv2.Benchmarks.Noise;

/// <summary>
/// One frame encrypted and decrypted again, against the same four cipher calls (header and payload, both ways) without
/// anything around them.
/// </summary>
[MemoryDiagnoser]
[MinColumn]
public class FrameBenchmarks
{
    private static readonly byte[] Key = Enumerable.Range(1, 32).Select(i => (byte)i).ToArray();

    private byte[] _frame = null!;
    private byte[] _wire = null!;
    private FrameEncryptor _encryptor = null!;
    private FrameDecryptor _decryptor = null!;
    private IBlockCipher _cipher = null!;
    private ulong _nonce;

    /// <summary>Bytes of the payload.</summary>
    [Params(64, 4096)]
    public int Payload { get; set; }

    /// <summary>Who encrypts.</summary>
    [Params(CipherImplementation.Framework, CipherImplementation.Libsodium, CipherImplementation.Automatic)]
    public CipherImplementation Cipher { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var ciphers = NoiseCryptography.Create(cipher: Cipher).Ciphers;
        _encryptor = new FrameEncryptor(new CipherState(ciphers.Create(Key)));
        _decryptor = new FrameDecryptor(new CipherState(ciphers.Create(Key)));
        _cipher = ciphers.Create(Key);
        _frame = new byte[NoiseFraming.HeaderSize + Payload];
        _frame[3] = (byte)Payload;
        _frame[4] = (byte)(Payload >> 8);
        _wire = new byte[NoiseFraming.EncryptedFrameLength(Payload)];
    }

    [Benchmark(Baseline = true)]
    public bool RawCipherCalls()
    {
        var header = _wire.AsSpan(0, NoiseFraming.EncryptedHeaderSize);
        var payload = _wire.AsSpan(NoiseFraming.EncryptedHeaderSize);
        _cipher.Encrypt(_nonce, [], _frame.AsSpan(0, NoiseFraming.HeaderSize), header);
        _cipher.Encrypt(_nonce + 1, [], _frame.AsSpan(NoiseFraming.HeaderSize), payload);
        var good = _cipher.TryDecrypt(_nonce, [], header, header[..NoiseFraming.HeaderSize])
            & _cipher.TryDecrypt(_nonce + 1, [], payload, payload[..Payload]);
        _nonce += 2;
        return good ? good : throw new InvalidOperationException("A block did not authenticate.");
    }

    [Benchmark]
    public bool Frame()
    {
        _encryptor.EncryptFrame(_frame, _wire);
        var good = _decryptor.TryDecryptHeader(_wire.AsSpan(0, NoiseFraming.EncryptedHeaderSize), _wire.AsSpan(0, NoiseFraming.HeaderSize))
            & _decryptor.TryDecryptPayload(_wire.AsSpan(NoiseFraming.EncryptedHeaderSize), Payload);
        return good ? good : throw new InvalidOperationException("A block did not authenticate.");
    }
}
