using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Sv2.Roles.Hosting;
using Sv2.Roles.Orleans.Grains;

namespace Sv2.Roles.Orleans.Supervision;

/// <summary>
/// Runs the roles that the grains have given to this silo, outside any grain: sockets and sessions live here. Asks for roles
/// that nobody runs, renews the leases of its own, does what the grains order, and stops a role by itself when it cannot
/// reach the role's grain for too long. When the silo leaves in good order it stops its roles first and gives them back.
/// </summary>
internal sealed partial class SiloSupervisor : ILifecycleParticipant<ISiloLifecycle>
{
    private readonly IGrainFactory _grains;
    private readonly InProcessRoleHost _host;
    private readonly ILocalSiloDetails _silo;
    private readonly ClusterOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<SiloSupervisor> _log;
    private readonly LedgerForwarder _forwarder;
    private readonly EventForwarder _events;

    // Touched by the loop alone, but for the fence, which only reads and stops.
    private readonly Dictionary<string, HeldRole> _held = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _stopEvents = new();
    private Task _running = Task.CompletedTask;
    private Task _forwarding = Task.CompletedTask;

    /// <param name="grains">The way to the grains.</param>
    /// <param name="host">Runs the roles in this process.</param>
    /// <param name="silo">Who this silo is.</param>
    /// <param name="forwarder">Sends shares and blocks up.</param>
    /// <param name="events">Sends events up.</param>
    /// <param name="options">Times.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Where to log.</param>
    public SiloSupervisor(
        IGrainFactory grains,
        InProcessRoleHost host,
        ILocalSiloDetails silo,
        LedgerForwarder forwarder,
        EventForwarder events,
        ClusterOptions options,
        TimeProvider time,
        ILogger<SiloSupervisor> log)
    {
        _grains = grains;
        _host = host;
        _silo = silo;
        _options = options;
        _time = time;
        _log = log;
        _forwarder = forwarder;
        _events = events;
    }

    /// <summary>Names of the roles that this silo runs.</summary>
    public IReadOnlyList<string> Held
    {
        get { lock (_gate) return [.. _held.Keys]; }
    }

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle) =>
        // After the silo has become active, and before it leaves: grains can be called all the while.
        lifecycle.Subscribe(nameof(SiloSupervisor), ServiceLifecycleStage.Active + 1, StartAsync, StopAsync);

    private Task StartAsync(CancellationToken cancellation)
    {
        _running = Task.WhenAll(
            Task.Run(() => EveryAsync(_options.ReconcileInterval, ReconcileAsync), CancellationToken.None),
            Task.Run(() => EveryAsync(_options.ReconcileInterval / 2, FenceAsync), CancellationToken.None),
            Task.Run(() => EveryAsync(_options.ShareInterval, _forwarder.ForwardAsync), CancellationToken.None));
        _forwarding = Task.Run(() => _events.RunAsync(_stopEvents.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellation)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        HeldRole[] held;
        lock (_gate) held = [.. _held.Values];
        // What is booked after this round is in the ledgers: whoever has the roles next sends it.
        using (var patience = new CancellationTokenSource(_options.CallTimeout, _time))
            await _forwarder.ForwardAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(held.Select(role => LeaveAsync(role, tellGrain: true))).ConfigureAwait(false);
        await _events.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        await _stopEvents.CancelAsync().ConfigureAwait(false);
        await _forwarding.ConfigureAwait(false);
    }

    /// <summary>Runs something again and again. What it throws is logged and does not end it.</summary>
    private async Task EveryAsync(TimeSpan interval, Func<CancellationToken, Task> action)
    {
        using var timer = new PeriodicTimer(interval, _time);
        try
        {
            while (true)
            {
                try
                {
                    await action(_stop.Token).ConfigureAwait(false);
                }
                catch (Exception e) when (!_stop.IsCancellationRequested)
                {
                    LogRoundFailed(_log, e.Message, e);
                }

                await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The normal end.
        }
    }

    private async Task ReconcileAsync(CancellationToken cancellation)
    {
        HeldRole[] held;
        lock (_gate) held = [.. _held.Values];
        await Task.WhenAll(held.Where(role => !role.IsLeaving).Select(RenewAsync)).ConfigureAwait(false);

        string[] names = await _grains.GetGrain<IRoleCatalogueGrain>(0).ListAsync().WaitAsync(_options.CallTimeout, _time, cancellation).ConfigureAwait(false);
        foreach (string name in names)
        {
            bool isHeld;
            int load;
            lock (_gate) (isHeld, load) = (_held.ContainsKey(name), _held.Count);
            if (!isHeld) await ClaimAsync(name, load, cancellation).ConfigureAwait(false);
        }
    }

    private async Task ClaimAsync(string name, int load, CancellationToken cancellation)
    {
        // The lease counts from before the call: however long the answer takes, we think it shorter than the grain does.
        long asked = _time.GetTimestamp();
        var claim = new RoleClaim(_silo.Name, _silo.SiloAddress.ToParsableString(), load);
        RoleGrant? grant = await Role(name).ClaimAsync(claim).WaitAsync(_options.CallTimeout, _time, cancellation).ConfigureAwait(false);
        if (grant is null) return;
        var role = new HeldRole(name, grant, asked);
        lock (_gate) _held[name] = role;
        LogTaken(_log, name, grant.Generation);
        role.Work = Task.Run(() => ApplyAsync(role, grant.Definition, grant.Version, restart: false), CancellationToken.None);
    }

    private async Task RenewAsync(HeldRole role)
    {
        long asked = _time.GetTimestamp();
        RoleOrder order;
        try
        {
            order = await Role(role.Name).RenewAsync(await RenewalAsync(role).ConfigureAwait(false)).WaitAsync(_options.CallTimeout, _time).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The fence decides when this has lasted too long.
            LogRenewalFailed(_log, role.Name, e.Message);
            return;
        }

        if (order.Kind != RoleOrderKind.Stale) role.RenewedAt = asked;
        switch (order.Kind)
        {
            case RoleOrderKind.Apply when role.Work.IsCompleted && order.Definition is { } definition:
                role.Work = Task.Run(() => ApplyAsync(role, definition, order.Version, order.Restart), CancellationToken.None);
                break;
            case RoleOrderKind.Release:
                _ = LeaveAsync(role, tellGrain: true);
                break;
            case RoleOrderKind.Stale:
                LogStale(_log, role.Name, role.Generation);
                _ = LeaveAsync(role, tellGrain: false);
                break;
        }
    }

    private Task FenceAsync(CancellationToken cancellation)
    {
        HeldRole[] held;
        lock (_gate) held = [.. _held.Values];
        foreach (HeldRole role in held)
        {
            if (role.IsLeaving || _time.GetElapsedTime(role.RenewedAt) < _options.FenceAfter) continue;
            LogFenced(_log, role.Name, _options.FenceAfter.TotalSeconds);
            _ = LeaveAsync(role, tellGrain: false);
        }

        return Task.CompletedTask;
    }

    private async Task ApplyAsync(HeldRole role, RoleDefinition definition, long version, bool restart)
    {
        try
        {
            RoleStatus? present = (await _host.ListAsync().ConfigureAwait(false)).FirstOrDefault(s => s.Definition.Name == role.Name);
            if (present is null) await _host.CreateAsync(definition).ConfigureAwait(false);
            else if (restart) await RestartAsync(definition).ConfigureAwait(false);
            else await _host.UpdateAsync(role.Name, definition.Configuration, restart: false).ConfigureAwait(false);
        }
        catch (RoleException e)
        {
            // The configuration was checked before it was stored; another version of the program may see it differently.
            LogNotApplied(_log, role.Name, version, e.Message);
        }

        role.AppliedVersion = version;
    }

    private async Task RestartAsync(RoleDefinition definition)
    {
        await _host.UpdateAsync(definition.Name, definition.Configuration, restart: false).ConfigureAwait(false);
        await _host.RestartAsync(definition.Name).ConfigureAwait(false);
    }

    /// <summary>Stops the role in this process and, where the grain is to know, gives it back.</summary>
    private async Task LeaveAsync(HeldRole role, bool tellGrain)
    {
        lock (_gate)
        {
            if (role.IsLeaving) return;
            role.IsLeaving = true;
        }

        try
        {
            await role.Work.ConfigureAwait(false);
            await _host.StopAsync(role.Name).ConfigureAwait(false);
            // What it has booked to its last moment, while its ledger can still be asked.
            RoleRenewal last = await RenewalAsync(role).ConfigureAwait(false);
            await _host.DeleteAsync(role.Name).ConfigureAwait(false);
            if (tellGrain) await Role(role.Name).ReleaseAsync(last).WaitAsync(_options.CallTimeout, _time).ConfigureAwait(false);
            LogLeft(_log, role.Name);
        }
        catch (Exception e)
        {
            LogLeaveFailed(_log, role.Name, e.Message, e);
        }
        finally
        {
            lock (_gate) _held.Remove(role.Name);
        }
    }

    private async ValueTask<RoleRenewal> RenewalAsync(HeldRole role)
    {
        RoleStatus? status = role.AppliedVersion == 0 ? null
            : (await _host.ListAsync().ConfigureAwait(false)).FirstOrDefault(s => s.Definition.Name == role.Name);
        return new RoleRenewal(_silo.Name, role.Generation, role.AppliedVersion, status);
    }

    private IRoleGrain Role(string name) => _grains.GetGrain<IRoleGrain>(name);

    [LoggerMessage(LogLevel.Information, "{Role}: this silo runs it now (generation {Generation})")]
    private static partial void LogTaken(ILogger log, string role, long generation);

    [LoggerMessage(LogLevel.Information, "{Role}: given back")]
    private static partial void LogLeft(ILogger log, string role);

    [LoggerMessage(LogLevel.Warning, "{Role}: another silo has taken it since generation {Generation}; it is stopped here")]
    private static partial void LogStale(ILogger log, string role, long generation);

    [LoggerMessage(LogLevel.Error, "{Role}: the cluster could not be reached for {Seconds} s; it is stopped here, so that it can run elsewhere")]
    private static partial void LogFenced(ILogger log, string role, double seconds);

    [LoggerMessage(LogLevel.Warning, "{Role}: the lease could not be renewed: {Reason}")]
    private static partial void LogRenewalFailed(ILogger log, string role, string reason);

    [LoggerMessage(LogLevel.Error, "{Role}: version {Version} of its definition cannot be used here: {Reason}")]
    private static partial void LogNotApplied(ILogger log, string role, long version, string reason);

    [LoggerMessage(LogLevel.Error, "{Role}: could not be given back in good order: {Reason}")]
    private static partial void LogLeaveFailed(ILogger log, string role, string reason, Exception e);

    [LoggerMessage(LogLevel.Warning, "A round with the grains failed: {Reason}")]
    private static partial void LogRoundFailed(ILogger log, string reason, Exception e);
}
