using System.Runtime.InteropServices;

namespace Sv2.Roles.Ledger;

/// <summary>What one worker earned in one minute.</summary>
public struct ShareSum
{
    /// <summary>Number of shares.</summary>
    public long Shares;

    /// <summary>Sum of the credited difficulties.</summary>
    public ulong Difficulty;

    /// <summary>Sum of the expected hashes.</summary>
    public UInt128 Work;

    /// <summary>Best difficulty a hash really reached.</summary>
    public double Best;

    /// <summary>Second (since 1970, UTC) of the latest share.</summary>
    public long LastAt;
}

/// <summary>
/// What one group commit writes: shares summed by worker and minute, and changes of blocks. The pair of source and
/// last sequence makes it idempotent: a group that failed without a clear answer is committed again, unchanged, and the
/// store skips the shares it already holds. Reused from commit to commit.
/// </summary>
public sealed class LedgerGroup(string source)
{
    private readonly Dictionary<(WorkerName Name, long Minute), ShareSum> _sums = [];

    /// <summary>Names the run of the writer that numbers the shares.</summary>
    public string Source { get; } = source;

    /// <summary>Sequence of the first share; 0 when the group holds blocks only.</summary>
    public long FirstSequence { get; private set; }

    /// <summary>Sequence of the last share; 0 when the group holds blocks only.</summary>
    public long LastSequence { get; private set; }

    /// <summary>Number of shares.</summary>
    public int ShareCount { get; private set; }

    /// <summary>Shares by worker and minute (minutes since 1970).</summary>
    public IReadOnlyDictionary<(WorkerName Name, long Minute), ShareSum> Sums => _sums;

    /// <summary>Blocks to book, and changes of booked ones, in order.</summary>
    public List<BlockRecord> Blocks { get; } = [];

    /// <summary>Adds a share. Shares come in the order of their sequences, without gaps.</summary>
    public void Add(in ShareEntry share, long sequence)
    {
        if (ShareCount++ == 0) FirstSequence = sequence;
        LastSequence = sequence;

        ref ShareSum sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_sums, (share.Name, share.AcceptedAt / 60), out _);
        sum.Shares++;
        sum.Difficulty += share.Difficulty;
        sum.Work += share.Work;
        sum.Best = Math.Max(sum.Best, share.AchievedDifficulty);
        sum.LastAt = Math.Max(sum.LastAt, share.AcceptedAt);
    }

    /// <summary>Empties the group for the next commit.</summary>
    public void Clear()
    {
        _sums.Clear();
        Blocks.Clear();
        (FirstSequence, LastSequence, ShareCount) = (0, 0, 0);
    }
}

/// <summary>Either a block found or a change of one; exactly one is set.</summary>
public readonly record struct BlockRecord(BlockEntry? Found, BlockChange? Change);
