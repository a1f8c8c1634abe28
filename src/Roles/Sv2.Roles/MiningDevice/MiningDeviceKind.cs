using Sv2.Protocol.Extensions.WorkerHashrateTracking;

namespace Sv2.Roles.MiningDevice;

/// <summary>The role kind <c>mining-device</c>.</summary>
public sealed class MiningDeviceKind : RoleKind<MiningDeviceOptions>
{
    /// <inheritdoc/>
    public override string Name => "mining-device";

    /// <inheritdoc/>
    public override string Summary => "Mines on this machine's processors, on a standard or an extended channel of a pool.";

    /// <inheritdoc/>
    public override MiningDeviceOptions Example => new()
    {
        Pools = ["stratum2+tcp://127.0.0.1:34254/9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72"],
        UserIdentity = "account.device",
    };

    /// <inheritdoc/>
    public override IEnumerable<ConfigurationProblem> Validate(MiningDeviceOptions options)
    {
        for (int i = 0; i < options.Pools.Count; i++)
        {
            if (!DevicePool.TryParse(options.Pools[i], out _, out string? error))
                yield return new ConfigurationProblem($"pools[{i}]", error, "give stratum2+tcp://host:port/authority-key, or stratum+tcp://host:port for Stratum V1");
        }
        if (System.Text.Encoding.UTF8.GetByteCount(options.UserIdentity) > byte.MaxValue)
            yield return new ConfigurationProblem("userIdentity", $"more than {byte.MaxValue} bytes in UTF-8");
        if (System.Text.Encoding.UTF8.GetByteCount(options.WorkerName) > UserIdentityTlv.Info.MaxLength)
            yield return new ConfigurationProblem("workerName", $"more than {UserIdentityTlv.Info.MaxLength} bytes in UTF-8");
        if (options.WorkerName.Length > 0 && options.Channel == DeviceChannel.Standard)
            yield return new ConfigurationProblem("workerName", "shares of a standard channel cannot carry it", "set channel to extended, or leave the name out");
        if (double.IsNaN(options.TargetHashRate))
            yield return new ConfigurationProblem("targetHashRate", "not a number");
    }

    /// <inheritdoc/>
    public override IRole Create(MiningDeviceOptions options, RoleContext context) => new MiningDeviceRole(options, context);
}
