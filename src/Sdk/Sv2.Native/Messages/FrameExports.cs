using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sv2.Native.Abi;
using Sv2.Protocol;
using Sv2.Protocol.Inspection;

namespace Sv2.Native.Messages;

/// <summary>Frame headers, TLVs, and the JSON view of a frame.</summary>
internal static unsafe class FrameExports
{
    // As the SDK writes it: nobody pastes this into a web page.
    private static readonly JsonWriterOptions JsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [UnmanagedCallersOnly(EntryPoint = "sv2_frame_length", CallConvs = [typeof(CallConvCdecl)])]
    public static Status Length(byte* data, nuint available, nuint* length)
    {
        try
        {
            if (length is null)
                return Failure.Null("length");
            *length = FrameHeader.Size;
            if (data is null && available > 0)
                return Failure.Null("data");
            if (!FrameHeader.TryRead(new ReadOnlySpan<byte>(data, (int)Math.Min(available, FrameHeader.Size)), out var header))
                return Status.None;
            *length = (nuint)header.FrameLength;
            return available >= *length ? Status.Ok : Status.None;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_frame_to_json", CallConvs = [typeof(CallConvCdecl)])]
    public static Status ToJson(byte* frame, nuint frameLength, byte* json, nuint capacity, nuint* length)
    {
        try
        {
            Arguments.Clear(length);
            if (!Arguments.IsReadable(frame, frameLength))
                return Failure.Null("frame");
            using MemoryStream text = new();
            int shown;
            using (Utf8JsonWriter writer = new(text, JsonOptions))
                shown = FrameJson.Specification.Decode(new ReadOnlySpan<byte>(frame, (int)frameLength), writer);
            // Written straight from the buffer: a frame can have 16 MiB, and its text twice as many.
            return shown == (int)frameLength
                ? Arguments.CopyUtf8(text.GetBuffer().AsSpan(0, (int)text.Length), json, capacity, length, "json")
                : Arguments.CopyText(FrameJson.Error($"{(int)frameLength - shown} bytes follow the frame"), json, capacity, length, "json");
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_frame_from_json", CallConvs = [typeof(CallConvCdecl)])]
    public static Status FromJson(byte* json, byte* frame, nuint capacity, nuint* length)
    {
        try
        {
            Arguments.Clear(length);
            if (Arguments.Text(json) is not { } text)
                return Failure.With(Status.Argument, "json is NULL or longer than 64 KiB");
            return FrameJson.Specification.TryEncode(text, out var encoded, out var error)
                ? Arguments.Copy(encoded, frame, capacity, length, "frame")
                : Failure.With(Status.Format, error ?? "");
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_tlv_next", CallConvs = [typeof(CallConvCdecl)])]
    public static Status NextTlv(NativeBytes* rest, NativeTlv* tlv)
    {
        try
        {
            if (rest is null)
                return Failure.Null("rest");
            if (tlv is null)
                return Failure.Null("tlv");
            *tlv = default;
            if (!rest->IsValid)
                return Failure.Null("rest->data");
            if (rest->Length == 0)
                return Status.None;
            var tlvs = new TlvReader(rest->Span).GetEnumerator();
            if (!tlvs.MoveNext())
                return Failure.With(Status.Malformed, $"{rest->Length} bytes do not hold a whole TLV");
            var first = tlvs.Current;
            tlv->ExtensionType = first.ExtensionType;
            tlv->FieldType = first.FieldType;
            tlv->Value = new NativeBytes(rest->Data + Tlv.HeaderSize, (nuint)first.Value.Length);
            var taken = (nuint)(Tlv.HeaderSize + first.Value.Length);
            *rest = new NativeBytes(rest->Data + taken, rest->Length - taken);
            return Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "sv2_tlv_write", CallConvs = [typeof(CallConvCdecl)])]
    public static Status WriteTlv(NativeTlv* tlv, byte* buffer, nuint capacity, nuint* length)
    {
        try
        {
            if (tlv is null)
                return Failure.Null("tlv");
            if (length is null)
                return Failure.Null("length");
            if (!tlv->Value.IsValid)
                return Failure.Null("tlv->value.data");
            if (tlv->Value.Length > Tlv.ValueLengthMax)
                return Failure.With(Status.Limit, $"tlv->value: {tlv->Value.Length} exceeds {Tlv.ValueLengthMax}");
            *length = Tlv.HeaderSize + tlv->Value.Length;
            if (buffer is null || capacity < *length)
                return Failure.Buffer("buffer", (long)*length, buffer is null ? 0 : capacity);
            TlvWriter writer = new(new Span<byte>(buffer, (int)*length));
            writer.Write(tlv->ExtensionType, tlv->FieldType, tlv->Value.Span);
            return Status.Ok;
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }
}

/// <summary><c>sv2_tlv</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeTlv
{
    public ushort ExtensionType;
    public byte FieldType;
    public NativeBytes Value;
}
