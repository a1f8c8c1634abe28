namespace Sv2.TestKit;

/// <summary>
/// A clock that stands still until a test moves it, together with the timers that hang on it.
/// </summary>
/// <remarks>
/// <para>
/// <see cref="Advance"/> fires every timer that falls due, in order of its due time, on the calling thread; a timer
/// callback that re-arms a timer inside the advanced span makes that one fire as well. <c>Task.Delay(…, clock)</c> and
/// <c>new CancellationTokenSource(delay, clock)</c> work on it.
/// </para>
/// <para>
/// A test that drives asynchronous code first waits until that code has armed its timer
/// (<see cref="WaitForTimersAsync"/>), then advances: nothing ever sleeps.
/// </para>
/// </remarks>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _armed = [];
    private readonly List<(int Count, TaskCompletionSource Source)> _waiters = [];
    private DateTimeOffset _now;
    private long _order;

    /// <summary>Starts the clock at 2026-08-20 12:00 UTC.</summary>
    public ManualTimeProvider()
        : this(new DateTimeOffset(2026, 8, 20, 12, 0, 0, TimeSpan.Zero))
    {
    }

    /// <summary>Starts the clock at <paramref name="start"/>.</summary>
    public ManualTimeProvider(DateTimeOffset start) => _now = start.ToUniversalTime();

    /// <inheritdoc />
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc />
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>How many timers are armed at the moment.</summary>
    public int ArmedTimers
    {
        get { lock (_gate) return _armed.Count; }
    }

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now;
    }

    /// <inheritdoc />
    public override long GetTimestamp()
    {
        lock (_gate) return _now.Ticks;
    }

    /// <summary>Moves the clock forward by <paramref name="span"/> and fires what falls due on the way.</summary>
    public void Advance(TimeSpan span)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(span, TimeSpan.Zero);
        DateTimeOffset target;
        lock (_gate) target = _now + span;
        while (TakeNextDue(target) is { } timer) timer.Fire();
        lock (_gate)
        {
            if (_now < target) _now = target;
        }
    }

    /// <summary>Moves the clock forward to <paramref name="instant"/>, which must not lie in its past.</summary>
    public void AdvanceTo(DateTimeOffset instant) => Advance(instant - GetUtcNow());

    /// <summary>Completes as soon as at least <paramref name="count"/> timers are armed.</summary>
    public Task WaitForTimersAsync(int count = 1)
    {
        lock (_gate)
        {
            if (_armed.Count >= count) return Task.CompletedTask;
            var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((count, source));
            return source.Task;
        }
    }

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private ManualTimer? TakeNextDue(DateTimeOffset target)
    {
        lock (_gate)
        {
            ManualTimer? next = null;
            foreach (ManualTimer timer in _armed)
            {
                if (timer.Due > target) continue;
                if (next is null || timer.Due < next.Due || (timer.Due == next.Due && timer.Order < next.Order)) next = timer;
            }

            if (next is null) return null;
            if (next.Due > _now) _now = next.Due;
            if (next.Period > TimeSpan.Zero) next.Due += next.Period;
            else _armed.Remove(next);
            return next;
        }
    }

    private bool Arm(ManualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        List<TaskCompletionSource>? ready = null;
        lock (_gate)
        {
            _armed.Remove(timer);
            if (timer.IsDisposed) return false;
            if (dueTime == Timeout.InfiniteTimeSpan) return true;
            timer.Due = _now + dueTime;
            timer.Period = period == Timeout.InfiniteTimeSpan ? TimeSpan.Zero : period;
            timer.Order = _order++;
            _armed.Add(timer);
            for (int i = _waiters.Count - 1; i >= 0; i--)
            {
                if (_waiters[i].Count > _armed.Count) continue;
                (ready ??= []).Add(_waiters[i].Source);
                _waiters.RemoveAt(i);
            }
        }

        ready?.ForEach(source => source.TrySetResult());
        // Due at once: on another thread, as a real timer would, so that the caller may hold a lock while arming.
        if (dueTime == TimeSpan.Zero) ThreadPool.UnsafeQueueUserWorkItem(clock => clock.Advance(TimeSpan.Zero), this, preferLocal: false);
        return true;
    }

    private void Disarm(ManualTimer timer)
    {
        lock (_gate)
        {
            timer.IsDisposed = true;
            _armed.Remove(timer);
        }
    }

    private sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        internal DateTimeOffset Due { get; set; }

        internal TimeSpan Period { get; set; }

        internal long Order { get; set; }

        internal bool IsDisposed { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period) => clock.Arm(this, dueTime, period);

        public void Dispose() => clock.Disarm(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        internal void Fire() => callback(state);
    }
}
