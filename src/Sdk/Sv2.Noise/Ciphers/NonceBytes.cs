using System.Buffers.Binary;

namespace Sv2.Noise.Ciphers;

/// <summary>The twelve bytes of a nonce: 32 zero bits, then the counter in little-endian order. (Section 4.4.1.)</summary>
internal static class NonceBytes
{
    public const int Size = 12;

    public static void Write(ulong nonce, Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[4..], nonce);
    }
}
