namespace Sv2.Protocol;

/// <summary>
/// An owned message: an immutable value that may be stored, queued and compared. Generated for every message of the
/// specification files and for every type marked <see cref="Sv2MessageAttribute"/>.
/// </summary>
/// <typeparam name="TSelf">The message itself.</typeparam>
public interface IMessage<TSelf> where TSelf : IMessage<TSelf>
{
    /// <summary>Name, numbers and fields of the message.</summary>
    static abstract MessageInfo Info { get; }

    /// <summary>Bytes that <see cref="Write"/> takes, without the frame header and without TLVs.</summary>
    int PayloadLength { get; }

    /// <summary>Writes the payload, without frame header, to the start of <paramref name="destination"/> in one pass.</summary>
    /// <param name="destination">At least <see cref="PayloadLength"/> bytes, owned by the caller.</param>
    /// <returns>The number of bytes written.</returns>
    /// <exception cref="ArgumentException">The destination is too short, or a field's value does not fit its wire type.</exception>
    int Write(Span<byte> destination);

    /// <summary>Reads a payload and copies what it holds. Bytes after the last field are the TLV area and no error.</summary>
    /// <param name="payload">The payload of one frame; not kept.</param>
    /// <param name="message">The message, or the default value.</param>
    /// <param name="error">What is wrong with the payload, or the default value.</param>
    /// <returns>Whether the payload holds the message. Never throws, whatever the bytes.</returns>
    static abstract bool TryRead(ReadOnlySpan<byte> payload, out TSelf message, out DecodeError error);
}

/// <summary>
/// A borrowed message: fields are read from the frame's own bytes, nothing is copied or allocated. Every bound is
/// checked once in <see cref="TryRead"/>, before any field can be read.
/// </summary>
/// <remarks>Valid only as long as the bytes it was read from. The compiler keeps it from being stored.</remarks>
/// <typeparam name="TSelf">The view itself.</typeparam>
public interface IMessageView<TSelf> where TSelf : IMessageView<TSelf>, allows ref struct
{
    /// <summary>Name, numbers and fields of the message.</summary>
    static abstract MessageInfo Info { get; }

    /// <summary>The bytes of the message's own fields, without TLVs, exactly as received.</summary>
    ReadOnlySpan<byte> Payload { get; }

    /// <summary>What follows the last field: the TLV area (section 3.4.3), empty in most messages. Read it with <see cref="TlvReader"/>.</summary>
    ReadOnlySpan<byte> Tlvs { get; }

    /// <summary>Lays a view over a payload after checking every length in it.</summary>
    /// <param name="payload">The payload of one frame; the view reads from it.</param>
    /// <param name="view">The view, or the default value, whose fields must not be read.</param>
    /// <param name="error">What is wrong with the payload, or the default value.</param>
    /// <returns>Whether the payload holds the message. Never throws, whatever the bytes.</returns>
    static abstract bool TryRead(ReadOnlySpan<byte> payload, out TSelf view, out DecodeError error);
}
