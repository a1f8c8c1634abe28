using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Security;

/// <summary>The key that clients of a server outside of loopback must show. Made once, kept in the data folder for its owner only.</summary>
public sealed class ApiKey
{
    private const int LengthMin = 20;
    private readonly byte[] _hash;

    private ApiKey(string text) => _hash = Hash(text);

    /// <summary>Reads the key, or makes one.</summary>
    /// <exception cref="ConfigurationException">The file cannot be used.</exception>
    public static ApiKey LoadOrCreate(string path)
    {
        try
        {
            AtomicFile.TryCreate(path, Encoding.ASCII.GetBytes(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)) + "\n"));
            string text = File.ReadAllText(path).Trim();
            return text.Length >= LengthMin
                ? new ApiKey(text)
                : throw new ConfigurationException("--http", $"the API key in {path} has {text.Length} characters; at least {LengthMin} are needed", "delete the file to have a new key made");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException("--http", $"the API key file {path} cannot be used: {e.Message}", "check the file's owner and permissions", e);
        }
    }

    /// <summary>Compares in constant time.</summary>
    public bool Matches(string presented) => CryptographicOperations.FixedTimeEquals(Hash(presented), _hash);

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
