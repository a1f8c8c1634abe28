using Microsoft.Extensions.Logging;
using Sv2.Noise;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Transport;

namespace Sv2.Roles.TemplateDistribution;

/// <summary>
/// Client side of the Template Distribution Protocol over a list of providers: connects to the first that works, sends
/// CoinbaseOutputConstraints, follows future and active templates, and goes on to the next provider when one fails. While a
/// later provider serves, the preferred ones are tried again; the change is made only when the new one has sent its templates.
/// Thread-safe.
/// </summary>
public sealed partial class TemplateClient : IAsyncDisposable, ISessionObserver
{
    private readonly TemplateClientOptions _options;
    private readonly ITemplateObserver _observer;
    private readonly ILogger _logger;
    private readonly TimeProvider _timeProvider;
    private readonly ProviderDialer _dialer;
    private readonly ProviderLink[] _links;
    private readonly CancellationTokenSource _stopping = new();

    // Two locks, so that the owner may call us from where it is told something: this one orders what it is told …
    private readonly Lock _deliveryLock = new();

    // … and this one guards our state, and is never held while the owner is called.
    private readonly Lock _stateLock = new();
    private CoinbaseOutputConstraints _constraints;
    private ProviderSession? _session;
    private SolutionCourier? _courier;
    private Task _running = Task.CompletedTask;
    private ActiveTemplate? _active;

    /// <param name="options">Providers and times.</param>
    /// <param name="constraints">Space and sigops for the outputs that the owner adds (7.1).</param>
    /// <param name="observer">Told of templates, tips and provider states.</param>
    /// <param name="loggerFactory">One line per change of state.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <exception cref="ArgumentException">The list of providers is empty or too long.</exception>
    public TemplateClient(
        TemplateClientOptions options,
        CoinbaseOutputConstraints constraints,
        ITemplateObserver observer,
        ILoggerFactory loggerFactory,
        TimeProvider timeProvider)
    {
        if (options.Providers.Count is 0 or > TemplateClientOptions.ProvidersMax)
            throw new ArgumentException($"{options.Providers.Count} template providers are not in 1..{TemplateClientOptions.ProvidersMax}", nameof(options));
        _options = options;
        _constraints = constraints;
        _observer = observer;
        _logger = loggerFactory.CreateLogger<TemplateClient>();
        _timeProvider = timeProvider;
        _dialer = new ProviderDialer(options, loggerFactory, timeProvider, _deliveryLock, this);
        _links = [.. options.Providers.Select(provider => new ProviderLink(provider, options, timeProvider))];
    }

    /// <summary>The template to work on now and its prev-hash; null before the first. Stays when the provider is lost.</summary>
    public ActiveTemplate? Active => Volatile.Read(ref _active);

    /// <summary>Whether a provider is connected and serves.</summary>
    public bool IsConnected
    {
        get
        {
            lock (_stateLock)
                return _session is not null;
        }
    }

    /// <summary>Every provider of the list and why one is down, in order of preference.</summary>
    public IReadOnlyList<ProviderState> Providers
    {
        get
        {
            lock (_stateLock)
                return [.. _links.Select(link => link.State)];
        }
    }

    /// <summary>Reads waiting solutions from disk and begins to connect. Returns at once.</summary>
    /// <exception cref="RoleException">The solutions directory cannot be used.</exception>
    public void Start()
    {
        _courier = new SolutionCourier(_options, _dialer, () => Constraints, _observer, _deliveryLock, _logger, _timeProvider);
        _courier.Start(_stopping.Token);
        if (_options.Sharing is { } sharing)
            _seat = sharing.Exchange.Join(sharing.Group, sharing.Member, this);
        else
            _gate.Set(true);
        _running = RunAsync(_stopping.Token);
    }

    /// <summary>Closes the connection; solutions that have not arrived stay on disk for the next start.</summary>
    public async Task StopAsync()
    {
        if (_seat is not null)
            await _seat.DisposeAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        if (_courier is not null)
            await _courier.Completion.ConfigureAwait(false);
    }

    /// <summary>Changes the constraints; sent at once when connected, and with every later connection.</summary>
    public void SetConstraints(CoinbaseOutputConstraints constraints)
    {
        ProviderSession? session;
        lock (_stateLock)
        {
            _constraints = constraints;
            session = _session;
        }
        if (session is { IsShared: false })
            session.Connection.TrySend(constraints);
    }

    /// <summary>Asks the template's provider for its transactions.</summary>
    /// <exception cref="TransactionDataException">The provider refused or did not answer, or is not connected any more.</exception>
    public async Task<TransactionData> RequestTransactionDataAsync(ProvidedTemplate template, CancellationToken cancellationToken)
    {
        ProviderSession? session;
        lock (_stateLock)
            session = _session;
        if (session is null || session.Epoch != template.Epoch)
            throw new TransactionDataException("disconnected", $"the connection that brought template {template.TemplateId} is closed");
        try
        {
            return await session.RequestTransactionData(template.TemplateId)
                .WaitAsync(_options.TransactionDataTimeout, _timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            session.Forget(template.TemplateId);
            throw new TransactionDataException("timeout", $"no answer for template {template.TemplateId} within {_options.TransactionDataTimeout.TotalSeconds} s");
        }
    }

    /// <summary>
    /// Sends a solution at once and keeps it on disk until it is known to have arrived. Returns when it has been handed to the
    /// connection and is on disk.
    /// </summary>
    /// <exception cref="InvalidOperationException">The client has not been started.</exception>
    /// <exception cref="IOException">It could not be stored. It was sent all the same where the provider is connected.</exception>
    public SolutionDelivery SubmitSolution(TemplateSolution solution)
    {
        if (_courier is null)
            throw new InvalidOperationException("the template client has not been started");
        ProviderSession? session;
        lock (_stateLock)
            session = _session;
        return _courier.Submit(solution, session is { IsShared: false } ? session : null);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private CoinbaseOutputConstraints Constraints
    {
        get
        {
            lock (_stateLock)
                return _constraints;
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                CancellationToken notWanted = await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
                await FollowProvidersAsync(notWanted, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop: what breaks on the way out, such as a connection just being opened, is no matter any more.
        }
        finally
        {
            await EndSessionAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Keeps a connection of its own, until that is not wanted any more.</summary>
    private async Task FollowProvidersAsync(CancellationToken notWanted, CancellationToken cancellationToken)
    {
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(notWanted, cancellationToken);
        try
        {
            while (true)
            {
                int index = await ConnectAnyAsync(_links.Length, ended.Token).ConfigureAwait(false);
                await ServeAsync(index, ended.Token).ConfigureAwait(false);
            }
        }
        catch (Exception) when (notWanted.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Another front end has the connection now.
            await EndSessionAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Tries the first <paramref name="count"/> providers in their order, with back-off, until one serves. Returns its place.</summary>
    private async Task<int> ConnectAnyAsync(int count, CancellationToken cancellationToken)
    {
        while (true)
        {
            for (int i = 0; i < count; i++)
                if (IsDue(i) && await TryConnectAsync(i, cancellationToken).ConfigureAwait(false))
                    return i;
            await Task.Delay(UntilNextAttempt(), _timeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Follows the session in use until it ends, moving to a preferred provider when one is back.</summary>
    private async Task ServeAsync(int index, CancellationToken cancellationToken)
    {
        while (true)
        {
            ProviderSession session = _session!;
            Task ended = session.Connection.Closed.IsCancellationRequested ? Task.CompletedTask : _dialer.EndOf(session);
            while (index > 0 && !ended.IsCompleted)
            {
                using CancellationTokenSource waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                Task timer = Task.Delay(_options.ReturnInterval, _timeProvider, waiting.Token);
                await Task.WhenAny(ended, timer).ConfigureAwait(false);
                await waiting.CancelAsync().ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                if (!ended.IsCompleted && await TryPreferredAsync(index, cancellationToken).ConfigureAwait(false) is { } better)
                {
                    index = better;
                    break;
                }
            }
            if (!ReferenceEquals(session, _session))
                continue;
            await ended.WaitAsync(cancellationToken).ConfigureAwait(false);
            await EndSessionAsync().ConfigureAwait(false);
            Changed(index, link => link.Failed(ProviderFailure.Of(session.Connection)));
            return;
        }
    }

    /// <summary>Tries the providers before <paramref name="index"/> once. Returns the place of the one that took over.</summary>
    private async Task<int?> TryPreferredAsync(int index, CancellationToken cancellationToken)
    {
        for (int i = 0; i < index; i++)
        {
            ProviderSession? old = _session;
            if (!IsDue(i) || !await TryConnectAsync(i, cancellationToken).ConfigureAwait(false))
                continue;
            Changed(index, link => link.Standby());
            if (old is { IsShared: false })
                await _dialer.HangUpAsync(old).ConfigureAwait(false);
            return i;
        }
        return null;
    }

    private async Task<bool> TryConnectAsync(int index, CancellationToken cancellationToken)
    {
        Changed(index, link => link.Connecting());
        ProviderSession? session = null;
        try
        {
            ConnectionString address;
            lock (_stateLock)
                address = _links[index].Address;
            CoinbaseOutputConstraints sent = Constraints;
            session = await _dialer.OpenAsync(address, sent, cancellationToken).ConfigureAwait(false);
            Activate(session);
            // Changed while the connection was being opened, when there was nobody yet to be told.
            if (Constraints is { } changed && changed != sent)
                session.Connection.TrySend(changed);
            Changed(index, link => link.Connected());
            _courier!.OnConnected(session);
            return true;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // What is not a provider's failure is a fault of ours or of our owner; it must not end the client.
            if (e is not ProviderFailure)
                LogUnexpected(_logger, e, Name(_links[index].Provider));
            Changed(index, link => link.Failed(e as ProviderFailure ?? new ProviderFailure($"unexpected: {e.Message}", isLasting: false)));
            if (session is not null && ReferenceEquals(session, _session))
                await EndSessionAsync().ConfigureAwait(false);
            return false;
        }
    }

    /// <summary>Puts a session to use: tells the owner all that it has learnt so far, then what comes.</summary>
    private void Activate(ProviderSession session)
    {
        lock (_deliveryLock)
        {
            lock (_stateLock)
                _session = session;
            ActiveTemplate tip = session.Tip!;
            Volatile.Write(ref _active, tip);
            _observer.OnNewTemplate(tip.Template);
            _observer.OnNewPrevHash(tip.Template, tip.PrevHash);
            if (session.Current != tip.Template)
                Deliver(session.Current!);
            foreach (ProvidedTemplate future in session.Futures)
                Deliver(future);
            ShareWhole(session);
        }
    }

    private async Task EndSessionAsync()
    {
        ProviderSession? session;
        lock (_stateLock)
        {
            session = _session;
            _session = null;
        }
        if (session is { IsShared: false })
            await _dialer.HangUpAsync(session).ConfigureAwait(false);
    }

    void ISessionObserver.OnNewTemplate(ProviderSession session, ProvidedTemplate template)
    {
        if (!ReferenceEquals(session, _session))
            return;
        Deliver(template);
        Share(session, template.Message);
    }

    void ISessionObserver.OnNewPrevHash(ProviderSession session, ProvidedTemplate template, in SetNewPrevHash prevHash)
    {
        _courier?.OnTip(session, prevHash.PrevHash);
        if (!ReferenceEquals(session, _session))
            return;
        Volatile.Write(ref _active, new ActiveTemplate(template, prevHash));
        _observer.OnNewPrevHash(template, prevHash);
        Share(session, prevHash);
    }

    private void Deliver(ProvidedTemplate template)
    {
        if (!template.IsFuture && Active is { } active)
            Volatile.Write(ref _active, active with { Template = template });
        _observer.OnNewTemplate(template);
    }

    private bool IsDue(int index)
    {
        lock (_stateLock)
            return _links[index].IsDue;
    }

    private TimeSpan UntilNextAttempt()
    {
        lock (_stateLock)
        {
            TimeSpan wait = _links.Min(link => link.State.NextAttempt ?? DateTimeOffset.MinValue) - _timeProvider.GetUtcNow();
            return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
        }
    }

    private void Changed(int index, Func<ProviderLink, ProviderState> change)
    {
        ProviderState before;
        ProviderState after;
        lock (_stateLock)
        {
            before = _links[index].State;
            after = change(_links[index]);
        }
        if (before.State == after.State && before.Reason == after.Reason)
            return;
        Log(after);
        lock (_deliveryLock)
            _observer.OnProviderChanged(after);
    }

    private void Log(ProviderState state)
    {
        string provider = Name(state.Provider);
        switch (state.State)
        {
            case UpstreamState.Connected:
                LogConnected(_logger, provider);
                break;
            case UpstreamState.BackingOff or UpstreamState.Failed:
                LogDown(_logger, provider, state.Reason ?? "", state.NextAttempt);
                break;
            default:
                LogState(_logger, provider, state.State);
                break;
        }
    }

    private static string Name(ConnectionString provider) => $"{provider.Host}:{provider.Port}";

    [LoggerMessage(LogLevel.Information, "Template provider {Provider} connected")]
    private static partial void LogConnected(ILogger logger, string provider);

    // The observer tells it as an event, so it is no warning here: a console would show it twice.
    [LoggerMessage(LogLevel.Information, "Template provider {Provider} is down: {Reason}; next attempt {NextAttempt:T}")]
    private static partial void LogDown(ILogger logger, string provider, string reason, DateTimeOffset? nextAttempt);

    [LoggerMessage(LogLevel.Error, "Templates of {Provider} could not be put to use")]
    private static partial void LogUnexpected(ILogger logger, Exception exception, string provider);

    [LoggerMessage(LogLevel.Debug, "Template provider {Provider}: {State}")]
    private static partial void LogState(ILogger logger, string provider, UpstreamState state);
}

/// <summary>A template with the prev-hash that makes it work.</summary>
/// <param name="Template">The newest template on the tip.</param>
/// <param name="PrevHash">The tip, as SetNewPrevHash told it (it may name an earlier template).</param>
public sealed record ActiveTemplate(ProvidedTemplate Template, SetNewPrevHash PrevHash);
