using System.Globalization;
using System.Text;

namespace Sv2.Protocol.Inspection;

/// <summary>
/// Writes a Wireshark dissector in Lua for the messages of a catalog: those of the specification, and those of any
/// extension that was added to it. It shows frames in the clear, on TCP ports or in a capture of link type USER0.
/// </summary>
/// <remarks>
/// <code>
/// File.WriteAllText("sv2.lua", WiresharkDissector.Write(MessageCatalog.Specification.With(Telemetry.Info)));
/// </code>
/// Fields are filtered by the specification's names, such as <c>sv2.mining.SubmitShares.Error.error_code</c>.
/// </remarks>
public static class WiresharkDissector
{
    /// <summary>The text of the dissector; ASCII unless a summary is not, lines end with a line feed.</summary>
    /// <param name="catalog">The messages and TLVs to know.</param>
    public static string Write(MessageCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        StringBuilder text = new(WiresharkLua.Types);
        text.Append("local messages = {\n");
        foreach (MessageInfo message in catalog.Messages) Message(text, message);
        text.Append("}\n\n-- What extensions add to messages, by the same kind of number.\nlocal tlv_names = {\n");
        foreach (TlvInfo tlv in catalog.Tlvs)
            text.Append(CultureInfo.InvariantCulture, $"  [0x{Number(tlv.ExtensionType, tlv.FieldType):x6}] = {Quoted($"{tlv.Extension}.{tlv.Name}")},\n");
        return text.Append("}\n").Append(WiresharkLua.Frames).ToString();
    }

    private static int Number(ushort extensionType, byte type) => (extensionType << 8) | type;

    private static void Message(StringBuilder text, MessageInfo message)
    {
        text.Append(CultureInfo.InvariantCulture, $"  [0x{Number(message.ExtensionType, message.MessageType):x6}] = {{ {Quoted(message.Protocol)}, {Quoted(message.Name)}");
        if (message.Fields.IsEmpty)
        {
            text.Append(", {} },\n");
            return;
        }

        text.Append(", {\n");
        foreach (FieldInfo field in message.Fields)
            text.Append(CultureInfo.InvariantCulture, $"    {{ {Quoted(field.Name)}, {LuaType(field.Type)}, {Quoted(field.Summary)}{Options(field)} }},\n");
        text.Append("  } },\n");
    }

    private static string LuaType(WireType type) => type.Kind switch
    {
        WireKind.Bool => "bool",
        WireKind.Unsigned => $"u({type.Size})",
        WireKind.Float => "f32",
        WireKind.Bytes => $"prefixed({type.Size}, {type.Limit}, bytes)",
        WireKind.Text => $"prefixed({type.Size}, {type.Limit}, text)",
        WireKind.Option or WireKind.Seq => $"many({type.Size}, {type.Limit}, {LuaType(type.Element!)})",
        _ => $"fixed({type.Size})",
    };

    /// <summary>Whether the field may be missing, and what its values are called. Error codes speak for themselves.</summary>
    private static string Options(FieldInfo field)
    {
        string missing = field.Default is null ? "" : ", may_be_missing = true";
        if (field.ValueNames.IsDefaultOrEmpty || field.Type.Kind != WireKind.Unsigned) return missing;
        return $"{missing}, names = {{ {string.Join(", ", field.ValueNames.Select(v => $"[{v.Value}] = {Quoted(v.Name)}"))} }}";
    }

    private static string Quoted(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (char c in text)
        {
            if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else if (char.IsControl(c)) quoted.Append(' ');
            else quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }
}
