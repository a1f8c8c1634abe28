using System.Text;
using Sv2.Protocol;
using Sv2.Roles.Workers;

namespace Sv2.Roles.Translator;

/// <summary>What pools are told of a miner's user name, which is <c>account.worker</c> or anything else.</summary>
internal static class MinerName
{
    /// <summary>The part of <c>account.worker</c> that is the worker's; all where there is no point or nothing after it.</summary>
    public static string WorkerPart(string user)
    {
        int point = user.IndexOf('.', StringComparison.Ordinal);
        return point < 0 || point == user.Length - 1 ? user : user[(point + 1)..];
    }

    /// <summary>
    /// Whom a pool is told on a channel of the miner's own: the configured account with the worker's part of the name or,
    /// without an account, the name as it is. What is too long is cut between two characters.
    /// </summary>
    public static Text Identity(string account, string user)
    {
        string identity = account.Length == 0 ? user : $"{account}.{WorkerPart(user)}";
        return Text.CopyOf(WorkerTlv.Cut(Encoding.UTF8.GetBytes(identity), byte.MaxValue));
    }

    /// <summary>The field that names the worker behind a share, made once for each miner: the pool knows the account from the channel.</summary>
    public static byte[] Tlv(string user, TlvByteOrder byteOrder)
    {
        Span<byte> tlv = stackalloc byte[WorkerTlv.BytesMax];
        return tlv[..WorkerTlv.Write(Encoding.UTF8.GetBytes(WorkerPart(user)), tlv, byteOrder)].ToArray();
    }
}
