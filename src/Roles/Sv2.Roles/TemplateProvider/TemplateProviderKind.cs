using System.Net;
using Sv2.Roles.TemplateProvider.BitcoinCore;
using Sv2.Roles.TemplateProvider.EmbeddedChain;

namespace Sv2.Roles.TemplateProvider;

/// <summary>The kind <c>template-provider</c>.</summary>
public sealed class TemplateProviderKind : RoleKind<TemplateProviderOptions>
{
    /// <summary>Name of the kind.</summary>
    public const string KindName = "template-provider";

    /// <inheritdoc/>
    public override string Name => KindName;

    /// <inheritdoc/>
    public override string Summary => "Serves block templates of Bitcoin Core or of an embedded chain over the Template Distribution Protocol, and gives the blocks found on them to the node.";

    /// <inheritdoc/>
    public override TemplateProviderOptions Example => new();

    /// <inheritdoc/>
    public override IEnumerable<ConfigurationProblem> Validate(TemplateProviderOptions options)
    {
        if (options.TemplateRefresh < options.TemplateInterval)
            yield return new("templateRefresh", "is shorter than templateInterval", "choose a longer time");
        if (options.Source.Embedded.Rpc is { Enabled: true } rpc && !IPAddress.IsLoopback(rpc.Listen.Address))
            yield return new("source.embedded.rpc.listen", $"{rpc.Listen.Address} can be reached by other machines", "choose 127.0.0.1 or ::1");
        if (options.Source.Kind != TemplateSourceKind.BitcoinCore)
            yield break;
        if (options.Source.BitcoinCore is not { Nodes.Count: > 0 } core)
        {
            yield return new("source.bitcoinCore.nodes", "is missing, but source.kind is bitcoin-core", "name at least one node");
            yield break;
        }
        for (int i = 0; i < core.Nodes.Count; i++)
            if (core.Nodes[i].Fault($"source.bitcoinCore.nodes[{i}]") is { } fault)
                yield return fault;
    }

    /// <inheritdoc/>
    public override IRole Create(TemplateProviderOptions options, RoleContext context)
    {
        INode node = options.Source is { Kind: TemplateSourceKind.BitcoinCore, BitcoinCore: { } core }
            ? new BitcoinCoreNode(core, context.DataDirectory, context.TimeProvider, context.LoggerFactory)
            : new EmbeddedNode(options.Source.Embedded, context.DataDirectory, context.TimeProvider, context.LoggerFactory);
        return new TemplateProviderRole(options, node, context);
    }
}
