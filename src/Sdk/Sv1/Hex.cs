using System.Buffers.Binary;
using Sv2.Protocol;

namespace Sv1;

/// <summary>Hexadecimal text in UTF-8, and the odd byte orders that Stratum V1 has for hashes and numbers.</summary>
internal static class Hex
{
    private const int HashWords = 8;

    private static ReadOnlySpan<byte> Digits => "0123456789abcdef"u8;

    public static bool TryDecode(ReadOnlySpan<byte> digits, Span<byte> destination)
    {
        if (digits.Length % 2 != 0 || digits.Length / 2 > destination.Length)
            return false;
        for (int i = 0; i < digits.Length; i += 2)
        {
            int value = (Value(digits[i]) << 4) | Value(digits[i + 1]);
            if (value < 0)
                return false;
            destination[i / 2] = (byte)value;
        }
        return true;
    }

    public static bool TryParse(ReadOnlySpan<byte> digits, out uint number)
    {
        number = 0;
        if (digits.IsEmpty || digits.Length > 2 * sizeof(uint))
            return false;
        foreach (byte digit in digits)
        {
            int value = Value(digit);
            if (value < 0)
                return false;
            number = (number << 4) | (uint)value;
        }
        return true;
    }

    /// <summary>Writes two digits a byte.</summary>
    public static void Encode(ReadOnlySpan<byte> bytes, Span<byte> digits)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            digits[2 * i] = Digits[bytes[i] >> 4];
            digits[2 * i + 1] = Digits[bytes[i] & 15];
        }
    }

    /// <summary>Writes a number as eight digits, big-endian.</summary>
    public static void Encode(uint number, Span<byte> digits)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        Encode(bytes, digits);
    }

    /// <summary>
    /// The previous hash as <c>mining.notify</c> carries it: each of the eight words turned around. Being its own inverse,
    /// it reads such a hash as well.
    /// </summary>
    public static U256 SwapWords(in U256 hash)
    {
        Span<byte> bytes = stackalloc byte[HashWords * sizeof(uint)];
        hash.CopyTo(bytes);
        for (int i = 0; i < bytes.Length; i += sizeof(uint))
            bytes.Slice(i, sizeof(uint)).Reverse();
        return U256.FromWire(bytes);
    }

    private static int Value(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        // Stays negative when a good digit is joined to it.
        _ => -1,
    };
}
