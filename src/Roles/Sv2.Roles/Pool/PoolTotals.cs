namespace Sv2.Roles.Pool;

/// <summary>Sums over all connections since the start. Thread-safe.</summary>
internal sealed class PoolTotals
{
    private long _accepted;
    private long _rejected;
    private double _best;

    public long Accepted => Volatile.Read(ref _accepted);

    public long Rejected => Volatile.Read(ref _rejected);

    public double Best => Volatile.Read(ref _best);

    public void Accept(double achieved)
    {
        Interlocked.Increment(ref _accepted);
        for (double best = Best; achieved > best;)
        {
            double seen = Interlocked.CompareExchange(ref _best, achieved, best);
            if (seen.Equals(best)) return;
            best = seen;
        }
    }

    public void Reject() => Interlocked.Increment(ref _rejected);
}
