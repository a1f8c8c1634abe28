using Sv2.Noise;

namespace Sv2.Roles.Pool;

/// <summary>The role kind <c>pool</c>.</summary>
public sealed class PoolKind : RoleKind<PoolOptions>
{
    /// <inheritdoc />
    public override string Name => "pool";

    /// <inheritdoc />
    public override string Summary => "Serves miners over the Mining Protocol with work from a template provider, and books every share before it acknowledges it.";

    /// <inheritdoc />
    public override PoolOptions Example => new()
    {
        TemplateProviders = ["stratum2+tcp://127.0.0.1:8442/9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72"],
        Network = "regtest",
        // The example key of BIP 173: everybody has its secret, so it is for regtest only.
        Payout = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
        PoolSignature = "/sv2/",
    };

    /// <inheritdoc />
    public override IEnumerable<ConfigurationProblem> Validate(PoolOptions options)
    {
        if (PoolPayout.Fault(options) is { } fault)
            yield return new ConfigurationProblem("payout", fault, "give an address of the network or a descriptor");
        for (int i = 0; i < options.JobDeclaration.TokenKeys.Count; i++)
        {
            if (!AuthorityPublicKey.TryParse(options.JobDeclaration.TokenKeys[i], out _, out string? error))
                yield return new ConfigurationProblem($"jobDeclaration.tokenKeys[{i}]", error, "give the key that the declarator server logs at its start");
        }

        for (int i = 0; i < options.TemplateProviders.Count; i++)
        {
            if (!ConnectionString.TryParse(options.TemplateProviders[i], out _, out string? error))
                yield return new ConfigurationProblem($"templateProviders[{i}]", error, "give stratum2+tcp://host:port/authority-key");
        }
    }

    /// <inheritdoc />
    public override IRole Create(PoolOptions options, RoleContext context) => new PoolRole(options, context);
}
