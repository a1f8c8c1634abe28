using Sv2.Noise;

namespace Sv2.Roles.Keys;

/// <summary>
/// The file of an authority key: made once, with owner-only permissions, and used ever after, because every client has its
/// public key in its configuration.
/// </summary>
public static class AuthorityKeyFile
{
    internal const string Kind = "authority";
    private static readonly Format File = new();

    /// <summary>Reads the key, or makes a new one where there is no file yet.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="key">The configuration key that names the file, for errors.</param>
    /// <returns>The key pair; the caller disposes it.</returns>
    /// <exception cref="ConfigurationException">The file is unreadable, open to others, damaged or of another kind.</exception>
    public static AuthorityKeyPair LoadOrCreate(string path, string key = "authorityKeyFile") => File.LoadOrCreate(path, key);

    /// <summary>Reads an existing key.</summary>
    /// <inheritdoc cref="LoadOrCreate"/>
    public static AuthorityKeyPair Load(string path, string key = "authorityKeyFile") => File.Load(path, key);

    /// <summary>Writes a key to a new file; false if the file exists.</summary>
    /// <exception cref="ConfigurationException">The file cannot be made.</exception>
    public static bool TryCreate(string path, AuthorityKeyPair pair, string key = "authorityKeyFile") => File.TryCreate(path, pair, key);

    private sealed record Format() : KeyFileKind<AuthorityKeyPair>(Kind, "Stratum V2 authority key.")
    {
        protected override AuthorityKeyPair Generate() => AuthorityKeyPair.Generate();

        protected override AuthorityKeyPair FromSecret(ReadOnlySpan<byte> secret) => AuthorityKeyPair.FromSecret(secret);

        protected override void ExportSecret(AuthorityKeyPair pair, Span<byte> secret) => pair.ExportSecret(secret);

        protected override string PublicText(AuthorityKeyPair pair) => pair.PublicKey.ToString();
    }
}
