using Sv2.Protocol;
using Sv2.Transport.Setup;

namespace Sv2.Roles.Workers;

/// <summary>The worker's name behind a share (extension 0x0002, worker-specific hash rate tracking).</summary>
internal static class WorkerTlv
{
    /// <summary>The extension.</summary>
    public const ushort Extension = 0x0002;

    /// <summary>Most bytes of a name (extension 0x0002, 1.1).</summary>
    public const int NameBytesMax = 32;

    /// <summary>Most bytes of the encoded field.</summary>
    public const int BytesMax = Tlv.HeaderSize + NameBytesMax;

    private const byte UserIdentityField = 0x01;
    private static readonly ushort[] Extensions = [Extension];

    /// <summary>Finds the name, of whatever length, if the extension was negotiated.</summary>
    public static bool TryFind(ReadOnlySpan<byte> tlvs, NegotiatedExtensions negotiated, out ReadOnlySpan<byte> name)
    {
        name = default;
        return !tlvs.IsEmpty && negotiated.Contains(Extension) && TlvReader.Detect(tlvs, Extensions).TryFind(Extension, UserIdentityField, out name);
    }

    /// <summary>Writes the field. A longer name is cut at a character's end.</summary>
    /// <param name="name">UTF-8.</param>
    /// <param name="destination">At least <see cref="BytesMax"/> bytes.</param>
    /// <param name="byteOrder">Order of the bytes in type and length.</param>
    /// <returns>The bytes written.</returns>
    public static int Write(ReadOnlySpan<byte> name, Span<byte> destination, TlvByteOrder byteOrder = TlvByteOrder.LittleEndian)
    {
        var writer = new TlvWriter(destination, byteOrder);
        writer.Write(Extension, UserIdentityField, Cut(name, NameBytesMax));
        return writer.Length;
    }

    /// <summary>At most so many bytes of a text, cut between two characters.</summary>
    public static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> utf8, int bytesMax)
    {
        if (utf8.Length <= bytesMax)
            return utf8;
        int length = bytesMax;
        // A byte 10xxxxxx continues the character before it.
        while (length > 0 && (utf8[length] & 0xc0) == 0x80)
            length--;
        return utf8[..length];
    }
}
