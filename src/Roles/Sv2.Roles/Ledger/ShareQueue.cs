namespace Sv2.Roles.Ledger;

/// <summary>
/// The bounded ring of shares that wait for the disk. It grows by doubling up to its bound and is not thread-safe: the
/// ledger holds its lock around every call.
/// </summary>
internal sealed class ShareQueue(int sharesMax)
{
    private const int FirstCapacity = 256;

    private Item[] _items = new Item[Math.Min(FirstCapacity, sharesMax)];
    private int _head;

    public int Count { get; private set; }

    public bool IsFull => Count == sharesMax;

    public bool TryAdd(in ShareEntry share, ILedgerSink sink, long addedAt)
    {
        if (IsFull) return false;
        if (Count == _items.Length) Grow();
        ref Item item = ref _items[(_head + Count) % _items.Length];
        item.Share = share;
        item.Sink = sink;
        item.AddedAt = addedAt;
        Count++;
        return true;
    }

    /// <summary>Time stamp of the share that has waited longest. The queue must not be empty.</summary>
    public long OldestAddedAt => _items[_head].AddedAt;

    /// <summary>Moves the oldest shares into <paramref name="destination"/>; returns how many.</summary>
    public int Take(Span<Item> destination)
    {
        int taken = Math.Min(Count, destination.Length);
        for (int i = 0; i < taken; i++)
        {
            destination[i] = _items[_head];
            _items[_head] = default;
            _head = (_head + 1) % _items.Length;
        }

        Count -= taken;
        return taken;
    }

    private void Grow()
    {
        var larger = new Item[(int)Math.Min(_items.Length * 2L, sharesMax)];
        for (int i = 0; i < Count; i++) larger[i] = _items[(_head + i) % _items.Length];
        (_items, _head) = (larger, 0);
    }

    internal struct Item
    {
        public ShareEntry Share;
        public ILedgerSink Sink;
        public long AddedAt;
    }
}
