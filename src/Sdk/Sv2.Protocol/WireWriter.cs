using System.Buffers.Binary;
using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sv2.Protocol;

/// <summary>
/// What generated messages are written with. Each method writes one field at an offset and gives the offset after it.
/// A value that does not fit its wire type is the caller's mistake and throws <see cref="ArgumentException"/>.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Advanced)]
public static class WireWriter
{
    /// <summary>Cuts the destination to the payload's length.</summary>
    /// <exception cref="ArgumentException">The destination is shorter.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Span<byte> Fit(Span<byte> destination, int payloadLength)
    {
        if (destination.Length < payloadLength) ThrowShort(destination.Length, payloadLength);
        return destination[..payloadLength];
    }

    /// <summary>Writes a U24.</summary>
    public static int U24(Span<byte> destination, int offset, uint value, string field)
    {
        if (value > 0xFFFFFF) ThrowLong(field, value, 0xFFFFFF);
        destination[offset + 2] = (byte)(value >> 16);
        destination[offset + 1] = (byte)(value >> 8);
        destination[offset] = (byte)value;
        return offset + 3;
    }

    /// <summary>Writes a fixed number of bytes without prefix.</summary>
    public static int FixedBytes(Span<byte> destination, int offset, ReadOnlySpan<byte> value, int size, string field)
    {
        if (value.Length != size) ThrowWrongLength(field, value.Length, size);
        value.CopyTo(destination.Slice(offset, size));
        return offset + size;
    }

    /// <summary>Writes bytes with a U8 length prefix.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Bytes8(Span<byte> destination, int offset, ReadOnlySpan<byte> value, int max, string field)
    {
        if (value.Length > max) ThrowLong(field, (uint)value.Length, max);
        destination[offset] = (byte)value.Length;
        value.CopyTo(destination[(offset + 1)..]);
        return offset + 1 + value.Length;
    }

    /// <summary>Writes bytes with a U16 length prefix.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Bytes16(Span<byte> destination, int offset, ReadOnlySpan<byte> value, int max, string field)
    {
        if (value.Length > max) ThrowLong(field, (uint)value.Length, max);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[offset..], (ushort)value.Length);
        value.CopyTo(destination[(offset + 2)..]);
        return offset + 2 + value.Length;
    }

    /// <summary>Writes bytes with a U24 length prefix.</summary>
    public static int Bytes24(Span<byte> destination, int offset, ReadOnlySpan<byte> value, int max, string field)
    {
        if (value.Length > max) ThrowLong(field, (uint)value.Length, max);
        offset = U24(destination, offset, (uint)value.Length, field);
        value.CopyTo(destination[offset..]);
        return offset + value.Length;
    }

    /// <summary>Writes an option with a fixed-length element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Option<T>(Span<byte> destination, int offset, T? value, int elementSize) where T : unmanaged
    {
        if (value is not { } present)
        {
            destination[offset] = 0;
            return offset + 1;
        }

        destination[offset] = 1;
        FixedElement.Write(destination.Slice(offset + 1, elementSize), present);
        return offset + 1 + elementSize;
    }

    /// <summary>Writes a sequence of fixed-length elements.</summary>
    /// <param name="destination">The payload.</param>
    /// <param name="offset">Where the count goes.</param>
    /// <param name="value">The elements.</param>
    /// <param name="countSize">Bytes of the count: 1 or 2.</param>
    /// <param name="elementSize">Bytes of an element.</param>
    /// <param name="max">The most elements.</param>
    /// <param name="field">The field's name, for the exception.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Seq<T>(Span<byte> destination, int offset, ReadOnlySpan<T> value, int countSize, int elementSize, int max, string field)
        where T : unmanaged
    {
        offset = Count(destination, offset, value.Length, countSize, max, field);
        if (FixedElement.IsBlittable<T>(elementSize))
        {
            MemoryMarshal.AsBytes(value).CopyTo(destination[offset..]);
            return offset + value.Length * elementSize;
        }

        foreach (T element in value)
        {
            FixedElement.Write(destination.Slice(offset, elementSize), element);
            offset += elementSize;
        }

        return offset;
    }

    /// <summary>Writes a sequence of byte strings, each with its own length prefix.</summary>
    /// <param name="destination">The payload.</param>
    /// <param name="offset">Where the count goes.</param>
    /// <param name="value">The elements.</param>
    /// <param name="countSize">Bytes of the count: 1 or 2.</param>
    /// <param name="maxCount">The most elements.</param>
    /// <param name="prefixSize">Bytes of an element's length prefix: 1, 2 or 3.</param>
    /// <param name="maxLength">The most bytes of an element.</param>
    /// <param name="field">The field's name, for the exception.</param>
    public static int BytesSeq(
        Span<byte> destination, int offset, ReadOnlySpan<ByteString> value, int countSize, int maxCount, int prefixSize, int maxLength, string field)
    {
        offset = Count(destination, offset, value.Length, countSize, maxCount, field);
        foreach (ByteString element in value) offset = Prefixed(destination, offset, element.Span, prefixSize, maxLength, field);
        return offset;
    }

    /// <summary>Writes a sequence of texts, each with its own length prefix.</summary>
    /// <param name="destination">The payload.</param>
    /// <param name="offset">Where the count goes.</param>
    /// <param name="value">The elements.</param>
    /// <param name="countSize">Bytes of the count: 1 or 2.</param>
    /// <param name="maxCount">The most elements.</param>
    /// <param name="prefixSize">Bytes of an element's length prefix: 1, 2 or 3.</param>
    /// <param name="maxLength">The most bytes of an element.</param>
    /// <param name="field">The field's name, for the exception.</param>
    public static int TextSeq(
        Span<byte> destination, int offset, ReadOnlySpan<Text> value, int countSize, int maxCount, int prefixSize, int maxLength, string field)
    {
        offset = Count(destination, offset, value.Length, countSize, maxCount, field);
        foreach (Text element in value) offset = Prefixed(destination, offset, element.Utf8, prefixSize, maxLength, field);
        return offset;
    }

    /// <summary>Bytes that byte strings with length prefixes take.</summary>
    public static int LengthOf(ReadOnlySpan<ByteString> value, int prefixSize)
    {
        int length = value.Length * prefixSize;
        foreach (ByteString element in value) length = checked(length + element.Length);
        return length;
    }

    /// <summary>Bytes that texts with length prefixes take.</summary>
    public static int LengthOf(ReadOnlySpan<Text> value, int prefixSize)
    {
        int length = value.Length * prefixSize;
        foreach (Text element in value) length = checked(length + element.Length);
        return length;
    }

    private static int Prefixed(Span<byte> destination, int offset, ReadOnlySpan<byte> value, int prefixSize, int max, string field) => prefixSize switch
    {
        1 => Bytes8(destination, offset, value, max, field),
        2 => Bytes16(destination, offset, value, max, field),
        _ => Bytes24(destination, offset, value, max, field),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Count(Span<byte> destination, int offset, int count, int countSize, int max, string field)
    {
        if (count > max) ThrowLong(field, (uint)count, max);
        if (countSize == 1) destination[offset] = (byte)count;
        else BinaryPrimitives.WriteUInt16LittleEndian(destination[offset..], (ushort)count);
        return offset + countSize;
    }

    [DoesNotReturn]
    private static void ThrowShort(int actual, int needed) =>
        throw new ArgumentException($"The payload takes {needed} bytes, the destination has {actual}.", "destination");

    [DoesNotReturn]
    private static void ThrowLong(string field, uint actual, int max) => throw new ArgumentException($"Field {field}: {actual} exceeds {max}.", field);

    [DoesNotReturn]
    private static void ThrowWrongLength(string field, int actual, int size) =>
        throw new ArgumentException($"Field {field}: {actual} bytes, {size} are needed.", field);
}
