using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Sv2.Generators.Parser;

/// <summary>Every kind of mistake in types that are marked with the extension authors' attributes, and in the use of views.</summary>
internal static class ExtensionRules
{
    /// <summary>The generator cannot add to the type.</summary>
    public static DiagnosticDescriptor NotPartial { get; } = Rule(
        "SV2A001", "Type is not partial", "'{0}' must be partial, and so must every type around it, so that its wire code can be added.");

    /// <summary>The type is not of the kind that the attribute is for.</summary>
    public static DiagnosticDescriptor WrongShape { get; } = Rule("SV2A002", "Wrong kind of type", "'{0}' {1}.");

    /// <summary>The property's type has no place on the wire, or not as the wire type it is given.</summary>
    public static DiagnosticDescriptor UnsupportedFieldType { get; } = Rule("SV2A003", "Unsupported field type", "Field '{0}': {1}.");

    /// <summary>Two extensions, messages or TLVs share a number.</summary>
    public static DiagnosticDescriptor DuplicateNumber { get; } = Rule("SV2A004", "Duplicate number", "{0} {1} is already taken by '{2}'.", isCompilationEnd: true);

    /// <summary>The extension's number is not free for experiments.</summary>
    public static DiagnosticDescriptor ExtensionNumber { get; } = Rule(
        "SV2A005", "Extension number not experimental", "Extension 0x{0:x4} lies outside 0x4000 to 0x7fff; set IsRegistered when the public registry lists it.");

    /// <summary>The type given as extension is none.</summary>
    public static DiagnosticDescriptor NotAnExtension { get; } = Rule(
        "SV2A006", "Not an extension", "'{0}' is not a class of this project that is marked with [Sv2Extension].");

    /// <summary>The places of the fields have a gap or a repetition.</summary>
    public static DiagnosticDescriptor FieldOrder { get; } = Rule("SV2A007", "Field order has a gap", "Fields of '{0}' must be numbered 0 to {1}; {2}.");

    /// <summary>A channel message that does not begin with a channel id.</summary>
    public static DiagnosticDescriptor ChannelWithoutId { get; } = Rule(
        "SV2A008", "Channel message without channel id", "'{0}' is a channel message, so its first field must be a uint channel id.");

    /// <summary>A TLV whose lengths cannot be.</summary>
    public static DiagnosticDescriptor TlvLength { get; } = Rule("SV2A009", "TLV length out of range", "'{0}': {1}.");

    /// <summary>A name that generated code needs for itself.</summary>
    public static DiagnosticDescriptor ReservedName { get; } = Rule("SV2A010", "Reserved name", "'{0}' cannot be used as a name here: {1}.");

    /// <summary>A property that would be lost on the wire.</summary>
    public static DiagnosticDescriptor UnmarkedProperty { get; } = Rule(
        "SV2A011", "Property is not on the wire", "Property '{0}' of a message needs [Sv2Field], or must have no setter.");

    /// <summary>A view or message used without knowing whether it was read.</summary>
    public static DiagnosticDescriptor ReadResultIgnored { get; } = Rule(
        "SV2A012", "Result of reading is ignored", "'{0}' tells whether the payload holds the message; test it before using what it gives.");

    /// <summary>All rules, in the order of their ids.</summary>
    public static ImmutableArray<DiagnosticDescriptor> All { get; } =
    [
        NotPartial, WrongShape, UnsupportedFieldType, DuplicateNumber, ExtensionNumber, NotAnExtension, FieldOrder, ChannelWithoutId, TlvLength,
        ReservedName, UnmarkedProperty, ReadResultIgnored,
    ];

    private static DiagnosticDescriptor Rule(string id, string title, string message, bool isCompilationEnd = false) => new(
        id, title, message, "Sv2.Protocol", DiagnosticSeverity.Error, isEnabledByDefault: true, helpLinkUri: $"docs/diagnostics/{id}.md",
        customTags: isCompilationEnd ? [WellKnownDiagnosticTags.CompilationEnd] : []);
}
