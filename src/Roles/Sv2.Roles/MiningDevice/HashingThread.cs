using System.Threading.Channels;
using Sv2.Bitcoin;

namespace Sv2.Roles.MiningDevice;

/// <summary>
/// One thread that searches slices of the present plan. It waits for nothing but a signal: new work, the end of a pause
/// that keeps its hash rate, or the stop.
/// </summary>
internal sealed class HashingThread : IDisposable
{
    // After so many nonces it looks whether it shall stop or turn to other work: well under a second at any rate.
    private const uint NoncesBetweenLooks = 1 << 16;
    private const uint SliceNonces = 1 << 20;
    private static readonly TimeSpan PaceStep = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan PaceDebtMax = TimeSpan.FromSeconds(1);

    private readonly Hasher _hasher;
    private readonly ChannelWriter<FoundShare> _found;
    private readonly TimeProvider _time;
    private readonly double _targetHashRate;
    private readonly WakeSignal _signal = new();
    private readonly ITimer _timer;
    private readonly Thread _thread;
    private NonceSearch _search = new(default);
    private long _paceFrom;
    private double _paceHashes;

    /// <param name="hasher">Has the plan and takes the counts.</param>
    /// <param name="found">Takes the shares.</param>
    /// <param name="targetHashRate">Hashes a second not to be exceeded; 0 for none.</param>
    /// <param name="name">Name of the thread.</param>
    /// <param name="time">The clock.</param>
    public HashingThread(Hasher hasher, ChannelWriter<FoundShare> found, double targetHashRate, string name, TimeProvider time)
    {
        _hasher = hasher;
        _found = found;
        _targetHashRate = targetHashRate;
        _time = time;
        _timer = time.CreateTimer(static state => ((HashingThread)state!)._signal.Set(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _thread = new Thread(Run) { Name = name, IsBackground = true, Priority = ThreadPriority.BelowNormal };
    }

    public void Start() => _thread.Start();

    /// <summary>Wakes the thread, because there is other work or because it shall stop.</summary>
    public void Signal() => _signal.Set();

    /// <summary>Waits until the thread has ended.</summary>
    public void Join()
    {
        if (!_thread.ThreadState.HasFlag(ThreadState.Unstarted))
            _thread.Join();
    }

    public void Dispose() => _timer.Dispose();

    private void Run()
    {
        _paceFrom = _time.GetTimestamp();
        while (!_hasher.IsStopping)
        {
            SearchPlan? plan = _hasher.Plan;
            if (plan is null)
                _signal.Wait();
            else if (plan.TryTake(SliceSize(), out SearchSlice slice))
                Search(plan, slice);
            else
                PauseFor(TimeSpan.FromSeconds(1));
        }
    }

    private void Search(SearchPlan plan, in SearchSlice slice)
    {
        _search.SetHeader(slice.Header);
        ulong next = slice.FirstNonce;
        ulong end = next + slice.Count;
        while (next < end && !_hasher.IsStopping && _hasher.Plan == plan)
        {
            ulong lookAt = Math.Min(next + NoncesBetweenLooks, end);
            ulong first = next;
            while (next < lookAt && _search.TryFind((uint)next, (uint)(lookAt - next), slice.Work.Target, out uint nonce))
            {
                Offer(slice, nonce);
                next = nonce + 1ul;
            }
            next = lookAt;
            _hasher.CountHashes((long)(lookAt - first));
            Pace(lookAt - first);
        }
    }

    private void Offer(in SearchSlice slice, uint nonce)
    {
        BlockHeader header = slice.Header with { Nonce = nonce };
        if (!_found.TryWrite(new FoundShare(slice.Work, header, slice.Extranonce, header.Hash())))
            _hasher.CountLostShare();
    }

    private uint SliceSize()
    {
        if (_targetHashRate <= 0)
            return SliceNonces;
        double nonces = Math.Clamp(_targetHashRate * PaceStep.TotalSeconds, _search.LaneCount, NoncesBetweenLooks);
        return (uint)nonces;
    }

    // The time by which these hashes are due at the target rate is counted on from one slice to the next, so that pauses
    // that turn out longer or shorter even out. What was missed for longer than a second is not made up for.
    private void Pace(ulong hashes)
    {
        if (_targetHashRate <= 0)
            return;
        _paceHashes += hashes;
        TimeSpan due = TimeSpan.FromSeconds(Math.Min(_paceHashes / _targetHashRate, TimeSpan.MaxValue.TotalSeconds / 2));
        // New work ends a pause early, but does not pay for what was hashed ahead of time.
        TimeSpan ahead;
        while ((ahead = due - _time.GetElapsedTime(_paceFrom)) > TimeSpan.Zero && !_hasher.IsStopping)
            PauseFor(ahead);
        if (ahead < -PaceDebtMax || due > TimeSpan.FromHours(1))
        {
            _paceFrom = _time.GetTimestamp();
            _paceHashes = 0;
        }
    }

    private void PauseFor(TimeSpan pause)
    {
        _timer.Change(pause, Timeout.InfiniteTimeSpan);
        _signal.Wait();
    }
}
