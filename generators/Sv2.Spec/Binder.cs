using System;
using System.Collections.Generic;
using System.Linq;
using Sv2.Spec.Model;
using Sv2.Spec.Syntax;

namespace Sv2.Spec;

/// <summary>
/// Checks the trees of all files against each other and makes the model. A declaration with a mistake is left out of the
/// model, its neighbours stay.
/// </summary>
internal sealed class Binder(List<FileSyntax> files, string rootNamespace, List<SpecDiagnostic> diagnostics)
{
    private readonly Dictionary<int, string> _extensionNames = [];
    private readonly Dictionary<string, ValuesModel> _values = [];
    private readonly Dictionary<string, HashSet<string>> _typeNames = [];

    private static readonly HashSet<string> CoreProtocols = ["common", "mining", "job_declaration", "template_distribution"];

    /// <summary>Makes the model of all files.</summary>
    public SpecModel Bind()
    {
        // Several files may add to one protocol, so files are grouped by the name in their first line.
        List<List<FileSyntax>> groups = [];
        foreach (FileSyntax file in files.Where(HeaderIsSound))
        {
            List<FileSyntax>? group = groups.Find(g => g[0].Header.Name.Text == file.Header.Name.Text);
            if (group is null) groups.Add([file]);
            else group.Add(file);
        }

        foreach (FileSyntax file in groups.SelectMany(g => g)) BindValues(file);
        return new SpecModel(groups.Select(Protocol)
            .OrderBy(p => p.ExtensionType).ThenBy(p => p.Name, StringComparer.Ordinal).ToEquatableArray());
    }

    private bool HeaderIsSound(FileSyntax file)
    {
        HeaderSyntax header = file.Header;
        bool isSound = NameIsSound(file, header.Name, Names.ToPascal(header.Name.Text));
        if (header.Number is not { } number) return isSound;

        if (number.Value is 0 or > 0x7FFF)
        {
            Report(file, number, SpecRules.NumberOutOfRange, number.Text, "0x0001", "0x7fff");
            return false;
        }

        int id = (int)number.Value;
        if (id is < 0x4000 && !header.IsRegistered)
        {
            Report(file, number, SpecRules.ExtensionNumber, Hex(id, 4));
            isSound = false;
        }

        if (!_extensionNames.TryGetValue(id, out string? other)) _extensionNames.Add(id, header.Name.Text);
        else if (other != header.Name.Text)
        {
            Report(file, number, SpecRules.DuplicateProtocol, Hex(id, 4), other);
            isSound = false;
        }

        return isSound;
    }

    private ProtocolModel Protocol(List<FileSyntax> group)
    {
        HeaderSyntax header = group[0].Header;
        List<MessageModel> messages = [];
        Dictionary<int, string> numbers = [];
        foreach (FileSyntax file in group)
        {
            foreach (MessageSyntax message in file.Messages)
            {
                if (Message(file, message, numbers) is { } model) messages.Add(model);
            }
        }

        List<TlvModel> tlvs = [];
        foreach (FileSyntax file in group)
        {
            foreach (TlvSyntax tlv in file.Tlvs)
            {
                if (Tlv(file, tlv, tlvs) is { } model) tlvs.Add(model);
            }
        }

        string ns = Namespace(group[0]);
        return new ProtocolModel(
            header.Name.Text, Names.ToPascal(header.Name.Text), ns, header.Number is not null, ExtensionType(group[0]),
            header.Section, group.Select(f => f.Header.Doc).FirstOrDefault(d => d.Length > 0) ?? "",
            messages.OrderBy(m => m.Number).ToEquatableArray(),
            _values.Where(v => v.Key.StartsWith(header.Name.Text + ".", StringComparison.Ordinal)).Select(v => v.Value)
                .OrderBy(v => v.Name, StringComparer.Ordinal).ToEquatableArray(),
            tlvs.OrderBy(t => t.Number).ToEquatableArray());
    }

    private void BindValues(FileSyntax file)
    {
        foreach (ValuesSyntax syntax in file.Values)
        {
            if (!Declare(file, syntax.Name, syntax.Name.Text)) continue;
            WireType? type = syntax.Type is null ? WireType.FromName("STR0_255") : Type(file, syntax.Type);
            if (type is null) continue;
            if (syntax.Kind != ValuesKind.Codes && (type.Kind != WireKind.Unsigned || type.Size == 3))
            {
                Report(file, syntax.Type!.Name, SpecRules.ValueTypeMismatch, syntax.Name.Text, "U8, U16, U32 or U64", type.Name);
                continue;
            }

            _values.Add($"{file.Header.Name.Text}.{syntax.Name.Text}", new ValuesModel(
                syntax.Kind, syntax.Name.Text, Namespace(file), type, syntax.Section, syntax.Doc, Members(file, syntax, type)));
        }
    }

    private EquatableArray<ValueModel> Members(FileSyntax file, ValuesSyntax syntax, WireType type)
    {
        List<ValueModel> members = [];
        foreach (ValueSyntax member in syntax.Members)
        {
            string memberName = Names.ToPascal(member.Name.Text);
            ulong value = member.Number?.Value ?? 0;
            bool fits = syntax.Kind switch
            {
                ValuesKind.Flags => value < (ulong)(8 * type.Size),
                ValuesKind.Enum => value <= type.MaxValue,
                _ => member.Name.Text.Length <= type.Limit,
            };
            if (!fits)
            {
                Report(file, member.Number ?? member.Name, SpecRules.ValueOverflow, (member.Number ?? member.Name).Text, type.Name);
                continue;
            }

            if (syntax.Kind == ValuesKind.Flags) value = 1UL << (int)value;
            ValueModel? sameName = members.Find(m => m.MemberName == memberName);
            ValueModel? sameValue = syntax.Kind == ValuesKind.Codes ? null : members.Find(m => m.Value == value);
            if (sameName is not null) Report(file, member.Name, SpecRules.DuplicateValue, member.Name.Text, "name", sameName.Name);
            else if (sameValue is not null) Report(file, member.Number!, SpecRules.DuplicateValue, member.Name.Text, "number", sameValue.Name);
            else if (NameIsSound(file, member.Name, memberName)) members.Add(new ValueModel(member.Name.Text, memberName, value, member.Doc));
        }

        return members.ToEquatableArray();
    }

    private MessageModel? Message(FileSyntax file, MessageSyntax syntax, Dictionary<int, string> numbers)
    {
        string typeName = Names.ToPascal(syntax.Name.Text);
        bool isSound = NameIsSound(file, syntax.Name, typeName) && Declare(file, syntax.Name, typeName) && Declare(file, syntax.Name, typeName + "View");
        if (!InRange(file, syntax.Number, 0, 0xFF, 2)) return null;

        int number = (int)syntax.Number.Value;
        if (numbers.TryGetValue(number, out string? other))
        {
            Report(file, syntax.Number, SpecRules.DuplicateMessageType, Hex(number, 2), other, file.Header.Name.Text);
            isSound = false;
        }
        else numbers.Add(number, syntax.Name.Text);

        EquatableArray<FieldModel>? fields = Fields(file, syntax, typeName);
        if (syntax.IsChannel && (syntax.Fields.Count == 0 || syntax.Fields[0].Type.Name.Text != "U32" || syntax.Fields[0].Default is not null))
        {
            Report(file, syntax.Name, SpecRules.ChannelWithoutId, syntax.Name.Text);
            isSound = false;
        }

        if (!isSound || fields is null) return null;
        return new MessageModel(
            syntax.Name.Text, typeName, Namespace(file), file.Header.Name.Text, ExtensionType(file), number, syntax.IsChannel, syntax.Direction,
            syntax.Section, syntax.Doc, fields.Value);
    }

    private EquatableArray<FieldModel>? Fields(FileSyntax file, MessageSyntax message, string typeName)
    {
        List<FieldModel> fields = [];
        bool isSound = true;
        foreach (FieldSyntax syntax in message.Fields)
        {
            if (Field(file, message, typeName, syntax, fields) is { } field) fields.Add(field);
            else isSound = false;
        }

        return isSound ? fields.ToEquatableArray() : null;
    }

    private FieldModel? Field(FileSyntax file, MessageSyntax message, string typeName, FieldSyntax syntax, List<FieldModel> before)
    {
        string name = syntax.Name.Text;
        string propertyName = Names.ToPascal(name);
        if (before.Any(f => f.PropertyName == propertyName))
        {
            Report(file, syntax.Name, SpecRules.DuplicateField, name, message.Name.Text);
            return null;
        }

        if (propertyName == typeName || propertyName == typeName + "View" || Names.IsReservedMember(propertyName) || name.IndexOf('.') >= 0)
        {
            Report(file, syntax.Name, SpecRules.ReservedName, name, propertyName);
            return null;
        }

        if (!NameIsSound(file, syntax.Name, propertyName) || Type(file, syntax.Type) is not { } type) return null;
        if (syntax.Max is { } max)
        {
            if (type.IsFixed || type.Kind == WireKind.Option || max.Value > (ulong)type.Limit)
            {
                Report(file, max, SpecRules.PrefixTooSmall, max.Text, type.Name, type.Limit.ToString());
                return null;
            }

            type = type with { Limit = (int)max.Value };
        }

        if (!DefaultIsSound(file, syntax, type, before)) return null;

        ValuesModel? values = null;
        if (syntax.As is { } reference && (values = Values(file, reference, type)) is null) return null;
        string? enumType = values is null || values.Kind == ValuesKind.Codes ? null : $"{values.Namespace}.{values.Name}";
        return new FieldModel(name, propertyName, type, enumType, syntax.Default?.Value, syntax.Doc, values?.Members ?? default, values?.Name);
    }

    private bool DefaultIsSound(FileSyntax file, FieldSyntax syntax, WireType type, List<FieldModel> before)
    {
        string name = syntax.Name.Text;
        if (syntax.Default is not { } value)
        {
            if (before.Count == 0 || before[before.Count - 1].Default is null) return true;
            FieldModel last = before[before.Count - 1];
            Report(file, syntax.Name, SpecRules.BadDefault, last.Name, $"field '{name}' follows it and has none");
            return false;
        }

        if (type.Kind != WireKind.Unsigned)
        {
            Report(file, value, SpecRules.BadDefault, name, "only unsigned integers can");
            return false;
        }

        if (value.Value <= type.MaxValue) return true;
        Report(file, value, SpecRules.ValueOverflow, value.Text, type.Name);
        return false;
    }

    private ValuesModel? Values(FileSyntax file, Token reference, WireType type)
    {
        string name = reference.Text.IndexOf('.') < 0 ? $"{file.Header.Name.Text}.{reference.Text}" : reference.Text;
        if (!_values.TryGetValue(name, out ValuesModel? values))
        {
            Report(file, reference, SpecRules.UnknownReference, reference.Text);
            return null;
        }

        bool matches = values.Kind == ValuesKind.Codes ? type.Kind == WireKind.Text : type.Name == values.Type.Name;
        if (matches) return values;
        Report(file, reference, SpecRules.ValueTypeMismatch, reference.Text, values.Type.Name, type.Name);
        return null;
    }

    private TlvModel? Tlv(FileSyntax file, TlvSyntax syntax, List<TlvModel> before)
    {
        if (file.Header.Number is null)
        {
            Report(file, syntax.Name, SpecRules.WrongPlace, "Only an extension can add TLVs to messages.");
            return null;
        }

        string typeName = Names.ToPascal(syntax.Name.Text) + "Tlv";
        bool isSound = NameIsSound(file, syntax.Name, typeName) && Declare(file, syntax.Name, typeName);
        if (!InRange(file, syntax.Number, 0, 0xFF, 2)) return null;
        int number = (int)syntax.Number.Value;
        if (before.Find(t => t.Number == number) is { } other)
        {
            Report(file, syntax.Number, SpecRules.DuplicateTlv, Hex(number, 2), other.Name);
            isSound = false;
        }

        if (!MessageExists(syntax.On.Text, file))
        {
            Report(file, syntax.On, SpecRules.UnknownReference, syntax.On.Text);
            isSound = false;
        }

        if (TlvValue(file, syntax) is not { } type || !TlvLengthsAreSound(file, syntax, type) || !isSound) return null;
        int min = type.IsFixed ? type.Size : (int)(syntax.Min?.Value ?? 0);
        int max = type.IsFixed ? type.Size : (int)syntax.Max!.Value;
        return new TlvModel(
            syntax.Name.Text, typeName, Namespace(file), file.Header.Name.Text, ExtensionType(file), number, syntax.On.Text, type with { Limit = type.IsFixed ? 0 : max },
            min, max, null, syntax.Section, syntax.Doc);
    }

    // TEXT and BYTES take all of the TLV, so they have no prefix of their own.
    private WireType? TlvValue(FileSyntax file, TlvSyntax syntax)
    {
        if (syntax.Type.Name.Text == "TEXT") return new WireType("TEXT", WireKind.Text, 0, Tlv16);
        if (syntax.Type is { Name.Text: "BYTES", Size: null, Element: null }) return new WireType("BYTES", WireKind.Bytes, 0, Tlv16);
        if (Type(file, syntax.Type) is not { } type) return null;
        if (type.IsFixed) return type;
        Report(file, syntax.Type.Name, SpecRules.BadElement, type.Name, "tlv");
        return null;
    }

    private const int Tlv16 = ushort.MaxValue;

    private bool TlvLengthsAreSound(FileSyntax file, TlvSyntax syntax, WireType type)
    {
        string? fault =
            type.IsFixed && (syntax.Min ?? syntax.Max) is not null ? $"{type.Name} always takes {type.Size} bytes, so it has no 'min' or 'max'."
            : type.IsFixed ? null
            : syntax.Max is null ? $"A {type.Name} value needs 'max', its largest length in bytes."
            : syntax.Max.Value > Tlv16 ? $"{syntax.Max.Text} does not fit the TLV's 16-bit length."
            : syntax.Min is not null && syntax.Min.Value > syntax.Max.Value ? $"'min {syntax.Min.Text}' is above 'max {syntax.Max.Text}'."
            : null;
        if (fault is null) return true;
        Report(file, syntax.Max ?? syntax.Min ?? syntax.Type.Name, SpecRules.TlvLength, fault);
        return false;
    }

    // Core protocols may be outside the compilation (a user's project sees only its own files); then their names are taken on trust.
    private bool MessageExists(string reference, FileSyntax from)
    {
        int dot = reference.IndexOf('.');
        string protocol = dot < 0 ? from.Header.Name.Text : reference.Substring(0, dot);
        string message = dot < 0 ? reference : reference.Substring(dot + 1);
        List<FileSyntax> declaring = files.FindAll(f => f.Header.Name.Text == protocol);
        if (declaring.Count == 0) return CoreProtocols.Contains(protocol);
        return declaring.Exists(f => f.Messages.Exists(m => m.Name.Text == message));
    }

    private WireType? Type(FileSyntax file, TypeSyntax syntax)
    {
        string name = syntax.Name.Text;
        if (name == "BYTES" && syntax.Size is { } size)
            return InRange(file, size, 1, 0xFFFF, 0) ? new WireType($"BYTES[{size.Text}]", WireKind.FixedBytes, (int)size.Value) : null;

        if (WireType.TakesElement(name) != syntax.Element is not null || syntax.Size is not null)
        {
            Report(file, syntax.Name, SpecRules.UnknownType, Shown(syntax));
            return null;
        }

        if (syntax.Element is null)
        {
            WireType? type = WireType.FromName(name);
            if (type is null) Report(file, syntax.Name, SpecRules.UnknownType, name);
            return type;
        }

        if (Type(file, syntax.Element) is not { } element) return null;
        if (WireType.CanHold(name, element)) return WireType.WithElement(name, element);
        Report(file, syntax.Element.Name, SpecRules.BadElement, element.Name, name);
        return null;
    }

    private static string Shown(TypeSyntax type) =>
        type.Name.Text + (type.Element is { } element ? $"[{Shown(element)}]" : type.Size is { } size ? $"[{size.Text}]" : "");

    private bool NameIsSound(FileSyntax file, Token name, string dotnetName)
    {
        if (Names.IsIdentifier(dotnetName)) return true;
        Report(file, name, SpecRules.ReservedName, name.Text, dotnetName);
        return false;
    }

    // Type names must be unique in their namespace, whatever kind of declaration they come from. Case does not count, because
    // each type becomes a file.
    private bool Declare(FileSyntax file, Token name, string typeName)
    {
        string ns = Namespace(file);
        if (!_typeNames.TryGetValue(ns, out HashSet<string>? names)) _typeNames.Add(ns, names = OwnTypes(file));
        if (names.Add(typeName)) return true;
        Report(file, name, SpecRules.DuplicateName, name.Text, typeName);
        return false;
    }

    // What the generator adds to every protocol.
    private static HashSet<string> OwnTypes(FileSyntax file)
    {
        string name = Names.ToPascal(file.Header.Name.Text);
        return new HashSet<string>(StringComparer.OrdinalIgnoreCase) { $"{name}Dispatcher", $"{name}Messages", $"I{name}ServerHandler", $"I{name}ClientHandler", $"{name}Extension" };
    }

    private bool InRange(FileSyntax file, Token number, ulong min, ulong max, int hexDigits)
    {
        if (number.Value >= min && number.Value <= max) return true;
        string Show(ulong value) => hexDigits == 0 ? value.ToString() : Hex((int)value, hexDigits);
        Report(file, number, SpecRules.NumberOutOfRange, number.Text, Show(min), Show(max));
        return false;
    }

    private string Namespace(FileSyntax file) =>
        file.Header.Namespace ?? $"{rootNamespace}.{(file.Header.Number is null ? "" : "Extensions.")}{Names.ToPascal(file.Header.Name.Text)}";

    private static int ExtensionType(FileSyntax file) => (int)(file.Header.Number?.Value ?? 0);

    private static string Hex(int value, int digits) => "0x" + value.ToString("x" + digits);

    private void Report(FileSyntax file, Token at, SpecRule rule, params string[] arguments) => diagnostics.Add(rule.At(file.Path, at.Span, arguments));
}
