using System.Net;
using Sv2.Noise;
using Sv2.Roles.Ledger;
using Sv2.Roles.TemplateDistribution;

namespace Sv2.Roles.Pool;

// How the pool is, and what it shows.
public sealed partial class PoolRole
{
    /// <inheritdoc />
    public RoleReport Report()
    {
        if (_isStopped) return RoleReport.Of(RoleHealth.Unhealthy, "The pool is stopped.");
        if (_listener is null || _ledger is null || _templates is null || _templateClient is null)
            return RoleReport.Of(RoleHealth.Unhealthy, "The pool has not started.");

        IReadOnlyList<ProviderState> providers = _templateClient.Providers;
        (RoleHealth health, string message) = PoolReport.Judge(_ledger.Health, providers, _templates, _connections.Count);
        return new RoleReport
        {
            Health = health,
            Message = message,
            Endpoints = [Endpoint()],
            Upstreams = [.. providers.Select(provider => provider.ToUpstreamInfo())],
            Figures = Figures(),
        };
    }

    /// <inheritdoc />
    public ValueTask<Page<ChannelInfo>> ListChannelsAsync(ListQuery query, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Page.Of(_connections.ListChannels(), query, channel => channel.UserIdentity));

    /// <inheritdoc />
    public ValueTask<Page<WorkerInfo>> ListWorkersAsync(ListQuery query, CancellationToken cancellationToken)
    {
        long now = _time.GetUtcNow().ToUnixTimeSeconds();
        IEnumerable<WorkerInfo> workers = _workers.All.Where(worker => worker.IsFresh(now))
            .Select(worker => worker.Snapshot(now)).OrderBy(worker => worker.Name, StringComparer.Ordinal);
        return ValueTask.FromResult(Page.Of(workers, query, worker => worker.Name));
    }

    string IShareTotalsSource.Pool => _options.FrontEnd?.Pool ?? _context.InstanceName;

    /// <inheritdoc />
    public async ValueTask<IReadOnlyList<WorkerTotal>> ReadTotalsAsync(long since, int limit, CancellationToken cancellationToken)
    {
        if (_ledger is not { } ledger) return [];
        try
        {
            return await Task.Run(() => ledger.Reader.TotalsSince(since, limit), cancellationToken).ConfigureAwait(false);
        }
        catch (LedgerException e)
        {
            throw new RoleException(e.Message, "see the pool's report", e);
        }
    }

    /// <inheritdoc />
    public async ValueTask<Page<BlockInfo>> ListBlocksAsync(ListQuery query, CancellationToken cancellationToken)
    {
        if (_ledger is not { } ledger) return Page<BlockInfo>.Empty;
        try
        {
            // SQLite reads on the caller's thread; a page of blocks may wait for the disk.
            return await Task.Run(() => ReadBlocks(ledger.Reader, query), cancellationToken).ConfigureAwait(false);
        }
        catch (LedgerException e)
        {
            throw new RoleException(e.Message, "see the pool's report", e);
        }
    }

    /// <inheritdoc />
    public ValueTask<Page<TemplateInfo>> ListTemplatesAsync(ListQuery query, CancellationToken cancellationToken)
    {
        IEnumerable<TemplateInfo> templates = _templates?.Alive().Select(alive => PoolReport.Describe(alive.Template, alive.Tip ?? _templates.Tip)) ?? [];
        return ValueTask.FromResult(Page.Of(templates, query, template => template.PrevHash));
    }

    private static Page<BlockInfo> ReadBlocks(LedgerReader reader, ListQuery query)
    {
        IReadOnlyList<BlockEntry> entries = reader.Blocks(query.Offset, query.Limit, query.Search);
        return new Page<BlockInfo>([.. entries.Select(PoolBlocks.ToInfo)], reader.CountBlocks(query.Search));
    }

    private EndpointInfo Endpoint()
    {
        var bound = (IPEndPoint)_listener!.BoundEndPoint;
        (string host, int port) = PoolReport.PublicAddress(_options.PublicAddress, bound);
        var connection = new ConnectionString(host, port, _credentials!.AuthorityPublicKey);
        return new EndpointInfo("mining", bound.ToString(), connection.ToString(), Encrypted: true);
    }

    private IReadOnlyList<Figure> Figures() => _customJobs is { } custom
        ? [.. OwnFigures(), new("customJobsAccepted", custom.Accepted, "jobs"), new("customJobsRefused", custom.Refused, "jobs")]
        : OwnFigures();

    private IReadOnlyList<Figure> OwnFigures() =>
    [
        new(FigureNames.HashRate, Volatile.Read(ref _hashRate), "H/s"),
        new(FigureNames.SharesAccepted, _totals.Accepted, "shares"),
        new(FigureNames.SharesRejected, _totals.Rejected, "shares"),
        new(FigureNames.BlocksFound, _blocks!.Found, "blocks"),
        new(FigureNames.BestDifficulty, _totals.Best, ""),
        new(FigureNames.Connections, _connections.Count, "connections"),
        new(FigureNames.Channels, _connections.ChannelCount, "channels"),
        new("sharesNotOnDisk", _ledger!.Health.QueuedShares, "shares"),
    ];
}
