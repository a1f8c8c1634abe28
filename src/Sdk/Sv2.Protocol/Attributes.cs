namespace Sv2.Protocol;

/// <summary>
/// Marks a static partial class as a protocol extension. The generator adds its number, the descriptions of its messages
/// and a dispatcher.
/// </summary>
/// <param name="extensionType">
/// The extension's number. 0x4000 to 0x7fff are free for experiments (section 3.4); any other needs <see cref="IsRegistered"/>.
/// </param>
/// <param name="name">The name in snake_case, such as <c>vendor_telemetry</c>; it stands in tools and documentation.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class Sv2ExtensionAttribute(ushort extensionType, string name) : Attribute
{
    /// <summary>The extension's number.</summary>
    public ushort ExtensionType { get; } = extensionType;

    /// <summary>The name in snake_case.</summary>
    public string Name { get; } = name;

    /// <summary>Says that the number is allocated in the public registry and so may lie outside 0x4000 to 0x7fff.</summary>
    public bool IsRegistered { get; init; }
}

/// <summary>
/// Marks a <c>readonly partial record struct</c> as a message of an extension. The generator adds reading, writing, the
/// borrowed view and the description; the fields are the properties marked <see cref="Sv2FieldAttribute"/>.
/// </summary>
/// <param name="extension">The class marked <see cref="Sv2ExtensionAttribute"/>.</param>
/// <param name="messageType">The message's number, unique in the extension.</param>
/// <param name="direction">Who sends it.</param>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class Sv2MessageAttribute(Type extension, byte messageType, MessageDirection direction) : Attribute
{
    /// <summary>The class marked <see cref="Sv2ExtensionAttribute"/>.</summary>
    public Type Extension { get; } = extension;

    /// <summary>The message's number.</summary>
    public byte MessageType { get; } = messageType;

    /// <summary>Who sends it.</summary>
    public MessageDirection Direction { get; } = direction;

    /// <summary>Whether it goes to a channel: the channel bit is set and the first field is a <c>uint</c> channel id.</summary>
    public bool Channel { get; init; }

    /// <summary>The name in tools, such as <c>Telemetry.Error</c>; the type's name when not set.</summary>
    public string? Name { get; init; }
}

/// <summary>Marks a property as a field of a message.</summary>
/// <param name="order">Place of the field on the wire, from 0 without gaps.</param>
/// <param name="type">
/// The wire type as the specification spells it, such as <c>B0_64K</c> or <c>SEQ0_255[U256]</c>. It may be left out where
/// the property's type has only one: bool, byte, ushort, uint, ulong, float, U256, Text, an enumeration, or a nullable one.
/// </param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class Sv2FieldAttribute(int order, string? type = null) : Attribute
{
    /// <summary>Place of the field on the wire.</summary>
    public int Order { get; } = order;

    /// <summary>The wire type, or null where the property's type says it.</summary>
    public string? WireType { get; } = type;

    /// <summary>The name in tools; the property's name in snake_case when not set.</summary>
    public string? Name { get; init; }

    /// <summary>A bound below the one of the wire type, in bytes or elements; 0 for that one.</summary>
    public int Max { get; init; }
}

/// <summary>
/// Marks a <c>readonly partial record struct</c> with one property, <c>Value</c>, as a TLV that an extension adds to a
/// message. The generator adds finding and writing it.
/// </summary>
/// <param name="extension">The class marked <see cref="Sv2ExtensionAttribute"/>.</param>
/// <param name="fieldType">The TLV's number, unique in the extension.</param>
/// <param name="message">The message it may follow.</param>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class Sv2TlvAttribute(Type extension, byte fieldType, Type message) : Attribute
{
    /// <summary>The class marked <see cref="Sv2ExtensionAttribute"/>.</summary>
    public Type Extension { get; } = extension;

    /// <summary>The TLV's number.</summary>
    public byte FieldType { get; } = fieldType;

    /// <summary>The message it may follow.</summary>
    public Type Message { get; } = message;

    /// <summary>The fewest bytes of a Text or ByteString value.</summary>
    public int MinLength { get; init; }

    /// <summary>The most bytes of a Text or ByteString value; it must be set for them.</summary>
    public int MaxLength { get; init; }
}
