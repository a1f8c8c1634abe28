namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>What became of miners' shares since the start. Thread-safe.</summary>
internal sealed class MinerTotals
{
    private readonly CodeCounts _rejections = new();
    private long _accepted;
    private long _rejected;
    private double _best;

    /// <summary>Shares that count, and those whose answer is still awaited.</summary>
    public long Accepted => Volatile.Read(ref _accepted);

    /// <summary>Shares that were refused, here or upstream.</summary>
    public long Rejected => Volatile.Read(ref _rejected);

    /// <summary>Best difficulty.</summary>
    public double Best => Volatile.Read(ref _best);

    /// <summary>Refused shares by the code that the miner was told.</summary>
    public IReadOnlyDictionary<string, long> Rejections => _rejections.Counts;

    /// <summary>A share passed the client's own checks.</summary>
    public void Accept(double difficulty)
    {
        Interlocked.Increment(ref _accepted);
        double best = Volatile.Read(ref _best);
        while (difficulty > best)
        {
            double seen = Interlocked.CompareExchange(ref _best, difficulty, best);
            if (seen == best)
                return;
            best = seen;
        }
    }

    /// <summary>A share did not pass them.</summary>
    public void Reject(string code)
    {
        Interlocked.Increment(ref _rejected);
        _rejections.Add(code);
    }

    /// <summary>A share had passed them, and nobody upstream credits it.</summary>
    public void TakeBack(string code)
    {
        Interlocked.Decrement(ref _accepted);
        Reject(code);
    }
}
