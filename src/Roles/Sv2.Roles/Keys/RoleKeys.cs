using Sv2.Noise;

namespace Sv2.Roles.Keys;

/// <summary>The keys of a listening role as <see cref="IKeySource"/> shows them; what every such role has in common.</summary>
public static class RoleKeys
{
    /// <summary>The name of the authority key.</summary>
    public const string Authority = "authority";

    /// <summary>The authority key and the static key of an instance, as far as their files exist.</summary>
    /// <param name="context">The instance.</param>
    /// <param name="authorityKeyFile">Its option <c>authorityKeyFile</c>; null or empty for the default.</param>
    /// <param name="credentials">What it serves with; null while it does not.</param>
    public static IReadOnlyList<KeyInfo> List(RoleContext context, string? authorityKeyFile, ServerCredentials? credentials)
    {
        var keys = new List<KeyInfo>(2);
        string authority = context.ResolvePath(authorityKeyFile, ServerKeys.AuthorityFileName);
        NoiseCertificate? certificate = CertificateOf(credentials);
        if (File.Exists(authority))
        {
            using AuthorityKeyPair pair = AuthorityKeyFile.Load(authority);
            keys.Add(new KeyInfo
            {
                Name = Authority,
                Kind = "authority",
                PublicKey = pair.PublicKey.ToString(),
                File = authority,
                CreatedAt = File.GetLastWriteTimeUtc(authority),
                CertificateValidFrom = certificate?.ValidFrom,
                CertificateValidUntil = certificate?.NotValidAfter,
            });
        }

        string server = context.ResolvePath(null, ServerKeys.StaticFileName);
        if (File.Exists(server))
        {
            using StaticKeyPair pair = StaticKeyFile.LoadOrCreate(server);
            keys.Add(new KeyInfo
            {
                Name = "static",
                Kind = "static",
                PublicKey = Convert.ToHexStringLower(pair.PublicKey.Span),
                File = server,
                CreatedAt = File.GetLastWriteTimeUtc(server),
            });
        }

        return keys;
    }

    /// <summary>Puts a new authority or static key in the place of the present one.</summary>
    /// <inheritdoc cref="IKeySource.RotateKey"/>
    public static KeyRotation Rotate(RoleContext context, string? authorityKeyFile, string name)
    {
        KeyInfo? present = List(context, authorityKeyFile, null).FirstOrDefault(k => k.Name == name);
        if (present is null && name != Authority) throw new RoleNotFoundException(name, "key");
        string path = present?.File ?? context.ResolvePath(authorityKeyFile, ServerKeys.AuthorityFileName);
        string? archive = present is null ? null : Archive(path, context.TimeProvider.GetUtcNow());
        try
        {
            return new KeyRotation(Make(path, name), present?.PublicKey, archive);
        }
        catch (ConfigurationException) when (archive is not null)
        {
            File.Move(archive, path);
            throw;
        }
    }

    private static NoiseCertificate? CertificateOf(ServerCredentials? credentials)
    {
        try
        {
            return credentials?.CurrentCertificate();
        }
        catch (ObjectDisposedException)
        {
            return null; // Stopped at this very moment.
        }
    }

    private static string Make(string path, string name)
    {
        if (name == Authority)
        {
            using AuthorityKeyPair pair = AuthorityKeyFile.LoadOrCreate(path);
            return pair.PublicKey.ToString();
        }

        using StaticKeyPair made = StaticKeyFile.LoadOrCreate(path);
        return Convert.ToHexStringLower(made.PublicKey.Span);
    }

    private static string Archive(string path, DateTimeOffset now)
    {
        string stamp = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss", System.Globalization.CultureInfo.InvariantCulture);
        string archive = $"{path}.{stamp}.old";
        for (int i = 1; File.Exists(archive); i++) archive = $"{path}.{stamp}-{i}.old";
        try
        {
            File.Move(path, archive);
            return archive;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException("authorityKeyFile", $"the key file {path} cannot be moved away: {e.Message}", "check the folder's owner and permissions", e);
        }
    }
}
