using System.Numerics;

namespace Sv2.Mining.Server;

/// <summary>What the next <c>SubmitShares.Success</c> of a channel will say: sums since the last one (5.3.13, item 211).</summary>
internal struct AckBatch
{
    public uint Count;
    public ulong Difficulty;
    public uint LastSequenceNumber;

    /// <summary>When the first share of the batch became durable.</summary>
    public long Since;

    /// <summary>Whether the channel stands on the session's list of channels with a batch.</summary>
    public bool IsListed;

    public void Add(uint sequenceNumber, ulong difficulty, long now)
    {
        if (Count++ == 0)
            Since = now;
        Difficulty = ulong.MaxValue - Difficulty < difficulty ? ulong.MaxValue : Difficulty + difficulty;
        LastSequenceNumber = sequenceNumber;
    }

    public void Reset()
    {
        Count = 0;
        Difficulty = 0;
    }
}

/// <summary>
/// The accepted shares of one connection that are not durable yet, in the order they were accepted. A bounded ring:
/// no allocation once it has grown to what is in flight.
/// </summary>
internal sealed class AcknowledgementQueue(int capacityMax)
{
    private const int CapacityMin = 16;

    private Entry[] _entries = [];
    private long _acknowledged;

    /// <summary>Number of the last share that was accepted.</summary>
    public long LastShareNumber { get; private set; }

    /// <summary>Shares waiting.</summary>
    public int Count => (int)(LastShareNumber - _acknowledged);

    /// <summary>Whether no more shares can be taken.</summary>
    public bool IsFull => Count >= capacityMax;

    /// <summary>Puts a share at the end; its number is <see cref="LastShareNumber"/> afterwards.</summary>
    public void Enqueue(ServerChannel channel, uint sequenceNumber, ulong difficulty)
    {
        if (Count == _entries.Length)
            Grow();
        LastShareNumber++;
        _entries[IndexOf(LastShareNumber)] = new Entry(channel, sequenceNumber, difficulty);
    }

    /// <summary>Takes the first share away if its number is not above <paramref name="shareNumber"/>.</summary>
    public bool TryDequeue(long shareNumber, out Entry entry)
    {
        while (_acknowledged < shareNumber && Count > 0)
        {
            ref Entry slot = ref _entries[IndexOf(++_acknowledged)];
            entry = slot;
            slot = default;
            if (!entry.IsSettled)
                return true;
        }
        entry = default;
        return false;
    }

    /// <summary>Takes one share away, wherever it stands; the rest keep their order.</summary>
    public bool TrySettle(long shareNumber, out Entry entry)
    {
        entry = default;
        if (shareNumber <= _acknowledged || shareNumber > LastShareNumber)
            return false;
        ref Entry slot = ref _entries[IndexOf(shareNumber)];
        if (slot.IsSettled)
            return false;
        entry = slot;
        slot = new Entry(null!, 0, 0);
        while (_acknowledged < LastShareNumber && _entries[IndexOf(_acknowledged + 1)].IsSettled)
            _entries[IndexOf(++_acknowledged)] = default;
        return true;
    }

    private int IndexOf(long shareNumber) => (int)(shareNumber & (_entries.Length - 1));

    private void Grow()
    {
        Entry[] old = _entries;
        _entries = new Entry[Math.Max(CapacityMin, (int)BitOperations.RoundUpToPowerOf2((uint)old.Length + 1))];
        for (long number = _acknowledged + 1; number <= LastShareNumber; number++)
            _entries[IndexOf(number)] = old[number & (old.Length - 1)];
    }

    public readonly record struct Entry(ServerChannel Channel, uint SequenceNumber, ulong Difficulty)
    {
        /// <summary>Whether its answer was given out of turn.</summary>
        public bool IsSettled => Channel is null;
    }
}
