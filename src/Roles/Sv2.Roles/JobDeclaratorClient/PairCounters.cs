namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>What an upstream has done with shares since the role's start, over all its connections. Guarded by the engine's lock.</summary>
internal sealed class PairCounters
{
    private const int CodesMax = 32;
    private const double Smoothing = 0.2;
    private const string OtherCodes = "(other)";

    private readonly Dictionary<string, long> _rejections = [];

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
        string key = _rejections.ContainsKey(code) || _rejections.Count < CodesMax ? code : OtherCodes;
        _rejections[key] = _rejections.GetValueOrDefault(key) + 1;
    }

    /// <summary>A copy of the refusals by code.</summary>
    public IReadOnlyDictionary<string, long> Rejections => new Dictionary<string, long>(_rejections);
}
