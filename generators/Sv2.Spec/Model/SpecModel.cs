using System.Linq;

namespace Sv2.Spec.Model;

// What the specification files say, checked and without places in files: two compilations of the same text give equal
// models, so that whatever is made from a part of the model is made again only when that part changes.

/// <summary>Who sends a message. The numbers are those of the SDK's enumeration of the same meaning.</summary>
public enum Direction
{
    /// <summary>The client.</summary>
    ClientToServer = 1,

    /// <summary>The server.</summary>
    ServerToClient = 2,

    /// <summary>Either side.</summary>
    Both = 3,
}

/// <summary>What a value list names.</summary>
public enum ValuesKind
{
    /// <summary>Values of an enumeration.</summary>
    Enum,

    /// <summary>Bits of a set of flags.</summary>
    Flags,

    /// <summary>Texts of an error code field.</summary>
    Codes,
}

/// <summary>All protocols and extensions of a compilation, in a fixed order.</summary>
/// <param name="Protocols">Core protocols by name, then extensions by number.</param>
public sealed record SpecModel(EquatableArray<ProtocolModel> Protocols);

/// <summary>A protocol or an extension.</summary>
/// <param name="Name">Name in snake_case, such as <c>job_declaration</c>.</param>
/// <param name="TypeName">Name in .NET casing, such as <c>JobDeclaration</c>.</param>
/// <param name="Namespace">.NET namespace of its types.</param>
/// <param name="IsExtension">Whether it is an extension.</param>
/// <param name="ExtensionType">The extension's number; 0 for core protocols.</param>
/// <param name="Section">Section of the specification; may be empty.</param>
/// <param name="Summary">What it is for.</param>
/// <param name="Messages">Messages by number.</param>
/// <param name="Values">Enumerations, flags and codes by name.</param>
/// <param name="Tlvs">TLVs by number.</param>
public sealed record ProtocolModel(
    string Name, string TypeName, string Namespace, bool IsExtension, int ExtensionType, string Section, string Summary,
    EquatableArray<MessageModel> Messages, EquatableArray<ValuesModel> Values, EquatableArray<TlvModel> Tlvs);

/// <summary>A message, with all that is needed to write its code.</summary>
/// <param name="Name">Name as the specification spells it, such as <c>SubmitShares.Success</c>.</param>
/// <param name="TypeName">Name of the .NET type, such as <c>SubmitSharesSuccess</c>.</param>
/// <param name="Namespace">.NET namespace.</param>
/// <param name="Protocol">Name of the protocol or extension.</param>
/// <param name="ExtensionType">The extension's number; 0 for core protocols.</param>
/// <param name="Number">The message's number.</param>
/// <param name="IsChannel">Whether it is sent with the channel bit.</param>
/// <param name="Direction">Who sends it.</param>
/// <param name="Section">Section of the specification; may be empty.</param>
/// <param name="Summary">What it is for.</param>
/// <param name="Fields">Fields in wire order.</param>
public sealed record MessageModel(
    string Name, string TypeName, string Namespace, string Protocol, int ExtensionType, int Number, bool IsChannel, Direction Direction,
    string Section, string Summary, EquatableArray<FieldModel> Fields)
{
    /// <summary>Bytes of the shortest payload.</summary>
    public int MinLength => Fields.Sum(f => f.Default is null ? f.Type.Size : 0);

    /// <summary>Whether all payloads have the same length.</summary>
    public bool IsFixed => !Fields.Any(f => f.IsVariable);
}

/// <summary>A field of a message.</summary>
/// <param name="Name">Name as the specification spells it.</param>
/// <param name="PropertyName">Name of the .NET property.</param>
/// <param name="Type">Type on the wire.</param>
/// <param name="EnumType">Full name of the enumeration the property has instead of a number; null for most fields.</param>
/// <param name="Default">What a missing trailing field reads as; null when it must be there.</param>
/// <param name="Summary">What it holds.</param>
/// <param name="Values">Names of values, flags or codes; empty for most fields.</param>
/// <param name="ValuesName">Name of the list they come from; null for most fields.</param>
public sealed record FieldModel(
    string Name, string PropertyName, WireType Type, string? EnumType, ulong? Default, string Summary, EquatableArray<ValueModel> Values, string? ValuesName)
{
    /// <summary>Whether payloads differ in the bytes this field takes.</summary>
    public bool IsVariable => !Type.IsFixed || Default is not null;
}

/// <summary>An enumeration, flags, or codes.</summary>
/// <param name="Kind">What is named.</param>
/// <param name="Name">Name of the .NET type.</param>
/// <param name="Namespace">.NET namespace.</param>
/// <param name="Type">Type on the wire.</param>
/// <param name="Section">Section of the specification; may be empty.</param>
/// <param name="Summary">What it is for.</param>
/// <param name="Members">Members in the order of the file.</param>
public sealed record ValuesModel(
    ValuesKind Kind, string Name, string Namespace, WireType Type, string Section, string Summary, EquatableArray<ValueModel> Members);

/// <summary>A member of a value list.</summary>
/// <param name="Name">Name as the specification spells it.</param>
/// <param name="MemberName">Name of the .NET member.</param>
/// <param name="Value">The number; for flags the mask; 0 for codes.</param>
/// <param name="Summary">What it means.</param>
public sealed record ValueModel(string Name, string MemberName, ulong Value, string Summary);

/// <summary>A TLV of an extension.</summary>
/// <param name="Name">Name as the specification spells it.</param>
/// <param name="TypeName">Name of the .NET type.</param>
/// <param name="Namespace">.NET namespace.</param>
/// <param name="Extension">Name of the extension.</param>
/// <param name="ExtensionType">The extension's number.</param>
/// <param name="Number">Number of the TLV in the extension.</param>
/// <param name="Message">Message it may follow, such as <c>mining.SubmitSharesExtended</c>.</param>
/// <param name="Type">Type of the value: a scalar, or <c>TEXT</c> or <c>BYTES</c> without prefix.</param>
/// <param name="MinLength">Fewest bytes of the value.</param>
/// <param name="MaxLength">Most bytes of the value.</param>
/// <param name="EnumType">Full name of the enumeration the value has instead of a number; null for most.</param>
/// <param name="Section">Section of the specification; may be empty.</param>
/// <param name="Summary">What it holds.</param>
public sealed record TlvModel(
    string Name, string TypeName, string Namespace, string Extension, int ExtensionType, int Number, string Message, WireType Type,
    int MinLength, int MaxLength, string? EnumType, string Section, string Summary);
