using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Mining.Server;

/// <summary>Choices of <see cref="Vardiff"/>.</summary>
public sealed record VardiffOptions
{
    /// <summary>Hash rate assumed for a client that states 0.</summary>
    public double UnknownHashRate { get; init; } = 1e9;

    /// <summary>The easiest target given out, whatever a client claims: the server's smallest difficulty.</summary>
    public U256 EasiestTarget { get; init; } = U256.MaxValue;

    /// <summary>The hardest target given out; the network's target bounds it as well.</summary>
    public U256 HardestTarget { get; init; } = U256.FromLimbs(1);

    /// <summary>Most that one step changes the difficulty, up or down.</summary>
    public double StepMax { get; init; } = 4;
}

/// <summary>
/// The usual vardiff: compares the shares that came with those that should have come, and changes the target as soon as
/// the difference is larger than luck explains.
/// </summary>
/// <remarks>
/// Shares arrive like raindrops: of m expected, m ± √m come. A change is made when the logarithm of the ratio leaves three
/// such deviations, so after four shares when the rate is off tenfold, after some dozens when it is off by half, and after
/// five share intervals of silence. The step is bounded, and the measurement starts anew with every target.
/// </remarks>
public sealed class Vardiff : IVardiff
{
    private const double SharesMin = 4;
    private const double SilenceMin = 5;
    private const double DeviationsMin = 3;
    private const double SharesPerWindowMax = 128;

    // The shown hash rate is an average that forgets over this many share intervals, but not faster than in a minute.
    private const double AverageIntervals = 20;
    private const double AverageSecondsMin = 60;

    private readonly VardiffOptions _options;
    private readonly TimeProvider _time;
    private double _interval;
    private readonly double _averageSeconds;

    private long _windowStart;
    private double _windowWork;
    private double _claimed;
    private double _averageWork;
    private long _averageStart;
    private long _averageAt;

    /// <summary>Makes a vardiff for one channel.</summary>
    /// <param name="shareInterval">Wanted mean time between two shares.</param>
    /// <param name="time">Gives the scale of timestamps.</param>
    /// <param name="options">Choices; <see langword="null"/> for the defaults.</param>
    public Vardiff(TimeSpan shareInterval, TimeProvider time, VardiffOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(shareInterval, TimeSpan.Zero);
        _options = options ?? new VardiffOptions();
        _time = time;
        _interval = shareInterval.TotalSeconds;
        _averageSeconds = Math.Max(AverageSecondsMin, AverageIntervals * _interval);
    }

    /// <inheritdoc/>
    public U256 Start(double nominalHashRate, long timestamp)
    {
        _claimed = nominalHashRate > 0 ? nominalHashRate : 0;
        _averageWork = 0;
        _averageStart = _averageAt = timestamp;
        Restart(timestamp);
        return Bound(Target.FromHashesPerShare((_claimed > 0 ? _claimed : _options.UnknownHashRate) * _interval));
    }

    /// <inheritdoc/>
    public void OnShare(ulong work, long timestamp)
    {
        _windowWork += work;
        _averageWork = _averageWork * Math.Exp(-Seconds(_averageAt, timestamp) / _averageSeconds) + work;
        _averageAt = timestamp;
    }

    /// <inheritdoc/>
    public bool TryRetarget(in U256 current, long timestamp, out U256 proposed)
    {
        double workPerShare = Target.HashesPerShare(current);
        double came = _windowWork / workPerShare;
        double expected = Seconds(_windowStart, timestamp) / _interval;
        proposed = current;
        if (came < SharesMin && expected < SilenceMin)
            return false;

        double deviation = Math.Abs(Math.Log((came + 0.5) / (expected + 0.5)));
        if (deviation < DeviationsMin / Math.Sqrt(Math.Max(came, expected)))
        {
            // Close enough, and a long window would be slow to notice the next change.
            if (Math.Max(came, expected) > SharesPerWindowMax)
                Restart(timestamp);
            return false;
        }

        double step = Math.Clamp((came + 1) / (expected + 1), 1 / _options.StepMax, _options.StepMax);
        Restart(timestamp);
        proposed = Bound(Target.FromHashesPerShare(workPerShare * step));
        return proposed != current;
    }

    /// <inheritdoc/>
    public void OnTarget(in U256 target, long timestamp) => Restart(timestamp);

    /// <inheritdoc/>
    public void SetShareInterval(TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        // What has come so far is judged by the new interval: that is how a change shows at once.
        _interval = interval.TotalSeconds;
    }

    /// <inheritdoc/>
    public double HashRate(long timestamp)
    {
        double measured = Seconds(_averageStart, timestamp);
        if (_averageWork == 0)
            return measured < _averageSeconds ? _claimed : 0;
        // While less than the memory is filled, divide by what is filled; a lone first share must not look like a storm.
        double filled = _averageSeconds * (1 - Math.Exp(-Math.Max(measured, _interval) / _averageSeconds));
        return _averageWork * Math.Exp(-Seconds(_averageAt, timestamp) / _averageSeconds) / filled;
    }

    private void Restart(long timestamp)
    {
        _windowStart = timestamp;
        _windowWork = 0;
    }

    private double Seconds(long from, long to) => _time.GetElapsedTime(from, to).TotalSeconds;

    private U256 Bound(in U256 target) => Target.Easier(Target.Harder(target, _options.EasiestTarget), _options.HardestTarget);
}

/// <summary>No vardiff: every channel keeps the same target, as far as its client accepts it.</summary>
/// <param name="target">The target.</param>
public sealed class FixedVardiff(U256 target) : IVardiff
{
    private double _claimed;

    /// <inheritdoc/>
    public U256 Start(double nominalHashRate, long timestamp)
    {
        _claimed = nominalHashRate;
        return target;
    }

    /// <inheritdoc/>
    public void OnShare(ulong work, long timestamp)
    {
    }

    /// <inheritdoc/>
    public bool TryRetarget(in U256 current, long timestamp, out U256 proposed)
    {
        proposed = current;
        return false;
    }

    /// <inheritdoc/>
    public void OnTarget(in U256 target, long timestamp)
    {
    }

    /// <inheritdoc/>
    public double HashRate(long timestamp) => _claimed;
}
