using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Sv2.ControlPlane.Security;

/// <summary>
/// Random texts that open something. They have 256 bits, so a plain hash is all that needs to be stored: there is nothing
/// to guess that a slow hash would protect.
/// </summary>
internal static class Secret
{
    private const int Bytes = 32;
    private const int LengthMax = 200;

    public static string New(string prefix = "") => prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>A short random name, which is no secret.</summary>
    public static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret.Length <= LengthMax ? secret : secret[..LengthMax]));

    /// <summary>Compares in constant time.</summary>
    public static bool AreEqual(string presented, string expected) => CryptographicOperations.FixedTimeEquals(Hash(presented), Hash(expected));
}
