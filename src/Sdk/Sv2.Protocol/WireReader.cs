using System.Buffers.Binary;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Sv2.Protocol;

/// <summary>
/// What generated views are made of: stepping over variable-length fields with every bound checked, and reading values
/// whose bounds are already checked.
/// </summary>
/// <remarks>
/// A step takes the offset of a field and gives the offset after it, or a negative number when the field does not fit or
/// its prefix is out of range. A negative offset, also after a small constant was added to it, makes the next step
/// negative too, so that a chain of steps needs one test at its end.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Advanced)]
public static class WireReader
{
    /// <summary>The answer of a step that failed; so far below zero that adding fixed field sizes keeps it negative.</summary>
    public const int Malformed = int.MinValue;

    /// <summary>Steps over bytes with a U8 length prefix.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SkipBytes8(ReadOnlySpan<byte> payload, int offset, int max)
    {
        if ((uint)offset >= (uint)payload.Length) return Malformed;
        int length = payload[offset];
        int left = payload.Length - offset - 1;
        return length <= left && length <= max ? offset + 1 + length : Malformed;
    }

    /// <summary>Steps over bytes with a U16 length prefix.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SkipBytes16(ReadOnlySpan<byte> payload, int offset, int max)
    {
        if (offset < 0 || payload.Length - offset < 2) return Malformed;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(payload[offset..]);
        int left = payload.Length - offset - 2;
        return length <= left && length <= max ? offset + 2 + length : Malformed;
    }

    /// <summary>Steps over bytes with a U24 length prefix.</summary>
    public static int SkipBytes24(ReadOnlySpan<byte> payload, int offset, int max)
    {
        if (offset < 0 || payload.Length - offset < 3) return Malformed;
        int length = ReadU24(payload[offset..]);
        int left = payload.Length - offset - 3;
        return length <= left && length <= max ? offset + 3 + length : Malformed;
    }

    /// <summary>Steps over an option with a fixed-length element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SkipOption(ReadOnlySpan<byte> payload, int offset, int elementSize)
    {
        if ((uint)offset >= (uint)payload.Length) return Malformed;
        // Branches on purpose: the processor then knows the outcome when the value itself is read.
        if (payload[offset] == 0) return offset + 1;
        return payload[offset] == 1 && elementSize <= payload.Length - offset - 1 ? offset + 1 + elementSize : Malformed;
    }

    /// <summary>Steps over a sequence of fixed-length elements with a U8 count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SkipSeq8(ReadOnlySpan<byte> payload, int offset, int elementSize, int max)
    {
        if ((uint)offset >= (uint)payload.Length) return Malformed;
        int count = payload[offset];
        int length = count * elementSize;
        return count <= max && length <= payload.Length - offset - 1 ? offset + 1 + length : Malformed;
    }

    /// <summary>Steps over a sequence of fixed-length elements with a U16 count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SkipSeq16(ReadOnlySpan<byte> payload, int offset, int elementSize, int max)
    {
        if (offset < 0 || payload.Length - offset < 2) return Malformed;
        int count = BinaryPrimitives.ReadUInt16LittleEndian(payload[offset..]);
        int length = count * elementSize;
        return count <= max && length <= payload.Length - offset - 2 ? offset + 2 + length : Malformed;
    }

    /// <summary>Steps over a sequence of byte strings, each with its own length prefix.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="offset">Where the count stands.</param>
    /// <param name="countSize">Bytes of the count: 1 or 2.</param>
    /// <param name="maxCount">The most elements.</param>
    /// <param name="prefixSize">Bytes of an element's length prefix: 1, 2 or 3.</param>
    /// <param name="maxLength">The most bytes of an element.</param>
    public static int SkipBytesSeq(ReadOnlySpan<byte> payload, int offset, int countSize, int maxCount, int prefixSize, int maxLength)
    {
        if (offset < 0 || payload.Length - offset < countSize) return Malformed;
        int count = ReadPrefix(payload[offset..], countSize);
        if (count > maxCount) return Malformed;
        offset += countSize;
        for (int i = 0; i < count; i++)
        {
            if (payload.Length - offset < prefixSize) return Malformed;
            int length = ReadPrefix(payload[offset..], prefixSize);
            offset += prefixSize;
            if (length > maxLength || length > payload.Length - offset) return Malformed;
            offset += length;
        }

        return offset;
    }

    /// <summary>Steps over a trailing fixed-length field that older peers leave out: nothing at all is allowed, a part of it is not.</summary>
    public static int SkipDefaulted(ReadOnlySpan<byte> payload, int offset, int size)
    {
        if (offset < 0) return Malformed;
        int left = payload.Length - offset;
        return left == 0 ? offset : left >= size ? offset + size : Malformed;
    }

    /// <summary>Reads a U24.</summary>
    public static int ReadU24(ReadOnlySpan<byte> source) => source[0] | (source[1] << 8) | (source[2] << 16);

    /// <summary>The bytes after a U8 length prefix whose bounds are checked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<byte> Bytes8(ReadOnlySpan<byte> payload, int offset) => payload.Slice(offset + 1, payload[offset]);

    /// <summary>The bytes after a U16 length prefix whose bounds are checked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<byte> Bytes16(ReadOnlySpan<byte> payload, int offset) =>
        payload.Slice(offset + 2, BinaryPrimitives.ReadUInt16LittleEndian(payload[offset..]));

    /// <summary>The bytes after a U24 length prefix whose bounds are checked.</summary>
    public static ReadOnlySpan<byte> Bytes24(ReadOnlySpan<byte> payload, int offset) => payload.Slice(offset + 3, ReadU24(payload[offset..]));

    /// <summary>A sequence of fixed-length elements whose bounds are checked.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="offset">Where the count stands.</param>
    /// <param name="countSize">Bytes of the count: 1 or 2.</param>
    /// <param name="elementSize">Bytes of an element.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SeqView<T> Seq<T>(ReadOnlySpan<byte> payload, int offset, int countSize, int elementSize) where T : unmanaged
    {
        int count = countSize == 1 ? payload[offset] : BinaryPrimitives.ReadUInt16LittleEndian(payload[offset..]);
        return new SeqView<T>(payload.Slice(offset + countSize, count * elementSize), elementSize);
    }

    /// <summary>A sequence of byte strings whose bounds are checked.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="offset">Where the count stands.</param>
    /// <param name="end">Where the sequence ends.</param>
    /// <param name="countSize">Bytes of the count: 1 or 2.</param>
    /// <param name="prefixSize">Bytes of an element's length prefix.</param>
    public static BytesSeqView BytesSeq(ReadOnlySpan<byte> payload, int offset, int end, int countSize, int prefixSize) =>
        new(payload[(offset + countSize)..end], ReadPrefix(payload[offset..], countSize), prefixSize);

    /// <summary>Reads an unsigned prefix of 1, 2 or 3 bytes.</summary>
    internal static int ReadPrefix(ReadOnlySpan<byte> source, int size) => size switch
    {
        1 => source[0],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(source),
        _ => ReadU24(source),
    };

    /// <summary>
    /// Finds out which field of a payload is at fault, after a view has refused it. Walks the message's description, so
    /// it is slower than the refusal and runs only then; it allocates nothing.
    /// </summary>
    public static DecodeError Explain(MessageInfo message, ReadOnlySpan<byte> payload)
    {
        DecodeError error = message.Check(payload, out _);
        if (error.Code != DecodeErrorCode.None) return error;
        throw new UnreachableException($"{message}: refused by its view but its description finds no fault.");
    }

    /// <summary>Steps over one value by its description.</summary>
    internal static DecodeError Step(string field, WireType type, ReadOnlySpan<byte> payload, ref int offset)
    {
        int left = payload.Length - offset;
        if (left < type.Size) return new DecodeError(DecodeErrorCode.Truncated, field, offset, left, type.Size);
        if (type.IsFixedLength)
        {
            offset += type.Size;
            return default;
        }

        int start = offset;
        int count = ReadPrefix(payload[offset..], type.Size);
        if (count > type.Limit)
        {
            DecodeErrorCode code = type.Kind == WireKind.Option ? DecodeErrorCode.BadOption : DecodeErrorCode.TooLong;
            return new DecodeError(code, field, start, count, type.Limit);
        }

        offset += type.Size;
        if (type.Element is not { IsFixedLength: false } element)
        {
            int length = count * (type.Element?.Size ?? 1);
            if (length > payload.Length - offset)
                return new DecodeError(DecodeErrorCode.Truncated, field, start, left, type.Size + length);
            offset += length;
            return default;
        }

        for (int i = 0; i < count; i++)
        {
            if (Step(field, element, payload, ref offset) is { Code: not DecodeErrorCode.None } error) return error;
        }

        return default;
    }
}
