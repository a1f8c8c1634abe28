using System.Collections.Generic;
using System.Linq;
using System.Text;
using Sv2.Spec.Model;

namespace Sv2.Spec;

/// <summary>
/// Writes the message part of the C header (<c>include/sv2_messages.h</c>) from the model: one plain struct a message, with
/// its number, its named values, and typed wrappers around the library's two codec functions.
/// </summary>
/// <remarks>The library computes the same layouts from the same model; tests of Sv2.Native compare the two, field by field.</remarks>
public static class CHeader
{
    private static readonly HashSet<string> Keywords =
    [
        "auto", "bool", "break", "case", "char", "class", "const", "continue", "default", "delete", "do", "double", "else", "enum",
        "explicit", "export", "extern", "false", "float", "for", "friend", "goto", "if", "inline", "int", "long", "mutable", "namespace",
        "new", "operator", "private", "protected", "public", "register", "restrict", "return", "short", "signed", "sizeof", "static",
        "struct", "switch", "template", "this", "throw", "true", "try", "typedef", "typename", "union", "unsigned", "using", "virtual",
        "void", "volatile", "while",
    ];

    /// <summary>The text of the header.</summary>
    /// <exception cref="System.InvalidOperationException">Two messages have the same number, which the library tells them apart by.</exception>
    public static string Write(SpecModel model)
    {
        MessageModel[] messages = [.. model.Protocols.SelectMany(protocol => protocol.Messages)];
        RequireDistinctNumbers(messages);
        StringBuilder text = new();
        text.Append("/* Messages of Stratum V2 as plain C structs: the generated part of sv2.h, which includes it.\n");
        text.Append(" *\n * Made from the .sv2 files of spec; change those, then run the tests of Sv2.Spec with SV2_UPDATE_GOLDEN=1.\n */\n");
        text.Append("#ifndef SV2_MESSAGES_H\n#define SV2_MESSAGES_H\n\n");
        text.Append("#ifndef SV2_H\n#error \"include sv2.h, which includes this file\"\n#endif\n");
        Kinds(text, model);
        foreach (ValuesModel values in model.Protocols.SelectMany(protocol => protocol.Values)) Values(text, values);
        foreach (TlvModel tlv in model.Protocols.SelectMany(protocol => protocol.Tlvs)) Tlv(text, tlv);
        Containers(text, messages);
        foreach (MessageModel message in messages) Struct(text, message);
        Union(text, messages);
        foreach (MessageModel message in messages) Encoder(text, message);
        text.Append("\n#endif /* SV2_MESSAGES_H */\n");
        return text.ToString();
    }

    /// <summary>The name of a message's struct, such as <c>sv2_mining_submit_shares_success</c>.</summary>
    public static string StructName(MessageModel message) => $"sv2_{MemberName(message)}";

    /// <summary>The name of a message's number, such as <c>SV2_MINING_SUBMIT_SHARES_SUCCESS</c>.</summary>
    public static string KindName(MessageModel message) => StructName(message).ToUpperInvariant();

    /// <summary>The name of a field in its struct: the specification's spelling, unless C or C++ reserve it.</summary>
    public static string FieldName(FieldModel field) => Keywords.Contains(field.Name) ? field.Name + "_" : field.Name;

    /// <summary>The name of a message in the union of all, such as <c>mining_submit_shares_success</c>.</summary>
    public static string MemberName(MessageModel message) => $"{message.Protocol}_{Names.ToSnake(message.TypeName)}";

    private static int Kind(MessageModel message) => (message.ExtensionType << 8) | message.Number;

    private static void RequireDistinctNumbers(IEnumerable<MessageModel> messages)
    {
        foreach (IGrouping<int, MessageModel> same in messages.GroupBy(Kind).Where(group => group.Count() > 1))
            throw new System.InvalidOperationException($"{string.Join(" and ", same.Select(StructName))} have the same number 0x{same.Key:x6}.");
    }

    private static void Kinds(StringBuilder text, SpecModel model)
    {
        text.Append("\n/** Numbers of the messages: the extension type times 256, plus the message type of the frame header. */\n");
        text.Append("typedef enum sv2_kind {\n");
        foreach (MessageModel message in model.Protocols.SelectMany(protocol => protocol.Messages))
            text.Append($"    {KindName(message)} = 0x{Kind(message):x6},{Comment(message.Name)}\n");
        text.Append("    SV2_KIND_NONE = 0xffffff /**< No message. */\n} sv2_kind;\n");
    }

    private static void Values(StringBuilder text, ValuesModel values)
    {
        string prefix = $"SV2_{Names.ToSnake(values.Name).ToUpperInvariant()}_";
        text.Append($"\n/* {values.Summary}{Section(values.Section)} */\n");
        foreach (ValueModel member in values.Members)
            text.Append($"#define {prefix}{Upper(member.Name)} {Literal(values.Kind, member)}{Comment(member.Summary)}\n");
    }

    private static string Literal(ValuesKind kind, ValueModel member) => kind switch
    {
        ValuesKind.Codes => $"\"{member.Name.TrimEnd('*')}\"",
        ValuesKind.Flags => $"0x{member.Value:x8}u",
        _ => $"{member.Value}u",
    };

    /// <summary>A code with an open end, <c>some-code-*</c>, becomes <c>SOME_CODE_PREFIX</c>.</summary>
    private static string Upper(string name) =>
        (name.EndsWith("*", System.StringComparison.Ordinal) ? name.TrimEnd('*') + "PREFIX" : name).Replace('-', '_').ToUpperInvariant();

    private static void Tlv(StringBuilder text, TlvModel tlv)
    {
        string prefix = $"SV2_TLV_{tlv.Name.ToUpperInvariant()}_";
        text.Append($"\n/* TLV after {tlv.Message}: {tlv.Summary}{Section(tlv.Section)} */\n");
        text.Append($"#define {prefix}EXTENSION 0x{tlv.ExtensionType:x4}u\n#define {prefix}TYPE 0x{tlv.Number:x2}u\n");
        text.Append($"#define {prefix}LENGTH_MIN {tlv.MinLength}u\n#define {prefix}LENGTH_MAX {tlv.MaxLength}u\n");
    }

    private static void Containers(StringBuilder text, IEnumerable<MessageModel> messages)
    {
        WireType[] types = [.. messages.SelectMany(message => message.Fields).Select(field => field.Type)];
        foreach (WireType element in Distinct(types.Where(type => type.Kind == WireKind.Option)))
        {
            text.Append($"\n/** A value that may be absent. */\ntypedef struct sv2_option_{Short(element)} {{\n");
            text.Append($"    bool present;{Comment("Whether there is one.")}\n    {Scalar(element)} value;{Comment("Read and written only when present.")}\n");
            text.Append($"}} sv2_option_{Short(element)};\n");
        }

        foreach (WireType element in Distinct(types.Where(type => type.Kind == WireKind.Seq && type.Element!.IsFixed)))
            List(text, element);
    }

    private static void List(StringBuilder text, WireType element)
    {
        string name = $"sv2_{Short(element)}_list";
        bool isBytes = element.Kind == WireKind.U256;
        text.Append($"\n/** A sequence of {element.Name}. Decoded, it borrows the frame's bytes. */\ntypedef struct {name} {{\n");
        text.Append(isBytes
            ? $"    const sv2_u256 *items;{Comment("The elements; may be NULL when there are none.")}\n"
            : $"    const void *items;{Comment("The elements, least significant byte first, not necessarily aligned; may be NULL when there are none.")}\n");
        text.Append($"    size_t count;{Comment("How many there are.")}\n}} {name};\n");
        if (isBytes) return;
        text.Append($"\n/** Element `index` of a sequence; `index` must be below its count. */\n");
        text.Append($"static inline {Scalar(element)} {name}_get({name} list, size_t index)\n{{\n");
        text.Append($"    const uint8_t *bytes = (const uint8_t *)list.items + index * {element.Size};\n    {Scalar(element)} value = 0;\n");
        text.Append($"    for (int i = {element.Size - 1}; i >= 0; i--)\n        value = ({Scalar(element)})((value << 8) | bytes[i]);\n    return value;\n}}\n");
    }

    private static IEnumerable<WireType> Distinct(IEnumerable<WireType> containers) => containers.Select(type => type.Element!).Distinct();

    private static void Struct(StringBuilder text, MessageModel message)
    {
        text.Append($"\n/** {message.Name} ({Shown(message.Direction)}): {message.Summary}{Section(message.Section)} */\n");
        text.Append($"typedef struct {StructName(message)} {{\n");
        if (message.Fields.Count == 0) text.Append("    uint8_t no_fields;\n");
        foreach (FieldModel field in message.Fields)
        {
            string absent = field.Default is { } value ? $" Reads as {value} from peers that leave it out." : "";
            text.Append($"    {Declaration(field)};{Comment($"{field.Type.Name}: {field.Summary}{absent}")}\n");
        }

        text.Append($"}} {StructName(message)};\n");
    }

    private static void Union(StringBuilder text, IEnumerable<MessageModel> messages)
    {
        text.Append("\n/** Any message: what sv2_message_decode fills in. Everything in it borrows the frame's bytes. */\ntypedef struct sv2_message {\n");
        text.Append($"    uint32_t kind;{Comment("An sv2_kind: says which member of `as` is valid.")}\n");
        text.Append($"    sv2_bytes tlvs;{Comment("What follows the last field: TLVs of extensions, mostly none; see sv2_tlv_next.")}\n    union {{\n");
        foreach (MessageModel message in messages) text.Append($"        {StructName(message)} {MemberName(message)};\n");
        text.Append("    } as;\n} sv2_message;\n");
    }

    private static void Encoder(StringBuilder text, MessageModel message)
    {
        text.Append($"\n/** Writes a whole frame of {message.Name}; see sv2_message_encode. */\n");
        text.Append($"static inline sv2_status {StructName(message)}_encode(const {StructName(message)} *message,\n");
        text.Append("    uint8_t *frame, size_t capacity, size_t *length)\n{\n");
        text.Append($"    sv2_bytes none = {{NULL, 0}};\n    return sv2_message_encode({KindName(message)}, message, none, frame, capacity, length);\n}}\n");
    }

    private static string Declaration(FieldModel field) => field.Type.Kind switch
    {
        WireKind.FixedBytes => $"uint8_t {FieldName(field)}[{field.Type.Size}]",
        WireKind.Bytes or WireKind.Text => $"sv2_bytes {FieldName(field)}",
        WireKind.Option => $"sv2_option_{Short(field.Type.Element!)} {FieldName(field)}",
        WireKind.Seq => $"sv2_{(field.Type.Element!.IsFixed ? Short(field.Type.Element!) : "bytes")}_list {FieldName(field)}",
        _ => $"{Scalar(field.Type)} {FieldName(field)}",
    };

    private static string Scalar(WireType type) => type.Kind switch
    {
        WireKind.Bool => "bool",
        WireKind.Float => "float",
        WireKind.U256 => "sv2_u256",
        _ => $"uint{(type.Size == 3 ? 32 : 8 * type.Size)}_t",
    };

    private static string Short(WireType type) => type.Name.ToLowerInvariant();

    private static string Shown(Direction direction) => direction switch
    {
        Direction.ClientToServer => "client to server",
        Direction.ServerToClient => "server to client",
        _ => "either direction",
    };

    private static string Section(string section) => section.Length > 0 ? $" (section {section})" : "";

    private static string Comment(string text) => $" /**< {text} */";
}
