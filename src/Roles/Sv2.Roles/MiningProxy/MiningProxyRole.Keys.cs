using Sv2.Roles.Keys;

namespace Sv2.Roles.MiningProxy;

// The keys that its miners know it by.
public sealed partial class MiningProxyRole : IKeySource
{
    /// <inheritdoc />
    public IReadOnlyList<KeyInfo> ListKeys() => RoleKeys.List(_context, _options.AuthorityKeyFile, _isStopped ? null : _downstreams.Credentials);

    /// <inheritdoc />
    public KeyRotation RotateKey(string name) => RoleKeys.Rotate(_context, _options.AuthorityKeyFile, name);
}
