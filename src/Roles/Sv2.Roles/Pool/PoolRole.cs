using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Sv2.Bitcoin;
using Sv2.Mining.Server;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Extensions.WorkerHashrateTracking;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.JobDeclaration;
using Sv2.Roles.Keys;
using Sv2.Roles.Ledger;
using Sv2.Roles.Listening;
using Sv2.Roles.TemplateDistribution;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Roles.Pool;

/// <summary>
/// A mining pool: takes templates from a template provider, makes jobs of them, serves miners, books their shares and
/// sends their blocks.
/// </summary>
public sealed partial class PoolRole
    : IRole, IChannelSource, IWorkerSource, IBlockSource, ITemplateSource, IJobSource, IKeySource, ILedgerSource, IShareTotalsSource, IDrainable, ITemplateObserver
{
    /// <summary>File, inside the role's folder, of tokens that were used and have not expired.</summary>
    internal const string UsedTokensFile = "used-tokens";

    private const int WorkersMax = 200_000;
    private const int RunPrefixBytes = 4;
    private static readonly TimeSpan TickPeriodMax = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan TickPeriodMin = TimeSpan.FromMilliseconds(10);

    private readonly PoolOptions _options;
    private readonly RoleContext _context;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly PoolTotals _totals = new();
    private readonly PoolWorkers _workers = new(WorkersMax);
    private readonly PoolConnections _connections;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _tickGate = new();

    private PoolPayout? _payout;
    private ServerCredentials? _credentials;
    private ShareLedger? _ledger;
    private MiningServer? _server;
    private PoolTemplates? _templates;
    private PoolBlocks? _blocks;
    private PoolCustomJobs? _customJobs;
    private PoolServices? _services;
    private ServerSetup? _setup;
    private TemplateClient? _templateClient;
    private Sv2Listener? _listener;
    private ITimer? _timer;
    private long _lastMinute;
    private double _hashRate;
    private bool _isStopped;

    /// <summary>Makes a pool that has not started.</summary>
    public PoolRole(PoolOptions options, RoleContext context)
    {
        _options = options;
        _context = context;
        _time = context.TimeProvider;
        _logger = context.LoggerFactory.CreateLogger<PoolRole>();
        _connections = new PoolConnections(_time);
    }

    /// <inheritdoc />
    public Task Completion => _completion.Task;

    /// <summary>What connections share, once started; tests make connections of their own with it.</summary>
    internal PoolServices? Services => _services;

    /// <summary>Puts another store around the ledger's own; tests inject faults here.</summary>
    internal Func<ILedgerStore, ILedgerStore>? WrapLedgerStore { get; init; }

    /// <inheritdoc />
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _payout = new PoolPayout(_options);
        IReadOnlyList<ConnectionString> providers = ParseProviders();
        _credentials = ServerKeys.LoadOrCreate(_context, _options.AuthorityKeyFile, _options.CertificateValidity);
        _ledger = OpenLedger();
        BuildEngine();
        _templateClient = MakeTemplateClient(providers);
        _blocks!.Submit = _templateClient.SubmitSolution;
        _templateClient.Start();
        _listener = await RoleListener.StartAsync(_options.Limits.ListenAt(_options.Listen, _credentials), ServeAsync, _context, cancellationToken).ConfigureAwait(false);
        TimeSpan period = TickPeriod();
        _timer = _time.CreateTimer(static state => ((PoolRole)state!).Tick(), this, period, period);
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_isStopped) return;
        _isStopped = true;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_options.Limits.Drain);

        await AcknowledgeAllAsync(patience.Token).ConfigureAwait(false);
        if (_listener is not null) await _listener.DrainAsync(cancellation: patience.Token).ConfigureAwait(false);
        if (_timer is not null) await _timer.DisposeAsync().ConfigureAwait(false);
        if (_templateClient is not null) await _templateClient.StopAsync().ConfigureAwait(false);
        if (_ledger is not null) await _ledger.StopAsync(_options.Limits.Drain).ConfigureAwait(false);
        _completion.TrySetResult();
    }

    /// <inheritdoc />
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        if (_isStopped || _listener is null) return;
        await AcknowledgeAllAsync(cancellationToken).ConfigureAwait(false);
        await _listener.DrainAsync(cancellation: cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_listener is not null) await _listener.DisposeAsync().ConfigureAwait(false);
        if (_timer is not null) await _timer.DisposeAsync().ConfigureAwait(false);
        if (_templateClient is not null) await _templateClient.DisposeAsync().ConfigureAwait(false);
        if (_ledger is not null) await _ledger.DisposeAsync().ConfigureAwait(false);
        _customJobs?.Dispose();
        _credentials?.Dispose();
    }

    void ITemplateObserver.OnNewTemplate(ProvidedTemplate template)
    {
        if (_templates!.AddTemplate(template)) _connections.Refresh(template.IsFuture ? "future-template" : "template");
    }

    void ITemplateObserver.OnNewPrevHash(ProvidedTemplate template, in SetNewPrevHash prevHash)
    {
        if (!_templates!.Activate(template, prevHash)) return;
        _server!.Extranonces.OnNewTip();
        _connections.Refresh("prev-hash");
        long height = PoolReport.HeightOf(template.Message);
        _blocks!.OnTip(prevHash.PrevHash, height - 1);
        TipInfo tip = new(prevHash.PrevHash.ToDisplayString(), height < 0 ? null : height - 1);
        _context.Events.Publish(RoleEventTypes.NewTip, RoleEventSeverity.Info, $"Mining block {height} on {tip.Hash}", tip);
    }

    void ITemplateObserver.OnProviderChanged(ProviderState state)
    {
        bool good = state.State is UpstreamState.Connected or UpstreamState.Connecting or UpstreamState.Standby;
        string text = state.Reason is null ? $"Template provider {state.Provider} is {state.State}" : $"Template provider {state.Provider}: {state.Reason}";
        _context.Events.Publish(RoleEventTypes.Upstream, good ? RoleEventSeverity.Info : RoleEventSeverity.Warning, text, state.ToUpstreamInfo());
    }

    void ITemplateObserver.OnSolutionSettled(TemplateSolution solution, SolutionOutcome outcome) => _blocks!.OnSettled(solution, outcome);

    private IReadOnlyList<ConnectionString> ParseProviders() =>
        [.. _options.TemplateProviders.Select((text, i) => ConnectionString.TryParse(text, out ConnectionString? provider, out string? error)
            ? provider
            : throw new ConfigurationException($"templateProviders[{i}]", error, "give stratum2+tcp://host:port/authority-key"))];

    private ShareLedger OpenLedger()
    {
        string path = _context.ResolvePath(_options.Ledger.Path, "ledger.db");
        try
        {
            return ShareLedger.Open(path, _options.Ledger, _time, _context.LoggerFactory.CreateLogger<ShareLedger>(), WrapLedgerStore);
        }
        catch (LedgerException e) when (e.Failure is LedgerFailure.Corrupt or LedgerFailure.SchemaTooNew or LedgerFailure.ReadOnly)
        {
            throw new ConfigurationException("ledger.path", e.Message, "name another file, or restore this one", e);
        }
        catch (LedgerException e)
        {
            throw new RoleException(e.Message, "check the disk and the folder's owner", e);
        }
    }

    private void BuildEngine()
    {
        var jobOptions = new JobFactoryOptions
        {
            CoinbaseTag = System.Text.Encoding.ASCII.GetBytes(_options.PoolSignature),
            VersionRollingAllowed = _options.VersionRolling,
        };
        var jobs = new JobFactory(jobOptions);
        _templates = new PoolTemplates(jobOptions.FutureJobsMax, _context.LoggerFactory.CreateLogger<PoolRole>());
        JobFamily main = jobs.CreateFamily(_payout!.ToPool);
        _templates.Add(main);
        var solo = new SoloFamilies(jobs, _templates, _payout, _options.Solo.AddressesMax);
        var policy = new PoolChannelPolicy(main, solo, _payout, _options.Solo, _workers);
        _customJobs = MakeCustomJobs();
        _server = new MiningServer(EngineOptions(), jobs, new ExtranonceAllocator(SearchSpaceOfThisRun()), policy, _time, MakeVardiff, _customJobs);
        _blocks = new PoolBlocks(_templates, _ledger!, _context.Events, _time, _logger);
        _blocks.Load();
        _services = new PoolServices
        {
            Options = _options,
            Server = _server,
            Ledger = _ledger!,
            Workers = _workers,
            Solo = solo,
            Blocks = _blocks,
            Totals = _totals,
            Events = _context.Events,
            Time = _time,
        };
        _setup = new ServerSetup
        {
            Protocol = Subprotocol.Mining,
            SupportedFlags = (uint)_server.SupportedFlags,
            SuccessFlags = _ => (uint)_server.SuccessFlags,
            SupportedExtensions = [UserIdentityTlv.Info.ExtensionType],
        };
    }

    /// <summary>The judge of miners' own jobs; null where the pool takes none, and says so at the setup of connections.</summary>
    private PoolCustomJobs? MakeCustomJobs()
    {
        if (!_options.JobDeclaration.Enabled) return null;
        // A declarator server that shares the pool's key file needs no further trust.
        AuthorityPublicKey[] trusted =
        [
            _credentials!.AuthorityPublicKey,
            .. _options.JobDeclaration.TokenKeys.Select((text, i) => AuthorityPublicKey.TryParse(text, out AuthorityPublicKey? key, out string? error)
                ? key
                : throw new ConfigurationException($"jobDeclaration.tokenKeys[{i}]", error, "give the key that the declarator server logs at its start")),
        ];
        UsedTokens used = new(_context.ResolvePath(null, UsedTokensFile), _options.JobDeclaration.UsedTokensMax, _time.GetUtcNow());
        return new PoolCustomJobs(_options.JobDeclaration, new TokenVerifier(trusted), used, _payout!.Script, _templates!, _context.Events, _time, _logger);
    }

    private MiningServerOptions EngineOptions() => new()
    {
        StandardChannels = _options.StandardChannels,
        ChannelsMax = _options.Limits.ChannelsPerConnection,
        ShareInterval = _options.ShareInterval,
        AckBatchSize = _options.AckBatch,
        AckDelayMax = _options.AckDelay,
        PendingSharesMax = _options.Limits.PendingShares,
    };

    /// <summary>
    /// Every run of a pool has a search space of its own: after a restart on the same tip, what was credited before cannot
    /// be submitted again.
    /// </summary>
    private ExtranonceLayout SearchSpaceOfThisRun()
    {
        byte[] run = new byte[RunPrefixBytes];
        RandomNumberGenerator.Fill(run);
        return new ExtranonceLayout { FixedPrefix = _options.FrontEnd is { } frontEnd ? [(byte)frontEnd.Number, .. run] : run };
    }

    private IVardiff MakeVardiff(TimeSpan shareInterval) => _options.ShareDifficulty is { } difficulty
        ? new FixedVardiff(Target.FromDifficulty(difficulty))
        : new Vardiff(shareInterval, _time, new VardiffOptions { EasiestTarget = Target.FromDifficulty(_options.ShareDifficultyMin) });

    private TemplateClient MakeTemplateClient(IReadOnlyList<ConnectionString> providers) => new(
        new TemplateClientOptions
        {
            Providers = providers,
            SolutionsDirectory = _context.ResolvePath(null, "solutions"),
            Role = "pool",
            Sharing = Sharing(providers),
        },
        _payout!.Constraints, this, _context.LoggerFactory, _time);

    /// <summary>The front ends that would get the same templates: of one logical pool, from the same providers, with the same constraints.</summary>
    private TemplateSharing? Sharing(IReadOnlyList<ConnectionString> providers)
    {
        if (_options.FrontEnd is not { ShareTemplates: true } frontEnd || _context.TemplateExchange is not { } exchange) return null;
        byte[] alike = SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{string.Join('\n', providers)}\n{_payout!.Constraints}"));
        return new TemplateSharing(exchange, $"{frontEnd.Pool}-{Convert.ToHexStringLower(alike.AsSpan(0, 8))}", _context.InstanceName);
    }

    private async Task ServeAsync(Sv2Connection connection, CancellationToken cancellationToken)
    {
        SetupResult setup = await _setup!.RunAsync(connection, cancellationToken).ConfigureAwait(false);
        if (!setup.Succeeded) return;

        var miner = new PoolConnection(_services!, connection, setup);
        _connections.Add(miner);
        try
        {
            await connection.RunAsync(miner, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _connections.Remove(miner);
            miner.Close();
        }
    }

    /// <summary>Miners hear of every share that is on disk before they are sent away.</summary>
    private async Task AcknowledgeAllAsync(CancellationToken patience)
    {
        if (_ledger is null) return;
        try
        {
            await _ledger.FlushAsync(patience).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or LedgerException)
        {
            LogNotFlushed(_ledger.Health.Message);
        }

        _connections.AcknowledgeAll(_ledger.CommittedSequence);
    }

    private TimeSpan TickPeriod()
    {
        TimeSpan half = _options.AckDelay / 2;
        return half < TickPeriodMin ? TickPeriodMin : half > TickPeriodMax ? TickPeriodMax : half;
    }

    private void Tick()
    {
        // A tick that comes while the last one still runs has nothing to add.
        if (!_tickGate.TryEnter()) return;
        try
        {
            _connections.Tick();
            long now = _time.GetUtcNow().ToUnixTimeSeconds();
            Volatile.Write(ref _hashRate, _workers.All.Sum(worker => worker.HashRate(now)));
            if (now / 60 == _lastMinute) return;
            _lastMinute = now / 60;
            _workers.Forget(now);
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stopping before every share was on disk; those that are not were never acknowledged: {Reason}")]
    private partial void LogNotFlushed(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The pool's timer failed; it goes on with the next tick")]
    private partial void LogTickFailed(Exception e);
}
