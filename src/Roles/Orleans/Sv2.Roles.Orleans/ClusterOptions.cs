namespace Sv2.Roles.Orleans;

/// <summary>How the silos of a cluster share the roles. The same on every silo.</summary>
public sealed record ClusterOptions
{
    /// <summary>How often a silo tells the grains that it still runs its roles, and looks for roles that nobody runs.</summary>
    public TimeSpan ReconcileInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a role stays with a silo that is not heard of. After that another silo takes it, so this is about the time
    /// that a role is away when its silo dies.
    /// </summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// When a silo stops a role by itself because it could not renew the lease. Shorter than <see cref="Lease"/> by more than
    /// a role needs to stop, so that never two silos run one role.
    /// </summary>
    public TimeSpan FenceAfter { get; init; } = TimeSpan.FromSeconds(9);

    /// <summary>How long a free role waits for silos to apply, so that the one with the fewest roles gets it.</summary>
    public TimeSpan ClaimWindow { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>How often shares and blocks that the roles have booked go up to the grains, one call a front end.</summary>
    public TimeSpan ShareInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long the front ends of a pool wait for the one that follows the template provider for all of them, before another does;
    /// and how long one that is cut off from the others waits before it connects by itself.
    /// </summary>
    public TimeSpan ExchangePatience { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long a call to a grain may take.</summary>
    internal TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Most role instances of the cluster.</summary>
    public int InstancesMax { get; init; } = 256;

    /// <summary>Throws when the times do not fit together.</summary>
    /// <exception cref="ConfigurationException">Names the setting.</exception>
    public void Validate()
    {
        if (ReconcileInterval <= TimeSpan.Zero)
            throw new ConfigurationException("reconcileInterval", $"{ReconcileInterval} is not a time to wait", "choose about a second");
        if (FenceAfter < 3 * ReconcileInterval)
            throw new ConfigurationException("fenceAfter", $"{FenceAfter} is less than three reconcile intervals of {ReconcileInterval}", "a role would stop for a single lost message");
        if (Lease < FenceAfter + TimeSpan.FromSeconds(4))
            throw new ConfigurationException("lease", $"{Lease} is less than fenceAfter {FenceAfter} and the 4 s that a role may take to stop", "two silos could run one role");
    }
}
