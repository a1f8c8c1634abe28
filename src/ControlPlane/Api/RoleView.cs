using System.Text.Json.Nodes;
using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Api;

/// <summary>A role instance as REST clients see it.</summary>
public sealed record RoleView
{
    public required string Name { get; init; }

    public required string Kind { get; init; }

    /// <summary>What the operator wants of it.</summary>
    public required DesiredState DesiredState { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required RoleState State { get; init; }

    /// <summary>When the state began.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Why it failed, in plain words; null unless it failed.</summary>
    public string? FailureReason { get; init; }

    /// <summary>When a failed instance is tried again; null when it is not.</summary>
    public DateTimeOffset? RestartAt { get; init; }

    /// <summary>How often it was started again after a failure.</summary>
    public required int Restarts { get; init; }

    /// <summary>Place in the start order.</summary>
    public required int Order { get; init; }

    /// <summary>What the running role says of itself; null unless it runs.</summary>
    public RoleReport? Report { get; init; }

    /// <summary>The configuration as given; secrets show as ********.</summary>
    public required JsonObject Configuration { get; init; }

    internal static RoleView Of(RoleStatus status, IRoleHost host)
    {
        IRoleKind? kind = host.Kinds.FirstOrDefault(k => k.Name == status.Definition.Kind);
        return new RoleView
        {
            Name = status.Definition.Name,
            Kind = status.Definition.Kind,
            DesiredState = status.Definition.DesiredState,
            State = status.State,
            Since = status.Since,
            FailureReason = status.FailureReason,
            RestartAt = status.RestartAt,
            Restarts = status.Restarts,
            Order = status.Definition.Order,
            Report = status.Report,
            // Of a kind that is not known, nobody can tell which keys are secret.
            Configuration = kind is null ? [] : OptionsSecrets.Hide(kind, status.Definition.Configuration),
        };
    }
}

/// <summary>A role instance to be created.</summary>
public sealed record RoleCreation
{
    /// <summary>Lower-case letters, digits and hyphens, a letter first, at most 40 characters.</summary>
    public required string Name { get; init; }

    /// <summary>One of the kinds of <c>/api/v1/kinds</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Keys that are left out take their defaults.</summary>
    public JsonObject Configuration { get; init; } = [];

    /// <summary>Whether it is started at once.</summary>
    public DesiredState DesiredState { get; init; } = DesiredState.Running;

    /// <summary>Place in the start order: lower starts first and stops last.</summary>
    public int Order { get; init; } = 100;
}

/// <summary>A new configuration of a role instance.</summary>
public sealed record RoleUpdate
{
    /// <summary>The whole configuration. A secret given as ******** keeps its value.</summary>
    public required JsonObject Configuration { get; init; }
}
