using Sv2.ControlPlane.Security;
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

    /// <summary>Rejected shares since the start by the protocol's error code.</summary>
    public required IReadOnlyDictionary<string, long> SharesRejectedByReason { get; init; }

    /// <summary>Open connections of miners.</summary>
    public required double Connections { get; init; }

    /// <summary>Open mining channels.</summary>
    public required double Channels { get; init; }

    /// <summary>Height of the best chain; null where no role tells.</summary>
    public double? Height { get; init; }

    /// <summary>Subsidy and fees of the newest template in satoshi; null where no role tells.</summary>
    public double? TemplateValueSats { get; init; }

    /// <summary>Upstreams of all roles, and how many of them are connected.</summary>
    public required UpstreamCount Upstreams { get; init; }

    internal static async Task<Overview> OfAsync(IRoleHost host, ControlPlaneOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        StackFigures figures = await StackFigures.OfAsync(host, cancellationToken);
        StackHealth health = StackHealth.Of(figures.Instances);
        Page<BlockInfo> blocks = await host.ListBlocksAsync(new ListQuery { Limit = 1 }, cancellationToken);
        return new Overview
        {
            Version = options.Version,
            StartedAt = options.StartedAt,
            Now = time.GetUtcNow(),
            Health = health.Health,
            IsReady = health.IsReady,
            Problems = health.Problems,
            HashRate = figures.HashRate,
            SharesAccepted = figures.SharesAccepted,
            SharesRejected = figures.SharesRejected,
            SharesRejectedByReason = figures.Rejections,
            Blocks = blocks.Total,
            BestDifficulty = figures.BestDifficulty,
            Connections = figures.Connections,
            Channels = figures.Channels,
            Height = figures.Height,
            TemplateValueSats = figures.TemplateValueSats,
            Upstreams = new UpstreamCount(
                figures.Upstreams.Count(u => u.State is UpstreamState.Connected or UpstreamState.Ready),
                figures.Upstreams.Count()),
            MiningEndpoints =
            [
                .. from i in figures.Instances
                   from e in i.Report?.Endpoints ?? []
                   where e.Protocol is "mining" or "stratum-v1"
                   select new MiningEndpoint(i.Definition.Name, e.Protocol, e.Address, e.ConnectionString),
            ],
        };
    }
}

/// <summary>How many upstreams there are.</summary>
/// <param name="Connected">Those that are connected.</param>
/// <param name="Total">All.</param>
public sealed record UpstreamCount(int Connected, int Total);

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
            .IsFigure()
            .WithName("getOverview").WithTags("Overview").WithSummary("The stack at a glance: health, hash rate, shares, blocks, where miners connect.");
}
