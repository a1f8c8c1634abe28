using System.Diagnostics;
using System.Security.Cryptography;
using System.Threading.Channels;
using Sv2.Bitcoin;
using Sv2.Mining.Client;
using Sv2.Protocol;

namespace Sv2.Roles.MiningDevice;

/// <summary>
/// The device's hashing threads. They take work as it comes, write shares to a bounded queue, and wait for nobody: when
/// the queue is full, because nobody submits, a share is lost and counted.
/// </summary>
internal sealed class Hasher : IDisposable
{
    private readonly HashingThread[] _threads;
    private readonly TimeProvider _time;
    private readonly bool _rollsVersion;
    private readonly double _targetHashRate;
    private volatile SearchPlan? _plan;
    private volatile bool _isStopping;
    private long _hashes;
    private long _lostShares;

    /// <param name="options">Threads, target hash rate, version rolling.</param>
    /// <param name="found">Takes the shares.</param>
    /// <param name="time">The clock.</param>
    public Hasher(MiningDeviceOptions options, ChannelWriter<FoundShare> found, TimeProvider time)
    {
        _time = time;
        _rollsVersion = options.VersionRolling;
        _targetHashRate = options.TargetHashRate;
        int threads = options.Threads == 0 ? Environment.ProcessorCount : options.Threads;
        _threads = new HashingThread[threads];
        for (int i = 0; i < threads; i++)
            _threads[i] = new HashingThread(this, found, options.TargetHashRate / threads, $"hashing {i}", time);
    }

    /// <summary>How many threads hash.</summary>
    public int Threads => _threads.Length;

    /// <summary>Hashes computed since the start.</summary>
    public long Hashes => Interlocked.Read(ref _hashes);

    /// <summary>Shares lost because the queue was full.</summary>
    public long LostShares => Interlocked.Read(ref _lostShares);

    internal SearchPlan? Plan => _plan;

    internal bool IsStopping => _isStopping;

    /// <summary>Starts the threads.</summary>
    public void Start()
    {
        foreach (HashingThread thread in _threads)
            thread.Start();
    }

    /// <summary>
    /// Turns all threads to <paramref name="work"/> within a fraction of a second; null lets them rest. Work that differs
    /// from the present one in its target alone goes on where it stands, so that no share is found twice.
    /// </summary>
    public void SetWork(MiningWork? work)
    {
        if (work is not null && _plan is { } plan && plan.TryRetarget(work))
            return;
        _plan = work is null ? null : new SearchPlan(work, _rollsVersion, RandomSeed(), _time);
        Signal();
    }

    /// <summary>The hash rate to expect, from a short trial on the calling thread.</summary>
    public double Estimate()
    {
        const uint Trial = 1 << 15;
        var search = new NonceSearch(default);
        // Once for the just-in-time compiler, once for the clock.
        search.TryFind(0, Trial, U256.Zero, out _);
        long started = Stopwatch.GetTimestamp();
        search.TryFind(0, Trial, U256.Zero, out _);
        double possible = Trial / Math.Max(Stopwatch.GetElapsedTime(started).TotalSeconds, 1e-6) * _threads.Length;
        return _targetHashRate > 0 ? Math.Min(possible, _targetHashRate) : possible;
    }

    /// <summary>Stops the threads and waits for them, which takes a fraction of a second.</summary>
    public async Task StopAsync()
    {
        _isStopping = true;
        Signal();
        await Task.Run(() =>
        {
            foreach (HashingThread thread in _threads)
                thread.Join();
        }).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _isStopping = true;
        Signal();
        foreach (HashingThread thread in _threads)
        {
            thread.Join();
            thread.Dispose();
        }
    }

    internal void CountHashes(long count) => Interlocked.Add(ref _hashes, count);

    internal void CountLostShare() => Interlocked.Increment(ref _lostShares);

    private void Signal()
    {
        foreach (HashingThread thread in _threads)
            thread.Signal();
    }

    private static ulong RandomSeed()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BitConverter.ToUInt64(bytes);
    }
}
