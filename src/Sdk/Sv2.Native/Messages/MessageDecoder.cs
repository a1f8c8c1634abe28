using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Sv2.Native.Abi;
using Sv2.Protocol;

namespace Sv2.Native.Messages;

/// <summary>Reads payloads into C structs that borrow the payload's bytes. Every bound is checked. Allocates nothing.</summary>
internal static unsafe class MessageDecoder
{
    /// <summary>Reads a payload.</summary>
    /// <param name="layout">The message.</param>
    /// <param name="payload">The payload; the struct points into it.</param>
    /// <param name="length">Bytes of the payload.</param>
    /// <param name="message">The struct to fill in.</param>
    /// <param name="tlvs">Receives what follows the last field.</param>
    public static Status Read(MessageLayout layout, byte* payload, int length, byte* message, out NativeBytes tlvs)
    {
        var offset = 0;
        foreach (ref readonly var run in layout.Runs.AsSpan())
        {
            if (!ReadField(run, payload, length, message, ref offset))
                return Refuse(layout, payload, length, out tlvs);
        }
        tlvs = new NativeBytes(payload + offset, (nuint)(length - offset));
        return Status.Ok;
    }

    /// <summary>Steps over elements that each have a length in front.</summary>
    public static bool SkipList(ReadOnlySpan<byte> wire, int count, int prefixSize, int limit, ref int offset)
    {
        for (var i = 0; i < count; i++)
        {
            if (wire.Length - offset < prefixSize)
                return false;
            var length = Prefix(wire[offset..], prefixSize);
            offset += prefixSize;
            if (length > limit || length > wire.Length - offset)
                return false;
            offset += length;
        }
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool ReadField(in FieldRun run, byte* payload, int length, byte* message, ref int offset)
    {
        var left = length - offset;
        var source = payload + offset;
        var field = message + run.Offset;
        switch (run.Step)
        {
            case FieldStep.Copy:
                if (left < run.WireSize)
                    return left == 0 && run.MayBeAbsent && WriteAbsent(run, field);
                SmallCopy.Run(field, source, (uint)run.WireSize);
                offset += run.WireSize;
                return true;
            case FieldStep.Bool:
                if (left < 1)
                    return false;
                *field = (byte)(*source & 1);
                offset++;
                return true;
            case FieldStep.U24:
                if (left < 3)
                    return false;
                *(uint*)field = (uint)(source[0] | (source[1] << 8) | (source[2] << 16));
                offset += 3;
                return true;
            case FieldStep.Option:
                return ReadOption(run, source, left, field, message, ref offset);
            default:
                return ReadPrefixed(run, source, left, field, ref offset);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool ReadPrefixed(in FieldRun run, byte* source, int left, byte* field, ref int offset)
    {
        if (left < run.PrefixSize)
            return false;
        var count = Prefix(new ReadOnlySpan<byte>(source, run.PrefixSize), run.PrefixSize);
        if (count > run.Limit)
            return false;
        source += run.PrefixSize;
        left -= run.PrefixSize;
        if (run.Step == FieldStep.BytesList)
            return ReadList(run, source, left, count, field, ref offset);
        var size = (long)count * run.ElementSize;
        if (size > left)
            return false;
        // Bytes and lists of fixed elements look alike: a pointer and a count.
        *(NativeList*)field = new NativeList { Items = source, Count = (nuint)count };
        offset += run.PrefixSize + (int)size;
        return true;
    }

    private static bool ReadList(in FieldRun run, byte* source, int left, int count, byte* field, ref int offset)
    {
        var size = 0;
        if (!SkipList(new ReadOnlySpan<byte>(source, left), count, run.ElementSize, run.ElementLimit, ref size))
            return false;
        *(NativeBytesList*)field = new NativeBytesList
        {
            Count = (nuint)count,
            Wire = new NativeBytes(source, (nuint)size),
            PrefixSize = (nuint)run.ElementSize,
        };
        offset += run.PrefixSize + size;
        return true;
    }

    private static bool ReadOption(in FieldRun run, byte* source, int left, byte* field, byte* message, ref int offset)
    {
        if (left < 1 || *source > 1 || (*source == 1 && left < 1 + run.ElementSize))
            return false;
        *field = *source;
        var value = new Span<byte>(message + run.ValueOffset, run.ElementSize);
        if (*source == 0)
        {
            value.Clear();
            offset++;
            return true;
        }
        new ReadOnlySpan<byte>(source + 1, run.ElementSize).CopyTo(value);
        offset += 1 + run.ElementSize;
        return true;
    }

    private static bool WriteAbsent(in FieldRun run, byte* field)
    {
        Span<byte> value = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(value, run.AbsentValue);
        value[..run.WireSize].CopyTo(new Span<byte>(field, run.WireSize));
        return true;
    }

    private static int Prefix(ReadOnlySpan<byte> source, int size) => size switch
    {
        1 => source[0],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(source),
        _ => source[0] | (source[1] << 8) | (source[2] << 16),
    };

    /// <summary>Says what is wrong, in the SDK's words.</summary>
    private static Status Refuse(MessageLayout layout, byte* payload, int length, out NativeBytes tlvs)
    {
        tlvs = default;
        var error = layout.Info.Check(new ReadOnlySpan<byte>(payload, length), out _);
        return Failure.With(Status.Malformed, $"{layout.Info.Name}: {error}");
    }
}
