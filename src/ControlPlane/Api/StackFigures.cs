using Sv2.Roles;

namespace Sv2.ControlPlane.Api;

/// <summary>The stack's figures, put together from what its roles report.</summary>
/// <param name="Instances">All instances.</param>
internal sealed record StackFigures(IReadOnlyList<RoleStatus> Instances)
{
    /// <summary>The reports at the one end of the stack where every share is counted once.</summary>
    public IReadOnlyList<RoleReport> Counted { get; } = [.. CountedOnce(Instances).Select(s => s.Report!)];

    /// <summary>Hash rate in H/s.</summary>
    public double HashRate => Sum(FigureNames.HashRate);

    public double SharesAccepted => Sum(FigureNames.SharesAccepted);

    public double SharesRejected => Sum(FigureNames.SharesRejected);

    public double Connections => Sum(FigureNames.Connections);

    public double Channels => Sum(FigureNames.Channels);

    public double BestDifficulty => Max(Counted, FigureNames.BestDifficulty);

    /// <summary>Height of the best chain that a role knows; null where none does.</summary>
    public double? Height => Find(FigureNames.Height);

    /// <summary>Subsidy and fees of the newest template in satoshi; null where no role tells.</summary>
    public double? TemplateValueSats => Find("templateValue");

    /// <summary>Transactions that wait for a block; null where no role tells.</summary>
    public double? MempoolTransactions => Find(FigureNames.MempoolTransactions);

    /// <summary>Rejected shares by the protocol's error code.</summary>
    public IReadOnlyDictionary<string, long> Rejections =>
        Counted.SelectMany(r => r.Rejections).GroupBy(r => r.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Sum(r => r.Value), StringComparer.Ordinal);

    public IEnumerable<UpstreamInfo> Upstreams => Instances.SelectMany(i => i.Report?.Upstreams ?? []);

    public static async ValueTask<StackFigures> OfAsync(IRoleHost host, CancellationToken cancellationToken) => new(await host.ListAsync(cancellationToken));

    /// <summary>The pools if there are any, else the proxies, else the devices.</summary>
    public static IEnumerable<RoleStatus> CountedOnce(IReadOnlyList<RoleStatus> instances)
    {
        static bool Listens(RoleReport r) => r.Endpoints.Any(e => e.Protocol is "mining" or "stratum-v1");
        static bool Mines(RoleReport r) => r.Upstreams.Any(u => u.Protocol == "mining");
        List<RoleStatus> reporting = [.. instances.Where(i => i.Report is not null)];
        List<RoleStatus> pools = [.. reporting.Where(i => Listens(i.Report!) && !Mines(i.Report!))];
        if (pools.Count > 0)
            return pools;
        List<RoleStatus> proxies = [.. reporting.Where(i => Listens(i.Report!))];
        return proxies.Count > 0 ? proxies : reporting.Where(i => Mines(i.Report!));
    }

    /// <summary>A figure of one report; null where it has none of the name.</summary>
    public static double? Of(RoleReport? report, string name) => report?.Figures.FirstOrDefault(f => f.Name == name)?.Value;

    private double Sum(string name) => Counted.SelectMany(r => r.Figures).Where(f => f.Name == name).Sum(f => f.Value);

    private static double Max(IEnumerable<RoleReport> reports, string name) =>
        reports.SelectMany(r => r.Figures).Where(f => f.Name == name).Select(f => f.Value).DefaultIfEmpty().Max();

    private double? Find(string name)
    {
        List<double> found = [.. Instances.SelectMany(i => i.Report?.Figures ?? []).Where(f => f.Name == name).Select(f => f.Value)];
        return found.Count == 0 ? null : found.Max();
    }
}
