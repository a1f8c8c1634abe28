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
    public override string Summary => "Serves block templates of an embedded chain over the Template Distribution Protocol, and gives the blocks found on them to it.";

    /// <inheritdoc/>
    public override TemplateProviderOptions Example => new();

    /// <inheritdoc/>
    public override IEnumerable<ConfigurationProblem> Validate(TemplateProviderOptions options)
    {
        if (options.TemplateRefresh < options.TemplateInterval)
            yield return new("templateRefresh", "is shorter than templateInterval", "choose a longer time");
    }

    /// <inheritdoc/>
    public override IRole Create(TemplateProviderOptions options, RoleContext context)
    {
        INode node = new EmbeddedNode(options.Source.Embedded, context.DataDirectory, context.TimeProvider, context.LoggerFactory);
        return new TemplateProviderRole(options, node, context);
    }
}
