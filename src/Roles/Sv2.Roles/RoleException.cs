namespace Sv2.Roles;

/// <summary>A role cannot do what was asked, for a reason that an operator can understand. No stack trace is shown for it.</summary>
public class RoleException : Exception
{
    public RoleException(string message, string? fix = null, Exception? inner = null)
        : base(message, inner) => Fix = fix;

    /// <summary>What to do about it, as an imperative sentence; null where nothing can be said.</summary>
    public string? Fix { get; }
}

/// <summary>A name is not known to the host.</summary>
/// <param name="name">The name that was asked for.</param>
/// <param name="what">What it should have been the name of.</param>
public sealed class RoleNotFoundException(string name, string what = "role instance")
    : RoleException($"There is no {what} named '{name}'.", "List them for their names.")
{
    /// <summary>The name that was asked for.</summary>
    public string Name => name;

    /// <summary>What it should have been the name of.</summary>
    public string What => what;
}

/// <summary>What was asked does not fit the present state, such as creating a name that is taken.</summary>
public sealed class RoleConflictException(string message, string? fix = null) : RoleException(message, fix);
