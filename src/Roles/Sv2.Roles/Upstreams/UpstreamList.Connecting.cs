using Sv2.Noise;
using Sv2.Protocol.Common;
using Sv2.Transport;

namespace Sv2.Roles.Upstreams;

// One loop for each pool: connects it while it is wanted.
public sealed partial class UpstreamList
{
    private async Task RunAsync(UpstreamSeat seat, CancellationToken cancellation)
    {
        var backoff = new Backoff(FirstDelay, _options.Switching.ReconnectDelayMax, _time);
        ConnectionString? redirect = null;
        UpstreamSession? session = null;
        try
        {
            while (true)
            {
                await UntilAsync(seat, () => IsWanted(seat), cancellation).ConfigureAwait(false);
                session = await TryOpenAsync(seat, redirect ?? seat.Pool.Address, cancellation).ConfigureAwait(false);
                bool wasRedirected = redirect is not null;
                redirect = null;
                if (session is null)
                {
                    // Where a pool leads may be gone; the pool itself is asked at once.
                    if (!wasRedirected)
                        await RestAsync(seat, backoff, cancellation).ConfigureAwait(false);
                    continue;
                }
                OnReady(seat, session);
                await UntilAsync(seat, () => session.IsClosed || session.IsLeaving || !IsWanted(seat), cancellation).ConfigureAwait(false);
                bool wasStable = _time.GetUtcNow() - session.OpenedAt >= StableAfter;
                redirect = Explain(seat, session);
                Retire(seat, session);
                session = null;
                if (wasStable)
                    backoff.Reset();
                if (redirect is null && IsWanted(seat))
                    await RestAsync(seat, backoff, cancellation).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The normal end.
        }
        catch (Exception e)
        {
            LogLoopFailed(e, seat.Pool.Name);
            seat.Set(UpstreamState.Failed, $"our side failed: {e.GetType().Name}");
        }
        finally
        {
            if (session is not null)
                await session.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<UpstreamSession?> TryOpenAsync(UpstreamSeat seat, ConnectionString address, CancellationToken cancellation)
    {
        seat.Set(UpstreamState.Connecting);
        try
        {
            UpstreamSession session = await UpstreamSession.OpenAsync(seat, address, _options, this, cancellation).ConfigureAwait(false);
            try
            {
                seat.Set(UpstreamState.Connecting, _options.Channel is null ? null : "connected; it has given no work yet");
                if (await session.WaitForWorkAsync(cancellation).ConfigureAwait(false))
                    return session;
            }
            catch
            {
                await session.DisposeAsync().ConfigureAwait(false);
                throw;
            }
            throw new UpstreamUnavailableException(session.EndReason?.Message ?? "the connection ended", needsPerson: false);
        }
        catch (UpstreamUnavailableException e)
        {
            seat.WasTried = true;
            Note(seat, e.NeedsPerson ? UpstreamState.Failed : UpstreamState.BackingOff, e.Message, null);
            return null;
        }
    }

    /// <summary>Waits until a condition holds that some news of the list may bring about.</summary>
    private static async Task UntilAsync(UpstreamSeat seat, Func<bool> condition, CancellationToken cancellation)
    {
        while (true)
        {
            Task wake = seat.NextWake();
            if (condition())
                return;
            await wake.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Waits before the next attempt; not longer than until the role has lost the last pool it had.</summary>
    private async Task RestAsync(UpstreamSeat seat, Backoff backoff, CancellationToken cancellation)
    {
        int urgency = _urgency;
        using var rest = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task wait = backoff.WaitAsync(rest.Token);
        Task urgent = UntilAsync(seat, () => _urgency != urgency, rest.Token);
        if (await Task.WhenAny(wait, urgent).ConfigureAwait(false) == urgent)
            backoff.Reset();
        await rest.CancelAsync().ConfigureAwait(false);
        await wait.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await urgent.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Notes why a connection is not to be used any more. Gives where the pool sends us; null for nowhere.</summary>
    private ConnectionString? Explain(UpstreamSeat seat, UpstreamSession session)
    {
        if (session.ReconnectRequest is { } request)
        {
            ReconnectDecision decision = seat.Reconnects.Decide(session.Address, request);
            Note(seat, UpstreamState.BackingOff, decision.Refusal ?? $"the pool sends its miners to {decision.Target!.Host}:{decision.Target.Port}", null);
            return decision.Target;
        }
        if (session.IsClosed)
            Note(seat, UpstreamState.BackingOff, session.EndReason!.Message, null);
        else
            seat.Set(UpstreamState.Standby);
        return null;
    }
}
