using System.Security.Cryptography;
using Sv2.Roles.Hosting;

namespace Sv2.Roles.Node;

/// <summary>The cookie that lets programs of the same user call an RPC server, in Bitcoin Core's form: user, colon, password.</summary>
internal static class RpcCookie
{
    /// <summary>Name of the file that is not configured.</summary>
    public const string FileName = ".cookie";

    private const string User = "__cookie__";
    private const int PasswordBytes = 32;

    /// <summary>Makes a new cookie and writes it, readable by its owner only.</summary>
    /// <param name="path">The file; replaced when it exists.</param>
    /// <returns>The cookie.</returns>
    public static string Create(string path)
    {
        string cookie = $"{User}:{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(PasswordBytes))}";
        AtomicFile.Write(path, System.Text.Encoding.ASCII.GetBytes(cookie));
        return cookie;
    }
}
