using System.Text;
using Sv2.Roles.Upstreams;

namespace Sv2.Roles.Translator;

/// <summary>The role kind <c>translator</c>.</summary>
public sealed class TranslatorKind : RoleKind<TranslatorOptions>
{
    /// <inheritdoc/>
    public override string Name => "translator";

    /// <inheritdoc/>
    public override string Summary => "Lets Stratum V1 miners mine on Stratum V2 pools, over one encrypted connection, and keeps them mining when a pool goes.";

    /// <inheritdoc/>
    public override TranslatorOptions Example => new()
    {
        Pools = [new UpstreamPoolOptions { Address = "stratum2+tcp://127.0.0.1:34254/9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72" }],
        UserIdentity = "account",
    };

    /// <inheritdoc/>
    public override IEnumerable<ConfigurationProblem> Validate(TranslatorOptions options)
    {
        foreach (ConfigurationProblem problem in UpstreamPoolOptions.Validate(options.Pools, "pools"))
            yield return problem;
        if (Encoding.UTF8.GetByteCount(options.UserIdentity) > byte.MaxValue)
            yield return new ConfigurationProblem("userIdentity", $"more than {byte.MaxValue} bytes in UTF-8");
        bool isNameless = options.UserIdentity.Length == 0 && options.Pools.Any(static pool => pool.UserIdentity.Length == 0);
        if (options.Mode == TranslatorMode.Aggregated && isNameless)
            yield return new ConfigurationProblem("userIdentity", "empty, but in aggregated mode pools are told one name for all miners", "give the account or payout address, or set mode to perMiner");
        if (options.Mode == TranslatorMode.PerMiner && options.Extranonce == ExtranoncePlacement.Subscription)
            yield return new ConfigurationProblem("extranonce", "'subscription' does not go with mode 'perMiner': a miner gets its channel when it has said its name, and its subscription before", "leave it at coinbase");
    }

    /// <inheritdoc/>
    public override IRole Create(TranslatorOptions options, RoleContext context) => new TranslatorRole(options, context);
}
