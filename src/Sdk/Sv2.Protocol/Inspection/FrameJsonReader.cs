using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace Sv2.Protocol.Inspection;

/// <summary>Makes one frame from a JSON object. Every fault throws <see cref="FrameJsonException"/> with a sentence.</summary>
internal sealed class FrameJsonReader(MessageCatalog catalog)
{
    private static readonly HashSet<string> Members =
    [
        "message", "protocol", "extension_type", "msg_type", "channel_msg", "channel_id", "fields", "tlvs", "payload", "text_bytes", "absent",
        "tlv_byte_order", "trailing",
    ];

    private readonly ArrayBufferWriter<byte> _payload = new();

    /// <summary>The frame: header and payload.</summary>
    public byte[] Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object) throw new FrameJsonException("a frame is a JSON object");
        foreach (JsonProperty member in json.EnumerateObject())
        {
            if (!Members.Contains(member.Name)) throw new FrameJsonException($"member {member.Name} is unknown");
        }

        MessageInfo? message = json.TryGetProperty("payload", out JsonElement raw) ? null : FindMessage(json);
        FrameHeader header = Header(json, message);
        if (message is null) _payload.Write(Hex("payload", raw));
        else
        {
            ReadFields(json, message);
            ReadTlvs(json);
        }

        if (_payload.WrittenCount > FrameHeader.PayloadLengthMax)
            throw new FrameJsonException($"the payload of {_payload.WrittenCount} bytes exceeds {FrameHeader.PayloadLengthMax}");
        byte[] frame = new byte[FrameHeader.Size + _payload.WrittenCount];
        (header with { PayloadLength = _payload.WrittenCount }).Write(frame);
        _payload.WrittenSpan.CopyTo(frame.AsSpan(FrameHeader.Size));
        return frame;
    }

    private MessageInfo FindMessage(JsonElement json)
    {
        string? name = OptionalString(json, "message");
        string? protocol = OptionalString(json, "protocol");
        ulong? type = OptionalNumber(json, "msg_type", byte.MaxValue);
        ulong? extension = OptionalNumber(json, "extension_type", 0x7FFF);
        if (name is null)
        {
            if (type is null) throw new FrameJsonException("member message is missing");
            return catalog.Find((ushort)(extension ?? 0), (byte)type)
                ?? throw new FrameJsonException($"extension {extension ?? 0} has no message {type}; give its bytes as payload");
        }

        List<MessageInfo> found = [.. catalog.Find(name, protocol)
            .Where(m => (type is null || m.MessageType == type) && (extension is null || m.ExtensionType == extension))];
        return found.Count switch
        {
            1 => found[0],
            0 => throw new FrameJsonException($"no message {name} with that protocol, extension_type and msg_type is known"),
            _ => throw new FrameJsonException($"{name} is a message of {string.Join(" and ", found.Select(m => m.Protocol))}; add protocol"),
        };
    }

    private static FrameHeader Header(JsonElement json, MessageInfo? message)
    {
        ulong? extension = message?.ExtensionType ?? OptionalNumber(json, "extension_type", 0x7FFF);
        ulong? type = message?.MessageType ?? OptionalNumber(json, "msg_type", byte.MaxValue);
        bool isChannel = message?.IsChannelMessage ?? false;
        if (json.TryGetProperty("channel_msg", out JsonElement bit)) isChannel = Boolean("channel_msg", bit);
        if (extension is null || type is null) throw new FrameJsonException("a payload needs extension_type and msg_type");
        return new FrameHeader((ushort)extension, isChannel, (byte)type, 0);
    }

    private void ReadFields(JsonElement json, MessageInfo message)
    {
        JsonElement fields = default;
        if (message.Fields.Length > 0 && (!json.TryGetProperty("fields", out fields) || fields.ValueKind != JsonValueKind.Object))
            throw new FrameJsonException("member fields is missing or no object");
        if (fields.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty member in fields.EnumerateObject())
            {
                if (!message.Fields.Any(f => f.Name == member.Name)) throw new FrameJsonException($"{message.Name} has no field {member.Name}");
            }
        }

        HashSet<string> absent = json.TryGetProperty("absent", out JsonElement names) ? [.. Items("absent", names).Select(n => String("absent", n))] : [];
        foreach (FieldInfo field in message.Fields) ReadField(json, fields, field, absent);
    }

    private void ReadField(JsonElement json, JsonElement fields, FieldInfo field, HashSet<string> absent)
    {
        if (absent.Contains(field.Name) && field.Default is not null) return;
        if (json.TryGetProperty("text_bytes", out JsonElement exact) && exact.ValueKind == JsonValueKind.Object && exact.TryGetProperty(field.Name, out JsonElement bytes))
        {
            ReadExact(field, Hex(field.Name, bytes));
            return;
        }

        if (fields.TryGetProperty(field.Name, out JsonElement value)) ReadValue(field.Name, field.Type, value);
        else if (field.Default is { } fallback) WriteUnsigned(fallback, field.Type.Size);
        else throw new FrameJsonException($"field {field.Name} is missing");
    }

    private void ReadExact(FieldInfo field, byte[] bytes)
    {
        if (field.Type.Kind == WireKind.Text)
        {
            WritePrefix(field.Name, field.Type, bytes.Length);
            _payload.Write(bytes);
            return;
        }

        int end = 0;
        DecodeError error = WireReader.Step(field.Name, field.Type, bytes, ref end);
        if (error.Code != DecodeErrorCode.None) throw new FrameJsonException(error.ToString());
        if (end != bytes.Length) throw new FrameJsonException($"text_bytes of {field.Name} hold {bytes.Length} bytes, the field takes {end}");
        _payload.Write(bytes);
    }

    private void ReadValue(string name, WireType type, JsonElement value)
    {
        switch (type.Kind)
        {
            case WireKind.Bool:
                WriteUnsigned(Boolean(name, value) ? 1UL : 0, 1);
                break;
            case WireKind.Unsigned:
                WriteUnsigned(Number(name, value, type.Size == 8 ? ulong.MaxValue : (1UL << (8 * type.Size)) - 1), type.Size);
                break;
            case WireKind.Float:
                BinaryPrimitives.WriteSingleLittleEndian(_payload.GetSpan(4), Float(name, value));
                _payload.Advance(4);
                break;
            case WireKind.U256 or WireKind.FixedBytes:
                byte[] exact = Hex(name, value);
                if (exact.Length != type.Size) throw new FrameJsonException($"field {name}: {exact.Length} bytes, {type.Size} are needed");
                _payload.Write(exact);
                break;
            case WireKind.Bytes or WireKind.Text:
                byte[] bytes = Bytes(name, type, value);
                WritePrefix(name, type, bytes.Length);
                _payload.Write(bytes);
                break;
            case WireKind.Option:
                WritePrefix(name, type, value.ValueKind == JsonValueKind.Null ? 0 : 1);
                if (value.ValueKind != JsonValueKind.Null) ReadValue(name, type.Element!, value);
                break;
            default:
                List<JsonElement> items = Items(name, value);
                WritePrefix(name, type, items.Count);
                foreach (JsonElement item in items) ReadValue(name, type.Element!, item);
                break;
        }
    }

    private void ReadTlvs(JsonElement json)
    {
        bool isBig = OptionalString(json, "tlv_byte_order") switch
        {
            null or "little_endian" => false,
            "big_endian" => true,
            string other => throw new FrameJsonException($"tlv_byte_order {other} is neither little_endian nor big_endian"),
        };
        if (json.TryGetProperty("tlvs", out JsonElement tlvs))
        {
            foreach (JsonElement tlv in Items("tlvs", tlvs)) ReadTlv(tlv, isBig);
        }

        if (json.TryGetProperty("trailing", out JsonElement trailing)) _payload.Write(Hex("trailing", trailing));
    }

    // Written here and not with TlvWriter, because a tool must be able to repeat a peer's wrong order.
    private void ReadTlv(JsonElement tlv, bool isBig)
    {
        if (tlv.ValueKind != JsonValueKind.Object) throw new FrameJsonException("a TLV is a JSON object");
        TlvInfo? info = null;
        if (OptionalString(tlv, "name") is { } name)
            info = catalog.Tlvs.FirstOrDefault(t => t.Name == name) ?? throw new FrameJsonException($"no TLV {name} is known");
        ushort extension = (ushort)(OptionalNumber(tlv, "extension_type", ushort.MaxValue) ?? info?.ExtensionType ?? throw new FrameJsonException("a TLV needs extension_type"));
        byte field = (byte)(OptionalNumber(tlv, "field_type", byte.MaxValue) ?? info?.FieldType ?? throw new FrameJsonException("a TLV needs field_type"));
        byte[] value = TlvValueOf(tlv, catalog.FindTlv(extension, field));
        if (value.Length > Tlv.ValueLengthMax) throw new FrameJsonException($"a TLV of {value.Length} bytes exceeds {Tlv.ValueLengthMax}");

        Span<byte> header = stackalloc byte[Tlv.HeaderSize];
        if (isBig)
        {
            BinaryPrimitives.WriteUInt16BigEndian(header, extension);
            BinaryPrimitives.WriteUInt16BigEndian(header[3..], (ushort)value.Length);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(header, extension);
            BinaryPrimitives.WriteUInt16LittleEndian(header[3..], (ushort)value.Length);
        }

        header[2] = field;
        _payload.Write(header);
        _payload.Write(value);
    }

    private byte[] TlvValueOf(JsonElement tlv, TlvInfo? info)
    {
        if (tlv.TryGetProperty("hex", out JsonElement hex)) return Hex("hex", hex);
        if (!tlv.TryGetProperty("value", out JsonElement value)) throw new FrameJsonException("a TLV needs value");
        if (info is null) return Hex("value", value);
        if (!info.Type.IsFixedLength) return Bytes(info.Name, info.Type, value);
        FrameJsonReader inner = new(catalog);
        inner.ReadValue(info.Name, info.Type, value);
        return inner._payload.WrittenSpan.ToArray();
    }

    private static byte[] Bytes(string name, WireType type, JsonElement value) =>
        type.Kind == WireKind.Text ? System.Text.Encoding.UTF8.GetBytes(String(name, value)) : Hex(name, value);

    private void WritePrefix(string name, WireType type, int count)
    {
        if (count > type.Limit) throw new FrameJsonException($"field {name}: {count} exceeds {type.Limit}");
        WriteUnsigned((ulong)count, type.Size);
    }

    private void WriteUnsigned(ulong value, int size)
    {
        Span<byte> bytes = _payload.GetSpan(size);
        for (int i = 0; i < size; i++) bytes[i] = (byte)(value >> (8 * i));
        _payload.Advance(size);
    }

    private static List<JsonElement> Items(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : throw new FrameJsonException($"{name} is not an array");

    private static bool Boolean(string name, JsonElement value) =>
        value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw new FrameJsonException($"{name} is neither true nor false");

    private static ulong Number(string name, JsonElement value, ulong max)
    {
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetUInt64(out ulong number))
            throw new FrameJsonException($"{name} is not an unsigned integer");
        return number <= max ? number : throw new FrameJsonException($"{name}: {number} exceeds {max}");
    }

    private static float Float(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetSingle(out float number) => number,
        JsonValueKind.String when value.ValueEquals("NaN") => float.NaN,
        JsonValueKind.String when value.ValueEquals("Infinity") => float.PositiveInfinity,
        JsonValueKind.String when value.ValueEquals("-Infinity") => float.NegativeInfinity,
        _ => throw new FrameJsonException($"{name} is not a number"),
    };

    private static string String(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String) throw new FrameJsonException($"{name} is not a string");
        return value.GetString()!;
    }

    private static byte[] Hex(string name, JsonElement value)
    {
        string text = String(name, value);
        if (text.Length % 2 != 0 || !text.All(char.IsAsciiHexDigit)) throw new FrameJsonException($"{name} is not an even number of hexadecimal digits");
        return Convert.FromHexString(text);
    }

    private static string? OptionalString(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? String(name, value) : null;

    private static ulong? OptionalNumber(JsonElement json, string name, ulong max) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? Number(name, value, max) : null;
}
