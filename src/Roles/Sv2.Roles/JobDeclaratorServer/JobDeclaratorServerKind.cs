using Sv2.Bitcoin;
using Sv2.Roles.Node;

namespace Sv2.Roles.JobDeclaratorServer;

/// <summary>The role kind <c>job-declarator-server</c>.</summary>
public sealed class JobDeclaratorServerKind : RoleKind<JobDeclaratorServerOptions>
{
    /// <summary>Name of the kind.</summary>
    public const string KindName = "job-declarator-server";

    /// <inheritdoc />
    public override string Name => KindName;

    /// <inheritdoc />
    public override string Summary => "Gives miners tokens for jobs of their own, checks the jobs they declare against a Bitcoin node, and publishes the blocks they find.";

    /// <inheritdoc />
    public override JobDeclaratorServerOptions Example => new()
    {
        Network = "regtest",
        // The example key of BIP 173: everybody has its secret, so it is for regtest only.
        Payout = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
        Nodes = [new RpcNodeOptions { Url = "http://127.0.0.1:18443", CookieFile = "/home/bitcoin/.bitcoin/regtest/.cookie" }],
    };

    /// <inheritdoc />
    public override IEnumerable<ConfigurationProblem> Validate(JobDeclaratorServerOptions options)
    {
        const string fix = "give an address of the network or a descriptor";
        // Where the network itself is unknown, its own key is at fault.
        if (Network.TryGet(options.Network, out Network? network))
        {
            if (!OutputDescriptor.TryParse(options.Payout, network, out _, out string? error))
                yield return new ConfigurationProblem("payout", error, fix);
            for (int i = 0; i < options.FurtherOutputs.Count; i++)
                if (!OutputDescriptor.TryParse(options.FurtherOutputs[i], network, out _, out error))
                    yield return new ConfigurationProblem($"furtherOutputs[{i}]", error, "give a descriptor such as raw(6a0474657374)");
        }
        if (options.Mode != DeclarationMode.CoinbaseOnly && options.Nodes.Count == 0)
            yield return new ConfigurationProblem("nodes", "is empty, but declared transactions are checked with a node", "name one, or set mode to coinbase-only");
        for (int i = 0; i < options.Nodes.Count; i++)
            if (options.Nodes[i].Fault($"nodes[{i}]") is { } fault)
                yield return fault;
        if (options.NodeFollowing.BackoffMin > options.NodeFollowing.BackoffMax)
            yield return new ConfigurationProblem("nodeFollowing.backoffMin", "is longer than backoffMax", "choose a shorter time");
    }

    /// <inheritdoc />
    public override IRole Create(JobDeclaratorServerOptions options, RoleContext context) => new JobDeclaratorServerRole(options, context);
}
