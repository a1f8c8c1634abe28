namespace Sv2.Roles.Hosting;

/// <summary>The health of everything that should run, and why it is not better.</summary>
/// <param name="Health">The worst of the instances that should run.</param>
/// <param name="IsReady">Whether each of them runs and none is unhealthy.</param>
/// <param name="Problems">One line for each instance that is not healthy.</param>
public sealed record StackHealth(RoleHealth Health, bool IsReady, IReadOnlyList<string> Problems)
{
    /// <summary>Adds up the states of a host's instances. Those that are stopped as asked do not count.</summary>
    public static StackHealth Of(IEnumerable<RoleStatus> instances)
    {
        var health = RoleHealth.Healthy;
        bool ready = true;
        var problems = new List<string>();
        foreach (RoleStatus instance in instances.Where(i => i.Definition.DesiredState == DesiredState.Running))
        {
            (RoleHealth own, string message) = instance switch
            {
                { State: RoleState.Running, Report: { } report } => (report.Health, report.Message),
                { State: RoleState.Failed } => (RoleHealth.Unhealthy, instance.FailureReason ?? "Failed."),
                _ => (RoleHealth.Degraded, $"{instance.State}."),
            };
            ready &= instance.State == RoleState.Running && own != RoleHealth.Unhealthy;
            health = own > health ? own : health;
            if (own != RoleHealth.Healthy)
                problems.Add($"{instance.Definition.Name}: {message}");
        }

        return new StackHealth(health, ready, problems);
    }
}
