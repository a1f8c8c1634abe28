using System.Text;
using Sv2.Protocol;
using Sv2.Protocol.Extensions.WorkerHashrateTracking;

namespace Sv2.Roles.Translator;

/// <summary>The TLV of extension 0x0002 that names a share's worker to the pool, made once for each worker.</summary>
internal static class WorkerTlv
{
    /// <summary>Most bytes of a name (extension 0x0002, 1.1).</summary>
    public const int NameBytesMax = 32;

    private const byte UserIdentityField = 0x01;

    /// <summary>The extension's number.</summary>
    public static ushort Extension => WorkerHashrateTrackingExtension.ExtensionType;

    /// <summary>
    /// The TLV for a miner's user name: what follows the account, as the pool knows the account from the channel, or all
    /// of it where it has no such part. What is too long is cut between two characters.
    /// </summary>
    public static byte[] Of(string user, TlvByteOrder byteOrder = TlvByteOrder.LittleEndian)
    {
        byte[] name = Encoding.UTF8.GetBytes(Cut(WorkerPart(user), NameBytesMax));
        byte[] tlv = new byte[Tlv.HeaderSize + name.Length];
        TlvWriter writer = new(tlv, byteOrder);
        writer.Write(Extension, UserIdentityField, name);
        return tlv;
    }

    /// <summary>At most so many bytes of a text in UTF-8, cut between two characters.</summary>
    public static string Cut(string text, int bytesMax)
    {
        if (Encoding.UTF8.GetByteCount(text) <= bytesMax)
            return text;
        byte[] bytes = new byte[bytesMax];
        Encoding.UTF8.GetEncoder().Convert(text, bytes, flush: true, out int characters, out _, out _);
        return text[..characters];
    }

    /// <summary>The part of <c>account.worker</c> that is the worker's; all where there is no point or nothing after it.</summary>
    public static string WorkerPart(string user)
    {
        int point = user.IndexOf('.', StringComparison.Ordinal);
        return point < 0 || point == user.Length - 1 ? user : user[(point + 1)..];
    }
}
