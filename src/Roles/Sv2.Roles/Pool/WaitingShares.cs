using System.Numerics;

namespace Sv2.Roles.Pool;

/// <summary>
/// When the shares of a channel that wait for their acknowledgement were accepted, in their order. The session bounds how
/// many may wait. Not thread-safe; no allocation once it has grown to what is in flight.
/// </summary>
internal sealed class WaitingShares
{
    private long[] _acceptedAt = [];
    private int _head;
    private int _count;

    /// <summary>Adds the newest.</summary>
    public void Add(long acceptedAt)
    {
        if (_count == _acceptedAt.Length) Grow();
        _acceptedAt[(_head + _count++) & (_acceptedAt.Length - 1)] = acceptedAt;
    }

    /// <summary>Takes the oldest ones away; when the very oldest was accepted, null when there are none.</summary>
    public long? Take(int count)
    {
        if (_count == 0 || count <= 0) return null;
        long oldest = _acceptedAt[_head];
        count = Math.Min(count, _count);
        _head = (_head + count) & (_acceptedAt.Length - 1);
        _count -= count;
        return oldest;
    }

    private void Grow()
    {
        long[] larger = new long[(int)BitOperations.RoundUpToPowerOf2((uint)_acceptedAt.Length + 8)];
        for (int i = 0; i < _count; i++) larger[i] = _acceptedAt[(_head + i) & (_acceptedAt.Length - 1)];
        (_acceptedAt, _head) = (larger, 0);
    }
}
