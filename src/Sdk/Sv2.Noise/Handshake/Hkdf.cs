using System.Security.Cryptography;

namespace Sv2.Noise.Handshake;

/// <summary>HKDF with two outputs and no info, as the Noise framework writes it. (Protocol Security, section 4.4.2.)</summary>
internal static class Hkdf
{
    private const int HashSize = SHA256.HashSizeInBytes;

    /// <summary>
    /// temp = HMAC(chainingKey, input); output1 = HMAC(temp, 01); output2 = HMAC(temp, output1 ‖ 02).
    /// </summary>
    /// <param name="chainingKey">32 bytes; may be the same memory as <paramref name="output1"/>.</param>
    /// <param name="input">The input key material, empty for the final split.</param>
    /// <param name="output1">Receives 32 bytes.</param>
    /// <param name="output2">Receives 32 bytes.</param>
    public static void Derive(ReadOnlySpan<byte> chainingKey, ReadOnlySpan<byte> input, Span<byte> output1, Span<byte> output2)
    {
        Span<byte> temp = stackalloc byte[HashSize];
        Span<byte> second = stackalloc byte[HashSize + 1];
        HMACSHA256.HashData(chainingKey, input, temp);
        HMACSHA256.HashData(temp, [1], second);
        second[HashSize] = 2;
        HMACSHA256.HashData(temp, second, output2);
        second[..HashSize].CopyTo(output1);
        CryptographicOperations.ZeroMemory(temp);
        CryptographicOperations.ZeroMemory(second);
    }
}
