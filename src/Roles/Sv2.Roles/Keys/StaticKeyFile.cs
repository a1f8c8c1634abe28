using System.Security.Cryptography;
using Sv2.Noise;

namespace Sv2.Roles.Keys;

/// <summary>The file of a server's static key, kept like <see cref="AuthorityKeyFile"/>. Losing it costs nothing but a new certificate.</summary>
public static class StaticKeyFile
{
    internal const string Kind = "static";

    /// <summary>Reads the key, or makes a new one where there is no file yet.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="key">The configuration key that names the file, for errors.</param>
    /// <returns>The key pair; the caller disposes it.</returns>
    /// <exception cref="ConfigurationException">The file is unreadable, open to others, damaged or of another kind.</exception>
    public static StaticKeyPair LoadOrCreate(string path, string key = "staticKeyFile")
    {
        if (!File.Exists(path))
        {
            StaticKeyPair made = StaticKeyPair.Generate();
            if (TryCreate(path, made, key))
                return made;
            made.Dispose(); // Another start was faster: its key counts.
        }

        return Load(path, key);
    }

    /// <summary>Reads an existing key.</summary>
    /// <inheritdoc cref="LoadOrCreate"/>
    public static StaticKeyPair Load(string path, string key = "staticKeyFile")
    {
        Span<byte> secret = stackalloc byte[KeyFile.SecretSize];
        try
        {
            string publicText = KeyFile.Read(path, Kind, key, secret);
            StaticKeyPair pair = StaticKeyPair.FromSecret(secret);
            if (PublicText(pair) == publicText)
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

    private static bool TryCreate(string path, StaticKeyPair pair, string key)
    {
        Span<byte> secret = stackalloc byte[KeyFile.SecretSize];
        try
        {
            pair.ExportSecret(secret);
            return KeyFile.TryCreate(path, "Stratum V2 server static key.", Kind, PublicText(pair), secret);
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

    private static string PublicText(StaticKeyPair pair) => Convert.ToHexStringLower(pair.PublicKey.Span);
}
