using Sv2.Mining;
using Sv2.Mining.Server;

namespace Sv2.Roles.Pool;

/// <summary>Sums over all connections since the start. Thread-safe.</summary>
internal sealed class PoolTotals
{
    private readonly long[] _rejections = new long[Enum.GetValues<ShareRejection>().Length];
    private long _accepted;
    private long _rejected;
    private long _invalid;
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

    public void Reject(ShareRejection reason)
    {
        Interlocked.Increment(ref _rejected);
        Interlocked.Increment(ref _rejections[(int)reason]);
    }

    /// <summary>A share was refused before the engine saw it, as an invalid one.</summary>
    public void RejectInvalid()
    {
        Interlocked.Increment(ref _rejected);
        Interlocked.Increment(ref _invalid);
    }

    /// <summary>Rejected shares by the protocol's error code.</summary>
    public Dictionary<string, long> RejectionsByCode()
    {
        var byCode = new Dictionary<string, long>();
        for (int i = 0; i < _rejections.Length; i++)
        {
            long count = Volatile.Read(ref _rejections[i]);
            if (count == 0) continue;
            string code = ((ShareRejection)i).ToErrorCode();
            byCode[code] = byCode.GetValueOrDefault(code) + count;
        }

        long invalid = Volatile.Read(ref _invalid);
        if (invalid > 0) byCode[MiningErrorCodes.InvalidShare] = byCode.GetValueOrDefault(MiningErrorCodes.InvalidShare) + invalid;
        return byCode;
    }
}
