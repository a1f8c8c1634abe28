using Sv2.Roles.Keys;

namespace Sv2.Roles.JobDeclaratorServer;

// The keys that its peers know it by.
public sealed partial class JobDeclaratorServerRole : IKeySource
{
    /// <inheritdoc />
    public IReadOnlyList<KeyInfo> ListKeys() => RoleKeys.List(_context, _options.AuthorityKeyFile, _credentials);

    /// <inheritdoc />
    public KeyRotation RotateKey(string name) => RoleKeys.Rotate(_context, _options.AuthorityKeyFile, name);
}
