namespace Sv2.Roles;

/// <summary>Base of every role kind: ties the kind to its options class.</summary>
/// <typeparam name="TOptions">
/// A plain class with <c>init</c> properties, defaults, XML documentation (or <c>[Description]</c>, which the forms show) and
/// data annotations. In JSON its members are camelCase; unknown members are refused.
/// </typeparam>
public abstract class RoleKind<TOptions> : IRoleKind
    where TOptions : class
{
    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract string Summary { get; }

    /// <inheritdoc cref="IRoleKind.Example"/>
    public abstract TOptions Example { get; }

    /// <inheritdoc/>
    public Type OptionsType => typeof(TOptions);

    object IRoleKind.Example => Example;

    /// <inheritdoc cref="IRoleKind.Create"/>
    public abstract IRole Create(TOptions options, RoleContext context);

    /// <inheritdoc cref="IRoleKind.Validate"/>
    public virtual IEnumerable<ConfigurationProblem> Validate(TOptions options) => [];

    IRole IRoleKind.Create(object options, RoleContext context) => Create((TOptions)options, context);

    IEnumerable<ConfigurationProblem> IRoleKind.Validate(object options) => Validate((TOptions)options);
}
