using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Roles.JobDeclaration;

/// <summary>
/// The short digests that tokens carry: the first 16 bytes of a SHA-256, enough that nobody finds two values with one digest.
/// </summary>
public static class TokenDigest
{
    /// <summary>Bytes of a digest.</summary>
    public const int Size = 16;

    /// <summary>What an empty identity stands for, as in the mining protocol.</summary>
    private const string Anonymous = "anonymous";

    /// <summary>
    /// Digest of the account in an identity: all before its first point. So the token of <c>alice</c> is good on the channel
    /// of <c>alice.farm</c>, and not on that of <c>bob</c>.
    /// </summary>
    /// <param name="identity"><c>user_identifier</c> or <c>user_identity</c>.</param>
    public static UInt128 OfUser(ReadOnlySpan<byte> identity)
    {
        int point = identity.IndexOf((byte)'.');
        ReadOnlySpan<byte> account = point < 0 ? identity : identity[..point];
        return identity.IsEmpty ? Of(Encoding.ASCII.GetBytes(Anonymous)) : Of(account);
    }

    /// <summary>Digest of an output script.</summary>
    /// <param name="script">The script.</param>
    public static UInt128 OfScript(Script script) => Of(script.Span);

    /// <summary>Digest of a merkle path.</summary>
    /// <param name="path">Its steps, from the deepest.</param>
    public static UInt128 OfPath(ReadOnlySpan<U256> path)
    {
        byte[] bytes = new byte[path.Length * U256.Size];
        for (int i = 0; i < path.Length; i++)
            path[i].CopyTo(bytes.AsSpan(i * U256.Size));
        return Of(bytes);
    }

    /// <summary>Digest of bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    public static UInt128 Of(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    /// <summary>What identifies a token to people without giving it away: eight hex digits of a digest of it.</summary>
    /// <param name="token">The token as on the wire.</param>
    public static string Fingerprint(ReadOnlySpan<byte> token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(token, hash);
        return Convert.ToHexStringLower(hash[..4]);
    }
}
