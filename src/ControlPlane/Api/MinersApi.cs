using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sv2.ControlPlane.History;
using Sv2.ControlPlane.Security;
using Sv2.Roles;

namespace Sv2.ControlPlane.Api;

/// <summary>Workers, and miners: all workers of one account.</summary>
internal static class MinersApi
{
    private const int PartsMax = 1000;
    private const int BlocksMax = 20;

    private static readonly SortFields<WorkerInfo> WorkerFields = new SortFields<WorkerInfo>()
        .By("name", w => w.Name).By("instance", w => w.Instance).By("hashRate", w => w.HashRate).By("sharesAccepted", w => w.SharesAccepted)
        .By("sharesRejected", w => w.SharesRejected).By("rejectedPercent", w => WorkerView.PercentRejected(w.SharesAccepted, w.SharesRejected))
        .By("bestDifficulty", w => w.BestDifficulty).By("lastShareAt", w => w.LastShareAt).By("channels", w => w.Channels).By("isOnline", w => w.IsOnline);

    private static readonly SortFields<MinerView> MinerFields = new SortFields<MinerView>()
        .By("account", m => m.Account).By("hashRate", m => m.HashRate).By("sharesAccepted", m => m.SharesAccepted).By("sharesRejected", m => m.SharesRejected)
        .By("rejectedPercent", m => m.RejectedPercent).By("bestDifficulty", m => m.BestDifficulty).By("lastShareAt", m => m.LastShareAt)
        .By("workers", m => m.Workers).By("workersOnline", m => m.WorkersOnline);

    public static void MapMiners(this RouteGroupBuilder api)
    {
        RouteGroupBuilder miners = api.MapGroup("").WithTags("Miners").Needs(Scope.Read);
        miners.MapGet("/workers", ListWorkersAsync).WithName("listWorkers").WithSummary("Workers with their shares.").Fails(StatusCodes.Status400BadRequest);
        miners.MapGet("/workers/{instance}/{id}", GetWorkerAsync).WithName("getWorker").WithSummary("One worker of a role instance.").Fails(StatusCodes.Status404NotFound);
        miners.MapGet("/workers/{instance}/{id}/series", GetWorkerSeriesAsync).WithName("getWorkerSeries").WithSummary("What a worker did over time.")
            .Fails(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound);
        miners.MapGet("/miners", ListMinersAsync).WithName("listMiners").WithSummary("Miners by account: the user identity up to its first point.").Fails(StatusCodes.Status400BadRequest);
        miners.MapGet("/miners/{id}", GetMinerAsync).WithName("getMiner").WithSummary("One miner with workers, channels and blocks.").Fails(StatusCodes.Status404NotFound);
        miners.MapGet("/miners/{id}/series", GetMinerSeriesAsync).WithName("getMinerSeries").WithSummary("What a miner did over time.")
            .Fails(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound);
    }

    private static async Task<Ok<Page<WorkerView>>> ListWorkersAsync(
        [AsParameters] SortedListParameters part,
        [FromQuery, Description("Only workers that are online, or that are not.")] bool? online,
        [FromQuery, Description("Whether each has its sparkline with it.")] bool? sparkline,
        MiningBoard board, WorkerHistory history, CancellationToken cancellationToken)
    {
        ListQuery query = part.ToQuery();
        IEnumerable<WorkerInfo> workers = (await board.WorkersAsync(cancellationToken)).OrderedBy(WorkerFields, part.Sort);
        if (query.Instance is { } instance)
            workers = workers.Where(w => w.Instance == instance);
        if (online is { } wanted)
            workers = workers.Where(w => w.IsOnline == wanted);
        Page<WorkerInfo> page = Page.Of(workers, query, w => w.Name);
        return TypedResults.Ok(new Page<WorkerView>(
            [.. page.Items.Select(w => WorkerView.Of(w, sparkline == true ? history.Sparkline(new HistoryKey(w.Instance, w.Name)) : null))], page.Total));
    }

    private static async Task<Ok<WorkerView>> GetWorkerAsync(string instance, string id, MiningBoard board, WorkerHistory history, CancellationToken cancellationToken)
    {
        WorkerInfo worker = await FindWorkerAsync(instance, id, board, cancellationToken);
        return TypedResults.Ok(WorkerView.Of(worker, history.Sparkline(new HistoryKey(worker.Instance, worker.Name))));
    }

    private static async Task<Ok<SeriesView>> GetWorkerSeriesAsync(
        string instance, string id, [AsParameters] SeriesRange range, MiningBoard board, WorkerHistory history, TimeProvider time, CancellationToken cancellationToken)
    {
        SeriesWindow window = range.ToWindow(time.GetUtcNow());
        WorkerInfo worker = await FindWorkerAsync(instance, id, board, cancellationToken);
        return TypedResults.Ok(SeriesView.Of(worker.Name, history, new HistoryKey(instance, worker.Name), window));
    }

    private static async Task<Ok<Page<MinerView>>> ListMinersAsync(
        [AsParameters] SortedListParameters part,
        [FromQuery, Description("Whether each has its sparkline with it.")] bool? sparkline,
        MiningBoard board, WorkerHistory history, CancellationToken cancellationToken)
    {
        ListQuery query = part.ToQuery();
        MinersByAccount miners = await board.MinersAsync(cancellationToken);
        Snapshot<MinerView> wanted = query.Instance is { } instance ? miners.Of(instance) : miners.All;
        Page<MinerView> page = Page.Of(wanted.OrderedBy(MinerFields, part.Sort), query, m => m.Account);
        return TypedResults.Ok(sparkline == true
            ? page with { Items = [.. page.Items.Select(m => m with { Sparkline = history.Sparkline(new HistoryKey("", m.Account)) })] }
            : page);
    }

    private static async Task<Ok<MinerDetail>> GetMinerAsync(string id, MiningBoard board, WorkerHistory history, IRoleHost host, CancellationToken cancellationToken)
    {
        (string account, List<WorkerInfo> workers) = await FindMinerAsync(id, board, cancellationToken);
        HashSet<string> instances = [.. workers.Select(w => w.Instance)];
        IEnumerable<ChannelInfo> channels = (await board.ChannelsOfAsync(account, cancellationToken)).Where(c => instances.Contains(c.Instance));
        Page<BlockInfo> blocks = await host.ListBlocksAsync(new ListQuery { Search = account.Length == 0 ? null : account, Limit = PartsMax }, cancellationToken);
        MinerView miner = MinerView.Sum(account, workers) with { Sparkline = history.Sparkline(new HistoryKey("", account)) };
        return TypedResults.Ok(new MinerDetail(
            miner,
            [.. workers.Take(PartsMax).Select(w => WorkerView.Of(w, history.Sparkline(new HistoryKey(w.Instance, w.Name))))],
            [.. channels.Take(PartsMax)],
            [.. blocks.Items.Where(b => MiningBoard.AccountOf(b.Worker ?? b.Finder ?? "") == account).Take(BlocksMax)]));
    }

    private static async Task<Ok<SeriesView>> GetMinerSeriesAsync(
        string id, [AsParameters] SeriesRange range, MiningBoard board, WorkerHistory history, TimeProvider time, CancellationToken cancellationToken)
    {
        SeriesWindow window = range.ToWindow(time.GetUtcNow());
        (string account, _) = await FindMinerAsync(id, board, cancellationToken);
        return TypedResults.Ok(SeriesView.Of(account, history, new HistoryKey("", account), window));
    }

    private static async Task<WorkerInfo> FindWorkerAsync(string instance, string id, MiningBoard board, CancellationToken cancellationToken) =>
        PathId.TryRead(id, out string? name)
            && (await board.WorkersAsync(cancellationToken)).Items.FirstOrDefault(w => w.Instance == instance && w.Name == name) is { } found
            ? found
            : throw new RoleNotFoundException(Problems.Shown(id), $"worker of '{Problems.Shown(instance)}'");

    private static async Task<(string Account, List<WorkerInfo> Workers)> FindMinerAsync(string id, MiningBoard board, CancellationToken cancellationToken)
    {
        if (!PathId.TryRead(id, out string? account))
            throw new RoleNotFoundException(Problems.Shown(id), "miner");
        List<WorkerInfo> workers = (await board.MinersAsync(cancellationToken)).WorkersOf(account);
        return workers.Count > 0 ? (account, workers) : throw new RoleNotFoundException(Problems.Shown(account), "miner");
    }
}
