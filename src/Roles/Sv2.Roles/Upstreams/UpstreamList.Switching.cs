using Microsoft.Extensions.Logging;

namespace Sv2.Roles.Upstreams;

// Which pool is in use. All of it under the list's lock.
public sealed partial class UpstreamList
{
    private void Decide()
    {
        if (_isStopped)
            return;
        UpstreamSession? current = _active;
        string why = current switch
        {
            { IsClosed: true } => current.EndReason!.Message,
            { IsLeaving: true } => "the pool sends its miners elsewhere",
            _ => "it is the first that is there",
        };
        UpstreamSession? best = Best();
        bool isGood = current is { IsClosed: false, IsLeaving: false };
        if (best is null)
        {
            // A pool that is leaving is better than none.
            if (current is { IsClosed: true })
                Switch(null, why);
        }
        else if (!isGood)
        {
            if (current is { IsClosed: true } || current is null)
                TakeFirst(best, current, why);
            else
                Switch(best, why);
        }
        else if (best.Index < current!.Index && _time.GetUtcNow() - best.ReadySince >= _options.Switching.ReturnAfter)
        {
            Switch(best, "a pool before it in the list is back");
        }
    }

    /// <summary>Nothing is in use: takes the best there is, unless a better one is just being tried for the first time.</summary>
    private void TakeFirst(UpstreamSession best, UpstreamSession? current, string why)
    {
        bool isOneComing = _seats.Take(best.Index).Any(static seat => !seat.WasTried);
        if (current is null && isOneComing && _time.GetElapsedTime(_idleSince) < _options.Switching.PreferenceWait)
            return;
        Switch(best, why);
    }

    private UpstreamSession? Best() =>
        _seats.Select(static seat => seat.Session).FirstOrDefault(static session => session is { IsClosed: false, IsLeaving: false });

    private void Switch(UpstreamSession? to, string why)
    {
        UpstreamSession? from = _active;
        _active = to;
        if (from is not null && to is not null)
            Interlocked.Increment(ref _switches);
        if (to is null)
        {
            _idleSince = _time.GetTimestamp();
            _urgency++;
        }
        if (from is { IsClosed: false, IsLeaving: false })
            from.Seat.Set(UpstreamState.Ready);
        long started = _time.GetTimestamp();
        try
        {
            _observer.OnActiveChanged(new UpstreamSwitch(from, to, why));
            if (from is not null && to is not null)
                Interlocked.Exchange(ref _lastSwitch, _time.GetElapsedTime(started).Ticks);
        }
        catch (Exception e)
        {
            // The miners may have got only part of the new work. A fresh start of this connection gives them all of it.
            LogObserverFailed(e, to?.Pool.Name ?? "none");
            to?.Fail($"our side failed: {e.GetType().Name}");
        }
        if (to is not null)
            Note(to.Seat, UpstreamState.Connected, null, from is null ? null : why);
        if (from is { IsRetired: true } or { IsLeaving: true })
            Linger(from);
        WakeAll();
    }

    /// <summary>Whether a seat should be connected: it is in use, or one of the best that are to be ready.</summary>
    private bool IsWanted(UpstreamSeat seat)
    {
        lock (_turn)
        {
            if (_isStopped)
                return false;
            if (ReferenceEquals(_active?.Seat, seat))
                return true;
            int readyBetter = _seats.Take(seat.Index).Count(static better => better.Session is { IsClosed: false, IsLeaving: false });
            return readyBetter < (_options.Switching.Standby ? 2 : 1);
        }
    }

    private void OnReady(UpstreamSeat seat, UpstreamSession session)
    {
        lock (_turn)
        {
            // Not before: until its session stands here, a pool after it in the list would be taken first.
            seat.WasTried = true;
            if (session.IsClosed || session.IsLeaving)
                return;
            seat.Session = session;
            seat.Set(UpstreamState.Ready);
            _observer.OnReady(session);
            Decide();
            if (!ReferenceEquals(session, _active))
                Announce(seat, null);
        }
        WakeAll();
    }

    /// <summary>The list has no more use for a connection: it is let go once late shares had their time.</summary>
    private void Retire(UpstreamSeat seat, UpstreamSession session)
    {
        lock (_turn)
        {
            if (ReferenceEquals(seat.Session, session))
                seat.Session = null;
            session.IsRetired = true;
            if (!ReferenceEquals(session, _active))
                Linger(session);
        }
    }

    private void Linger(UpstreamSession session)
    {
        if (session.IsLingering)
            return;
        session.IsLingering = true;
        _lingering.RemoveAll(static task => task.IsCompleted);
        _lingering.Add(LingerAsync(session));
    }

    private async Task LingerAsync(UpstreamSession session)
    {
        // Not under the lock.
        await Task.Yield();
        try
        {
            await session.Ended.WaitAsync(_options.Switching.Linger, _time, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // Its time is up.
        }
        await session.DisposeAsync().ConfigureAwait(false);
    }

    private void Tick()
    {
        try
        {
            // Whoever has the turn decides, too; waiting for it would only hold a thread.
            if (!_turn.TryEnter())
                return;
            try
            {
                foreach (UpstreamSeat seat in _seats)
                    seat.Session?.Tick();
                Decide();
            }
            finally
            {
                _turn.Exit();
            }
        }
        catch (Exception e)
        {
            LogTickFailed(e);
        }
    }

    private void WakeAll()
    {
        foreach (UpstreamSeat seat in _seats)
            seat.Wake();
    }

    private void Note(UpstreamSeat seat, UpstreamState state, string? reason, string? why)
    {
        if (seat.Set(state, reason))
            Announce(seat, why);
    }

    private void Announce(UpstreamSeat seat, string? why)
    {
        UpstreamInfo info = seat.Info;
        (RoleEventSeverity severity, string text) = info.State switch
        {
            UpstreamState.Connected when why is null => (RoleEventSeverity.Info, $"Mining on pool {seat.Pool.Name}"),
            UpstreamState.Connected => (RoleEventSeverity.Warning, $"Switched to pool {seat.Pool.Name}: {why}"),
            UpstreamState.Ready => (RoleEventSeverity.Info, $"Pool {seat.Pool.Name} is ready"),
            _ => (RoleEventSeverity.Warning, $"Pool {seat.Pool.Name}: {info.Reason}"),
        };
        // Whoever reads the log of the host sees the event there.
        LogState(text);
        _events.Publish(RoleEventTypes.Upstream, severity, text, info);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Text}")]
    private partial void LogState(string text);

    [LoggerMessage(Level = LogLevel.Error, Message = "What pool {Pool} sent could not be worked with")]
    private partial void LogObserverFailed(Exception e, string pool);

    [LoggerMessage(Level = LogLevel.Error, Message = "Pool {Pool} is not tried any more, by our own fault")]
    private partial void LogLoopFailed(Exception e, string pool);

    [LoggerMessage(Level = LogLevel.Error, Message = "The timer of the pools failed; it goes on with the next tick")]
    private partial void LogTickFailed(Exception e);
}
