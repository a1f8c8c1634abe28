using System.Security.Cryptography;

namespace Sv2.Roles.Keys;

/// <summary>How one kind of key is kept in a file: made once, with owner-only permissions, and used ever after.</summary>
/// <param name="Name">What the file's line <c>kind</c> says.</param>
/// <param name="Title">What the file's first line says.</param>
internal abstract record KeyFileKind<TPair>(string Name, string Title)
    where TPair : IDisposable
{
    /// <summary>Reads the key, or makes a new one where there is no file yet.</summary>
    public TPair LoadOrCreate(string path, string key)
    {
        if (!File.Exists(path))
        {
            TPair made = Generate();
            if (TryCreate(path, made, key))
                return made;
            made.Dispose(); // Another start was faster: its key counts.
        }

        return Load(path, key);
    }

    /// <summary>Reads an existing key.</summary>
    public TPair Load(string path, string key)
    {
        Span<byte> secret = stackalloc byte[KeyFile.SecretSize];
        try
        {
            string publicText = KeyFile.Read(path, Name, key, secret);
            TPair pair = FromSecret(secret);
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

    /// <summary>Writes a key to a new file; false if the file exists.</summary>
    public bool TryCreate(string path, TPair pair, string key)
    {
        Span<byte> secret = stackalloc byte[KeyFile.SecretSize];
        try
        {
            ExportSecret(pair, secret);
            return KeyFile.TryCreate(path, Title, Name, PublicText(pair), secret);
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

    protected abstract TPair Generate();

    protected abstract TPair FromSecret(ReadOnlySpan<byte> secret);

    protected abstract void ExportSecret(TPair pair, Span<byte> secret);

    protected abstract string PublicText(TPair pair);
}
