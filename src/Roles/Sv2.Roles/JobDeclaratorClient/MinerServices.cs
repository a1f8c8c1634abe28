using Sv2.Mining.Server;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>What all connections of miners share.</summary>
internal sealed class MinerServices
{
    public required JobDeclaratorClientOptions Options { get; init; }

    public required MiningServer Server { get; init; }

    public required ClientEngine Engine { get; init; }

    public required ClientBlocks Blocks { get; init; }

    public required MinerTotals Totals { get; init; }

    public required TimeProvider Time { get; init; }
}

/// <summary>What this role itself has said of shares. Thread-safe.</summary>
internal sealed class MinerTotals
{
    private readonly long[] _byReason = new long[Enum.GetValues<ShareRejection>().Length];
    private long _accepted;
    private long _rejected;
    private double _best;

    public long Accepted => Volatile.Read(ref _accepted);

    public long Rejected => Volatile.Read(ref _rejected);

    /// <summary>Best difficulty.</summary>
    public double Best => Volatile.Read(ref _best);

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

    public void Reject(ShareRejection reason)
    {
        Interlocked.Increment(ref _rejected);
        Interlocked.Increment(ref _byReason[(int)reason]);
    }

    /// <summary>Refused shares by the protocol's error code.</summary>
    public IReadOnlyDictionary<string, long> RejectionsByCode()
    {
        Dictionary<string, long> byCode = [];
        for (int i = 1; i < _byReason.Length; i++)
        {
            if (Volatile.Read(ref _byReason[i]) is not (> 0 and long count))
                continue;
            string code = ((ShareRejection)i).ToErrorCode();
            byCode[code] = byCode.GetValueOrDefault(code) + count;
        }
        return byCode;
    }
}
