namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>What an upstream has done with shares since the role's start, over all its connections. Guarded by the engine's lock.</summary>
internal sealed class PairCounters
{
    private const double Smoothing = 0.2;

    private readonly CodeCounts _rejections = new();

    /// <summary>Shares acknowledged.</summary>
    public long Accepted { get; private set; }

    /// <summary>Shares refused.</summary>
    public long Rejected { get; private set; }

    /// <summary>Smoothed time from a share to its answer, in milliseconds; null before the first.</summary>
    public double? Latency { get; private set; }

    /// <summary>Shares were acknowledged; <paramref name="latency"/> is that of the last of them.</summary>
    public void Accept(long count, TimeSpan? latency)
    {
        Accepted += count;
        if (latency is { } measured)
            Latency = Latency is { } before ? before + (Smoothing * (measured.TotalMilliseconds - before)) : measured.TotalMilliseconds;
    }

    /// <summary>A share was refused.</summary>
    public void Reject(string code)
    {
        Rejected++;
        _rejections.Add(code);
    }

    /// <summary>A copy of the refusals by code.</summary>
    public IReadOnlyDictionary<string, long> Rejections => _rejections.Counts;
}
