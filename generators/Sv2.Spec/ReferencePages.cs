using System.Collections.Generic;
using System.Linq;
using System.Text;
using Sv2.Spec.Model;

namespace Sv2.Spec;

/// <summary>Writes the reference pages of the protocol from the model: one Markdown page for each protocol, and an index.</summary>
public static class ReferencePages
{
    private const string Origin = "<!-- Made from spec/*.sv2; change those files, then run the tests of Sv2.Spec with SV2_UPDATE_GOLDEN=1. -->\n\n";

    /// <summary>The pages by file name.</summary>
    public static IReadOnlyDictionary<string, string> Write(SpecModel model)
    {
        Dictionary<string, string> pages = new() { ["README.md"] = Index(model) };
        foreach (ProtocolModel protocol in model.Protocols) pages.Add(FileName(protocol), Page(protocol));
        return pages;
    }

    private static string FileName(ProtocolModel protocol) => protocol.Name.Replace('_', '-') + ".md";

    private static string Index(SpecModel model)
    {
        StringBuilder text = new("# Messages of Stratum V2\n\n" + Origin);
        text.Append("| type | message | channel | direction | shortest payload | protocol |\n|---|---|---|---|---|---|\n");
        foreach (ProtocolModel protocol in model.Protocols)
        {
            foreach (MessageModel message in protocol.Messages)
            {
                text.Append($"| 0x{message.Number:x2} | [{message.Name}]({FileName(protocol)}#{Anchor(message.Name)}) | {(message.IsChannel ? "yes" : "")} | {Shown(message.Direction)} ");
                text.Append($"| {message.MinLength}{(message.IsFixed ? "" : " or more")} | {Title(protocol)} |\n");
            }
        }

        text.Append("\n| TLV | extension | after | value |\n|---|---|---|---|\n");
        foreach (TlvModel tlv in model.Protocols.SelectMany(p => p.Tlvs))
            text.Append($"| 0x{tlv.Number:x2} {tlv.Name} | 0x{tlv.ExtensionType:x4} {tlv.Extension} | {tlv.Message} | {Lengths(tlv)} |\n");
        return text.ToString();
    }

    private static string Page(ProtocolModel protocol)
    {
        StringBuilder text = new($"# {Title(protocol)}\n\n{Origin}{Cell(protocol.Summary)}\n");
        foreach (MessageModel message in protocol.Messages) Message(text, message);
        foreach (TlvModel tlv in protocol.Tlvs)
        {
            text.Append($"\n## TLV {tlv.Name}\n\n{Cell(tlv.Summary)}\n\n");
            text.Append($"Field type 0x{tlv.Number:x2}, after {tlv.Message}, value {Lengths(tlv)}. .NET type `{tlv.TypeName}`.\n");
        }

        foreach (ValuesModel values in protocol.Values) Values(text, values);
        return text.ToString();
    }

    private static void Message(StringBuilder text, MessageModel message)
    {
        text.Append($"\n## {message.Name}\n\n{Cell(message.Summary)}\n\n");
        text.Append($"Type 0x{message.Number:x2}, {Shown(message.Direction)}{(message.IsChannel ? ", channel message" : "")}, ");
        text.Append($"payload of {message.MinLength} bytes{(message.IsFixed ? "" : " or more")}");
        text.Append($"{(message.Section.Length > 0 ? $", section {message.Section} of the specification" : "")}. .NET type `{message.TypeName}`.\n\n");
        if (message.Fields.Count == 0) return;
        text.Append("| offset | field | type | meaning |\n|---|---|---|---|\n");
        int? offset = 0;
        foreach (FieldModel field in message.Fields)
        {
            string absent = field.Default is { } value ? $" May be missing, then {value}." : "";
            string values = field.ValuesName is { } name ? $" See [{name}](#{Anchor(name)})." : "";
            text.Append($"| {offset?.ToString() ?? ""} | {field.Name} | {field.Type.Name} | {Cell(field.Summary)}{values}{absent} |\n");
            offset = field.IsVariable ? null : offset + field.Type.Size;
        }
    }

    private static void Values(StringBuilder text, ValuesModel values)
    {
        text.Append($"\n## {values.Name}\n\n{Cell(values.Summary)}\n\n");
        bool isCodes = values.Kind == ValuesKind.Codes;
        text.Append(isCodes ? "| code | meaning |\n|---|---|\n" : $"| {(values.Kind == ValuesKind.Flags ? "mask" : "value")} | name | meaning |\n|---|---|---|\n");
        foreach (ValueModel member in values.Members)
        {
            string number = isCodes ? "" : values.Kind == ValuesKind.Flags ? $" 0x{member.Value:x} |" : $" {member.Value} |";
            text.Append($"|{number} {(isCodes ? $"`{member.Name}`" : member.Name)} | {Cell(member.Summary)} |\n");
        }
    }

    private static string Title(ProtocolModel protocol) =>
        protocol.IsExtension ? $"Extension 0x{protocol.ExtensionType:x4} {protocol.Name}" : protocol.Name.Replace('_', ' ') + " protocol";

    private static string Lengths(TlvModel tlv) =>
        tlv.MinLength == tlv.MaxLength ? $"{tlv.Type.Name}, {tlv.MaxLength} bytes" : $"{tlv.Type.Name}, {tlv.MinLength} to {tlv.MaxLength} bytes";

    private static string Shown(Direction direction) => direction switch
    {
        Direction.ClientToServer => "client to server",
        Direction.ServerToClient => "server to client",
        _ => "either direction",
    };

    private static string Cell(string text) => text.Replace("|", "\\|");

    private static string Anchor(string title) => title.ToLowerInvariant().Replace(".", "");
}
