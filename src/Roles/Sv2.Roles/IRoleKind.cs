namespace Sv2.Roles;

/// <summary>
/// A kind of role: what it is called, how it is configured and how one is made. A host knows roles only through this.
/// Implement it by deriving from <see cref="RoleKind{TOptions}"/>.
/// </summary>
public interface IRoleKind
{
    /// <summary>The name that configurations use, such as <c>pool</c>: lower-case letters, digits and hyphens.</summary>
    string Name { get; }

    /// <summary>One sentence for lists and help texts.</summary>
    string Summary { get; }

    /// <summary>The plain options class that a configuration is bound to.</summary>
    Type OptionsType { get; }

    /// <summary>A complete, valid set of options to start from; an instance of <see cref="OptionsType"/>.</summary>
    object Example { get; }

    /// <summary>
    /// Checks what attributes cannot say, such as two keys that exclude each other. <paramref name="options"/> has already
    /// passed its annotations. Yields nothing when all is well. Must not touch files or the network.
    /// </summary>
    IEnumerable<ConfigurationProblem> Validate(object options);

    /// <summary>
    /// Makes an instance that has not started. Cheap, without I/O.
    /// </summary>
    /// <param name="options">Validated options of type <see cref="OptionsType"/>.</param>
    /// <param name="context">What the host gives this instance.</param>
    IRole Create(object options, RoleContext context);
}
