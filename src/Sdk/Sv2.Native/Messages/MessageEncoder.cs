using System.Runtime.CompilerServices;
using Sv2.Native.Abi;
using Sv2.Protocol;

namespace Sv2.Native.Messages;

/// <summary>Writes C structs as frames. Two passes over the fields: what it takes, then the bytes. Allocates nothing.</summary>
internal static unsafe class MessageEncoder
{
    /// <summary>Writes a frame.</summary>
    /// <param name="layout">The message.</param>
    /// <param name="message">Its struct.</param>
    /// <param name="tlvs">What goes behind the last field.</param>
    /// <param name="frame">Receives the frame; may be null when the capacity is 0.</param>
    /// <param name="capacity">Bytes there is room for.</param>
    /// <param name="length">Receives the frame's length, also when there is no room for it.</param>
    public static Status Write(MessageLayout layout, byte* message, NativeBytes tlvs, byte* frame, nuint capacity, nuint* length)
    {
        *length = 0;
        long payload = 0;
        foreach (ref readonly var run in layout.Runs.AsSpan())
        {
            var size = Measure(run, message + run.Offset);
            if (size < 0)
                return Refuse(layout, run, message + run.Offset);
            payload += size;
        }
        payload += (long)tlvs.Length;
        if (payload > FrameHeader.PayloadLengthMax)
            return Failure.With(Status.Limit, $"{layout.Info.Name}: a payload of {payload} bytes exceeds {FrameHeader.PayloadLengthMax}");
        *length = (nuint)(FrameHeader.Size + payload);
        if (capacity < *length)
            return Failure.Buffer("frame", (long)*length, capacity);

        layout.WriteHeader(frame, (uint)payload);
        var target = frame + FrameHeader.Size;
        foreach (ref readonly var run in layout.Runs.AsSpan())
            target = WriteField(run, message + run.Offset, message, target);
        if (tlvs.Length > 0)
            tlvs.Span.CopyTo(new Span<byte>(target, (int)tlvs.Length));
        return Status.Ok;
    }

    /// <summary>Bytes of a field on the wire; negative when its value cannot be written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Measure(in FieldRun run, byte* field)
    {
        switch (run.Step)
        {
            case FieldStep.Bytes:
                var bytes = (NativeBytes*)field;
                return bytes->Length <= (nuint)run.Limit && bytes->IsValid ? run.PrefixSize + (long)bytes->Length : -1;
            case FieldStep.Option:
                return *field != 0 ? run.PrefixSize + run.ElementSize : run.PrefixSize;
            case FieldStep.List:
                var list = (NativeList*)field;
                return list->Count <= (nuint)run.Limit && (list->Items is not null || list->Count == 0)
                    ? run.PrefixSize + ((long)list->Count * run.ElementSize)
                    : -1;
            case FieldStep.BytesList:
                return MeasureList(run, (NativeBytesList*)field);
            case FieldStep.U24:
                return *(uint*)field <= 0xffffff ? 3 : -1;
            default:
                return run.WireSize;
        }
    }

    private static long MeasureList(in FieldRun run, NativeBytesList* list)
    {
        if (list->Count > (nuint)run.Limit)
            return -1;
        if (list->Items is null)
            return IsWholeList(run, list) ? run.PrefixSize + (long)list->Wire.Length : -1;
        long size = run.PrefixSize;
        for (nuint i = 0; i < list->Count; i++)
        {
            ref var item = ref list->Items[i];
            if (item.Length > (nuint)run.ElementLimit || !item.IsValid)
                return -1;
            size += run.ElementSize + (long)item.Length;
        }
        return size;
    }

    /// <summary>Whether the wire form holds as many elements as it says, and nothing else: nobody could read it otherwise.</summary>
    private static bool IsWholeList(in FieldRun run, NativeBytesList* list)
    {
        if (list->Count == 0)
            return list->Wire.Length == 0;
        if (!list->Wire.IsValid || list->PrefixSize != (nuint)run.ElementSize)
            return false;
        var offset = 0;
        return MessageDecoder.SkipList(list->Wire.Span, (int)list->Count, run.ElementSize, run.ElementLimit, ref offset)
            && offset == (int)list->Wire.Length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* WriteField(in FieldRun run, byte* field, byte* message, byte* target)
    {
        switch (run.Step)
        {
            case FieldStep.Copy:
                SmallCopy.Run(target, field, (uint)run.WireSize);
                return target + run.WireSize;
            case FieldStep.Bytes:
                return WriteBytes(target, *(NativeBytes*)field, run.PrefixSize);
            default:
                return WriteOther(run, field, message, target);
        }
    }

    private static byte* WriteOther(in FieldRun run, byte* field, byte* message, byte* target)
    {
        switch (run.Step)
        {
            case FieldStep.Bool:
                *target = *field != 0 ? (byte)1 : (byte)0;
                return target + 1;
            case FieldStep.U24:
                return WritePrefix(target, *(uint*)field, 3);
            case FieldStep.Option:
                *target = *field != 0 ? (byte)1 : (byte)0;
                if (*field == 0)
                    return target + 1;
                Unsafe.CopyBlockUnaligned(target + 1, message + run.ValueOffset, (uint)run.ElementSize);
                return target + 1 + run.ElementSize;
            case FieldStep.List:
                var list = (NativeList*)field;
                target = WritePrefix(target, (uint)list->Count, run.PrefixSize);
                var size = (uint)list->Count * (uint)run.ElementSize;
                Unsafe.CopyBlockUnaligned(target, list->Items, size);
                return target + size;
            default:
                return WriteList(run, (NativeBytesList*)field, target);
        }
    }

    private static byte* WriteList(in FieldRun run, NativeBytesList* list, byte* target)
    {
        target = WritePrefix(target, (uint)list->Count, run.PrefixSize);
        if (list->Items is null)
        {
            Unsafe.CopyBlockUnaligned(target, list->Wire.Data, (uint)list->Wire.Length);
            return target + list->Wire.Length;
        }
        for (nuint i = 0; i < list->Count; i++)
            target = WriteBytes(target, list->Items[i], run.ElementSize);
        return target;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* WriteBytes(byte* target, NativeBytes bytes, int prefixSize)
    {
        target = WritePrefix(target, (uint)bytes.Length, prefixSize);
        SmallCopy.Run(target, bytes.Data, (uint)bytes.Length);
        return target + bytes.Length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* WritePrefix(byte* target, uint value, int size)
    {
        *target = (byte)value;
        if (size > 1)
            target[1] = (byte)(value >> 8);
        if (size > 2)
            target[2] = (byte)(value >> 16);
        return target + size;
    }

    private static Status Refuse(MessageLayout layout, in FieldRun run, byte* field)
    {
        var length = run.Step == FieldStep.U24 ? *(uint*)field : run.Step == FieldStep.Bytes ? ((NativeBytes*)field)->Length : ((NativeList*)field)->Count;
        var limit = run.Step == FieldStep.U24 ? 0xffffff : run.Limit;
        return length > (nuint)limit
            ? Failure.With(Status.Limit, $"{layout.Info.Name}: field {run.Name}: {length} exceeds {limit}")
            : Failure.With(Status.Argument, $"{layout.Info.Name}: field {run.Name}: a pointer is NULL, or an element is too long or cut off");
    }
}
