using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Transport;

namespace Sv2.Roles.Upstreams;

/// <summary>One configured pool: how it is, what became of the shares it was sent, and its connection. Thread-safe.</summary>
internal sealed class UpstreamSeat
{
    // A server could make up a new code for every share.
    private const int RejectionCodesMax = 32;
    private const string OtherCodes = "(other)";
    private const double LatencyWeight = 0.2;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly Dictionary<string, long> _rejections = [];
    private UpstreamState _state = UpstreamState.Standby;
    private string? _reason;
    private DateTimeOffset _since;
    private double? _latency;
    private long _submitted;
    private long _accepted;
    private long _rejected;
    private long _unanswered;
    private TaskCompletionSource _changed = NewSignal();

    public UpstreamSeat(int index, UpstreamPool pool, TimeProvider time)
    {
        Index = index;
        Pool = pool;
        _time = time;
        _since = time.GetUtcNow();
        Reconnects = new ReconnectPolicy(pool.Address, clock: time);
    }

    public int Index { get; }

    public UpstreamPool Pool { get; }

    /// <summary>Decides on the pool's wishes to go elsewhere. Used by the seat's own loop only.</summary>
    public ReconnectPolicy Reconnects { get; }

    /// <summary>The connection that could be used, or is in use. Changed by the list, under its lock.</summary>
    public UpstreamSession? Session { get; set; }

    /// <summary>Whether the first attempt to connect has come to an end, good or bad.</summary>
    public bool WasTried { get; set; }

    public UpstreamState State
    {
        get { lock (_gate) return _state; }
    }

    public string? Reason
    {
        get { lock (_gate) return _reason; }
    }

    /// <summary>Shares submitted over all its connections.</summary>
    public long Submitted => Interlocked.Read(ref _submitted);

    /// <summary>Shares whose connection ended before they had an answer.</summary>
    public long Unanswered => Interlocked.Read(ref _unanswered);

    public UpstreamInfo Info
    {
        get
        {
            lock (_gate)
            {
                return new UpstreamInfo("mining", Pool.Address.ToString(), _state, _reason, _since)
                {
                    LatencyMilliseconds = _latency,
                    SharesAccepted = _accepted,
                    SharesRejected = _rejected,
                    Rejections = new Dictionary<string, long>(_rejections),
                };
            }
        }
    }

    /// <summary>Notes how it is. Returns whether that is a change.</summary>
    public bool Set(UpstreamState state, string? reason = null)
    {
        lock (_gate)
        {
            if (_state == state && _reason == reason)
                return false;
            if (_state != state)
                _since = _time.GetUtcNow();
            (_state, _reason) = (state, reason);
            return true;
        }
    }

    public void CountSubmitted() => Interlocked.Increment(ref _submitted);

    public void CountUnanswered(long count) => Interlocked.Add(ref _unanswered, count);

    public void CountAccepted(uint count)
    {
        lock (_gate)
            _accepted += count;
    }

    public void CountRejected(string errorCode)
    {
        lock (_gate)
        {
            _rejected++;
            string code = LogText.Sanitise(errorCode);
            if (!_rejections.ContainsKey(code) && _rejections.Count >= RejectionCodesMax)
                code = OtherCodes;
            _rejections[code] = _rejections.GetValueOrDefault(code) + 1;
        }
    }

    public void NoteLatency(TimeSpan measured)
    {
        lock (_gate)
            _latency = _latency is { } average ? average + LatencyWeight * (measured.TotalMilliseconds - average) : measured.TotalMilliseconds;
    }

    /// <summary>A task that completes with the next <see cref="Wake"/>. Take it before looking whether to wait.</summary>
    public Task NextWake()
    {
        lock (_gate)
            return _changed.Task;
    }

    /// <summary>Lets the seat's loop look again whether there is something to do.</summary>
    public void Wake()
    {
        TaskCompletionSource signal;
        lock (_gate)
            (signal, _changed) = (_changed, NewSignal());
        signal.TrySetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
