using System.Collections.Immutable;

namespace Sv2.Protocol;

/// <summary>Who sends a message.</summary>
[Flags]
public enum MessageDirection
{
    /// <summary>The client (downstream) sends it.</summary>
    ClientToServer = 1,

    /// <summary>The server (upstream) sends it.</summary>
    ServerToClient = 2,

    /// <summary>Either side sends it.</summary>
    Both = ClientToServer | ServerToClient,
}

/// <summary>
/// What the specification says about one message: its name, its numbers and the layout of its fields. Inspection tools,
/// error texts and documentation read this; the hot path does not.
/// </summary>
public sealed class MessageInfo
{
    /// <summary>Describes a message. Called by generated code.</summary>
    /// <param name="name">The name as the specification spells it, such as <c>SubmitShares.Success</c>.</param>
    /// <param name="protocol">The protocol or extension that defines it, such as <c>mining</c> or <c>extensions_negotiation</c>.</param>
    /// <param name="extensionType">The extension's number; 0 for the core protocols.</param>
    /// <param name="messageType">The number within the protocol or extension.</param>
    /// <param name="isChannelMessage">Whether it is sent with the channel bit.</param>
    /// <param name="direction">Who sends it.</param>
    /// <param name="section">Section of the specification, such as <c>5.3.13</c>; may be empty.</param>
    /// <param name="summary">One or more sentences on what it is for.</param>
    /// <param name="fields">The fields in wire order.</param>
    public MessageInfo(
        string name, string protocol, ushort extensionType, byte messageType, bool isChannelMessage,
        MessageDirection direction, string section, string summary, ImmutableArray<FieldInfo> fields)
    {
        Name = name;
        Protocol = protocol;
        ExtensionType = extensionType;
        MessageType = messageType;
        IsChannelMessage = isChannelMessage;
        Direction = direction;
        Section = section;
        Summary = summary;
        Fields = fields;
        foreach (FieldInfo field in fields)
        {
            if (field.Default is null) MinPayloadLength += field.Type.MinLength;
            MaxPayloadLength = Math.Min(MaxPayloadLength + field.Type.MaxLength, FrameHeader.PayloadLengthMax);
            IsFixedLength &= field.Type.IsFixedLength && field.Default is null;
        }
    }

    /// <summary>The name as the specification spells it, such as <c>SubmitShares.Success</c>. Unique within a protocol only.</summary>
    public string Name { get; }

    /// <summary>The protocol or extension that defines the message, such as <c>mining</c>.</summary>
    public string Protocol { get; }

    /// <summary>The extension's number, without the channel bit; 0 for the core protocols.</summary>
    public ushort ExtensionType { get; }

    /// <summary>The number of the message within its protocol or extension.</summary>
    public byte MessageType { get; }

    /// <summary>Whether the message is sent with the channel bit. A receiver ignores the bit for messages it knows.</summary>
    public bool IsChannelMessage { get; }

    /// <summary>Who sends it.</summary>
    public MessageDirection Direction { get; }

    /// <summary>Section of the specification; may be empty.</summary>
    public string Section { get; }

    /// <summary>What the message is for.</summary>
    public string Summary { get; }

    /// <summary>The fields in wire order.</summary>
    public ImmutableArray<FieldInfo> Fields { get; }

    /// <summary>The shortest payload that can be read, without TLVs.</summary>
    public int MinPayloadLength { get; }

    /// <summary>The longest payload its field types allow, without TLVs, and never more than a frame can carry.</summary>
    public long MaxPayloadLength { get; }

    /// <summary>Whether every payload of the message has the same length.</summary>
    public bool IsFixedLength { get; } = true;

    /// <summary>The header of a frame with this message.</summary>
    /// <param name="payloadLength">Length of the payload including TLVs.</param>
    public FrameHeader Header(int payloadLength) => new(ExtensionType, IsChannelMessage, MessageType, payloadLength);

    /// <summary>
    /// Checks a payload against the description: slower than the message's view, with the same verdict, and naming the
    /// field at fault. Allocates nothing.
    /// </summary>
    /// <param name="payload">The payload of one frame.</param>
    /// <param name="length">Bytes of the message's own fields; the TLV area begins there.</param>
    /// <returns>The first fault, or an error with code <see cref="DecodeErrorCode.None"/>.</returns>
    public DecodeError Check(ReadOnlySpan<byte> payload, out int length)
    {
        length = 0;
        foreach (FieldInfo field in Fields)
        {
            if (field.Default is not null && length == payload.Length) continue;
            DecodeError error = WireReader.Step(field.Name, field.Type, payload, ref length);
            if (error.Code != DecodeErrorCode.None) return error;
        }

        return default;
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}

/// <summary>One field of a message.</summary>
/// <param name="Name">The name as the specification spells it, such as <c>prev_hash</c>.</param>
/// <param name="Type">Its type on the wire.</param>
/// <param name="Summary">What it holds.</param>
/// <param name="Default">
/// Value that a missing field reads as, for the few trailing fields that older peers leave out; null for all others.
/// </param>
/// <param name="ValueNames">Names of values, flags or error codes; empty for most fields.</param>
public sealed record FieldInfo(string Name, WireType Type, string Summary, ulong? Default = null, ImmutableArray<ValueName> ValueNames = default);

/// <summary>The name of one value of an enumeration, one flag, or one error code.</summary>
/// <param name="Name">The specification's name, such as <c>REQUIRES_STANDARD_JOBS</c> or <c>stale-share</c>.</param>
/// <param name="Value">The number (for flags: the mask); 0 for error codes.</param>
/// <param name="Summary">What it means.</param>
public sealed record ValueName(string Name, ulong Value, string Summary);
