using System.Buffers.Binary;

namespace Sv2.Bitcoin;

/// <summary>Bitcoin's variable-length count: 1, 3, 5 or 9 bytes, little-endian.</summary>
public static class CompactSize
{
    /// <summary>Most bytes a count takes.</summary>
    public const int SizeMax = 9;

    /// <summary>Bytes that <paramref name="value"/> takes.</summary>
    /// <param name="value">The count.</param>
    /// <returns>1, 3, 5 or 9.</returns>
    public static int SizeOf(ulong value) => value switch
    {
        < 0xfd => 1,
        <= ushort.MaxValue => 3,
        <= uint.MaxValue => 5,
        _ => 9,
    };

    /// <summary>Writes <paramref name="value"/> in its shortest form.</summary>
    /// <param name="destination">At least <see cref="SizeOf"/> bytes.</param>
    /// <param name="value">The count.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(Span<byte> destination, ulong value)
    {
        int size = SizeOf(value);
        switch (size)
        {
            case 1:
                destination[0] = (byte)value;
                break;
            case 3:
                destination[0] = 0xfd;
                BinaryPrimitives.WriteUInt16LittleEndian(destination[1..], (ushort)value);
                break;
            case 5:
                destination[0] = 0xfe;
                BinaryPrimitives.WriteUInt32LittleEndian(destination[1..], (uint)value);
                break;
            default:
                destination[0] = 0xff;
                BinaryPrimitives.WriteUInt64LittleEndian(destination[1..], value);
                break;
        }
        return size;
    }

    /// <summary>Reads a count. Only the shortest form is accepted, as consensus demands.</summary>
    /// <param name="source">The bytes, starting with the count.</param>
    /// <param name="value">The count.</param>
    /// <param name="size">Bytes read.</param>
    /// <returns><see langword="false"/> when bytes are missing or the form is not the shortest.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out ulong value, out int size)
    {
        value = 0;
        size = 0;
        if (source.IsEmpty)
            return false;
        int length = source[0] switch { 0xfd => 3, 0xfe => 5, 0xff => 9, _ => 1 };
        if (source.Length < length)
            return false;
        value = length switch
        {
            3 => BinaryPrimitives.ReadUInt16LittleEndian(source[1..]),
            5 => BinaryPrimitives.ReadUInt32LittleEndian(source[1..]),
            9 => BinaryPrimitives.ReadUInt64LittleEndian(source[1..]),
            _ => source[0],
        };
        size = length;
        return SizeOf(value) == length;
    }
}
