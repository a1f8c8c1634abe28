using Microsoft.Extensions.Logging;
using Sv2.Bitcoin;
using Sv2.Mining.Server;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.Downstreams;
using Sv2.Roles.Keys;
using Sv2.Roles.TemplateDistribution;
using Sv2.Roles.Workers;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>
/// A job declarator client: takes templates from the miner's own node, gives them to miners as work at once, declares them
/// to a pool's job declarator server, and sends what is found to the pool, to the server and to the own node.
/// </summary>
public sealed partial class JobDeclaratorClientRole
    : IRole, IChannelSource, IBlockSource, ITemplateSource, IJobSource, IDeclarationSource, IKeySource, IDrainable, ITemplateObserver
{
    // Tells the channels apart; with the miners' own part the extranonce that a pool must grant.
    private const int LocalPrefixSize = 4;
    private static readonly TimeSpan TickPeriod = TimeSpan.FromMilliseconds(100);

    private readonly JobDeclaratorClientOptions _options;
    private readonly RoleContext _context;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly MinerTotals _totals = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _tickGate = new();
    private readonly Lock _templateGate = new();

    private IReadOnlyList<ConnectionString> _providers = [];
    private IReadOnlyList<UpstreamPair> _pairs = [];
    private MiningServer? _server;
    private ClientEngine? _engine;
    private EngineEffects? _effects;
    private ClientBlocks? _blocks;
    private Miners? _miners;
    private DownstreamServer? _downstreams;
    private TemplateClient? _templates;
    private ITimer? _timer;
    private Task _running = Task.CompletedTask;
    private double _hashRate;
    private volatile bool _isStarted;
    private bool _isStopped;

    /// <summary>Makes a client that has not started.</summary>
    public JobDeclaratorClientRole(JobDeclaratorClientOptions options, RoleContext context)
    {
        _options = options;
        _context = context;
        _time = context.TimeProvider;
        _logger = context.LoggerFactory.CreateLogger<JobDeclaratorClientRole>();
    }

    /// <inheritdoc />
    public Task Completion => _completion.Task;

    /// <summary>A miner's connection without the listener; tests feed it frames of their own.</summary>
    internal DownstreamConnection Serve(Sv2Connection connection, SetupResult setup) => new(_downstreams!, connection, setup, _miners!, _server!);

    /// <inheritdoc />
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _providers = [.. _options.TemplateProviders.Select((text, i) => Parse(text, $"templateProviders[{i}]"))];
        BuildEngine();
        await _downstreams!.StartAsync(cancellationToken).ConfigureAwait(false);
        _running = Task.WhenAll([_effects!.RunAsync(_stopping.Token), .. _pairs.Select(pair => pair.RunAsync(_stopping.Token))]);
        _timer = _time.CreateTimer(static state => ((JobDeclaratorClientRole)state!).Tick(), this, TickPeriod, TickPeriod);
        _isStarted = true;
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_isStopped)
            return;
        _isStopped = true;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_options.Limits.Drain);
        if (_downstreams is not null)
            await _downstreams.DrainAsync(patience.Token).ConfigureAwait(false);
        if (_timer is not null)
            await _timer.DisposeAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        if (Templates is { } templates)
            await templates.StopAsync().ConfigureAwait(false);
        _completion.TrySetResult();
    }

    /// <inheritdoc />
    public Task DrainAsync(CancellationToken cancellationToken) =>
        _downstreams is { } downstreams && !_isStopped ? downstreams.DrainAsync(cancellationToken) : Task.CompletedTask;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_downstreams is not null)
            await _downstreams.DisposeAsync().ConfigureAwait(false);
        if (_timer is not null)
            await _timer.DisposeAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        if (Templates is { } templates)
            await templates.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    void ITemplateObserver.OnNewTemplate(ProvidedTemplate template) => _engine!.OnTemplate(template);

    void ITemplateObserver.OnNewPrevHash(ProvidedTemplate template, in SetNewPrevHash prevHash)
    {
        _server!.Extranonces.OnNewTip();
        _engine!.OnTip(template, prevHash);
        TipInfo tip = new(prevHash.PrevHash.ToDisplayString(), _engine.Height - 1);
        _context.Events.Publish(RoleEventTypes.NewTip, RoleEventSeverity.Info, $"Mining block {_engine.Height} on {tip.Hash}", tip);
    }

    void ITemplateObserver.OnProviderChanged(ProviderState state)
    {
        bool good = state.State is UpstreamState.Connected or UpstreamState.Connecting or UpstreamState.Standby;
        string text = state.Reason is null ? $"Template provider {state.Provider} is {state.State}" : $"Template provider {state.Provider}: {state.Reason}";
        _context.Events.Publish(RoleEventTypes.Upstream, good ? RoleEventSeverity.Info : RoleEventSeverity.Warning, text, state.ToUpstreamInfo());
    }

    void ITemplateObserver.OnSolutionSettled(TemplateSolution solution, SolutionOutcome outcome) => _blocks!.OnSettled(solution, outcome);

    private static ConnectionString Parse(string text, string key) =>
        ConnectionString.TryParse(text, out ConnectionString? parsed, out string? error)
            ? parsed
            : throw new ConfigurationException(key, error, "give stratum2+tcp://host:port/authority-key");

    private TemplateClient? Templates
    {
        get
        {
            lock (_templateGate)
                return _templates;
        }
    }

    private void BuildEngine()
    {
        Network network = NetworkOf(_options);
        IReadOnlyList<OwnOutput> own = OwnOutput.Read(_options, network);
        int localSize = LocalPrefixSize + _options.ExtranonceSize;
        CoinbasePlan? solo = _options.Solo.Payout.Length > 0
            ? CoinbasePlan.ForSolo(OwnOutput.ScriptOf(_options.Solo.Payout, network, "solo.payout"), own, localSize)
            : null;
        var jobs = new JobFactory(new JobFactoryOptions { VersionRollingAllowed = _options.VersionRolling });
        // Every job comes with a coinbase of its own, so the family itself pays nobody.
        JobFamily family = jobs.CreateFamily(static _ => []);
        _effects = new EngineEffects(_context.Events, _logger)
        {
            RefreshMiners = () => _downstreams!.Refresh(),
            AnswerMiners = answers => _miners!.Answer(answers),
            ApplyRoom = ApplyRoom,
            Request = RequestTransactionsAsync,
        };
        ConnectionString[] pools = [.. _options.Upstreams.Select((upstream, i) => Parse(upstream.Pool, $"upstreams[{i}].pool"))];
        _engine = new ClientEngine(family, [.. pools.Select(pool => $"{pool.Host}:{pool.Port}")], solo, _options, _effects, _time);
        _pairs = [.. _options.Upstreams.Select((upstream, i) => MakePair(i, upstream, pools[i], own, localSize))];
        (_effects.Engine, _effects.Pairs) = (_engine, _pairs);
        var extranonces = new ExtranonceAllocator(new ExtranonceLayout
        {
            UniqueSize = LocalPrefixSize,
            ClientSize = _options.ExtranonceSize,
            ClientSizeMax = _options.ExtranonceSize,
        });
        _server = new MiningServer(EngineOptions(), jobs, extranonces, new OpenPolicy(family), _time, MakeVardiff);
        _blocks = new ClientBlocks(_engine, SubmitSolution, _context.Events, _time, _logger);
        _miners = new Miners(_engine, _blocks, _totals, _logger);
        _downstreams = new DownstreamServer(DownstreamOptions(), _server, _miners, _context);
    }

    private DownstreamServerOptions DownstreamOptions() => new()
    {
        Listen = _options.Listen,
        PublicAddress = _options.PublicAddress,
        AuthorityKeyFile = _options.AuthorityKeyFile,
        CertificateValidity = _options.CertificateValidity,
        Limits = _options.Limits,
        Extensions = _options.ReportWorkers ? [WorkerTlv.Extension] : [],
    };

    private static Network NetworkOf(JobDeclaratorClientOptions options) => Network.TryGet(options.Network, out Network? network)
        ? network
        : throw new ConfigurationException("network", $"'{options.Network}' is not a known network", "give main, testnet4, signet or regtest");

    private UpstreamPair MakePair(int index, UpstreamOptions upstream, ConnectionString pool, IReadOnlyList<OwnOutput> own, int localSize)
    {
        var settings = new UpstreamSettings(
            index,
            upstream.Mode ?? _options.Mode,
            upstream.UserIdentity.Length > 0 ? upstream.UserIdentity : _options.UserIdentity,
            localSize,
            own,
            _options.Declaration,
            _options.Fallback,
            _options.ReportWorkers);
        ConnectionString server = Parse(upstream.DeclaratorServer, $"upstreams[{index}].declaratorServer");
        return new UpstreamPair(pool, server, settings, _engine!, _context.LoggerFactory);
    }

    private MiningServerOptions EngineOptions() => new()
    {
        ChannelsMax = _options.Limits.ChannelsPerConnection,
        PendingSharesMax = _options.Limits.PendingShares,
        ShareInterval = _options.ShareInterval,
        AckBatchSize = _options.AckBatch,
        AckDelayMax = _options.AckDelay,
    };

    private IVardiff MakeVardiff(TimeSpan shareInterval)
    {
        IVardiff own = _options.ShareDifficulty is { } difficulty
            ? new FixedVardiff(Target.FromDifficulty(difficulty))
            : new Vardiff(shareInterval, _time, new VardiffOptions { EasiestTarget = Target.FromDifficulty(_options.ShareDifficultyMin) });
        return new RelayVardiff(own, () => _engine!.PoolTarget);
    }

    /// <summary>The first room asked for is the time to connect: the provider's first template shall have it (6.3.1, 7.1).</summary>
    private void ApplyRoom(CoinbaseOutputConstraints room)
    {
        lock (_templateGate)
        {
            if (_templates is not null)
            {
                _templates.SetConstraints(room);
                return;
            }
            if (_stopping.IsCancellationRequested)
                return;
            _templates = new TemplateClient(
                new TemplateClientOptions
                {
                    Providers = _providers,
                    SolutionsDirectory = _context.ResolvePath(null, "solutions"),
                    Role = "job-declarator-client",
                },
                room, this, _context.LoggerFactory, _time);
            _templates.Start();
        }
    }

    private Task<TransactionData> RequestTransactionsAsync(ProvidedTemplate template, CancellationToken cancellationToken) =>
        Templates!.RequestTransactionDataAsync(template, cancellationToken);

    private SolutionDelivery SubmitSolution(TemplateSolution solution) => Templates!.SubmitSolution(solution);

    private void Tick()
    {
        // A tick that comes while the last one still runs has nothing to add.
        if (!_tickGate.TryEnter())
            return;
        try
        {
            double hashRate = _downstreams!.HashRate;
            Volatile.Write(ref _hashRate, hashRate);
            _engine!.Tick(hashRate);
        }
        catch (Exception e)
        {
            LogTickFailed(e);
        }
        finally
        {
            _tickGate.Exit();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The client's timer failed; it goes on with the next tick")]
    private partial void LogTickFailed(Exception e);

    /// <summary>Everybody may mine: who is paid is said by the coinbase, not by the miner's name.</summary>
    private sealed class OpenPolicy(JobFamily family) : IChannelPolicy
    {
        public ChannelDecision OnOpen(in ChannelRequest request) => ChannelDecision.Accept(family);
    }
}
