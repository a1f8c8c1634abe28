using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Sv2.Generators.Emitter;
using Sv2.Generators.Model;
using Sv2.Spec;
using Sv2.Spec.Model;

namespace Sv2.Generators.Parser;

/// <summary>An extension that a user declared with attributes.</summary>
/// <param name="FullName">Full name of the class.</param>
/// <param name="Namespace">Its namespace; may be empty.</param>
/// <param name="TypeName">Its name.</param>
/// <param name="Number">The extension's number.</param>
/// <param name="Name">The extension's name in snake_case.</param>
/// <param name="Summary">Summary of its documentation comment.</param>
internal sealed record ExtensionShape(string FullName, string Namespace, string TypeName, int Number, string Name, string Summary);

/// <summary>A message or TLV that a user declared with attributes, and the extension it belongs to.</summary>
internal sealed record Declared<T>(string Extension, string FullName, T Node) where T : IEquatable<T>;

/// <summary>
/// Reads types marked with the extension authors' attributes. The only place that sees symbols: the generator takes the
/// models it makes, the analyzer the diagnostics it reports.
/// </summary>
internal sealed class ExtensionParser(Action<Diagnostic> report)
{
    /// <summary>Metadata names of the attributes.</summary>
    public const string ExtensionAttribute = "Sv2.Protocol.Sv2ExtensionAttribute";

    /// <inheritdoc cref="ExtensionAttribute"/>
    public const string MessageAttribute = "Sv2.Protocol.Sv2MessageAttribute";

    /// <inheritdoc cref="ExtensionAttribute"/>
    public const string TlvAttribute = "Sv2.Protocol.Sv2TlvAttribute";

    private const string FieldAttribute = "Sv2.Protocol.Sv2FieldAttribute";

    private static readonly SymbolDisplayFormat FullName =
        SymbolDisplayFormat.FullyQualifiedFormat.WithGlobalNamespaceStyle(SymbolDisplayGlobalNamespaceStyle.Omitted);

    private bool _isSound = true;

    /// <summary>Reads a class marked as extension; null when it has a mistake.</summary>
    public ExtensionShape? Extension(INamedTypeSymbol type)
    {
        if (Find(type, ExtensionAttribute) is not { } attribute || Arguments(attribute, 2) is not { } arguments) return null;
        int number = (ushort)arguments[0].Value!;
        string name = arguments[1].Value as string ?? "";
        Location at = LocationOf(attribute, type);
        CheckPartial(type);
        if (!type.IsStatic || type.ContainingType is not null || type.IsGenericType)
            Report(ExtensionRules.WrongShape, LocationOf(type), type.Name, "must be a static partial class outside other types");
        if (number is 0 or > 0x7FFF || (number < 0x4000 && Named(attribute, "IsRegistered") is not true)) Report(ExtensionRules.ExtensionNumber, at, number);
        if (!Names.IsIdentifier(name)) Report(ExtensionRules.ReservedName, at, name, "an extension's name consists of letters, digits and underscores");
        return _isSound ? new ExtensionShape(type.ToDisplayString(FullName), NamespaceOf(type), type.Name, number, name, Summary(type)) : null;
    }

    /// <summary>Reads a type marked as message; null when it has a mistake.</summary>
    public Declared<MessageNode>? Message(INamedTypeSymbol type)
    {
        if (Find(type, MessageAttribute) is not { } attribute || Arguments(attribute, 3) is not { } arguments) return null;
        ExtensionShape? extension = ExtensionOf(arguments[0], attribute, type);
        CheckPartial(type);
        CheckRecordStruct(type);
        EquatableArray<FieldModel> fields = Fields(type);
        bool isChannel = Named(attribute, "Channel") is true;
        if (isChannel && (fields.Count == 0 || fields[0].Type.Name != "U32" || fields[0].EnumType is not null))
            Report(ExtensionRules.ChannelWithoutId, LocationOf(type), type.Name);
        if (!_isSound || extension is null) return null;

        MessageModel message = new(
            Named(attribute, "Name") as string ?? type.Name, type.Name, NamespaceOf(type), extension.Name, extension.Number, (byte)arguments[1].Value!,
            isChannel, (Direction)(int)arguments[2].Value!, "", Summary(type), fields);
        return new(extension.FullName, type.ToDisplayString(FullName), new MessageNode(message, false, AccessibilityOf(type), Containers(type)));
    }

    /// <summary>Reads a type marked as TLV; null when it has a mistake.</summary>
    public Declared<TlvNode>? Tlv(INamedTypeSymbol type)
    {
        if (Find(type, TlvAttribute) is not { } attribute || Arguments(attribute, 3) is not { } arguments) return null;
        ExtensionShape? extension = ExtensionOf(arguments[0], attribute, type);
        CheckPartial(type);
        CheckRecordStruct(type);
        IPropertySymbol? value = type.GetMembers("Value").OfType<IPropertySymbol>().FirstOrDefault();
        if (value?.SetMethod is null)
        {
            Report(ExtensionRules.WrongShape, LocationOf(type), type.Name, "must have a property Value with an init accessor");
            return null;
        }

        int min = Named(attribute, "MinLength") as int? ?? 0;
        int max = Named(attribute, "MaxLength") as int? ?? 0;
        if (TlvType(value, min, max, LocationOf(attribute, type), type) is not { } wire || !_isSound || extension is null) return null;

        if (wire.IsFixed) min = max = wire.Size;
        string? message = (arguments[2].Value as INamedTypeSymbol)?.Name;
        TlvModel tlv = new(
            Names.ToSnake(type.Name), type.Name, NamespaceOf(type), extension.Name, extension.Number, (byte)arguments[1].Value!, message ?? "", wire, min, max,
            EnumName(value.Type), "", Summary(type));
        return new(extension.FullName, type.ToDisplayString(FullName), new TlvNode(tlv, false, Containers(type)));
    }

    // Text and bytes take the whole TLV and need bounds; anything else has its one length.
    private WireType? TlvType(IPropertySymbol value, int min, int max, Location at, INamedTypeSymbol type)
    {
        string shown = value.Type.ToDisplayString(FullName);
        if (shown is not ("Sv2.Protocol.Text" or "Sv2.Protocol.ByteString"))
        {
            if (min != 0 || max != 0) Report(ExtensionRules.TlvLength, at, type.Name, $"a {shown} always has the same length, so MinLength and MaxLength must not be set");
            if (DefaultWireType(value.Type) is { IsFixed: true } wire) return wire;
            Report(ExtensionRules.UnsupportedFieldType, LocationOf(value), value.Name, $"{shown} cannot be the value of a TLV");
            return null;
        }

        if (min >= 0 && max is > 0 and <= 0xFFFF && min <= max)
            return shown == "Sv2.Protocol.Text" ? new("TEXT", WireKind.Text, 0, max) : new("BYTES", WireKind.Bytes, 0, max);
        Report(ExtensionRules.TlvLength, at, type.Name, $"MinLength {min} and MaxLength {max} must satisfy 0 <= MinLength <= MaxLength, and MaxLength lie in 1 to 65535");
        return null;
    }

    private ExtensionShape? ExtensionOf(TypedConstant argument, AttributeData attribute, INamedTypeSymbol type)
    {
        // The extension's own mistakes are reported where it stands.
        if (argument.Value is INamedTypeSymbol symbol && SymbolEqualityComparer.Default.Equals(symbol.ContainingAssembly, type.ContainingAssembly)
            && Find(symbol, ExtensionAttribute) is not null)
            return new ExtensionParser(static _ => { }).Extension(symbol);
        Report(ExtensionRules.NotAnExtension, LocationOf(attribute, type), (argument.Value as ISymbol)?.Name ?? "null");
        return null;
    }

    private EquatableArray<FieldModel> Fields(INamedTypeSymbol type)
    {
        List<(int Order, FieldModel Field)> fields = [];
        HashSet<int> orders = [];
        foreach (IPropertySymbol property in type.GetMembers().OfType<IPropertySymbol>().Where(p => !p.IsStatic && !p.IsImplicitlyDeclared))
        {
            if (Find(property, FieldAttribute) is not { } attribute || Arguments(attribute, 2) is not { } arguments)
            {
                if (property.SetMethod is not null) Report(ExtensionRules.UnmarkedProperty, LocationOf(property), property.Name);
                continue;
            }

            int order = (int)arguments[0].Value!;
            if (!orders.Add(order)) Report(ExtensionRules.FieldOrder, LocationOf(attribute, property), type.Name, "n", $"{order} is taken twice");
            if (property.SetMethod is null) Report(ExtensionRules.WrongShape, LocationOf(property), property.Name, "must have an init accessor to be a field");
            if (Names.IsReservedMember(property.Name) || property.Name == type.Name)
                Report(ExtensionRules.ReservedName, LocationOf(property), property.Name, "generated code needs it for itself");
            if (Field(property, attribute, arguments[1].Value as string) is { } field) fields.Add((order, field));
        }

        if (_isSound && fields.Exists(f => f.Order < 0 || f.Order >= fields.Count))
        {
            int missing = Enumerable.Range(0, fields.Count).First(i => !orders.Contains(i));
            Report(ExtensionRules.FieldOrder, LocationOf(type), type.Name, fields.Count - 1, $"{missing} is missing");
        }

        return fields.OrderBy(f => f.Order).Select(f => f.Field).ToEquatableArray();
    }

    private FieldModel? Field(IPropertySymbol property, AttributeData attribute, string? wireName)
    {
        string shown = property.Type.ToDisplayString(FullName);
        Location at = LocationOf(property);
        WireType? wire = wireName is null ? DefaultWireType(property.Type) : WireType.Parse(wireName);
        if (wire is null)
        {
            Report(ExtensionRules.UnsupportedFieldType, at, property.Name, wireName is null
                ? $"{shown} has no wire type of its own; name one, such as [Sv2Field(0, \"B0_255\")]"
                : $"'{wireName}' is not a type of the wire");
            return null;
        }

        if (Named(attribute, "Max") is int max and not 0)
        {
            if (wire.IsFixed || wire.Kind == WireKind.Option || max < 0 || max > wire.Limit)
            {
                Report(ExtensionRules.UnsupportedFieldType, at, property.Name, $"Max {max} does not fit {wire.Name}");
                return null;
            }

            wire = wire with { Limit = max };
        }

        string name = Named(attribute, "Name") as string ?? Names.ToSnake(property.Name);
        FieldModel field = new(name, property.Name, wire, EnumName(property.Type), null, Summary(property), default, null);
        string expected = FieldCode.Owned(field);
        bool fits = field.EnumType is null
            ? property.Type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat) == expected
            : wire.Kind == WireKind.Unsigned && DefaultWireType(property.Type)?.Size == wire.Size;
        if (fits) return field;
        Report(ExtensionRules.UnsupportedFieldType, at, property.Name, $"{wire.Name} is a {expected.Replace("global::", "")}, not a {shown}");
        return null;
    }

    private static WireType? DefaultWireType(ITypeSymbol type) => type switch
    {
        INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable =>
            nullable.TypeArguments[0].TypeKind != TypeKind.Enum && DefaultWireType(nullable.TypeArguments[0]) is { IsScalar: true } element
                ? WireType.WithElement("OPTION", element) : null,
        INamedTypeSymbol { EnumUnderlyingType: { } underlying } => DefaultWireType(underlying),
        _ => type.ToDisplayString(FullName) switch
        {
            "bool" => WireType.FromName("BOOL"),
            "byte" => WireType.FromName("U8"),
            "ushort" => WireType.FromName("U16"),
            "uint" => WireType.FromName("U32"),
            "ulong" => WireType.FromName("U64"),
            "float" => WireType.FromName("F32"),
            "Sv2.Protocol.U256" => WireType.FromName("U256"),
            "Sv2.Protocol.Text" => WireType.FromName("STR0_255"),
            _ => null,
        },
    };

    private static string? EnumName(ITypeSymbol type) => type.TypeKind == TypeKind.Enum ? type.ToDisplayString(FullName) : null;

    private void CheckPartial(INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? current = type; current is not null; current = current.ContainingType)
        {
            bool isPartial = current.DeclaringSyntaxReferences
                .All(r => r.GetSyntax() is TypeDeclarationSyntax declaration && declaration.Modifiers.Any(m => m.Text == "partial"));
            if (!isPartial) Report(ExtensionRules.NotPartial, LocationOf(current), current.Name);
        }
    }

    private void CheckRecordStruct(INamedTypeSymbol type)
    {
        if (!type.IsRecord || !type.IsValueType || !type.IsReadOnly || type.IsGenericType || type.ContainingType is { IsGenericType: true })
            Report(ExtensionRules.WrongShape, LocationOf(type), type.Name, "must be a readonly partial record struct without type parameters");
        for (INamedTypeSymbol? current = type; current is not null; current = current.ContainingType)
        {
            if (current.DeclaredAccessibility is not (Accessibility.Public or Accessibility.Internal))
                Report(ExtensionRules.WrongShape, LocationOf(current), current.Name, "must be public or internal, because the dispatcher names it");
        }
    }

    private static EquatableArray<string> Containers(INamedTypeSymbol type)
    {
        List<string> containers = [];
        for (INamedTypeSymbol? current = type.ContainingType; current is not null; current = current.ContainingType)
        {
            string kind = current switch
            {
                { TypeKind: TypeKind.Interface } => "interface",
                { IsRecord: true, IsValueType: true } => "record struct",
                { IsRecord: true } => "record",
                { IsValueType: true } => "struct",
                _ => "class",
            };
            containers.Insert(0, $"{kind} {current.Name}");
        }

        return containers.ToEquatableArray();
    }

    private static string AccessibilityOf(INamedTypeSymbol type) => type.DeclaredAccessibility == Accessibility.Public ? "public" : "internal";

    private static string NamespaceOf(INamedTypeSymbol type) => type.ContainingNamespace.IsGlobalNamespace ? "" : type.ContainingNamespace.ToDisplayString();

    // Documentation is there only where the project has its comments parsed.
    private static string Summary(ISymbol symbol)
    {
        Match match = Regex.Match(symbol.GetDocumentationCommentXml() ?? "", "<summary>(.*?)</summary>", RegexOptions.Singleline);
        string text = Regex.Replace(match.Groups[1].Value, "<[^>]*cref=\"(?:.:)?([^\"]*)\"[^>]*/>", "$1");
        text = Regex.Replace(text, "<[^>]*>", "");
        return Regex.Replace(text, @"\s+", " ").Trim().Replace("&lt;", "<").Replace("&gt;", ">").Replace("&amp;", "&");
    }

    private static AttributeData? Find(ISymbol symbol, string name) =>
        symbol.GetAttributes().FirstOrDefault(a => a.AttributeClass?.ToDisplayString() == name);

    // Code that is being typed may lack arguments; the compiler reports that.
    private static IReadOnlyList<TypedConstant>? Arguments(AttributeData attribute, int count) =>
        attribute.ConstructorArguments.Length == count && attribute.ConstructorArguments.All(a => a.Kind != TypedConstantKind.Error)
            ? attribute.ConstructorArguments : null;

    private static object? Named(AttributeData attribute, string name) => attribute.NamedArguments.FirstOrDefault(a => a.Key == name).Value.Value;

    private static Location LocationOf(ISymbol symbol) => symbol.Locations.FirstOrDefault() ?? Location.None;

    private static Location LocationOf(AttributeData attribute, ISymbol symbol) => attribute.ApplicationSyntaxReference is { } reference
        ? Location.Create(reference.SyntaxTree, reference.Span) : LocationOf(symbol);

    private void Report(DiagnosticDescriptor rule, Location at, params object[] arguments)
    {
        _isSound = false;
        report(Diagnostic.Create(rule, at, arguments));
    }
}
