using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;

namespace Sv2.Protocol.Inspection;

/// <summary>Writes one frame as a JSON object.</summary>
internal readonly ref struct FrameJsonWriter(MessageCatalog catalog, Utf8JsonWriter writer)
{
    /// <summary>Writes the object of a whole frame.</summary>
    public void Write(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        writer.WriteStartObject();
        if (catalog.Find(header.ExtensionType, header.MessageType) is not { } message) WriteUnknown(header, payload);
        else if (message.Check(payload, out int end) is { Code: not DecodeErrorCode.None } error) WriteMalformed(header, payload, message, error);
        else WriteMessage(header, message, payload[..end], payload[end..]);
        writer.WriteEndObject();
    }

    /// <summary>Writes the members that come from the frame header.</summary>
    public static void WriteHeader(Utf8JsonWriter writer, FrameHeader header)
    {
        writer.WriteNumber("extension_type", header.ExtensionType);
        writer.WriteNumber("msg_type", header.MessageType);
        writer.WriteBoolean("channel_msg", header.IsChannelMessage);
    }

    private static bool IsAbsent(FieldInfo field, int offset, ReadOnlySpan<byte> payload) => field.Default is not null && offset == payload.Length;

    private void WriteUnknown(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        writer.WriteNull("message");
        writer.WriteNull("protocol");
        WriteHeader(writer, header);
        if (header.IsChannelMessage && payload.Length >= sizeof(uint)) writer.WriteNumber("channel_id", BinaryPrimitives.ReadUInt32LittleEndian(payload));
        writer.WriteString("payload", Convert.ToHexStringLower(payload));
    }

    private void WriteMalformed(FrameHeader header, ReadOnlySpan<byte> payload, MessageInfo message, DecodeError error)
    {
        writer.WriteString("error", $"{message.Name}: {error}");
        writer.WriteString("message", message.Name);
        writer.WriteString("protocol", message.Protocol);
        WriteHeader(writer, header);
        writer.WriteString("field", error.Field);
        writer.WriteNumber("offset", error.Offset);
        writer.WriteString("payload", Convert.ToHexStringLower(payload));
    }

    private void WriteMessage(FrameHeader header, MessageInfo message, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> tlvs)
    {
        writer.WriteString("message", message.Name);
        writer.WriteString("protocol", message.Protocol);
        WriteHeader(writer, header);
        writer.WriteStartObject("fields");
        int offset = 0;
        Dictionary<string, string>? textBytes = null;
        List<string>? absent = null;
        foreach (FieldInfo field in message.Fields)
        {
            writer.WritePropertyName(field.Name);
            if (IsAbsent(field, offset, payload))
            {
                writer.WriteNumberValue(field.Default!.Value);
                (absent ??= []).Add(field.Name);
                continue;
            }

            int start = offset;
            WriteValue(field.Type, payload, ref offset);
            if (BadText(field.Type, payload[start..offset]) is { } hex) (textBytes ??= []).Add(field.Name, hex);
        }

        writer.WriteEndObject();
        WriteTlvs(tlvs);
        WriteExtras(textBytes, absent);
    }

    private void WriteExtras(Dictionary<string, string>? textBytes, List<string>? absent)
    {
        if (textBytes is not null)
        {
            writer.WriteStartObject("text_bytes");
            foreach ((string name, string hex) in textBytes) writer.WriteString(name, hex);
            writer.WriteEndObject();
        }

        if (absent is null) return;
        writer.WriteStartArray("absent");
        foreach (string name in absent) writer.WriteStringValue(name);
        writer.WriteEndArray();
    }

    // The bytes of a text that is not UTF-8; of a sequence of texts all bytes with their prefixes.
    private static string? BadText(WireType type, ReadOnlySpan<byte> bytes) => type switch
    {
        { Kind: WireKind.Text } when !Utf8.IsValid(bytes[type.Size..]) => Convert.ToHexStringLower(bytes[type.Size..]),
        { Kind: WireKind.Seq, Element.Kind: WireKind.Text } when !Utf8.IsValid(bytes) => Convert.ToHexStringLower(bytes),
        _ => null,
    };

    private void WriteValue(WireType type, ReadOnlySpan<byte> payload, ref int offset)
    {
        ReadOnlySpan<byte> at = payload[offset..];
        if (type.IsFixedLength)
        {
            WriteFixed(type, at[..type.Size]);
            offset += type.Size;
            return;
        }

        int count = WireReader.ReadPrefix(at, type.Size);
        offset += type.Size;
        switch (type.Kind)
        {
            case WireKind.Option when count == 0:
                writer.WriteNullValue();
                break;
            case WireKind.Option:
                WriteValue(type.Element!, payload, ref offset);
                break;
            case WireKind.Seq:
                writer.WriteStartArray();
                for (int i = 0; i < count; i++) WriteValue(type.Element!, payload, ref offset);
                writer.WriteEndArray();
                break;
            default:
                WriteBytes(type, at.Slice(type.Size, count));
                offset += count;
                break;
        }
    }

    private void WriteFixed(WireType type, ReadOnlySpan<byte> bytes)
    {
        switch (type.Kind)
        {
            case WireKind.Bool:
                writer.WriteBooleanValue((bytes[0] & 1) != 0);
                break;
            case WireKind.Unsigned:
                writer.WriteNumberValue(Unsigned(bytes));
                break;
            case WireKind.Float:
                WriteFloat(BinaryPrimitives.ReadSingleLittleEndian(bytes));
                break;
            default:
                writer.WriteStringValue(Convert.ToHexStringLower(bytes));
                break;
        }
    }

    // JSON has no numbers for these; the specification does not forbid them on the wire.
    private void WriteFloat(float value)
    {
        if (float.IsFinite(value)) writer.WriteNumberValue(value);
        else writer.WriteStringValue(float.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }

    private void WriteBytes(WireType type, ReadOnlySpan<byte> bytes)
    {
        if (type.Kind == WireKind.Text) writer.WriteStringValue(Text.CopyOf(bytes).ToString());
        else writer.WriteStringValue(Convert.ToHexStringLower(bytes));
    }

    private void WriteTlvs(ReadOnlySpan<byte> area)
    {
        TlvReader tlvs = TlvReader.Detect(area, catalog.Extensions.AsSpan());
        int length = 0;
        writer.WriteStartArray("tlvs");
        foreach (Tlv tlv in tlvs)
        {
            length += Tlv.HeaderSize + tlv.Value.Length;
            WriteTlv(tlv);
        }

        writer.WriteEndArray();
        if (tlvs.ByteOrder == TlvByteOrder.BigEndian) writer.WriteString("tlv_byte_order", "big_endian");
        if (length < area.Length) writer.WriteString("trailing", Convert.ToHexStringLower(area[length..]));
    }

    private void WriteTlv(Tlv tlv)
    {
        writer.WriteStartObject();
        writer.WriteNumber("extension_type", tlv.ExtensionType);
        writer.WriteNumber("field_type", tlv.FieldType);
        if (catalog.FindTlv(tlv.ExtensionType, tlv.FieldType) is not { } info)
        {
            writer.WriteString("value", Convert.ToHexStringLower(tlv.Value));
            writer.WriteEndObject();
            return;
        }

        writer.WriteString("name", info.Name);
        if (tlv.Value.Length < info.MinLength || tlv.Value.Length > info.MaxLength)
        {
            writer.WriteString("error", $"length {tlv.Value.Length} is outside {info.MinLength} to {info.MaxLength}");
            writer.WriteString("hex", Convert.ToHexStringLower(tlv.Value));
        }
        else
        {
            writer.WritePropertyName("value");
            if (info.Type.IsFixedLength) WriteFixed(info.Type, tlv.Value);
            else WriteBytes(info.Type, tlv.Value);
            if (info.Type.Kind == WireKind.Text && !Utf8.IsValid(tlv.Value)) writer.WriteString("hex", Convert.ToHexStringLower(tlv.Value));
        }

        writer.WriteEndObject();
    }

    private static ulong Unsigned(ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int i = bytes.Length - 1; i >= 0; i--) value = (value << 8) | bytes[i];
        return value;
    }
}
