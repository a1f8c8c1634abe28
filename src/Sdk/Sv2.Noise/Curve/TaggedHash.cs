using System.Security.Cryptography;

namespace Sv2.Noise.Curve;

/// <summary>SHA-256(SHA-256(tag) ‖ SHA-256(tag) ‖ data): BIP340's way to keep the hashes of different purposes apart.</summary>
internal static class TaggedHash
{
    private const int HashSize = SHA256.HashSizeInBytes;
    private const int StackBytesMax = 512;

    /// <summary>Hashes <paramref name="data"/> under <paramref name="tag"/> into 32 bytes.</summary>
    public static void Compute(ReadOnlySpan<byte> tag, ReadOnlySpan<byte> data, Span<byte> hash)
    {
        var length = HashSize + HashSize + data.Length;
        var buffer = length <= StackBytesMax ? stackalloc byte[length] : new byte[length];
        SHA256.HashData(tag, buffer);
        buffer[..HashSize].CopyTo(buffer[HashSize..]);
        data.CopyTo(buffer[(2 * HashSize)..]);
        SHA256.HashData(buffer, hash);
        // The data may be a secret.
        CryptographicOperations.ZeroMemory(buffer);
    }
}
