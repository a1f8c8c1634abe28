using System.Globalization;
using Sv2.Mining;
using Sv2.Noise;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.Keys;
using Sv2.Roles.Ledger;
using Sv2.Roles.Listening;
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
            Rejections = _totals.RejectionsByCode(),
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
        if (_ledger is null) return Page<BlockInfo>.Empty;
        return await ReadLedgerAsync(reader => ReadBlocks(reader, query), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public ValueTask<Page<TemplateInfo>> ListTemplatesAsync(ListQuery query, CancellationToken cancellationToken)
    {
        IEnumerable<TemplateInfo> templates = _templates?.Alive().Select(alive => PoolReport.Describe(alive.Template, alive.Tip ?? _templates.Tip)) ?? [];
        return ValueTask.FromResult(Page.Of(templates, query, template => template.PrevHash));
    }

    /// <inheritdoc />
    public ValueTask<TemplateDetail?> GetTemplateAsync(ulong templateId, CancellationToken cancellationToken)
    {
        foreach ((ProvidedTemplate template, ChainTip? tip) in _templates?.Alive() ?? [])
        {
            if (template.TemplateId != templateId) continue;
            NewTemplate message = template.Message;
            return ValueTask.FromResult<TemplateDetail?>(new TemplateDetail(
                PoolReport.Describe(template, tip ?? _templates!.Tip),
                message.Version.ToString("x8", CultureInfo.InvariantCulture),
                CoinbaseDescription.Of(message, _payout!.Network),
                PoolReport.Hex(message.MerklePath)));
        }

        return ValueTask.FromResult<TemplateDetail?>(null);
    }

    /// <inheritdoc />
    public ValueTask<Page<JobInfo>> ListJobsAsync(ListQuery query, CancellationToken cancellationToken)
    {
        IEnumerable<JobInfo> jobs = _templates?.Jobs().Select(job => PoolReport.Describe(job, _payout!)) ?? [];
        return ValueTask.FromResult(Page.Of(jobs, query, job => $"{job.JobId} {job.TemplateId} {job.Payout}"));
    }

    /// <inheritdoc />
    public IReadOnlyList<KeyInfo> ListKeys() => RoleKeys.List(_context, _options.AuthorityKeyFile, _isStopped ? null : _credentials);

    /// <inheritdoc />
    public KeyRotation RotateKey(string name) => RoleKeys.Rotate(_context, _options.AuthorityKeyFile, name);

    /// <inheritdoc />
    public async ValueTask<LedgerSummary> SummarizeLedgerAsync(CancellationToken cancellationToken) =>
        await ReadLedgerAsync(reader => reader.Summarize(), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc />
    public async Task ExportLedgerAsync(LedgerExportRequest request, Stream destination, CancellationToken cancellationToken)
    {
        try
        {
            await LedgerExport.WriteAsync(Ledger.Reader, request.Table, request.Format, destination, request.From, request.To, cancellationToken).ConfigureAwait(false);
        }
        catch (LedgerException e)
        {
            throw new RoleException(e.Message, "see the pool's report", e);
        }
    }

    private ShareLedger Ledger => _ledger ?? throw new RoleException("The pool has not opened its ledger.");

    /// <summary>SQLite reads on the caller's thread, and may wait for the disk.</summary>
    private async Task<T> ReadLedgerAsync<T>(Func<LedgerReader, T> read, CancellationToken cancellationToken)
    {
        LedgerReader reader = Ledger.Reader;
        try
        {
            return await Task.Run(() => read(reader), cancellationToken).ConfigureAwait(false);
        }
        catch (LedgerException e)
        {
            throw new RoleException(e.Message, "see the pool's report", e);
        }
    }

    private static Page<BlockInfo> ReadBlocks(LedgerReader reader, ListQuery query)
    {
        IReadOnlyList<BlockEntry> entries = reader.Blocks(query.Offset, query.Limit, query.Search);
        return new Page<BlockInfo>([.. entries.Select(PoolBlocks.ToInfo)], reader.CountBlocks(query.Search));
    }

    private EndpointInfo Endpoint() => RoleListener.Describe("mining", _listener!, _options.PublicAddress, _credentials!);

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
