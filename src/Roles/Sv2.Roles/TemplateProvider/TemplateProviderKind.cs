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
        if (options.Source.Kind != TemplateSourceKind.BitcoinCore)
            yield break;
        if (options.Source.BitcoinCore is not { Nodes.Count: > 0 } core)
        {
            yield return new("source.bitcoinCore.nodes", "is missing, but source.kind is bitcoin-core", "name at least one node");
            yield break;
        }
        for (int i = 0; i < core.Nodes.Count; i++)
            if (Fault(core.Nodes[i]) is { } fault)
                yield return fault with { Key = $"source.bitcoinCore.nodes[{i}]{fault.Key}" };
    }

    private static ConfigurationProblem? Fault(BitcoinCoreNodeOptions node)
    {
        if (!Uri.TryCreate(node.Url, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https"))
            return new(".url", $"'{node.Url}' is not an address such as http://127.0.0.1:8332", "give scheme, host and port");
        if (url.UserInfo.Length > 0)
            return new(".url", "holds a user or password, which would be shown in reports", "use user and password, or cookieFile");
        if (node.CookieFile is not null && (node.User is not null || node.Password is not null))
            return new("", "has both a cookie file and a user or password", "give one of them");
        if (node.CookieFile is null && (node.User is null || node.Password is null))
            return new("", "has neither a cookie file nor user and password", "set cookieFile to the node's .cookie file, or user and password");
        return null;
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
