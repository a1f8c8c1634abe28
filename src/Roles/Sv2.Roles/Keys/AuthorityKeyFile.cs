using System.Security.Cryptography;
using Sv2.Noise;

namespace Sv2.Roles.Keys;

/// <summary>
/// The file of an authority key: made once, with owner-only permissions, and used ever after, because every client has its
/// public key in its configuration.
/// </summary>
public static class AuthorityKeyFile
{
    internal const string Kind = "authority";

    /// <summary>Reads the key, or makes a new one where there is no file yet.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="key">The configuration key that names the file, for errors.</param>
    /// <returns>The key pair; the caller disposes it.</returns>
    /// <exception cref="ConfigurationException">The file is unreadable, open to others, damaged or of another kind.</exception>
    public static AuthorityKeyPair LoadOrCreate(string path, string key = "authorityKeyFile")
    {
        if (!File.Exists(path))
        {
            AuthorityKeyPair made = AuthorityKeyPair.Generate();
            if (TryCreate(path, made, key))
                return made;
            made.Dispose(); // Another start was faster: its key counts.
        }

        return Load(path, key);
    }

    /// <summary>Reads an existing key.</summary>
    /// <inheritdoc cref="LoadOrCreate"/>
    public static AuthorityKeyPair Load(string path, string key = "authorityKeyFile")
    {
        Span<byte> secret = stackalloc byte[KeyFile.SecretSize];
        try
        {
            string publicText = KeyFile.Read(path, Kind, key, secret);
            AuthorityKeyPair pair = AuthorityKeyPair.FromSecret(secret);
            if (pair.PublicKey.ToString() == publicText)
                return pair;
            pair.Dispose();
            throw KeyFile.Broken(key, path, "has a public key that does not belong to its secret");
        }
        catch (CryptographicException e)
        {
            throw KeyFile.Broken(key, path, "has a secret that is not a valid key", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Writes a key to a new file; false if the file exists.</summary>
    /// <exception cref="ConfigurationException">The file cannot be made.</exception>
    public static bool TryCreate(string path, AuthorityKeyPair pair, string key = "authorityKeyFile")
    {
        Span<byte> secret = stackalloc byte[KeyFile.SecretSize];
        try
        {
            pair.ExportSecret(secret);
            return KeyFile.TryCreate(path, "Stratum V2 authority key.", Kind, pair.PublicKey.ToString(), secret);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(key, $"the key file {path} cannot be made: {e.Message}", "check that its folder exists and can be written", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }
}
