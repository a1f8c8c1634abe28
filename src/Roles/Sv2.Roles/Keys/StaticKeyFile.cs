using Sv2.Noise;

namespace Sv2.Roles.Keys;

/// <summary>The file of a server's static key, kept like <see cref="AuthorityKeyFile"/>. Losing it costs nothing but a new certificate.</summary>
public static class StaticKeyFile
{
    internal const string Kind = "static";
    private static readonly Format File = new();

    /// <summary>Reads the key, or makes a new one where there is no file yet.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="key">The configuration key that names the file, for errors.</param>
    /// <returns>The key pair; the caller disposes it.</returns>
    /// <exception cref="ConfigurationException">The file is unreadable, open to others, damaged or of another kind.</exception>
    public static StaticKeyPair LoadOrCreate(string path, string key = "staticKeyFile") => File.LoadOrCreate(path, key);

    /// <summary>Reads an existing key.</summary>
    /// <inheritdoc cref="LoadOrCreate"/>
    public static StaticKeyPair Load(string path, string key = "staticKeyFile") => File.Load(path, key);

    private sealed record Format() : KeyFileKind<StaticKeyPair>(Kind, "Stratum V2 server static key.")
    {
        protected override StaticKeyPair Generate() => StaticKeyPair.Generate();

        protected override StaticKeyPair FromSecret(ReadOnlySpan<byte> secret) => StaticKeyPair.FromSecret(secret);

        protected override void ExportSecret(StaticKeyPair pair, Span<byte> secret) => pair.ExportSecret(secret);

        protected override string PublicText(StaticKeyPair pair) => Convert.ToHexStringLower(pair.PublicKey.Span);
    }
}
