using System.Text;
using Sv2.Roles.Upstreams;

namespace Sv2.Roles.MiningProxy;

/// <summary>The role kind <c>mining-proxy</c>.</summary>
public sealed class MiningProxyKind : RoleKind<MiningProxyOptions>
{
    /// <inheritdoc/>
    public override string Name => "mining-proxy";

    /// <inheritdoc/>
    public override string Summary => "Brings many Stratum V2 miners to a pool over one connection, and to the next pool without a break when that one fails.";

    /// <inheritdoc/>
    public override MiningProxyOptions Example => new()
    {
        Pools =
        [
            new() { Address = "stratum2+tcp://127.0.0.1:34254/9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72" },
            new() { Address = "stratum2+tcp://127.0.0.1:34255/9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72" },
        ],
        UserIdentity = "account.farm",
    };

    /// <inheritdoc/>
    public override IEnumerable<ConfigurationProblem> Validate(MiningProxyOptions options)
    {
        foreach (ConfigurationProblem problem in UpstreamPoolOptions.Validate(options.Pools, "pools"))
            yield return problem;
        if (Encoding.UTF8.GetByteCount(options.UserIdentity) > byte.MaxValue)
            yield return new ConfigurationProblem("userIdentity", $"more than {byte.MaxValue} bytes in UTF-8");
        if (options.Mode == ProxyMode.Aggregated && options.UserIdentity.Length == 0 && options.Pools.Any(static pool => pool.UserIdentity.Length == 0))
            yield return new ConfigurationProblem("userIdentity", "is missing: in aggregated mode the proxy mines under an identity of its own", "give it here or with every pool");
        if (options.ChannelBytes + options.ExtranonceSize > 32)
            yield return new ConfigurationProblem("extranonceSize", $"{options.ExtranonceSize} together with channelBytes {options.ChannelBytes} is more than the 32 that a channel can have");
    }

    /// <inheritdoc/>
    public override IRole Create(MiningProxyOptions options, RoleContext context) => new MiningProxyRole(options, context);
}
