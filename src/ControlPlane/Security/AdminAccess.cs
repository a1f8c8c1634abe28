using Sv2.Roles;

namespace Sv2.ControlPlane.Security;

/// <summary>Sees to it that there is an administrator.</summary>
internal static class AdminAccess
{
    private const int GivenLengthMin = 20;
    private const string Made = "administrator";

    /// <summary>Makes the administrator's token at the first start. Its secret, for this once; null at later starts.</summary>
    /// <exception cref="ConfigurationException">A token was given from outside that is too short.</exception>
    public static string? Prepare(AccessTokens tokens, ControlPlaneOptions options)
    {
        if (options.AdminToken is { Length: < GivenLengthMin } given)
            throw new ConfigurationException("SV2_ADMIN_TOKEN", $"has {given.Length} characters", $"give at least {GivenLengthMin} random ones");
        tokens.Give(options.AdminToken);
        return tokens.Any ? null : tokens.Create(Made, Scope.Admin, expiresAt: null).Secret;
    }
}
