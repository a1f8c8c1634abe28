using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Api;

/// <summary>The stack at a glance.</summary>
public sealed record Overview
{
    /// <summary>Version of this program.</summary>
    public required string Version { get; init; }

    /// <summary>When the control plane started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The server's time.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The worst health of the instances that should run.</summary>
    public required RoleHealth Health { get; init; }

    /// <summary>Whether each of them runs and none is unhealthy.</summary>
    public required bool IsReady { get; init; }

    /// <summary>One line for each that is not healthy.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Hash rate in H/s, counted once: at the pools if there are any, else at the proxies, else at the devices.</summary>
    public required double HashRate { get; init; }

    /// <summary>Shares accepted since the start, counted at the same roles.</summary>
    public required double SharesAccepted { get; init; }

    /// <summary>Shares rejected since the start, counted at the same roles.</summary>
    public required double SharesRejected { get; init; }

    /// <summary>Blocks known to the roles that run.</summary>
    public required long Blocks { get; init; }

    /// <summary>Best share difficulty since the start.</summary>
    public required double BestDifficulty { get; init; }

    /// <summary>Where miners connect.</summary>
    public required IReadOnlyList<MiningEndpoint> MiningEndpoints { get; init; }

    internal static async Task<Overview> OfAsync(IRoleHost host, ControlPlaneOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        IReadOnlyList<RoleStatus> instances = await host.ListAsync(cancellationToken);
        StackHealth health = StackHealth.Of(instances);
        List<RoleReport> counted = [.. CountedOnce([.. instances.Select(i => i.Report).OfType<RoleReport>()])];
        Page<BlockInfo> blocks = await host.ListBlocksAsync(new ListQuery { Limit = 1 }, cancellationToken);
        return new Overview
        {
            Version = options.Version,
            StartedAt = options.StartedAt,
            Now = time.GetUtcNow(),
            Health = health.Health,
            IsReady = health.IsReady,
            Problems = health.Problems,
            HashRate = Sum(counted, FigureNames.HashRate),
            SharesAccepted = Sum(counted, FigureNames.SharesAccepted),
            SharesRejected = Sum(counted, FigureNames.SharesRejected),
            Blocks = blocks.Total,
            BestDifficulty = counted.SelectMany(r => r.Figures).Where(f => f.Name == FigureNames.BestDifficulty).Select(f => f.Value).DefaultIfEmpty().Max(),
            MiningEndpoints =
            [
                .. from i in instances
                   from e in i.Report?.Endpoints ?? []
                   where e.Protocol is "mining" or "stratum-v1"
                   select new MiningEndpoint(i.Definition.Name, e.Protocol, e.Address, e.ConnectionString),
            ],
        };
    }

    /// <summary>The roles at the one end of the stack where every share is counted once.</summary>
    private static IEnumerable<RoleReport> CountedOnce(IReadOnlyList<RoleReport> reports)
    {
        static bool Listens(RoleReport r) => r.Endpoints.Any(e => e.Protocol == "mining" || e.Protocol == "stratum-v1");
        static bool Mines(RoleReport r) => r.Upstreams.Any(u => u.Protocol == "mining");
        List<RoleReport> pools = [.. reports.Where(r => Listens(r) && !Mines(r))];
        if (pools.Count > 0)
            return pools;
        List<RoleReport> proxies = [.. reports.Where(Listens)];
        return proxies.Count > 0 ? proxies : reports.Where(Mines);
    }

    private static double Sum(IEnumerable<RoleReport> reports, string name) =>
        reports.SelectMany(r => r.Figures).Where(f => f.Name == name).Sum(f => f.Value);
}

/// <summary>A place where miners connect.</summary>
/// <param name="Instance">The role instance.</param>
/// <param name="Protocol"><c>mining</c> or <c>stratum-v1</c>.</param>
/// <param name="Address">Address and port.</param>
/// <param name="ConnectionString">What to paste into a miner; null where there is none.</param>
public sealed record MiningEndpoint(string Instance, string Protocol, string Address, string? ConnectionString);

/// <summary>The overview.</summary>
internal static class OverviewApi
{
    public static void MapOverview(this RouteGroupBuilder api) =>
        api.MapGet("/overview", (IRoleHost host, ControlPlaneOptions options, TimeProvider time, CancellationToken cancellationToken) => Overview.OfAsync(host, options, time, cancellationToken))
            .WithName("getOverview").WithTags("Overview").WithSummary("The stack at a glance: health, hash rate, shares, blocks, where miners connect.");
}
