namespace Sv2.ControlPlane.Security;

/// <summary>What somebody may do. Each scope holds those before it.</summary>
public enum Scope
{
    /// <summary>Nothing but what is open to everybody.</summary>
    None,

    /// <summary>Look at everything but tokens, sessions and the audit log.</summary>
    Read,

    /// <summary>Start, stop, restart and drain roles, set the log level.</summary>
    Operate,

    /// <summary>Everything: create, configure and delete roles, keys, tokens and sessions.</summary>
    Admin,
}

/// <summary>What those who have not signed in may do.</summary>
public enum AnonymousAccess
{
    /// <summary>Only ask whether the program lives, and sign in.</summary>
    None,

    /// <summary>See health, blocks and the figures of the whole stack.</summary>
    Figures,

    /// <summary>See all that the scope <c>read</c> sees.</summary>
    Read,
}

/// <summary>Who may call an operation. An operation without a rule is for administrators.</summary>
/// <param name="Scope">The scope that it needs.</param>
/// <param name="IsFigure">Whether it shows figures of the whole stack, which may be open to those who have not signed in.</param>
internal sealed record AccessRule(Scope Scope, bool IsFigure)
{
    /// <summary>Needs administrators.</summary>
    public static readonly AccessRule Strictest = new(Scope.Admin, false);

    /// <summary>The scope that a request needs after what is open to everybody.</summary>
    public Scope NeedOf(AnonymousAccess anonymous) =>
        (anonymous >= AnonymousAccess.Figures && IsFigure) || (anonymous == AnonymousAccess.Read && Scope == Scope.Read) ? Scope.None : Scope;
}

/// <summary>Says of an operation who may call it.</summary>
internal static class AccessRules
{
    /// <summary>Only callers of this scope.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder builder, Scope scope)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new AccessRule(scope, false));

    /// <summary>Figures of the whole stack: for the scope <c>read</c>, or for everybody where the server is set up so.</summary>
    public static TBuilder IsFigure<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new AccessRule(Scope.Read, true));

    /// <summary>Open to everybody.</summary>
    public static TBuilder IsOpen<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new AccessRule(Scope.None, false));
}
