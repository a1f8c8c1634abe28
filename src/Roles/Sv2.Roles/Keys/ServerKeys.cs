using Sv2.Noise;

namespace Sv2.Roles.Keys;

/// <summary>What a listening role authenticates itself with, from its key files.</summary>
public static class ServerKeys
{
    /// <summary>File name of an authority key that is not configured.</summary>
    public const string AuthorityFileName = "authority.key";

    /// <summary>File name of a static key.</summary>
    public const string StaticFileName = "static.key";

    /// <summary>Reads or makes the keys of an instance.</summary>
    /// <param name="context">The instance.</param>
    /// <param name="authorityKeyFile">Its option <c>authorityKeyFile</c>; null for <c>authority.key</c> in its folder.</param>
    /// <param name="certificateValidity">How long its certificates hold; null for the default.</param>
    /// <returns>Credentials that own the keys; the caller disposes them.</returns>
    /// <exception cref="ConfigurationException">A key file cannot be used.</exception>
    public static ServerCredentials LoadOrCreate(RoleContext context, string? authorityKeyFile, TimeSpan? certificateValidity = null)
    {
        AuthorityKeyPair authority = AuthorityKeyFile.LoadOrCreate(context.ResolvePath(authorityKeyFile, AuthorityFileName));
        try
        {
            StaticKeyPair server = StaticKeyFile.LoadOrCreate(context.ResolvePath(null, StaticFileName));
            return new ServerCredentials(authority, server, context.TimeProvider, certificateValidity);
        }
        catch
        {
            authority.Dispose();
            throw;
        }
    }
}
