using System.Security.Cryptography;

namespace Sv2.Noise.Curve;

/// <summary>SHA-256(SHA-256(tag) ‖ SHA-256(tag) ‖ data): BIP340's way to keep the hashes of different purposes apart.</summary>
internal sealed class TaggedHash
{
    /// <summary>The nonce's mask of a signature. (BIP340.)</summary>
    public static readonly TaggedHash Auxiliary = new("BIP0340/aux"u8);

    /// <summary>The nonce of a signature. (BIP340.)</summary>
    public static readonly TaggedHash Nonce = new("BIP0340/nonce"u8);

    /// <summary>The challenge of a signature. (BIP340.)</summary>
    public static readonly TaggedHash Challenge = new("BIP0340/challenge"u8);

    /// <summary>The shared secret of a key agreement. (BIP324.)</summary>
    public static readonly TaggedHash SharedSecret = new("bip324_ellswift_xonly_ecdh"u8);

    private const int HashSize = SHA256.HashSizeInBytes;
    private const int StackBytesMax = 512;

    private readonly byte[] _tagTwice = new byte[2 * HashSize];

    private TaggedHash(ReadOnlySpan<byte> tag)
    {
        SHA256.HashData(tag, _tagTwice);
        _tagTwice.AsSpan(0, HashSize).CopyTo(_tagTwice.AsSpan(HashSize));
    }

    /// <summary>Hashes <paramref name="data"/> into 32 bytes.</summary>
    public void Compute(ReadOnlySpan<byte> data, Span<byte> hash)
    {
        var length = _tagTwice.Length + data.Length;
        var buffer = length <= StackBytesMax ? stackalloc byte[length] : new byte[length];
        _tagTwice.CopyTo(buffer);
        data.CopyTo(buffer[_tagTwice.Length..]);
        SHA256.HashData(buffer, hash);
        // The data may be a secret.
        CryptographicOperations.ZeroMemory(buffer);
    }
}
