using Microsoft.Extensions.Logging;

namespace Sv2.Roles.Hosting;

/// <summary>
/// Keeps one instance in the state that its operator wants. Whatever the role throws, at start, in its run or at the stop,
/// ends here: as a state with a reason, and a restart with back-off. One command at a time; status can be read at any time.
/// </summary>
internal sealed partial class RoleSupervisor
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DisposeTimeout = TimeSpan.FromSeconds(1);

    private readonly Func<string, IRoleKind> _kindOf;
    private readonly RoleContext _context;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly RestartBackoff _backoff;
    private readonly SemaphoreSlim _gate = new(1, 1);

    // Guards the fields below, for Status; commands hold the gate as well.
    private readonly Lock _sync = new();
    private RoleDefinition _definition;
    private RoleState _state = RoleState.Stopped;
    private DateTimeOffset _since;
    private Exception? _failure;
    private DateTimeOffset? _restartAt;
    private int _restarts;
    private IRole? _role;

    // Cancelled by a stop: ends a start that hangs, or a wait for the next attempt.
    private CancellationTokenSource _attempt = new();

    public RoleSupervisor(RoleDefinition definition, Func<string, IRoleKind> kindOf, RoleContext context)
    {
        _definition = definition;
        _kindOf = kindOf;
        _context = context;
        _time = context.TimeProvider;
        _log = context.LoggerFactory.CreateLogger("host");
        _backoff = new RestartBackoff(_time);
        _since = _time.GetUtcNow();
    }

    public RoleDefinition Definition
    {
        get
        {
            lock (_sync)
                return _definition;
        }

        set
        {
            lock (_sync)
                _definition = value;
        }
    }

    /// <summary>The role while it runs; null otherwise.</summary>
    public IRole? Running
    {
        get
        {
            lock (_sync)
                return _state == RoleState.Running ? _role : null;
        }
    }

    public RoleStatus Status()
    {
        RoleStatus status;
        lock (_sync)
        {
            status = new RoleStatus
            {
                Definition = _definition,
                State = _state,
                Since = _since,
                FailureReason = _failure is null ? null : Explain(_failure),
                Problems = (_failure as ConfigurationException)?.Problems ?? [],
                RestartAt = _restartAt,
                Restarts = _restarts,
            };
        }

        return Running is { } role ? status with { Report = SafeReport(role) } : status;
    }

    /// <summary>Starts unless it runs already. Returns when it runs or has failed.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_state == RoleState.Running)
                return;
            NewAttempt();
            _backoff.Reset();
            lock (_sync)
                _restarts = 0;
            await LaunchAsync().ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Stops. A role that is not done after <paramref name="grace"/> is told to let go, and then left behind.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        // Before the gate, because a start that hangs holds it.
        lock (_sync)
            _attempt.Cancel();
        await _gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            IRole? role;
            lock (_sync)
            {
                role = _role;
                _role = null;
            }

            if (role is not null)
            {
                Enter(RoleState.Stopping);
                await StopRoleAsync(role, grace).ConfigureAwait(false);
            }

            if (_state != RoleState.Stopped)
                Enter(RoleState.Stopped);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>A role of the present definition that has not started, to ask it something; the caller disposes it.</summary>
    /// <exception cref="ConfigurationException">The stored configuration cannot be used.</exception>
    public IRole Make()
    {
        RoleDefinition definition = Definition;
        IRoleKind kind = _kindOf(definition.Kind);
        return kind.Create(OptionsBinder.Bind(kind, definition.Configuration), _context);
    }

    private CancellationToken NewAttempt()
    {
        lock (_sync)
        {
            _attempt.Cancel();
            _attempt.Dispose();
            _attempt = new CancellationTokenSource();
            return _attempt.Token;
        }
    }

    /// <summary>Makes and starts a role. The gate is held.</summary>
    private async Task LaunchAsync()
    {
        CancellationToken cancelled = _attempt.Token;
        Enter(RoleState.Starting);
        IRole? role = null;
        try
        {
            IRoleKind kind = _kindOf(Definition.Kind);
            object options = OptionsBinder.Bind(kind, Definition.Configuration);
            role = kind.Create(options, _context);
            // On the pool: a role that blocks in its start must not block the caller.
            await Task.Run(() => role.StartAsync(cancelled), CancellationToken.None)
                .WaitAsync(StartTimeout, _time, cancelled).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            if (role is not null)
                await DisposeRoleAsync(role).ConfigureAwait(false);
            if (cancelled.IsCancellationRequested)
                Enter(RoleState.Stopped);
            else
                Fail(e is TimeoutException ? new RoleException($"It did not start within {StartTimeout.TotalSeconds} s.") : e, hadStarted: false);
            return;
        }

        lock (_sync)
            _role = role;
        _backoff.Started();
        Enter(RoleState.Running);
        _ = WatchAsync(role);
    }

    /// <summary>Waits for the role to end by itself.</summary>
    private async Task WatchAsync(IRole role)
    {
        Exception failure = new RoleException("The role ended by itself.");
        try
        {
            await role.Completion.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
        }

        await _gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            lock (_sync)
            {
                if (_role != role)
                    return; // Stopped as asked.
                _role = null;
            }

            await DisposeRoleAsync(role).ConfigureAwait(false);
            Fail(failure, hadStarted: true);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Notes the failure and, unless a person must act first, plans the next attempt. The gate is held.</summary>
    private void Fail(Exception failure, bool hadStarted)
    {
        DateTimeOffset? restartAt = null;
        if (failure is not ConfigurationException)
        {
            TimeSpan delay = _backoff.Failed(hadStarted);
            restartAt = _time.GetUtcNow() + delay;
            _ = RestartLaterAsync(delay, _attempt.Token);
        }

        if (failure is not RoleException)
            LogUnexpected(_log, failure);
        Enter(RoleState.Failed, failure, restartAt);
    }

    private async Task RestartLaterAsync(TimeSpan delay, CancellationToken cancelled)
    {
        try
        {
            await Task.Delay(delay, _time, cancelled).ConfigureAwait(false);
            await _gate.WaitAsync(cancelled).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return; // Stopped, or started by hand, in the meantime.
        }

        try
        {
            if (cancelled.IsCancellationRequested)
                return;
            lock (_sync)
                _restarts++;
            await LaunchAsync().ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task StopRoleAsync(IRole role, TimeSpan grace)
    {
        using var timeUp = new CancellationTokenSource(grace, _time);
        try
        {
            await Task.Run(() => role.StopAsync(timeUp.Token), CancellationToken.None)
                .WaitAsync(grace + DisposeTimeout, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            LogLeftBehind(_log, grace.TotalSeconds);
        }
        catch (OperationCanceledException) when (timeUp.IsCancellationRequested)
        {
            LogLetGo(_log, grace.TotalSeconds);
        }
        catch (Exception e)
        {
            LogStopFailed(_log, e);
        }

        await DisposeRoleAsync(role).ConfigureAwait(false);
    }

    private async Task DisposeRoleAsync(IRole role)
    {
        try
        {
            await Task.Run(() => role.DisposeAsync().AsTask()).WaitAsync(DisposeTimeout, _time).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            LogDisposeFailed(_log, e);
        }
    }

    private void Enter(RoleState state, Exception? failure = null, DateTimeOffset? restartAt = null)
    {
        string? reason = failure is null ? null : Explain(failure);
        lock (_sync)
        {
            _state = state;
            _since = _time.GetUtcNow();
            _failure = failure;
            _restartAt = restartAt;
        }

        string message = state switch
        {
            RoleState.Failed when restartAt is { } at => $"Failed: {reason} Next attempt in {(at - _since).TotalSeconds:0} s.",
            RoleState.Failed => $"Failed: {reason}",
            _ => state.ToString(),
        };
        if (state == RoleState.Failed)
            LogFailed(_log, message);
        else
            LogState(_log, message);
        _context.Events.Publish(
            RoleEventTypes.RoleState,
            state == RoleState.Failed ? RoleEventSeverity.Error : RoleEventSeverity.Info,
            message,
            new { state, reason, restartAt });
    }

    private RoleReport SafeReport(IRole role)
    {
        try
        {
            return role.Report();
        }
        catch (Exception e)
        {
            LogReportFailed(_log, e);
            return RoleReport.Of(RoleHealth.Unhealthy, $"The role cannot report on itself: {e.Message}");
        }
    }

    /// <summary>What went wrong as an operator reads it: expected failures in their own words, others with their type.</summary>
    private static string Explain(Exception failure)
    {
        string text = failure switch
        {
            ConfigurationException configuration => string.Join("; ", configuration.Problems),
            RoleException { Fix: { } fix } => $"{failure.Message} {fix}",
            RoleException => failure.Message,
            _ => $"{failure.GetType().Name}: {failure.Message}",
        };
        return text.EndsWith('.') ? text : text + ".";
    }

    [LoggerMessage(LogLevel.Information, "{Message}")]
    private static partial void LogState(ILogger log, string message);

    [LoggerMessage(LogLevel.Error, "{Message}")]
    private static partial void LogFailed(ILogger log, string message);

    [LoggerMessage(LogLevel.Error, "Unexpected failure")]
    private static partial void LogUnexpected(ILogger log, Exception e);

    [LoggerMessage(LogLevel.Warning, "Did not stop within {Seconds} s and was left behind")]
    private static partial void LogLeftBehind(ILogger log, double seconds);

    [LoggerMessage(LogLevel.Warning, "Did not stop within {Seconds} s and had to let go")]
    private static partial void LogLetGo(ILogger log, double seconds);

    [LoggerMessage(LogLevel.Error, "Failed while stopping")]
    private static partial void LogStopFailed(ILogger log, Exception e);

    [LoggerMessage(LogLevel.Error, "Failed while releasing its resources")]
    private static partial void LogDisposeFailed(ILogger log, Exception e);

    [LoggerMessage(LogLevel.Error, "Failed while reporting")]
    private static partial void LogReportFailed(ILogger log, Exception e);
}
