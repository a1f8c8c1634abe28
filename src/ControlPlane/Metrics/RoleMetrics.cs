using Sv2.ControlPlane.History;
using Sv2.Roles;

namespace Sv2.ControlPlane.Metrics;

/// <summary>Gauges of the role instances, from the host's list: known to every host, whatever the roles measure themselves.</summary>
internal sealed class RoleMetrics(IRoleHost host, AlarmBoard alarms)
{
    public async Task WriteAsync(PrometheusText text, CancellationToken cancellationToken)
    {
        IReadOnlyList<RoleStatus> instances = await host.ListAsync(cancellationToken);
        Gauge(text, "sv2_role_up", "1 while the instance runs.", instances, i => i.State == RoleState.Running ? 1 : 0);
        Gauge(text, "sv2_role_desired", "1 if the instance should run.", instances, i => i.Definition.DesiredState == DesiredState.Running ? 1 : 0);
        Gauge(text, "sv2_role_health", "0 healthy, 1 degraded, 2 unhealthy.", instances, i => i.Report is { } r ? (int)r.Health : (int)RoleHealth.Unhealthy);
        Gauge(text, "sv2_role_restarts", "Restarts after a failure since the last start by hand.", instances, i => i.Restarts);
        Figures(text, "sv2_role_hash_rate_hashes_per_second", "Hash rate: measured by a device, estimated from accepted shares elsewhere.", instances, FigureNames.HashRate);
        Figures(text, "sv2_role_connections", "Open downstream connections.", instances, FigureNames.Connections);
        Figures(text, "sv2_role_channels", "Open channels.", instances, FigureNames.Channels);
        Figures(text, "sv2_role_best_difficulty", "Best share difficulty since the start.", instances, FigureNames.BestDifficulty);
        Figures(text, "sv2_role_height", "Height of the best block known.", instances, FigureNames.Height);
        Figures(text, "sv2_role_mempool_transactions", "Transactions that wait for a block.", instances, FigureNames.MempoolTransactions);
        Figures(text, "sv2_role_template_value_satoshis", "Subsidy and fees of the newest template.", instances, "templateValue");
        Shares(text, instances);
        Upstreams(text, instances);
        text.Family("sv2_alarms", SeriesKind.Gauge, "Alarms that are on.");
        foreach (RoleEventSeverity severity in (RoleEventSeverity[])[RoleEventSeverity.Warning, RoleEventSeverity.Error])
            text.Sample("sv2_alarms", [new("severity", severity.ToString().ToLowerInvariant())], alarms.Active.Count(a => a.Severity == severity));
    }

    private static void Figures(PrometheusText text, string name, string help, IReadOnlyList<RoleStatus> instances, string figure)
    {
        text.Family(name, SeriesKind.Gauge, help);
        foreach (RoleStatus instance in instances)
        {
            if (instance.Report?.Figures.FirstOrDefault(f => f.Name == figure) is { } found)
                text.Sample(name, [new("instance", instance.Definition.Name), new("kind", instance.Definition.Kind)], found.Value);
        }
    }

    /// <summary>Shares of each instance; the verdicts are the protocol's codes, so there is a bounded number of them.</summary>
    private static void Shares(PrometheusText text, IReadOnlyList<RoleStatus> instances)
    {
        const string name = "sv2_role_shares_total";
        text.Family(name, SeriesKind.Counter, "Shares since the instance's start, by verdict.");
        foreach (RoleStatus instance in instances)
        {
            if (instance.Report is not { } report || report.Figures.FirstOrDefault(f => f.Name == FigureNames.SharesAccepted) is not { } accepted)
                continue;
            void Sample(string verdict, double value) =>
                text.Sample(name, [new("instance", instance.Definition.Name), new("kind", instance.Definition.Kind), new("verdict", verdict)], value);
            Sample("accepted", accepted.Value);
            foreach ((string code, long count) in report.Rejections)
                Sample(code, count);
            double untold = (report.Figures.FirstOrDefault(f => f.Name == FigureNames.SharesRejected)?.Value ?? 0) - report.Rejections.Values.Sum();
            if (untold > 0)
                Sample("rejected", untold);
        }
    }

    private static void Gauge(PrometheusText text, string name, string help, IReadOnlyList<RoleStatus> instances, Func<RoleStatus, double> value)
    {
        text.Family(name, SeriesKind.Gauge, help);
        foreach (RoleStatus instance in instances)
            text.Sample(name, [new("instance", instance.Definition.Name), new("kind", instance.Definition.Kind)], value(instance));
    }

    private static void Upstreams(PrometheusText text, IReadOnlyList<RoleStatus> instances)
    {
        Upstreams(text, "sv2_role_upstream_connected", "1 while the upstream is connected.", instances, u => u.State is UpstreamState.Connected or UpstreamState.Ready ? 1 : 0);
        Upstreams(text, "sv2_role_upstream_latency_seconds", "Smoothed time from a share or request to the upstream's answer.", instances, u => u.LatencyMilliseconds / 1000);
    }

    private static void Upstreams(PrometheusText text, string name, string help, IReadOnlyList<RoleStatus> instances, Func<UpstreamInfo, double?> value)
    {
        text.Family(name, SeriesKind.Gauge, help);
        foreach (RoleStatus instance in instances)
        {
            int index = 0;
            foreach (UpstreamInfo upstream in instance.Report?.Upstreams ?? [])
            {
                KeyValuePair<string, object?>[] tags = [new("instance", instance.Definition.Name), new("protocol", upstream.Protocol), new("index", index++)];
                if (value(upstream) is { } found)
                    text.Sample(name, tags, found);
            }
        }
    }
}
