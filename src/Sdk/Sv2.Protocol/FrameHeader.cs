using System.Buffers.Binary;

namespace Sv2.Protocol;

/// <summary>
/// The six bytes before every message: extension type with the channel bit, message type and payload length
/// (specification section 3.2).
/// </summary>
/// <remarks>
/// Wire layout: <c>[0..2)</c> U16 extension type, its top bit being the channel bit; <c>[2]</c> U8 message type;
/// <c>[3..6)</c> U24 payload length. The length is that of the plaintext payload also on encrypted connections.
/// </remarks>
/// <param name="ExtensionType">Extension that defines the message, without the channel bit; 0 for the core protocols.</param>
/// <param name="IsChannelMessage">Whether the channel bit is set, so that the payload begins with a U32 channel id.</param>
/// <param name="MessageType">Number of the message within its protocol or extension.</param>
/// <param name="PayloadLength">Bytes that follow the header, 0 to <see cref="PayloadLengthMax"/>.</param>
public readonly record struct FrameHeader(ushort ExtensionType, bool IsChannelMessage, byte MessageType, int PayloadLength)
{
    /// <summary>Bytes of a header on the wire.</summary>
    public const int Size = 6;

    /// <summary>The largest payload a 24-bit length can announce.</summary>
    public const int PayloadLengthMax = 0xFFFFFF;

    /// <summary>The bit of the first U16 that marks a message addressed to a channel (section 3.2.1).</summary>
    public const ushort ChannelBit = 0x8000;

    /// <summary>The first U16 as it stands on the wire: extension type and channel bit together.</summary>
    public ushort RawExtensionType => (ushort)(IsChannelMessage ? ExtensionType | ChannelBit : ExtensionType);

    /// <summary>Length of the header and its payload together.</summary>
    public int FrameLength => Size + PayloadLength;

    /// <summary>Reads a header from the first six bytes of <paramref name="source"/>.</summary>
    /// <param name="source">Plaintext bytes; those after the header are not looked at.</param>
    /// <param name="header">The header, or the default value when there are fewer than six bytes.</param>
    /// <returns>Whether six bytes were there. Every six bytes make a header.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out FrameHeader header)
    {
        if (source.Length < Size)
        {
            header = default;
            return false;
        }

        ushort raw = BinaryPrimitives.ReadUInt16LittleEndian(source);
        int length = source[3] | (source[4] << 8) | (source[5] << 16);
        header = new FrameHeader((ushort)(raw & ~ChannelBit), (raw & ChannelBit) != 0, source[2], length);
        return true;
    }

    /// <summary>Writes the header to the first six bytes of <paramref name="destination"/>.</summary>
    /// <param name="destination">At least <see cref="Size"/> bytes, owned by the caller.</param>
    /// <exception cref="ArgumentException">
    /// The destination is too short, the extension type uses the channel bit, or the payload length does not fit 24 bits.
    /// </exception>
    public void Write(Span<byte> destination)
    {
        if (destination.Length < Size)
            throw new ArgumentException($"A frame header takes {Size} bytes, the destination has {destination.Length}.", nameof(destination));
        if ((uint)PayloadLength > PayloadLengthMax)
            throw new ArgumentException($"Payload length {PayloadLength} does not fit the 24 bits of the frame header.");
        if ((ExtensionType & ChannelBit) != 0)
            throw new ArgumentException($"Extension type 0x{ExtensionType:x4} uses the channel bit.");

        BinaryPrimitives.WriteUInt16LittleEndian(destination, RawExtensionType);
        destination[2] = MessageType;
        destination[3] = (byte)PayloadLength;
        destination[4] = (byte)(PayloadLength >> 8);
        destination[5] = (byte)(PayloadLength >> 16);
    }

    /// <summary>A short text for logs, such as <c>extension 0x0000 message 0x1a channel payload 24</c>.</summary>
    public override string ToString() =>
        $"extension 0x{ExtensionType:x4} message 0x{MessageType:x2}{(IsChannelMessage ? " channel" : "")} payload {PayloadLength}";
}
