namespace Sv2.Roles.JobDeclaration;

/// <summary>Types of the events that roles of job declaration publish, beside <see cref="RoleEventTypes"/>.</summary>
public static class DeclarationEvents
{
    /// <summary>A declaration or a custom job was refused, or a client or server changed its mind about one.</summary>
    public const string Declaration = "declaration";

    /// <summary>Tokens ran out, or somebody asks for too many.</summary>
    public const string Tokens = "tokens";
}
