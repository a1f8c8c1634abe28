namespace Sv2.Roles.Workers;

/// <summary>
/// Hash rate over the last five minutes, from the work of accepted shares, in steps of ten seconds. A miner that has
/// just begun is measured over the time it has been there. Not thread-safe.
/// </summary>
internal sealed class HashRateWindow
{
    private const int StepSeconds = 10;
    private const int Steps = 30;

    private readonly double[] _work = new double[Steps];
    private long _newestStep;
    private long _firstSecond;

    /// <summary>Adds the work of a share.</summary>
    public void Add(double work, long second)
    {
        if (_firstSecond == 0) _firstSecond = second;
        MoveTo(second);
        _work[_newestStep % Steps] += work;
    }

    /// <summary>Hashes a second at a moment.</summary>
    public double At(long second)
    {
        if (_firstSecond == 0) return 0;
        MoveTo(second);
        double sum = 0;
        foreach (double work in _work) sum += work;
        long from = Math.Max(_firstSecond, (_newestStep - Steps + 1) * StepSeconds);
        return sum / Math.Max(StepSeconds, second - from);
    }

    private void MoveTo(long second)
    {
        long step = second / StepSeconds;
        if (step <= _newestStep) return;
        for (long gone = Math.Max(_newestStep + 1, step - Steps + 1); gone <= step; gone++) _work[gone % Steps] = 0;
        _newestStep = step;
    }
}
