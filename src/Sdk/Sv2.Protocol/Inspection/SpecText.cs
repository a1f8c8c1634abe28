using System.Globalization;
using System.Text;

namespace Sv2.Protocol.Inspection;

/// <summary>Prints what the specification says about messages, as plain text for a terminal.</summary>
public static class SpecText
{
    /// <summary>A table of messages: number, name, channel bit, direction, payload length, protocol.</summary>
    public static string List(MessageCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        StringBuilder text = new();
        string? protocol = null;
        foreach (MessageInfo message in catalog.Messages)
        {
            if (message.Protocol != protocol)
            {
                if (protocol is not null) text.Append('\n');
                protocol = message.Protocol;
                text.Append(protocol).Append(message.ExtensionType == 0 ? "" : $" (extension 0x{message.ExtensionType:x4})").Append('\n');
            }

            text.Append(CultureInfo.InvariantCulture, $"  0x{message.MessageType:x2}  {message.Name,-34}  {(message.IsChannelMessage ? "channel" : "-"),-7}  ")
                .Append(CultureInfo.InvariantCulture, $"{Direction(message.Direction),-16}  {PayloadLength(message)}\n");
        }

        foreach (TlvInfo tlv in catalog.Tlvs)
            text.Append(CultureInfo.InvariantCulture, $"\nTLV 0x{tlv.ExtensionType:x4} 0x{tlv.FieldType:x2}  {tlv.Name} on {tlv.Message}, {tlv.MinLength} to {tlv.MaxLength} bytes\n");
        return text.ToString();
    }

    /// <summary>The layout of one message: header, then a line for each field with offset, type and meaning.</summary>
    public static string Layout(MessageInfo message)
    {
        ArgumentNullException.ThrowIfNull(message);
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{message.Name}  0x{message.MessageType:x2}  {message.Protocol}");
        if (message.ExtensionType != 0) text.Append(CultureInfo.InvariantCulture, $" (extension 0x{message.ExtensionType:x4})");
        if (message.Section.Length > 0) text.Append(CultureInfo.InvariantCulture, $"  section {message.Section}");
        text.Append(CultureInfo.InvariantCulture, $"\n{message.Summary}\n{Direction(message.Direction)}, payload {PayloadLength(message)} bytes, header ");
        Span<byte> header = stackalloc byte[FrameHeader.Size];
        message.Header(0).Write(header);
        text.Append(CultureInfo.InvariantCulture, $"{header[0]:x2} {header[1]:x2} {header[2]:x2} and the length\n\n");

        int nameWidth = message.Fields.Select(f => f.Name.Length).DefaultIfEmpty(0).Max();
        int typeWidth = message.Fields.Select(f => f.Type.Name.Length).DefaultIfEmpty(0).Max();
        int? offset = 0;
        foreach (FieldInfo field in message.Fields)
        {
            string place = offset is { } known ? known.ToString(CultureInfo.InvariantCulture) : "*";
            text.Append($"{place,5}  {field.Name.PadRight(nameWidth)}  {field.Type.Name.PadRight(typeWidth)}  {field.Summary}");
            if (field.Default is { } value) text.Append(CultureInfo.InvariantCulture, $" May be missing, then {value}.");
            text.Append('\n');
            offset = field.Type.IsFixedLength && field.Default is null ? offset + field.Type.Size : null;
            if (field.ValueNames.IsDefaultOrEmpty) continue;
            foreach (ValueName name in field.ValueNames)
            {
                string number = field.Type.Kind == WireKind.Text ? "" : name.Value.ToString(CultureInfo.InvariantCulture) + " ";
                text.Append($"{"",5}  {"".PadRight(nameWidth)}    {number}{name.Name}: {name.Summary}\n");
            }
        }

        return text.ToString();
    }

    private static string Direction(MessageDirection direction) => direction switch
    {
        MessageDirection.ClientToServer => "client to server",
        MessageDirection.ServerToClient => "server to client",
        _ => "either direction",
    };

    private static string PayloadLength(MessageInfo message) =>
        message.IsFixedLength ? $"{message.MinPayloadLength}" : $"{message.MinPayloadLength} to {message.MaxPayloadLength}";
}
