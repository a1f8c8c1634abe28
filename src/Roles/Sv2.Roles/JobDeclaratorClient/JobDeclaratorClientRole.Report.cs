using System.Globalization;
using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Mining.Client;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.Keys;
using Sv2.Roles.TemplateDistribution;

namespace Sv2.Roles.JobDeclaratorClient;

// What operators see.
public sealed partial class JobDeclaratorClientRole
{
    /// <inheritdoc />
    public RoleReport Report()
    {
        if (!_isStarted || _engine is not { } engine)
            return RoleReport.Of(RoleHealth.Unhealthy, "Not started.");
        (RoleHealth health, string message) = Judge(engine);
        return new RoleReport
        {
            Health = health,
            Message = message,
            Endpoints = [_downstreams!.Endpoint],
            Upstreams = [.. Providers().Select(provider => provider.ToUpstreamInfo()), .. _pairs.SelectMany((pair, i) => Describe(pair, i, engine))],
            Figures = Figures(engine),
            Rejections = _totals.Rejections,
        };
    }

    /// <inheritdoc />
    public ValueTask<Page<ChannelInfo>> ListChannelsAsync(ListQuery query, CancellationToken cancellationToken)
    {
        List<ChannelInfo> channels = _downstreams?.ListChannels() ?? [];
        for (int i = 0; i < _pairs.Count; i++)
            if (_engine?.SessionOf(i) is { } session)
                channels.AddRange(Describe(_pairs[i], session));
        return ValueTask.FromResult(Page.Of(channels, query, channel => $"{channel.UserIdentity} {channel.RemoteAddress} {channel.Device}"));
    }

    /// <inheritdoc />
    public ValueTask<Page<BlockInfo>> ListBlocksAsync(ListQuery query, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Page.Of(_blocks?.List() ?? [], query, block => $"{block.Hash} {block.Worker}"));

    /// <inheritdoc />
    public ValueTask<Page<TemplateInfo>> ListTemplatesAsync(ListQuery query, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Page.Of((_engine?.Templates() ?? []).Select(alive => Describe(alive.Template, alive.Tip)), query, template => template.PrevHash));

    /// <inheritdoc />
    public ValueTask<Page<JobInfo>> ListJobsAsync(ListQuery query, CancellationToken cancellationToken)
    {
        Network network = NetworkOf(_options);
        IEnumerable<JobInfo> jobs = (_engine?.Jobs() ?? []).Select(job => Describe(job, network));
        return ValueTask.FromResult(Page.Of(jobs, query, job => $"{job.JobId} {job.TemplateId} {job.Payout}"));
    }

    /// <inheritdoc />
    public IReadOnlyList<KeyInfo> ListKeys() => RoleKeys.List(_context, _options.AuthorityKeyFile, _isStopped ? null : _downstreams?.Credentials);

    /// <inheritdoc />
    public KeyRotation RotateKey(string name) => RoleKeys.Rotate(_context, _options.AuthorityKeyFile, name);

    /// <inheritdoc />
    public ValueTask<Page<DeclarationInfo>> ListDeclarationsAsync(ListQuery query, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Page.Of(_engine?.Declarations(_pairs) ?? [], query, job => $"{job.RemoteAddress} {job.Mode} {job.State} {job.PrevHash}"));

    /// <inheritdoc />
    public ValueTask<Page<TokenInfo>> ListTokensAsync(ListQuery query, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Page.Of(_engine?.Tokens(_pairs) ?? [], query, token => $"{token.Fingerprint} {token.RemoteAddress}"));

    private (RoleHealth Health, string Message) Judge(ClientEngine engine)
    {
        (MiningFor current, string why, bool hasJob, string? fault) = engine.Standing;
        if (fault is not null)
            return (RoleHealth.Degraded, $"The template provider's work cannot be used: {fault}.");
        if (current == MiningFor.Nobody)
            return (RoleHealth.Degraded, hasJob
                ? $"No upstream can be used ({why}). Miners stay connected and go on with the last job; blocks still reach the network."
                : $"Waiting for an upstream ({Waiting()}). Miners may connect and get work as soon as there is some.");
        if (!Providers().Any(provider => provider.State == UpstreamState.Connected))
        {
            string reasons = string.Join("; ", Providers().Select(provider => $"{provider.Provider.Host}:{provider.Provider.Port}: {provider.Reason ?? "connecting"}"));
            return (RoleHealth.Degraded, hasJob
                ? $"The template provider is away ({reasons}). Miners stay connected and go on with the last template."
                : $"Waiting for the template provider ({reasons}).");
        }
        if (!hasJob)
            return (RoleHealth.Degraded, "Connected to the template provider, waiting for its first template.");
        string block = $"block {engine.Height} with {_downstreams!.ConnectionCount} connection{(_downstreams.ConnectionCount == 1 ? "" : "s")}";
        if (current == MiningFor.Solo)
            return (_pairs.Count == 0 ? RoleHealth.Healthy : RoleHealth.Degraded, _pairs.Count == 0 ? $"Mining {block}, solo." : $"Mining {block}, solo: {why}.");
        string name = _pairs[current.Index].Name;
        return current.Index == 0
            ? (RoleHealth.Healthy, $"Mining {block} for {name}.")
            : (RoleHealth.Degraded, $"Mining {block} for {name}, because of the upstreams before it: {why}.");
    }

    private string Waiting() => string.Join("; ", _pairs.Select(pair => $"{pair.Name}: {pair.Pool.Info.Reason ?? pair.Server.Info.Reason ?? "connecting"}"));

    private IReadOnlyList<ProviderState> Providers() =>
        Templates?.Providers ?? [.. _providers.Select(provider => new ProviderState(provider, UpstreamState.Standby, "waits for the first upstream", _time.GetUtcNow(), null))];

    private static IEnumerable<UpstreamInfo> Describe(UpstreamPair pair, int index, ClientEngine engine)
    {
        (UpstreamInfo pool, UpstreamInfo server) = (pair.Pool.Info, pair.Server.Info);
        if (engine.Standing.Current.Index == index && pool.State == UpstreamState.Ready)
            (pool, server) = (pool with { State = UpstreamState.Connected }, server with { State = UpstreamState.Connected });
        if (engine.RestLeft(index) is { } rest)
            pool = pool with { Reason = $"{pool.Reason ?? "it refused a job"}; left alone for {Math.Ceiling(rest.TotalSeconds)} s more" };
        lock (engine.Gate)
        {
            pool = pool with
            {
                LatencyMilliseconds = pair.Counters.Latency,
                SharesAccepted = pair.Counters.Accepted,
                SharesRejected = pair.Counters.Rejected,
                Rejections = pair.Counters.Rejections,
            };
        }
        return [pool, server];
    }

    private IEnumerable<ChannelInfo> Describe(UpstreamPair pair, PairSession session)
    {
        lock (_engine!.Gate)
        {
            if (session.Channel is not { IsClosed: false } channel)
                return [];
            return
            [
                new ChannelInfo
                {
                    ConnectionId = session.PoolConnection.Id,
                    ChannelId = channel.Id,
                    Kind = "extended",
                    IsDownstream = false,
                    UserIdentity = pair.Settings.UserIdentifier,
                    RemoteAddress = session.PoolConnection.RemoteEndPoint?.ToString() ?? pair.Name,
                    ExtranoncePrefix = channel.ExtranoncePrefix.ToString(),
                    NominalHashRate = channel.NominalHashRate,
                    HashRate = channel.NominalHashRate,
                    Difficulty = Target.Difficulty(channel.Target),
                    SharesAccepted = channel.Accepted,
                    SharesRejected = channel.Rejected,
                    OpenedAt = session.OpenedAt,
                    LastShareAt = null,
                },
            ];
        }
    }

    private static TemplateInfo Describe(ProvidedTemplate template, ChainTip? tip) => new()
    {
        TemplateId = template.TemplateId,
        Height = CoinbaseRules.TryReadHeight(template.Message.CoinbasePrefix.Span, out uint height) ? height : 0,
        PrevHash = tip?.PrevHash.ToDisplayString() ?? "",
        CoinbaseValueSats = (long)template.Message.CoinbaseTxValueRemaining,
        MerklePathLength = template.Message.MerklePath.Count,
        NBits = (tip?.NBits ?? 0).ToString("x8", CultureInfo.InvariantCulture),
        Difficulty = tip is null ? 0 : Target.Difficulty(tip.Target),
        IsFuture = template.IsFuture,
        CreatedAt = template.ReceivedAt,
    };

    private JobInfo Describe(in AliveJob job, Network network)
    {
        NewTemplate template = job.Job.Template.Message;
        return new JobInfo
        {
            JobId = job.Job.JobId!.Value,
            TemplateId = template.TemplateId,
            IsActive = job.Tip is not null,
            IsFuture = job.Tip is null,
            Payout = job.Upstream is { } index ? _pairs[index].Name : "solo",
            Version = template.Version.ToString("x8", CultureInfo.InvariantCulture),
            PrevHash = job.Tip?.PrevHash.ToDisplayString(),
            NBits = job.Tip?.NBits.ToString("x8", CultureInfo.InvariantCulture),
            CreatedAt = job.Job.CreatedAt,
            Coinbase = CoinbaseDescription.Of(job.Job.Plan.ForMiners(job.Job.Coinbase), network),
            MerklePath = [.. template.MerklePath.ToArray().Select(hash => hash.ToString())],
        };
    }

    private IReadOnlyList<Figure> Figures(ClientEngine engine) =>
    [
        new(FigureNames.HashRate, Volatile.Read(ref _hashRate), "H/s"),
        new(FigureNames.SharesAccepted, _totals.Accepted, "shares"),
        new(FigureNames.SharesRejected, _totals.Rejected, "shares"),
        new(FigureNames.BlocksFound, _blocks!.Found, "blocks"),
        new(FigureNames.BestDifficulty, _totals.Best, ""),
        new(FigureNames.Connections, _downstreams!.ConnectionCount, "connections"),
        new(FigureNames.Channels, _downstreams.ChannelCount, "channels"),
        new("sharesCached", engine.SharesCached, "shares"),
        new("sharesRelayed", engine.SharesRelayed, "shares"),
        new("sharesBelowPoolTarget", engine.SharesBelowPool, "shares"),
        new("sharesDiscarded", engine.SharesDiscarded + engine.SharesOverflowed, "shares"),
    ];
}
