using Microsoft.Extensions.Logging;
using Sv2.Mining.Client;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Transport;

namespace Sv2.Roles.Upstreams;

/// <summary>
/// A role's pools in order of preference. Keeps the first of them that is there in use, and the next one connected, set up
/// and with a channel open, so that when the one in use fails or sends its miners away the next takes over within the same
/// call. Goes back to a better pool when that has held for a while.
/// </summary>
/// <remarks>
/// <code>
/// seat 0 ── loop: connect, open, wait for work ──► ready ─┐
/// seat 1 ── loop: connect, open, wait for work ──► ready ─┼─► Decide() ──► observer.OnActiveChanged
/// seat 2 ── sleeps while two better ones are ready        │
/// a connection's end, a Reconnect, the timer ─────────────┘
/// </code>
/// A seat's loop does the connecting; what is in use is decided in one place, under one lock, by whoever brings the news.
/// </remarks>
public sealed partial class UpstreamList : IUpstreamHub, IAsyncDisposable
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan TickPeriod = TimeSpan.FromMilliseconds(200);

    private readonly Lock _turn = new();
    private readonly UpstreamListOptions _options;
    private readonly IUpstreamObserver _observer;
    private readonly IRoleEvents _events;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly UpstreamSeat[] _seats;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _lingering = [];
    private volatile UpstreamSession? _active;
    private Task[] _loops = [];
    private ITimer? _timer;
    private long _idleSince;
    private volatile int _urgency;
    private long _switches;
    private long _lastSwitch;
    private long _bytesReceived;
    private long _bytesSent;
    private bool _isStopped;
    private int _isDisposed;

    /// <summary>Makes a list that connects to nothing yet.</summary>
    /// <param name="options">The pools, and what to ask of them.</param>
    /// <param name="observer">Who is told.</param>
    /// <param name="context">The role's clock, logs and events.</param>
    public UpstreamList(UpstreamListOptions options, IUpstreamObserver observer, RoleContext context)
    {
        ArgumentOutOfRangeException.ThrowIfZero(options.Pools.Count);
        _options = options;
        _observer = observer;
        _events = context.Events;
        _time = context.TimeProvider;
        _loggers = context.LoggerFactory;
        _logger = _loggers.CreateLogger<UpstreamList>();
        _seats = [.. options.Pools.Select((pool, index) => new UpstreamSeat(index, pool, _time))];
        _idleSince = _time.GetTimestamp();
    }

    /// <summary>The connection in use; null while there is none.</summary>
    public UpstreamSession? Active => _active;

    /// <summary>How the pools are, in order of preference.</summary>
    public IReadOnlyList<UpstreamInfo> Upstreams => [.. _seats.Select(static seat => seat.Info)];

    /// <summary>How often the pool in use changed from one to another.</summary>
    public long Switches => Interlocked.Read(ref _switches);

    /// <summary>
    /// How long the last change from one pool to another took: from the decision until the observer had given the new pool's
    /// work to all its miners. Zero before the first.
    /// </summary>
    public TimeSpan LastSwitch => TimeSpan.FromTicks(Interlocked.Read(ref _lastSwitch));

    /// <summary>Shares submitted to all pools.</summary>
    public long Submitted => _seats.Sum(static seat => seat.Submitted);

    /// <summary>Shares whose connection ended before the pool had answered: lost, as far as anybody can know.</summary>
    public long Unanswered => _seats.Sum(static seat => seat.Unanswered);

    /// <summary>Bytes received from pools and sent to them since the start.</summary>
    public (long Received, long Sent) Bytes
    {
        get
        {
            (long received, long sent) = (Interlocked.Read(ref _bytesReceived), Interlocked.Read(ref _bytesSent));
            foreach (UpstreamSession session in Sessions)
                (received, sent) = (received + session.Bytes.Received, sent + session.Bytes.Sent);
            return (received, sent);
        }
    }

    /// <summary>The connections that are ready or in use, in order of preference.</summary>
    public IReadOnlyList<UpstreamSession> Sessions
    {
        get
        {
            lock (_turn)
                return [.. _seats.Select(static seat => seat.Session).OfType<UpstreamSession>()];
        }
    }

    /// <summary>The figures of a role's report that pools and traffic are behind.</summary>
    /// <param name="miners">Bytes received from miners and sent to them.</param>
    public IEnumerable<Figure> Figures((long Received, long Sent) miners)
    {
        (long received, long sent) = Bytes;
        double withMiners = miners.Received + miners.Sent;
        double saved = withMiners > 0 ? 100 * (1 - (received + sent) / withMiners) : 0;
        return
        [
            new Figure("sharesUnanswered", Unanswered, "shares"),
            new Figure("upstreamSwitches", Switches, "switches"),
            new Figure("lastSwitch", Math.Round(LastSwitch.TotalMilliseconds, 3), "ms"),
            new Figure("downstreamBytesReceived", miners.Received, "B"),
            new Figure("downstreamBytesSent", miners.Sent, "B"),
            new Figure("upstreamBytesReceived", received, "B"),
            new Figure("upstreamBytesSent", sent, "B"),
            new Figure("trafficSaved", Math.Round(saved, 1), "%"),
        ];
    }

    TimeProvider IUpstreamHub.Time => _time;

    ILogger IUpstreamHub.Logger => _logger;

    ILoggerFactory IUpstreamHub.Loggers => _loggers;

    /// <summary>Begins to connect.</summary>
    public void Start()
    {
        _idleSince = _time.GetTimestamp();
        _loops = [.. _seats.Select(seat => RunAsync(seat, _stopping.Token))];
        _timer = _time.CreateTimer(static state => ((UpstreamList)state!).Tick(), this, TickPeriod, TickPeriod);
    }

    /// <summary>Closes all channels, then all connections. The observer hears no more of switches.</summary>
    public async Task StopAsync()
    {
        lock (_turn)
        {
            if (_isStopped)
                return;
            _isStopped = true;
        }
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_timer is not null)
            await _timer.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(_loops).ConfigureAwait(false);
        Task[] lingering;
        lock (_turn)
            lingering = [.. _lingering];
        await Task.WhenAll(lingering).ConfigureAwait(false);
        _active = null;
        foreach (UpstreamSeat seat in _seats)
            seat.Set(UpstreamState.Standby);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        await StopAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    void IUpstreamHub.Tell(UpstreamSession session, IReadOnlyList<Action<IUpstreamObserver>> news)
    {
        lock (_turn)
        {
            foreach (Action<IUpstreamObserver> tell in news)
                tell(_observer);
        }
    }

    void IUpstreamHub.TellUnknown(UpstreamSession session, in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        lock (_turn)
            _observer.OnUnknownFrame(session, header, payload);
    }

    void IUpstreamHub.OnLeaving(UpstreamSession session)
    {
        lock (_turn)
        {
            if (ReferenceEquals(session.Seat.Session, session))
                session.Seat.Session = null;
            Decide();
        }
        WakeAll();
    }

    void IUpstreamHub.OnEnded(UpstreamSession session, long unanswered)
    {
        try
        {
            lock (_turn)
            {
                session.Seat.CountUnanswered(unanswered);
                Interlocked.Add(ref _bytesReceived, session.Bytes.Received);
                Interlocked.Add(ref _bytesSent, session.Bytes.Sent);
                if (ReferenceEquals(session.Seat.Session, session))
                    session.Seat.Session = null;
                if (_isStopped)
                    return;
                if (ReferenceEquals(session, _active))
                    Decide();
                _observer.OnEnded(session, unanswered);
            }
        }
        catch (Exception e)
        {
            // The next connection goes on; this one is over anyway.
            LogObserverFailed(e, session.Pool.Name);
        }
        WakeAll();
    }
}
