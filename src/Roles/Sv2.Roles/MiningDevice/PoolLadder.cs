using Microsoft.Extensions.Logging;
using Sv2.Mining.Client;
using Sv2.Protocol.Common;
using Sv2.Transport;

namespace Sv2.Roles.MiningDevice;

/// <summary>
/// Keeps the device connected to the first of its pools that will have it: goes down the list when a pool fails, tries
/// the better ones again while a later one is in use, and changes over only when the better one has opened a channel.
/// </summary>
internal sealed class PoolLadder
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(30);

    private readonly MiningDeviceOptions _options;
    private readonly DeviceServices _services;
    private readonly Action<MiningWork?> _onWork;
    private readonly Func<double> _hashRate;
    private readonly PoolState[] _pools;
    private readonly ReconnectPolicy?[] _reconnects;
    private volatile IPoolSession? _current;
    private volatile int _currentIndex;

    /// <param name="pools">The pools in order of preference.</param>
    /// <param name="options">Channel, identity, intervals.</param>
    /// <param name="services">Clock, logs, counters.</param>
    /// <param name="hashRate">The hash rate to state when a channel is opened.</param>
    /// <param name="onWork">Told of work of the pool in use; null means to rest.</param>
    public PoolLadder(
        IReadOnlyList<DevicePool> pools, MiningDeviceOptions options, DeviceServices services, Func<double> hashRate, Action<MiningWork?> onWork)
    {
        _options = options;
        _services = services;
        _hashRate = hashRate;
        _onWork = onWork;
        _pools = [.. pools.Select(pool => new PoolState(pool, services.Time))];
        _reconnects = [.. pools.Select(pool => pool.Sv2 is { } sv2 ? new ReconnectPolicy(sv2, clock: services.Time) : null)];
    }

    /// <summary>How the pools are, in order of preference.</summary>
    public IReadOnlyList<UpstreamInfo> Upstreams => [.. _pools.Select(static pool => pool.Info)];

    /// <summary>The session in use; null while there is none.</summary>
    public IPoolSession? Current => _current;

    /// <summary>Place of the pool in use in the order of preference; of no meaning while there is none.</summary>
    public int CurrentIndex => _currentIndex;

    /// <summary>Stays connected until cancelled, then says goodbye to the pool.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var backoff = new Backoff(FirstDelay, _options.ReconnectDelayMax, _services.Time);
        DevicePool? wanted = null;
        try
        {
            while (true)
            {
                if (!await TryOpenAsync(_pools.Length, wanted, cancellation).ConfigureAwait(false))
                {
                    wanted = null;
                    await backoff.WaitAsync(cancellation).ConfigureAwait(false);
                    continue;
                }
                wanted = await StayAsync(cancellation).ConfigureAwait(false);
                bool wasStable = _services.Time.GetUtcNow() - _current!.OpenedAt >= StableAfter;
                await LeaveAsync().ConfigureAwait(false);
                if (wasStable)
                    backoff.Reset();
                // Who is sent on by the pool goes at once; the policy bounds how often.
                if (wanted is null)
                    await backoff.WaitAsync(cancellation).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The normal end.
        }
        finally
        {
            await LeaveAsync().ConfigureAwait(false);
            foreach (PoolState pool in _pools)
                pool.Set(UpstreamState.Standby);
        }
    }

    /// <summary>Opens a session with the first of the best pools that will have us, and puts it in place of the present one.</summary>
    private async Task<bool> TryOpenAsync(int count, DevicePool? wanted, CancellationToken cancellation)
    {
        if (wanted is not null && await TryOpenAsync(_currentIndex, wanted, keepsState: false, cancellation).ConfigureAwait(false))
            return true;
        for (int i = 0; i < count; i++)
            if (await TryOpenAsync(i, _pools[i].Pool, keepsState: _current is not null, cancellation).ConfigureAwait(false))
                return true;
        return false;
    }

    private async Task<bool> TryOpenAsync(int index, DevicePool address, bool keepsState, CancellationToken cancellation)
    {
        PoolState pool = _pools[index];
        if (!keepsState)
            pool.Set(UpstreamState.Connecting);
        try
        {
            IPoolSession session = address.Sv2 is { } sv2
                ? await PoolSession.OpenAsync(sv2, _hashRate(), _options, _services, cancellation).ConfigureAwait(false)
                : await Sv1PoolSession.OpenAsync(address, _options, _services, cancellation).ConfigureAwait(false);
            await TakeAsync(session, index).ConfigureAwait(false);
            return true;
        }
        catch (PoolUnavailableException e)
        {
            Note(pool, e.IsForPerson ? UpstreamState.Failed : UpstreamState.BackingOff, e.Message);
            return false;
        }
    }

    private async Task TakeAsync(IPoolSession session, int index)
    {
        IPoolSession? old = _current;
        if (old is not null)
        {
            old.Detach();
            _pools[_currentIndex].Set(UpstreamState.Standby);
        }
        _current = session;
        _currentIndex = index;
        session.Attach(_onWork);
        Note(_pools[index], UpstreamState.Connected, null);
        if (old is not null)
            await old.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Waits until the session ends, and changes over to a better pool when one is back. Gives where the pool sends us, or null.</summary>
    private async Task<DevicePool?> StayAsync(CancellationToken cancellation)
    {
        while (true)
        {
            IPoolSession session = _current!;
            Task ended = session.Ended.WaitAsync(cancellation);
            if (_currentIndex > 0)
            {
                using var rest = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                Task first = await Task.WhenAny(ended, Task.Delay(_options.ReturnInterval, _services.Time, rest.Token)).ConfigureAwait(false);
                await rest.CancelAsync().ConfigureAwait(false);
                if (first != ended)
                {
                    cancellation.ThrowIfCancellationRequested();
                    await TryOpenAsync(_currentIndex, wanted: null, cancellation).ConfigureAwait(false);
                    continue;
                }
            }
            await ended.ConfigureAwait(false);
            return Explain(session);
        }
    }

    private DevicePool? Explain(IPoolSession session)
    {
        PoolState pool = _pools[_currentIndex];
        if (session is not PoolSession { ReconnectRequest: { } request } || session.Pool.Sv2 is not { } here)
        {
            Note(pool, UpstreamState.BackingOff, session.EndReason);
            return null;
        }
        ReconnectDecision decision = _reconnects[_currentIndex]!.Decide(here, request);
        Note(pool, UpstreamState.BackingOff, decision.Refusal ?? $"the pool sends its miners to {decision.Target!.Host}:{decision.Target.Port}");
        return decision.Target is { } target ? new DevicePool(target.Host, target.Port, target) : null;
    }

    private async Task LeaveAsync()
    {
        if (_current is not { } session)
            return;
        session.Detach();
        _current = null;
        _onWork(null);
        await session.DisposeAsync().ConfigureAwait(false);
    }

    private void Note(PoolState pool, UpstreamState state, string? reason)
    {
        if (!pool.Set(state, reason))
            return;
        string name = $"{pool.Pool.Host}:{pool.Pool.Port}";
        bool isGood = state == UpstreamState.Connected;
        string text = isGood ? $"Mining on pool {name}" : $"Pool {name}: {reason}";
        // Whoever reads the log of the host sees the event there.
        _services.Logger.LogDebug("{Text}", text);
        _services.Events.Publish(RoleEventTypes.Upstream, isGood ? RoleEventSeverity.Info : RoleEventSeverity.Warning, text, pool.Info);
    }
}
