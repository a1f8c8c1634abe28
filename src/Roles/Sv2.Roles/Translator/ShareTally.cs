using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Roles.Translator;

/// <summary>Shares of a miner or of all: accepted, refused by reason, best. Thread-safe.</summary>
internal sealed class ShareTally
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _refused = [];
    private long _accepted;
    private long _refusedTotal;
    private double _best;

    public long Accepted => Interlocked.Read(ref _accepted);

    public long Refused => Interlocked.Read(ref _refusedTotal);

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

    public void Accept(in U256 hash)
    {
        Interlocked.Increment(ref _accepted);
        double difficulty = Target.Difficulty(hash);
        lock (_gate)
            _best = Math.Max(_best, difficulty);
    }

    /// <param name="reason">One of <see cref="ShareReasons"/>: their number bounds the table.</param>
    public void Refuse(string reason)
    {
        Interlocked.Increment(ref _refusedTotal);
        lock (_gate)
            _refused[reason] = _refused.GetValueOrDefault(reason) + 1;
    }
}

/// <summary>Why shares of miners are refused here, in the words of the Mining Protocol where it has them.</summary>
internal static class ShareReasons
{
    public const string NoPool = "no-pool";
    public const string Ended = "job-ended";

    /// <summary>The reason of an error.</summary>
    public static string Of(Sv1.Sv1Error error)
    {
        if (ReferenceEquals(error, Sv1.Sv1ServerSession.Stale))
            return Mining.MiningErrorCodes.StaleShare;
        if (ReferenceEquals(error, TranslatorMiner.NoPool))
            return NoPool;
        if (ReferenceEquals(error, TranslatorMiner.JobEnded))
            return Ended;
        return error.Code switch
        {
            Sv1.Sv1Error.JobNotFoundCode => Mining.MiningErrorCodes.InvalidJobId,
            Sv1.Sv1Error.DuplicateShareCode => Mining.MiningErrorCodes.DuplicateShare,
            Sv1.Sv1Error.LowDifficultyCode => Mining.MiningErrorCodes.DifficultyTooLow,
            Sv1.Sv1Error.UnauthorizedCode => "unauthorized-worker",
            Sv1.Sv1Error.NotSubscribedCode => "not-subscribed",
            _ => Mining.MiningErrorCodes.InvalidShare,
        };
    }
}
