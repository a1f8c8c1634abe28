using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Mining.Server;

/// <summary>Where a job stands on one channel.</summary>
internal enum JobStage : byte
{
    /// <summary>Sent with min_ntime empty; waits for its SetNewPrevHash.</summary>
    Future,

    /// <summary>The newest job on the tip.</summary>
    Active,

    /// <summary>Replaced by a newer job on the same tip: late shares still count.</summary>
    Past,

    /// <summary>Retired by a new tip: shares are stale, but may be blocks still.</summary>
    Stale,
}

/// <summary>
/// A job as one channel has it: prefix, target and times are those in force when it was sent, and stay bound to it
/// (items 179, 221, 222).
/// </summary>
internal struct ChannelJob
{
    private U256 _merkleRoot;
    private bool _hasMerkleRoot;

    public SizedJob Job;

    /// <summary>The tip it is mined on; null while future.</summary>
    public ChainTip? Tip;

    public ByteString Prefix;

    /// <summary>The target its shares must meet, with what a share of it counts.</summary>
    public ShareTarget Target;

    /// <summary>The easier target that was in force until <see cref="GraceUntil"/> (item 223).</summary>
    public ShareTarget GraceTarget;

    public long GraceUntil;

    public uint MinNTime;

    public JobStage Stage;

    /// <summary>Sent with min_ntime empty: SetTarget keeps applying to it, even after its activation (5.3.21).</summary>
    public bool SentAsFuture;

    public readonly uint JobId => Job.JobId;

    /// <summary>A standard channel's merkle root, computed once.</summary>
    public U256 StandardMerkleRoot()
    {
        if (!_hasMerkleRoot)
        {
            _merkleRoot = Job.Work.MerkleRoot(Prefix.Span);
            _hasMerkleRoot = true;
        }
        return _merkleRoot;
    }

    /// <summary>Applies SetTarget, if this job is one that it applies to.</summary>
    public void Retarget(in ShareTarget target, long now, long graceUntil)
    {
        if (!SentAsFuture || Stage == JobStage.Stale)
            return;
        bool harder = target.Target < Target.Target;
        if (harder && Stage != JobStage.Future)
        {
            // Of several changes within one grace window the easiest target stays good.
            if (now >= GraceUntil || Target.Target > GraceTarget.Target)
                GraceTarget = Target;
            GraceUntil = graceUntil;
        }
        Target = target;
    }
}

/// <summary>A target with what a share of it counts, divided out once instead of at every share.</summary>
internal readonly record struct ShareTarget(U256 Target, ulong Difficulty, ulong Work)
{
    public static ShareTarget Of(in U256 target) => new(target, Bitcoin.Target.ShareDifficulty(target), Bitcoin.Target.Work(target));
}
