namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>A share that was sent to the pool and has no answer yet.</summary>
/// <param name="Origin">The miner that found it.</param>
/// <param name="Job">Its job.</param>
/// <param name="SentAt">Timestamp of sending.</param>
internal readonly record struct SentShare(ShareOrigin Origin, MinedJob Job, long SentAt);

/// <summary>
/// The shares of one upstream channel that the pool has not answered, by their sequence numbers: so that every answer,
/// for one share or for a whole batch, reaches the miners whose shares they were (5.3.13). Bounded. The caller serialises.
/// </summary>
internal sealed class UnansweredShares(int sharesMax)
{
    private readonly Dictionary<uint, SentShare> _bySequence = [];
    private uint _oldest;
    private uint _newest;

    /// <summary>Shares that wait.</summary>
    public int Count => _bySequence.Count;

    /// <summary>Whether no more may be sent before some are answered.</summary>
    public bool IsFull => Count >= sharesMax;

    /// <summary>Notes a share. Sequence numbers come in their order.</summary>
    public void Add(uint sequence, in SentShare share)
    {
        if (Count == 0)
            _oldest = sequence;
        _newest = sequence;
        _bySequence.Add(sequence, share);
    }

    /// <summary>Takes the oldest share if its number is not beyond <paramref name="last"/>.</summary>
    public bool TryTakeThrough(uint last, out SentShare share)
    {
        share = default;
        // Numbers in between are of shares that were refused, and answered, one by one.
        while (Count > 0 && IsUpTo(_oldest, last) && IsUpTo(_oldest, _newest))
            if (_bySequence.Remove(unchecked(_oldest++), out share))
                return true;
        return false;
    }

    /// <summary>Takes one share.</summary>
    public bool TryTake(uint sequence, out SentShare share) => _bySequence.Remove(sequence, out share);

    /// <summary>Takes the oldest share.</summary>
    public bool TryTakeAny(out SentShare share) => TryTakeThrough(_newest, out share);

    // The numbers wrap around after 2^32 shares.
    private static bool IsUpTo(uint sequence, uint last) => unchecked((int)(sequence - last)) <= 0;
}
