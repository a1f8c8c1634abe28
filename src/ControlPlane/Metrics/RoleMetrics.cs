using Sv2.Roles;

namespace Sv2.ControlPlane.Metrics;

/// <summary>Gauges of the role instances, from the host's list: known to every host, whatever the roles measure themselves.</summary>
internal sealed class RoleMetrics(IRoleHost host)
{
    public async Task WriteAsync(PrometheusText text, CancellationToken cancellationToken)
    {
        IReadOnlyList<RoleStatus> instances = await host.ListAsync(cancellationToken);
        Gauge(text, "sv2_role_up", "1 while the instance runs.", instances, i => i.State == RoleState.Running ? 1 : 0);
        Gauge(text, "sv2_role_desired", "1 if the instance should run.", instances, i => i.Definition.DesiredState == DesiredState.Running ? 1 : 0);
        Gauge(text, "sv2_role_health", "0 healthy, 1 degraded, 2 unhealthy.", instances, i => i.Report is { } r ? (int)r.Health : (int)RoleHealth.Unhealthy);
        Gauge(text, "sv2_role_restarts", "Restarts after a failure since the last start by hand.", instances, i => i.Restarts);
        Upstreams(text, instances);
    }

    private static void Gauge(PrometheusText text, string name, string help, IReadOnlyList<RoleStatus> instances, Func<RoleStatus, double> value)
    {
        text.Family(name, SeriesKind.Gauge, help);
        foreach (RoleStatus instance in instances)
            text.Sample(name, [new("instance", instance.Definition.Name), new("kind", instance.Definition.Kind)], value(instance));
    }

    private static void Upstreams(PrometheusText text, IReadOnlyList<RoleStatus> instances)
    {
        text.Family("sv2_role_upstream_connected", SeriesKind.Gauge, "1 while the upstream is connected.");
        foreach (RoleStatus instance in instances)
        {
            int index = 0;
            foreach (UpstreamInfo upstream in instance.Report?.Upstreams ?? [])
            {
                text.Sample(
                    "sv2_role_upstream_connected",
                    [new("instance", instance.Definition.Name), new("protocol", upstream.Protocol), new("index", index++)],
                    upstream.State == UpstreamState.Connected ? 1 : 0);
            }
        }
    }
}
