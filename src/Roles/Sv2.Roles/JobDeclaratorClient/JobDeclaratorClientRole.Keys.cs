using Sv2.Roles.Keys;

namespace Sv2.Roles.JobDeclaratorClient;

// The keys that its peers know it by.
public sealed partial class JobDeclaratorClientRole : IKeySource
{
    /// <inheritdoc />
    public IReadOnlyList<KeyInfo> ListKeys() => RoleKeys.List(_context, _options.AuthorityKeyFile, _credentials);

    /// <inheritdoc />
    public KeyRotation RotateKey(string name) => RoleKeys.Rotate(_context, _options.AuthorityKeyFile, name);
}
