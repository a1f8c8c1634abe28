namespace Sv2.Transport.Internal;

/// <summary>The limits that a connection can run into by doing too little.</summary>
internal enum Watch
{
    /// <summary>The setup of the session.</summary>
    Setup,

    /// <summary>No complete frame.</summary>
    Idle,

    /// <summary>A frame begun and not finished.</summary>
    Frame,

    /// <summary>A flush that the peer does not take.</summary>
    Send,

    /// <summary>A close that the peer does not take.</summary>
    Close,
}

/// <summary>All time limits of one connection on one timer.</summary>
/// <remarks>
/// Starting and stopping a watch costs one write. The timer is only moved when a watch would end before it fires, so
/// a connection with steady traffic touches it once per limit, not once per message.
/// </remarks>
internal sealed class Deadlines : IDisposable
{
    private const long None = long.MaxValue;
    private static readonly int WatchCount = Enum.GetValues<Watch>().Length;

    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly Action<Watch> _onExpired;
    private readonly long[] _limits = new long[WatchCount];
    private readonly long[] _started = new long[WatchCount];
    private readonly ITimer _timer;
    private long _armedFor = None;
    private bool _isDisposed;

    internal Deadlines(TimeProvider clock, Action<Watch> onExpired)
    {
        _clock = clock;
        _onExpired = onExpired;
        _limits.AsSpan().Fill(None);
        _started.AsSpan().Fill(None);
        _timer = CreateTimer();
    }

    /// <summary>Sets how long a watch may last.</summary>
    internal void SetLimit(Watch watch, TimeSpan limit) => _limits[(int)watch] =
        limit == Timeout.InfiniteTimeSpan ? None : (long)(limit.TotalSeconds * _clock.TimestampFrequency);

    /// <summary>Starts a watch, or starts it anew.</summary>
    internal void Start(Watch watch)
    {
        long limit = _limits[(int)watch];
        if (limit == None) return;
        long now = _clock.GetTimestamp();
        // A full fence: the tick clears the armed time and then looks here, this writes here and then looks at the armed time.
        Interlocked.Exchange(ref _started[(int)watch], now);
        if (now + limit < Volatile.Read(ref _armedFor)) Arm(now);
    }

    /// <summary>Starts a watch unless it runs already.</summary>
    internal void StartOnce(Watch watch)
    {
        if (Volatile.Read(ref _started[(int)watch]) == None) Start(watch);
    }

    /// <summary>Stops a watch.</summary>
    internal void Stop(Watch watch) => Volatile.Write(ref _started[(int)watch], None);

    /// <summary>Stops all watches and the timer.</summary>
    public void Dispose()
    {
        lock (_gate) _isDisposed = true;
        _timer.Dispose();
    }

    // The timer lives as long as the connection: it must not keep the async locals of whoever made it.
    private ITimer CreateTimer()
    {
        bool suppresses = !ExecutionContext.IsFlowSuppressed();
        if (suppresses) ExecutionContext.SuppressFlow();
        try
        {
            return _clock.CreateTimer(static state => ((Deadlines)state!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
        finally
        {
            if (suppresses) ExecutionContext.RestoreFlow();
        }
    }

    private void Tick()
    {
        long now = _clock.GetTimestamp();
        for (int i = 0; i < WatchCount; i++)
        {
            if (EndOf(i) > now) continue;
            Stop((Watch)i);
            _onExpired((Watch)i);
        }

        Volatile.Write(ref _armedFor, None);
        Arm(now);
    }

    private void Arm(long now)
    {
        lock (_gate)
        {
            if (_isDisposed) return;
            long first = None;
            for (int i = 0; i < WatchCount; i++) first = Math.Min(first, EndOf(i));
            if (first == None || first >= _armedFor) return;
            Volatile.Write(ref _armedFor, first);
            _timer.Change(Wait(first - now), Timeout.InfiniteTimeSpan);
        }
    }

    private long EndOf(int watch)
    {
        long started = Volatile.Read(ref _started[watch]);
        long limit = _limits[watch];
        return started == None || limit == None ? None : started + limit;
    }

    // Rounded up to a whole millisecond: a timer counts in those, and one that fires early would have to be set again.
    private TimeSpan Wait(long ticks) =>
        ticks <= 0 ? TimeSpan.FromMilliseconds(1) : TimeSpan.FromMilliseconds(Math.Ceiling(ticks * 1000.0 / _clock.TimestampFrequency));
}
