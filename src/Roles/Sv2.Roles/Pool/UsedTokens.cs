namespace Sv2.Roles.Pool;

/// <summary>
/// The tokens that were used, until they expire by themselves: each is good for one job. Bounded. Not kept over a restart, after
/// which shares found before cannot be submitted again anyway, because every run has a search space of its own. Thread-safe.
/// </summary>
internal sealed class UsedTokens(int usedMax)
{
    private readonly Lock _gate = new();
    private readonly HashSet<UInt128> _used = [];
    private readonly PriorityQueue<UInt128, long> _byExpiry = new();

    public int Count
    {
        get { lock (_gate) return _used.Count; }
    }

    /// <summary>Notes a token as used.</summary>
    /// <returns>Whether it was not used before; null when no more can be remembered.</returns>
    public bool? TryUse(UInt128 id, DateTimeOffset expiresAt, DateTimeOffset now)
    {
        lock (_gate)
        {
            while (_byExpiry.TryPeek(out UInt128 expired, out long at) && at < now.ToUnixTimeSeconds())
            {
                _byExpiry.Dequeue();
                _used.Remove(expired);
            }

            if (_used.Contains(id)) return false;
            if (_used.Count >= usedMax) return null;
            _used.Add(id);
            _byExpiry.Enqueue(id, expiresAt.ToUnixTimeSeconds());
            return true;
        }
    }
}
