using System.Text.Json.Nodes;

namespace Sv2.Roles;

/// <summary>A role instance as its operator wants it: what a host stores, and all that it needs to run it again.</summary>
public sealed record RoleDefinition
{
    /// <summary>Length limit of <see cref="Name"/>.</summary>
    public const int NameLengthMax = 40;

    /// <summary>Unique in the host: lower-case letters, digits and hyphens, begins with a letter, at most 40 characters.</summary>
    public required string Name { get; init; }

    /// <summary>The kind's name, see <see cref="IRoleKind.Name"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The configuration as given; keys that are left out take their defaults. Treat as immutable.</summary>
    public JsonObject Configuration { get; init; } = [];

    /// <summary>Whether it should run. Survives a restart of the host.</summary>
    public DesiredState DesiredState { get; init; } = DesiredState.Running;

    /// <summary>Where it stands in the start order: lower starts first and stops last.</summary>
    public int Order { get; init; }
}

/// <summary>What the operator wants of an instance.</summary>
public enum DesiredState
{
    /// <summary>It runs, and is started again after a failure.</summary>
    Running,

    /// <summary>It stays stopped.</summary>
    Stopped,
}
