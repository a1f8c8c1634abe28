using System.Numerics;

namespace Sv2.Load;

/// <summary>
/// Times by size, in steps of about six percent, so that percentiles of millions of values cost a few kilobytes.
/// Thread-safe; recording allocates nothing.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int StepBits = 4;
    private const int StepsPerOctave = 1 << StepBits;

    private readonly long[] _counts = new long[64 * StepsPerOctave];
    private long _max;

    public long Count { get; private set; }

    public TimeSpan Max => FromMicroseconds(Volatile.Read(ref _max));

    public void Record(TimeSpan value)
    {
        long microseconds = Math.Max(0, value.Ticks / TimeSpan.TicksPerMicrosecond);
        Interlocked.Increment(ref _counts[IndexOf(microseconds)]);
        for (long max = Volatile.Read(ref _max); microseconds > max;)
        {
            long seen = Interlocked.CompareExchange(ref _max, microseconds, max);
            if (seen == max) break;
            max = seen;
        }
    }

    /// <summary>The value that this part of all values does not exceed.</summary>
    public TimeSpan Percentile(double percent)
    {
        long total = _counts.Sum();
        Count = total;
        if (total == 0) return TimeSpan.Zero;
        long wanted = (long)Math.Ceiling(total * percent / 100);
        for (int i = 0; i < _counts.Length; i++)
        {
            wanted -= _counts[i];
            if (wanted <= 0) return TimeSpan.FromTicks(Math.Min(FromMicroseconds(UpperEdge(i)).Ticks, Max.Ticks));
        }

        return Max;
    }

    /// <summary>One line: how many, and the usual percentiles.</summary>
    public string Describe()
    {
        string text = $"p50 {Milliseconds(Percentile(50))}  p95 {Milliseconds(Percentile(95))}  p99 {Milliseconds(Percentile(99))}  max {Milliseconds(Max)}";
        return Count == 0 ? "none" : $"{text}  ({Count} values)";
    }

    private static string Milliseconds(TimeSpan value) => $"{value.TotalMilliseconds:0.00} ms";

    private static TimeSpan FromMicroseconds(long microseconds) => TimeSpan.FromTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    private static int IndexOf(long value)
    {
        if (value < StepsPerOctave) return (int)value;
        int shift = BitOperations.Log2((ulong)value) - StepBits;
        return ((shift + 1) << StepBits) + (int)((value >> shift) - StepsPerOctave);
    }

    private static long UpperEdge(int index)
    {
        if (index < StepsPerOctave) return index;
        int shift = (index >> StepBits) - 1;
        return ((long)(StepsPerOctave + (index & (StepsPerOctave - 1)) + 1) << shift) - 1;
    }
}
