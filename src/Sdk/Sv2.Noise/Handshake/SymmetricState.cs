using System.Security.Cryptography;
using Sv2.Noise.Ciphers;

namespace Sv2.Noise.Handshake;

/// <summary>
/// What both sides carry through the handshake: the chaining key <c>ck</c>, the handshake hash <c>h</c> and, from the
/// first <see cref="MixKey"/> on, a cipher. (Protocol Security, sections 4.4.2 and 4.5.1.)
/// </summary>
internal sealed class SymmetricState : IDisposable
{
    private const int HashSize = SHA256.HashSizeInBytes;

    // The protocol's name is longer than 32 bytes, hence hashed to become ck; h is the hash of that.
    private static readonly byte[] InitialChainingKey = SHA256.HashData("Noise_NX_Secp256k1+EllSwift_ChaChaPoly_SHA256"u8);
    private static readonly byte[] InitialHash = SHA256.HashData(InitialChainingKey);

    private readonly ICipherFactory _ciphers;
    private readonly byte[] _chainingKey = GC.AllocateUninitializedArray<byte>(HashSize, pinned: true);
    private readonly byte[] _hash = new byte[HashSize];
    private CipherState? _cipher;

    public SymmetricState(ICipherFactory ciphers)
    {
        _ciphers = ciphers;
        InitialChainingKey.CopyTo(_chainingKey, 0);
        InitialHash.CopyTo(_hash, 0);
    }

    /// <summary>h.</summary>
    public ReadOnlySpan<byte> Hash => _hash;

    /// <summary>ck, for tests of the transcript.</summary>
    internal ReadOnlySpan<byte> ChainingKey => _chainingKey;

    /// <summary>h = SHA-256(h ‖ data).</summary>
    public void MixHash(ReadOnlySpan<byte> data)
    {
        const int DataBytesMax = 128;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(data.Length, DataBytesMax, nameof(data));
        Span<byte> input = stackalloc byte[HashSize + DataBytesMax];
        _hash.CopyTo(input);
        data.CopyTo(input[HashSize..]);
        SHA256.HashData(input[..(HashSize + data.Length)], _hash);
    }

    /// <summary>(ck, k) = HKDF(ck, input), and a fresh cipher under k, whose nonces start at 0.</summary>
    public void MixKey(ReadOnlySpan<byte> input)
    {
        Span<byte> key = stackalloc byte[HashSize];
        Hkdf.Derive(_chainingKey, input, _chainingKey, key);
        _cipher?.Dispose();
        _cipher = new CipherState(_ciphers.Create(key));
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>Encrypts with h as associated data and mixes the ciphertext, authentication code included, into h.</summary>
    public void EncryptAndHash(ReadOnlySpan<byte> plaintext, Span<byte> ciphertext)
    {
        Cipher.Encrypt(_hash, plaintext, ciphertext);
        MixHash(ciphertext[..(plaintext.Length + NoiseFraming.MacSize)]);
    }

    /// <summary>The reverse of <see cref="EncryptAndHash"/>; false when the block is not authentic.</summary>
    public bool TryDecryptAndHash(ReadOnlySpan<byte> ciphertext, Span<byte> plaintext)
    {
        if (!Cipher.TryDecrypt(_hash, ciphertext, plaintext))
            return false;
        MixHash(ciphertext);
        return true;
    }

    /// <summary>The ciphers of the transport: the first for initiator to responder, the second for the other direction.</summary>
    public (CipherState ToResponder, CipherState ToInitiator) Split()
    {
        Span<byte> toResponder = stackalloc byte[HashSize];
        Span<byte> toInitiator = stackalloc byte[HashSize];
        Hkdf.Derive(_chainingKey, [], toResponder, toInitiator);
        var ciphers = (new CipherState(_ciphers.Create(toResponder)), new CipherState(_ciphers.Create(toInitiator)));
        CryptographicOperations.ZeroMemory(toResponder);
        CryptographicOperations.ZeroMemory(toInitiator);
        return ciphers;
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_chainingKey);
        _cipher?.Dispose();
    }

    private CipherState Cipher => _cipher ?? throw new InvalidOperationException("No key has been mixed in yet.");
}
