using Sv2.Bitcoin;
using Sv2.Noise;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>The role kind <c>job-declarator-client</c>.</summary>
public sealed class JobDeclaratorClientKind : RoleKind<JobDeclaratorClientOptions>
{
    /// <inheritdoc />
    public override string Name => "job-declarator-client";

    /// <inheritdoc />
    public override string Summary => "Serves miners with work of one's own choice: declares jobs to a pool's job declarator server, mines them at once, and falls back to the next pool or to solo mining.";

    /// <inheritdoc />
    public override JobDeclaratorClientOptions Example => new()
    {
        TemplateProviders = ["stratum2+tcp://127.0.0.1:8442/9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72"],
        Network = "regtest",
        UserIdentity = "alice.farm",
        Upstreams =
        [
            new UpstreamOptions
            {
                Pool = "stratum2+tcp://127.0.0.1:34254/9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72",
                DeclaratorServer = "stratum2+tcp://127.0.0.1:34264/9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72",
            },
        ],
        // The example key of BIP 173: everybody has its secret, so it is for regtest only.
        Solo = new SoloOptions { Payout = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080" },
    };

    /// <inheritdoc />
    public override IEnumerable<ConfigurationProblem> Validate(JobDeclaratorClientOptions options)
    {
        const string Form = "give stratum2+tcp://host:port/authority-key";
        for (int i = 0; i < options.TemplateProviders.Count; i++)
            if (!ConnectionString.TryParse(options.TemplateProviders[i], out _, out string? error))
                yield return new ConfigurationProblem($"templateProviders[{i}]", error, Form);
        for (int i = 0; i < options.Upstreams.Count; i++)
        {
            if (!ConnectionString.TryParse(options.Upstreams[i].Pool, out _, out string? poolError))
                yield return new ConfigurationProblem($"upstreams[{i}].pool", poolError, Form);
            if (!ConnectionString.TryParse(options.Upstreams[i].DeclaratorServer, out _, out string? serverError))
                yield return new ConfigurationProblem($"upstreams[{i}].declaratorServer", serverError, Form);
        }
        if (options.Upstreams.Count == 0 && options.Solo.Payout.Length == 0)
            yield return new ConfigurationProblem("upstreams", "there is neither an upstream nor an address for solo mining", "give an upstream, or solo.payout");
        if (options.OwnOutputs.Sum(output => output.Percent) > 99)
            yield return new ConfigurationProblem("ownOutputs", "they leave less than one percent for the pool, which must be paid", "make their percentages sum up to 99 at most");
        if (options.Fallback.ReconnectDelayMin > options.Fallback.ReconnectDelayMax)
            yield return new ConfigurationProblem("fallback.reconnectDelayMin", "it is longer than fallback.reconnectDelayMax", "make it the shorter one");
        if (!Network.TryGet(options.Network, out Network? network))
            yield break;
        if (options.Solo.Payout.Length > 0 && !OutputDescriptor.TryParse(options.Solo.Payout, network, out _, out string? soloError))
            yield return new ConfigurationProblem("solo.payout", soloError, "give an address of the network or a descriptor");
        for (int i = 0; i < options.OwnOutputs.Count; i++)
            if (!OutputDescriptor.TryParse(options.OwnOutputs[i].Output, network, out _, out string? outputError))
                yield return new ConfigurationProblem($"ownOutputs[{i}].output", outputError, "give an address of the network or a descriptor");
    }

    /// <inheritdoc />
    public override IRole Create(JobDeclaratorClientOptions options, RoleContext context) => new JobDeclaratorClientRole(options, context);
}
