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

    // Targets that were in force a moment ago: shares found before the change arrived still meet these (item 223).
    private FormerTarget _former;
    private FormerTarget _beforeThat;

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
            _merkleRoot = Job.MerkleRoot ?? Job.Work.MerkleRoot(Prefix.Span);
            _hasMerkleRoot = true;
        }
        return _merkleRoot;
    }

    /// <summary>Applies SetTarget, if this job is one that it applies to.</summary>
    public void Retarget(in ShareTarget target, long now, long graceUntil)
    {
        if (!SentAsFuture || Stage == JobStage.Stale)
            return;
        if (target.Target < Target.Target && Stage != JobStage.Future)
        {
            // Of more than two changes within the grace time the easiest is the one worth keeping.
            if (_former.IsGood(now) && (!_beforeThat.IsGood(now) || _former.Target.Target > _beforeThat.Target.Target))
                _beforeThat = _former;
            _former = new FormerTarget(Target, graceUntil);
        }
        Target = target;
    }

    /// <summary>What a share with this hash is credited for: the hardest target it meets of those that are good now.</summary>
    public readonly bool TryCredit(in U256 hash, long now, out ShareTarget credit)
    {
        credit = Target;
        if (hash <= credit.Target)
            return true;
        credit = _former.Target;
        if (_former.IsGood(now) && hash <= credit.Target)
            return true;
        credit = _beforeThat.Target;
        return _beforeThat.IsGood(now) && hash <= credit.Target;
    }

    private readonly record struct FormerTarget(ShareTarget Target, long Until)
    {
        public bool IsGood(long now) => now < Until;
    }
}

/// <summary>A target with what a share of it counts, divided out once instead of at every share.</summary>
internal readonly record struct ShareTarget(U256 Target, ulong Difficulty, ulong Work)
{
    public static ShareTarget Of(in U256 target) => new(target, Bitcoin.Target.ShareDifficulty(target), Bitcoin.Target.Work(target));
}
