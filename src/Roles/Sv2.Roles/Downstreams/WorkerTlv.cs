using System.Text;
using Sv2.Protocol;
using Sv2.Transport.Setup;

namespace Sv2.Roles.Downstreams;

/// <summary>The worker's name behind a share (extension 0x0002, worker-specific hash rate tracking).</summary>
public static class WorkerTlv
{
    /// <summary>The extension.</summary>
    public const ushort Extension = 0x0002;

    /// <summary>Most bytes of a name.</summary>
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
    /// <returns>The bytes written.</returns>
    public static int Write(ReadOnlySpan<byte> name, Span<byte> destination)
    {
        var writer = new TlvWriter(destination);
        writer.Write(Extension, UserIdentityField, Cut(name));
        return writer.Length;
    }

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> name)
    {
        if (name.Length <= NameBytesMax)
            return name;
        int length = NameBytesMax;
        // A byte 10xxxxxx continues the character before it.
        while (length > 0 && (name[length] & 0xc0) == 0x80)
            length--;
        return name[..length];
    }
}
