using System.Security.Cryptography;
using Sv2.Noise;

namespace Sv2.Roles.Keys;

/// <summary>What a key file holds, the secret left out.</summary>
/// <param name="Kind"><c>authority</c> or <c>static</c>.</param>
/// <param name="PublicKey">The public key as it is shown to people: base58check for an authority, hexadecimal for a static key.</param>
public sealed record KeyInspection(string Kind, string PublicKey)
{
    /// <summary>Whether clients put this key into their connection string.</summary>
    public bool IsAuthority => Kind == AuthorityKeyFile.Kind;

    /// <summary>Reads a key file of either kind and checks that its public key belongs to its secret.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">What named the file, for errors.</param>
    /// <exception cref="ConfigurationException">The file is unreadable, open to others, damaged or of another kind.</exception>
    public static KeyInspection Of(string path, string key)
    {
        if (KeyFile.ReadKind(path, key) == StaticKeyFile.Kind)
        {
            using StaticKeyPair server = StaticKeyFile.Load(path, key);
            return new KeyInspection(StaticKeyFile.Kind, Convert.ToHexStringLower(server.PublicKey.Span));
        }

        using AuthorityKeyPair authority = AuthorityKeyFile.Load(path, key);
        return new KeyInspection(AuthorityKeyFile.Kind, authority.PublicKey.ToString());
    }
}
