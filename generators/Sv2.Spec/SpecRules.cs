using System.Collections.Generic;

namespace Sv2.Spec;

/// <summary>Every kind of mistake a specification file can hold.</summary>
public static class SpecRules
{
    /// <summary>A character that begins nothing in the language.</summary>
    public static SpecRule UnexpectedCharacter { get; } = new("SV2G001", "Unexpected character", "Character '{0}' has no meaning here.");

    /// <summary>A string without its closing quote.</summary>
    public static SpecRule UnterminatedString { get; } = new("SV2G002", "Unterminated string", "The string has no closing quote on its line.");

    /// <summary>Digits that make no number.</summary>
    public static SpecRule BadNumber { get; } = new("SV2G003", "Malformed number", "'{0}' is not a number; write decimal digits, or 0x and hexadecimal digits.");

    /// <summary>Something else was expected.</summary>
    public static SpecRule UnexpectedToken { get; } = new("SV2G004", "Syntax error", "Expected {0}, found {1}.");

    /// <summary>The file does not begin with its protocol or extension.</summary>
    public static SpecRule MissingHeader { get; } = new("SV2G005", "Missing protocol or extension", "The file must begin with 'protocol name' or 'extension number name', found {0}.");

    /// <summary>A type the wire does not have.</summary>
    public static SpecRule UnknownType { get; } = new("SV2G006", "Unknown type", "'{0}' is not a type of the wire.");

    /// <summary>A type that cannot stand inside another.</summary>
    public static SpecRule BadElement { get; } = new("SV2G007", "Unsupported element type", "'{0}' cannot be the element of '{1}'.");

    /// <summary>Two messages of a protocol share a number.</summary>
    public static SpecRule DuplicateMessageType { get; } = new("SV2G008", "Duplicate message type", "Message type {0} is already taken by {1} in {2}.");

    /// <summary>Two declarations would make the same .NET type.</summary>
    public static SpecRule DuplicateName { get; } = new("SV2G009", "Duplicate name", "'{0}' is already declared; both would become the type {1}.");

    /// <summary>Two fields of a message share a name.</summary>
    public static SpecRule DuplicateField { get; } = new("SV2G010", "Duplicate field", "Field '{0}' is already declared in {1}.");

    /// <summary>A name that generated code needs for itself, or that is no name at all.</summary>
    public static SpecRule ReservedName { get; } = new("SV2G011", "Reserved name", "'{0}' cannot be used: it would become '{1}', which generated code needs for itself.");

    /// <summary>A number that its place cannot hold.</summary>
    public static SpecRule NumberOutOfRange { get; } = new("SV2G012", "Number out of range", "{0} is outside {1} to {2}.");

    /// <summary>A bound that the length prefix cannot express.</summary>
    public static SpecRule PrefixTooSmall { get; } = new("SV2G013", "Length prefix too small", "'max {0}' does not fit the length prefix of {1}, which goes to {2}.");

    /// <summary>A channel message that does not begin with a channel id.</summary>
    public static SpecRule ChannelWithoutId { get; } = new("SV2G014", "Channel message without channel id", "{0} is a channel message, so its first field must be a U32 channel id.");

    /// <summary>A value that its enumeration's type cannot hold.</summary>
    public static SpecRule ValueOverflow { get; } = new("SV2G015", "Value does not fit its type", "'{0}' does not fit {1}.");

    /// <summary>Two members of an enumeration, flags or codes share a name or a number.</summary>
    public static SpecRule DuplicateValue { get; } = new("SV2G016", "Duplicate value", "'{0}' repeats the {1} of '{2}'.");

    /// <summary>A TLV whose lengths cannot be.</summary>
    public static SpecRule TlvLength { get; } = new("SV2G017", "TLV length out of range", "{0}");

    /// <summary>Two TLVs of an extension share a number.</summary>
    public static SpecRule DuplicateTlv { get; } = new("SV2G018", "Duplicate TLV", "TLV field type {0} is already taken by '{1}'.");

    /// <summary>A name that nothing declares.</summary>
    public static SpecRule UnknownReference { get; } = new("SV2G019", "Unknown name", "'{0}' is not declared.");

    /// <summary>A default on a field that must be there.</summary>
    public static SpecRule BadDefault { get; } = new("SV2G020", "Default not possible", "Field '{0}' cannot have a default: {1}.");

    /// <summary>A value list on a field of another type.</summary>
    public static SpecRule ValueTypeMismatch { get; } = new("SV2G021", "Values of another type", "'{0}' describes values of {1}, the field is {2}.");

    /// <summary>An extension number outside the experimental range.</summary>
    public static SpecRule ExtensionNumber { get; } = new("SV2G022", "Extension number not experimental", "Extension {0} lies outside 0x4000 to 0x7fff; write 'registered' after its name when the public registry lists it.");

    /// <summary>Two extensions share a number, or two protocols disagree.</summary>
    public static SpecRule DuplicateProtocol { get; } = new("SV2G023", "Duplicate extension number", "Extension {0} is already declared as '{1}'.");

    /// <summary>A file that could not be read.</summary>
    public static SpecRule UnreadableFile { get; } = new("SV2G024", "Unreadable file", "The file could not be read.");

    /// <summary>A declaration that its kind of file cannot hold.</summary>
    public static SpecRule WrongPlace { get; } = new("SV2G025", "Declaration in the wrong place", "{0}");

    /// <summary>All rules, in the order of their ids.</summary>
    public static IReadOnlyList<SpecRule> All { get; } =
    [
        UnexpectedCharacter, UnterminatedString, BadNumber, UnexpectedToken, MissingHeader, UnknownType, BadElement, DuplicateMessageType,
        DuplicateName, DuplicateField, ReservedName, NumberOutOfRange, PrefixTooSmall, ChannelWithoutId, ValueOverflow, DuplicateValue,
        TlvLength, DuplicateTlv, UnknownReference, BadDefault, ValueTypeMismatch, ExtensionNumber, DuplicateProtocol, UnreadableFile, WrongPlace,
    ];
}
