using System.Numerics;

namespace Sv2.Roles.Pool;

/// <summary>
/// The shares of one connection that are not on disk yet: the session numbers its shares, the ledger numbers all shares,
/// and this remembers which is which. Both count upwards, so it is a plain queue; the session bounds its length. Not
/// thread-safe; no allocation once it has grown to what is in flight.
/// </summary>
internal sealed class PendingShares
{
    private Item[] _items = [];
    private int _head;
    private int _count;

    /// <summary>Adds the newest share.</summary>
    public void Add(long shareNumber, long sequence, long acceptedAt)
    {
        if (_count == _items.Length) Grow();
        _items[(_head + _count++) & (_items.Length - 1)] = new Item(shareNumber, sequence, acceptedAt);
    }

    /// <summary>Takes away what is on disk; the session's number of the last such share, or null when there is none.</summary>
    public long? CommitThrough(long sequence, TimeProvider time)
    {
        long? last = null;
        while (_count > 0 && _items[_head].Sequence <= sequence)
        {
            last = _items[_head].ShareNumber;
            PoolMetrics.Committed(time.GetElapsedTime(_items[_head].AcceptedAt));
            _head = (_head + 1) & (_items.Length - 1);
            _count--;
        }

        return last;
    }

    private void Grow()
    {
        var larger = new Item[(int)BitOperations.RoundUpToPowerOf2((uint)_items.Length + 8)];
        for (int i = 0; i < _count; i++) larger[i] = _items[(_head + i) & (_items.Length - 1)];
        (_items, _head) = (larger, 0);
    }

    private readonly record struct Item(long ShareNumber, long Sequence, long AcceptedAt);
}
