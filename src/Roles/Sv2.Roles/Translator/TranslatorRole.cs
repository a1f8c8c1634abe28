using System.Net;
using Microsoft.Extensions.Logging;
using Sv1;
using Sv2.Roles.Upstreams;

namespace Sv2.Roles.Translator;

/// <summary>
/// Lets Stratum V1 miners mine on Stratum V2 pools. Takes the pool's extended jobs apart into <c>mining.notify</c>, checks
/// every share here, and sends on those that are good enough for the pool.
/// </summary>
public sealed partial class TranslatorRole : IRole, IChannelSource, IWorkerSource
{
    private static readonly TimeSpan TickPeriod = TimeSpan.FromMilliseconds(250);

    private readonly TranslatorOptions _options;
    private readonly RoleContext _context;
    private readonly TranslatorServices _services;
    private readonly ILogger _logger;
    private readonly WorkRoute _route;
    private readonly UpstreamList _upstreams;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _tickGate = new();
    private Sv1Listener? _listener;
    private ITimer? _timer;
    private bool _isStopped;

    /// <summary>Makes a translator that has not started.</summary>
    /// <param name="options">Validated options.</param>
    /// <param name="context">What the host gives.</param>
    public TranslatorRole(TranslatorOptions options, RoleContext context)
    {
        _options = options;
        _context = context;
        _services = new TranslatorServices(options, context);
        _logger = _services.Logger;
        _route = options.Mode == TranslatorMode.Aggregated ? new AggregatedRoute(_services) : new PerMinerRoute(_services);
        _upstreams = new UpstreamList(_route.Configure(options), _route, context);
        _route.Upstreams = _upstreams;
    }

    /// <inheritdoc/>
    public Task Completion => _completion.Task;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _listener = await ListenAsync(cancellationToken).ConfigureAwait(false);
        _upstreams.Start();
        SwitchCode.Prepare(typeof(TranslatorRole), _logger);
        _timer = _services.Time.CreateTimer(static state => ((TranslatorRole)state!).Tick(), this, TickPeriod, TickPeriod);
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_isStopped)
            return;
        _isStopped = true;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_options.Limits.Drain);
        // Miners first: what they have sent by then still goes to the pool.
        if (_listener is not null)
            await _listener.StopAsync(patience.Token).ConfigureAwait(false);
        if (_timer is not null)
            await _timer.DisposeAsync().ConfigureAwait(false);
        await _upstreams.StopAsync().ConfigureAwait(false);
        _completion.TrySetResult();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_listener is not null)
            await _listener.DisposeAsync().ConfigureAwait(false);
        if (_timer is not null)
            await _timer.DisposeAsync().ConfigureAwait(false);
        await _upstreams.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<Sv1Listener> ListenAsync(CancellationToken cancellationToken)
    {
        TranslatorLimits limits = _options.Limits;
        var options = new Sv1ListenerOptions
        {
            EndPoint = _options.Listen,
            ConnectionsMax = limits.Connections,
            PerAddressMax = limits.ConnectionsPerAddress,
            HalfOpenMax = limits.HalfOpen,
            SetupTimeout = limits.Setup,
            IdleTimeout = limits.Idle,
            LineTimeout = limits.Line,
            LineBytesMax = limits.LineBytes,
            OutboundBytesMax = limits.OutboundKilobytes * 1024,
        };
        try
        {
            return await Sv1Listener.StartAsync(options, ServeAsync, _services.Time, _context.LoggerFactory, cancellationToken).ConfigureAwait(false);
        }
        catch (Sv1ListenException e)
        {
            throw new ConfigurationException("listen", e.Message, "choose another address or port, or stop the program that uses it", e);
        }
    }

    private async Task ServeAsync(Sv1Connection connection, CancellationToken cancellationToken)
    {
        TranslatorMiner miner = _services.Miners.Add(local => new TranslatorMiner(_services, _route, connection, local, _ => _listener!.Establish(connection)));
        try
        {
            await connection.RunAsync(miner, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _services.Miners.Remove(miner);
            miner.Leave();
            LogEnded(miner.User.Length > 0 ? Protocol.LogText.Sanitise(miner.User) : "(not authorised)", connection.RemoteEndPoint, connection.Reason);
        }
    }

    private void Tick()
    {
        // A tick that comes while the last one still runs has nothing to add.
        if (!_tickGate.TryEnter())
            return;
        try
        {
            foreach (TranslatorMiner miner in _services.Miners.All)
                miner.Tick();
            _route.Tick();
            _services.Workers.Tick();
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

    [LoggerMessage(Level = LogLevel.Information, Message = "Miner {User} at {EndPoint} has gone: {Reason}")]
    private partial void LogEnded(string user, EndPoint? endPoint, Sv1CloseReason? reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The translator's timer failed; it goes on with the next tick")]
    private partial void LogTickFailed(Exception exception);
}
