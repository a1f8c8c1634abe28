using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Roles.Workers;

/// <summary>Shares of a worker or of all: accepted, refused by reason, best. Thread-safe.</summary>
internal sealed class ShareTally
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _refused = [];
    private long _accepted;
    private long _refusedTotal;
    private double _best;

    public long Accepted => Interlocked.Read(ref _accepted);

    public long Refused => Interlocked.Read(ref _refusedTotal);

    /// <summary>Difficulty of the best share.</summary>
    public double Best
    {
        get
        {
            lock (_gate)
                return _best;
        }
    }

    public IReadOnlyDictionary<string, long> Refusals
    {
        get
        {
            lock (_gate)
                return new Dictionary<string, long>(_refused);
        }
    }

    /// <summary>The figures of a report that every role has.</summary>
    public IEnumerable<Figure> Figures =>
    [
        new Figure(FigureNames.SharesAccepted, Accepted, "shares"),
        new Figure(FigureNames.SharesRejected, Refused, "shares"),
        .. Refusals.OrderBy(static reason => reason.Key, StringComparer.Ordinal)
            .Select(static reason => new Figure($"{FigureNames.SharesRejected}:{reason.Key}", reason.Value, "shares")),
        new Figure(FigureNames.BestDifficulty, Best, ""),
    ];

    public void Accept(in U256 hash)
    {
        Interlocked.Increment(ref _accepted);
        double difficulty = Target.Difficulty(hash);
        lock (_gate)
            _best = Math.Max(_best, difficulty);
    }

    /// <param name="reason">One of a role's own codes, never a peer's words: their number bounds the table.</param>
    public void Refuse(string reason)
    {
        Interlocked.Increment(ref _refusedTotal);
        lock (_gate)
            _refused[reason] = _refused.GetValueOrDefault(reason) + 1;
    }

    /// <summary>A share that had been accepted was refused by the pool, or nobody knows what became of it.</summary>
    public void TakeBack(string reason)
    {
        Interlocked.Decrement(ref _accepted);
        Refuse(reason);
    }
}

/// <summary>A number that many threads add to.</summary>
internal sealed class Counter
{
    private long _value;

    public long Value => Interlocked.Read(ref _value);

    public void Add(long amount = 1) => Interlocked.Add(ref _value, amount);
}
