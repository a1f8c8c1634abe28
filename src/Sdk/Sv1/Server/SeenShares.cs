using Sv2.Protocol;

namespace Sv1;

/// <summary>
/// Remembers the newest header hashes of a session, by their lowest 64 bits, which proof of work leaves random. Holds no
/// memory until the first share.
/// </summary>
internal sealed class SeenShares(int capacity)
{
    private readonly HashSet<ulong> _fingerprints = [];
    private readonly Queue<ulong> _order = new();

    /// <summary>Remembers a hash; false when it is known.</summary>
    public bool TryAdd(in U256 hash)
    {
        ulong fingerprint = hash.Limb(0);
        if (!_fingerprints.Add(fingerprint))
            return false;
        if (_order.Count == capacity)
            _fingerprints.Remove(_order.Dequeue());
        _order.Enqueue(fingerprint);
        return true;
    }

    public void Clear()
    {
        _fingerprints.Clear();
        _order.Clear();
    }
}
