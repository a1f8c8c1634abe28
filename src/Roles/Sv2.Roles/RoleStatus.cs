namespace Sv2.Roles;

/// <summary>An instance as a host sees it: its definition, the state of its life cycle and its own report.</summary>
public sealed record RoleStatus
{
    /// <summary>The stored definition.</summary>
    public required RoleDefinition Definition { get; init; }

    /// <summary>Where the instance is in its life.</summary>
    public required RoleState State { get; init; }

    /// <summary>When <see cref="State"/> began.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Why it failed, in plain words, with the fix where there is one; null unless it failed.</summary>
    public string? FailureReason { get; init; }

    /// <summary>The keys to change, where the failure is a matter of configuration; empty otherwise.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems { get; init; } = [];

    /// <summary>When a failed instance is tried again; null when it is not.</summary>
    public DateTimeOffset? RestartAt { get; init; }

    /// <summary>How often it was started again after a failure since it last was asked to start.</summary>
    public int Restarts { get; init; }

    /// <summary>The role's report while it runs; null otherwise.</summary>
    public RoleReport? Report { get; init; }
}

/// <summary>Where an instance is in its life.</summary>
public enum RoleState
{
    /// <summary>It does not run, as asked.</summary>
    Stopped,

    /// <summary>It is being started.</summary>
    Starting,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It is being stopped.</summary>
    Stopping,

    /// <summary>It should run and does not; see the reason, and the time of the next attempt.</summary>
    Failed,
}
