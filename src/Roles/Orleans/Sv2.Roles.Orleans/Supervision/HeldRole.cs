using Sv2.Roles.Orleans.Grains;

namespace Sv2.Roles.Orleans.Supervision;

/// <summary>A role that this silo runs, and by which right.</summary>
internal sealed class HeldRole(string name, RoleGrant grant, long now)
{
    public string Name { get; } = name;

    /// <summary>The number of the ownership.</summary>
    public long Generation { get; } = grant.Generation;

    /// <summary>When the lease was last renewed, as a timestamp.</summary>
    public long RenewedAt { get; set; } = now;

    /// <summary>The version of the definition that is in effect; 0 before the first.</summary>
    public long AppliedVersion { get; set; }

    /// <summary>What is being done to the role now; completed when nothing is.</summary>
    public Task Work { get; set; } = Task.CompletedTask;

    /// <summary>Set when the role is being given up: no further order counts.</summary>
    public bool IsLeaving { get; set; }
}
