using Microsoft.Extensions.Logging;
using Sv2.Protocol.Mining;
using Sv2.Roles.Downstreams;
using Sv2.Roles.Upstreams;
using Sv2.Roles.Workers;

namespace Sv2.Roles.MiningProxy;

/// <summary>
/// A mining proxy: serves Stratum V2 miners and mines for them at the first of its pools that is there, over one connection.
/// </summary>
public sealed partial class MiningProxyRole : IRole, IChannelSource, IWorkerSource
{
    private static readonly TimeSpan TickPeriod = TimeSpan.FromMilliseconds(200);

    private readonly MiningProxyOptions _options;
    private readonly RoleContext _context;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Relay _relay;
    private readonly UpstreamList _upstreams;
    private readonly DownstreamServer _downstreams;
    private ITimer? _timer;
    private volatile bool _isStarted;
    private volatile bool _isStopped;

    /// <summary>Makes a proxy that has not started.</summary>
    /// <param name="options">Validated options.</param>
    /// <param name="context">What the host gives.</param>
    public MiningProxyRole(MiningProxyOptions options, RoleContext context)
    {
        _options = options;
        _context = context;
        _logger = context.LoggerFactory.CreateLogger<MiningProxyRole>();
        _relay = options.Mode == ProxyMode.Aggregated ? new AggregatingRelay(options, context) : new TransparentRelay(options, context);
        _upstreams = _relay.Upstreams = new UpstreamList(UpstreamOptions(), _relay, context);
        _downstreams = _relay.Downstreams = new DownstreamServer(DownstreamOptions(), _relay.Server, _relay, context);
    }

    /// <inheritdoc/>
    public Task Completion => _completion.Task;

    /// <summary>The pools; tests look at them.</summary>
    internal UpstreamList Upstreams => _upstreams;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _downstreams.StartAsync(cancellationToken).ConfigureAwait(false);
        _upstreams.Start();
        SwitchCode.Prepare(typeof(MiningProxyRole), _logger);
        _timer = _context.TimeProvider.CreateTimer(static state => ((MiningProxyRole)state!).Tick(), this, TickPeriod, TickPeriod);
        _isStarted = true;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_isStopped)
            return;
        _isStopped = true;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_options.Limits.Drain);
        // Miners first: what they still send has somewhere to go.
        await _downstreams.DrainAsync(patience.Token).ConfigureAwait(false);
        if (_timer is not null)
            await _timer.DisposeAsync().ConfigureAwait(false);
        await _upstreams.StopAsync().ConfigureAwait(false);
        _completion.TrySetResult();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_timer is not null)
            await _timer.DisposeAsync().ConfigureAwait(false);
        await _downstreams.DisposeAsync().ConfigureAwait(false);
        await _upstreams.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<Page<ChannelInfo>> ListChannelsAsync(ListQuery query, CancellationToken cancellationToken)
    {
        IEnumerable<ChannelInfo> channels = _isStarted && !_isStopped ? [.. _relay.UpstreamChannels(), .. _downstreams.ListChannels()] : [];
        return ValueTask.FromResult(Page.Of(channels, query, static channel => channel.UserIdentity));
    }

    /// <inheritdoc/>
    public ValueTask<Page<WorkerInfo>> ListWorkersAsync(ListQuery query, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_relay.Workers.List(query));

    // REQUIRES_STANDARD_JOBS must never be set here: the pool would send no group and no extended jobs.
    private UpstreamListOptions UpstreamOptions() => new()
    {
        Pools = UpstreamPoolOptions.Resolve(_options.Pools, _options.UserIdentity),
        Role = "mining-proxy",
        Switching = _options.Switching,
        RequestedExtensions = _options.ReportWorkers ? [WorkerTlv.Extension] : [],
        Channel = _relay.OwnChannel,
    };

    private DownstreamServerOptions DownstreamOptions() => new()
    {
        Listen = _options.Listen,
        PublicAddress = _options.PublicAddress,
        AuthorityKeyFile = _options.AuthorityKeyFile,
        CertificateValidity = _options.CertificateValidity,
        Limits = _options.Limits,
        Extensions = _relay.DownstreamExtensions,
        SuccessFlags = SuccessFlags,
    };

    // A pool that fixes the version fixes it for everybody behind; who insists on rolling is never told so (5.3.1), and learns
    // by each extended job.
    private uint SuccessFlags(uint clientFlags)
    {
        var upstream = (MiningSetupSuccessFlags)(_upstreams.Active?.Setup.ServerFlags ?? 0);
        bool insists = ((MiningSetupFlags)clientFlags).HasFlag(MiningSetupFlags.RequiresVersionRolling);
        bool isFixed = upstream.HasFlag(MiningSetupSuccessFlags.RequiresFixedVersion) && !insists;
        return (uint)(isFixed ? MiningSetupSuccessFlags.RequiresFixedVersion : 0);
    }

    private void Tick()
    {
        try
        {
            _relay.Tick();
        }
        catch (Exception e)
        {
            LogTickFailed(e);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The proxy's timer failed; it goes on with the next tick")]
    private partial void LogTickFailed(Exception e);
}
