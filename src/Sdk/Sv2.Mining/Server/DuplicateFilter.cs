using System.Runtime.CompilerServices;
using Sv2.Protocol;

namespace Sv2.Mining.Server;

/// <summary>
/// Remembers the header hashes credited on the current tip. A hash covers every field of the header, so two shares are the
/// same work exactly when their hashes are equal, whatever job or sequence number they came under (item 216).
/// </summary>
/// <remarks>
/// Open addressing over the hash's lowest 64 bits, which proof of work leaves random (it only zeroes the top): two of the
/// quarter million shares a filter can hold by default collide with a chance of about 1 in 10^9. Grows by doubling up to its bound, forgets
/// everything at a new tip, and then gives back a table that was much too large.
/// </remarks>
internal sealed class DuplicateFilter(int capacityMax)
{
    private const int SlotsMin = 16;
    private const int ShrinkFactor = 16;

    // Zero marks a free slot; the fingerprint zero is stored as one.
    private ulong[] _slots = [];

    /// <summary>Hashes remembered.</summary>
    public int Count { get; private set; }

    /// <summary>Whether no further hash can be remembered.</summary>
    public bool IsFull => Count >= capacityMax;

    /// <summary>Whether the hash is remembered.</summary>
    public bool Contains(in U256 hash)
    {
        if (Count == 0)
            return false;
        ulong fingerprint = Fingerprint(hash);
        return _slots[Find(_slots, fingerprint)] == fingerprint;
    }

    /// <summary>Remembers a hash; does nothing when it is remembered already or the filter is full.</summary>
    public void Add(in U256 hash)
    {
        if (IsFull)
            return;
        if (2 * (Count + 1) > _slots.Length)
            Grow();
        ulong fingerprint = Fingerprint(hash);
        ref ulong slot = ref _slots[Find(_slots, fingerprint)];
        if (slot == fingerprint)
            return;
        slot = fingerprint;
        Count++;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        if (_slots.Length > SlotsMin && _slots.Length > ShrinkFactor * Count)
            _slots = [];
        else
            Array.Clear(_slots);
        Count = 0;
    }

    private void Grow()
    {
        ulong[] larger = new ulong[Math.Max(SlotsMin, 2 * _slots.Length)];
        foreach (ulong fingerprint in _slots)
        {
            if (fingerprint != 0)
                larger[Find(larger, fingerprint)] = fingerprint;
        }
        _slots = larger;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fingerprint(in U256 hash) => Math.Max(1, hash.Limb(0));

    private static int Find(ulong[] slots, ulong fingerprint)
    {
        int mask = slots.Length - 1;
        int index = (int)fingerprint & mask;
        while (slots[index] != 0 && slots[index] != fingerprint)
            index = (index + 1) & mask;
        return index;
    }
}
