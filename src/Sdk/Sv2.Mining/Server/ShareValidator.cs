using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Mining.Server;

/// <summary>What <see cref="ShareValidator"/> found.</summary>
internal struct ShareVerdict
{
    public ShareRejection Rejection;

    /// <summary>Whether the header meets the network's target, whatever <see cref="Rejection"/> says.</summary>
    public bool IsBlock;

    /// <summary>The header; default when the share was refused before it could be built.</summary>
    public BlockHeader Header;

    public U256 Hash;

    /// <summary>What the share is credited for.</summary>
    public ShareTarget Credit;

    public int JobIndex;
}

/// <summary>
/// Checks one share. The only place that says in which order:
/// <list type="number">
/// <item>the channel exists on this connection (the session looks it up) – <c>invalid-channel-id</c>;</item>
/// <item>the message is the one for this kind of channel – <c>invalid-channel-id</c>;</item>
/// <item>the extranonce has the negotiated size – <c>bad-extranonce-size</c>;</item>
/// <item>the job was sent on this channel and is in force – <c>invalid-job-id</c>, or <c>stale-share</c> if forgotten;</item>
/// <item>the header is rebuilt from the server's own data and hashed; does it meet the network's target, then it is a
/// block, and the checks below decide about credit only;</item>
/// <item>the job is of the current tip – <c>stale-share</c>;</item>
/// <item>the version differs from the job's only where it may – <c>version-rolling-not-allowed</c>,
/// <c>invalid-non-rollable-version-bit</c>;</item>
/// <item>nTime is between the job's min_ntime and two hours after the later of that and now – <c>invalid-share</c>;</item>
/// <item>the hash meets the target bound to the job – <c>difficulty-too-low</c>;</item>
/// <item>the header was not credited before – <c>duplicate-share</c>, or <c>too-many-shares</c> when no more can be remembered.</item>
/// </list>
/// Allocates nothing.
/// </summary>
internal static class ShareValidator
{
    public static ShareVerdict Check(ServerChannel channel, in SubmittedShare share, in ShareClock clock)
    {
        ShareVerdict verdict = default;
        verdict.JobIndex = -1;
        verdict.Rejection = CheckForm(channel, share, ref verdict);
        if (verdict.Rejection != ShareRejection.None)
            return verdict;

        ref ChannelJob job = ref channel.JobAt(verdict.JobIndex);
        Hash(ref job, share, ref verdict);
        verdict.IsBlock = verdict.Hash <= job.Tip!.Target && !HasForeignVersionBits(share.Version, job.Job.Work.Version);
        verdict.Rejection = CheckCredit(channel, ref job, share, clock, ref verdict);
        return verdict;
    }

    private static ShareRejection CheckForm(ServerChannel channel, in SubmittedShare share, ref ShareVerdict verdict)
    {
        if (share.Kind != channel.Kind)
            return ShareRejection.WrongChannelKind;
        if (share.Extranonce.Length != channel.ExtranonceSize)
            return ShareRejection.BadExtranonceSize;
        verdict.JobIndex = channel.IndexOfJob(share.JobId);
        if (verdict.JobIndex < 0)
            return channel.IsForgotten(share.JobId) ? ShareRejection.Stale : ShareRejection.UnknownJob;
        return channel.JobAt(verdict.JobIndex).Stage == JobStage.Future ? ShareRejection.FutureJob : ShareRejection.None;
    }

    private static void Hash(ref ChannelJob job, in SubmittedShare share, ref ShareVerdict verdict)
    {
        U256 merkleRoot = share.Kind == ChannelKind.Standard
            ? job.StandardMerkleRoot()
            : share.MerkleRoot ?? job.Job.Work.MerkleRoot(job.Prefix.Span, share.Extranonce);
        verdict.Header = new BlockHeader(share.Version, job.Tip!.PrevHash, merkleRoot, share.NTime, job.Tip.NBits, share.Nonce);
        verdict.Hash = verdict.Header.Hash();
    }

    private static ShareRejection CheckCredit(ServerChannel channel, ref ChannelJob job, in SubmittedShare share, in ShareClock clock, ref ShareVerdict verdict)
    {
        if (job.Stage == JobStage.Stale)
            return ShareRejection.Stale;
        ExtendedJob work = job.Job.Work;
        if (((share.Version ^ work.Version) & ~work.VersionMask) != 0)
            return work.VersionRollingAllowed ? ShareRejection.NonRollableVersionBit : ShareRejection.VersionRollingNotAllowed;
        if (share.NTime < job.MinNTime)
            return ShareRejection.NTimeTooEarly;
        if (share.NTime > Math.Max(job.MinNTime, clock.UnixSeconds) + clock.NTimeWindowSeconds)
            return ShareRejection.NTimeTooLate;
        if (!job.TryCredit(verdict.Hash, clock.Timestamp, out verdict.Credit))
            return ShareRejection.DifficultyTooLow;
        if (channel.Duplicates.Contains(verdict.Hash))
            return ShareRejection.Duplicate;
        return channel.Duplicates.IsFull ? ShareRejection.TooManyShares : ShareRejection.None;
    }

    // A template provider must refuse such a solution (7.7): it would not be the block of its template.
    private static bool HasForeignVersionBits(uint version, uint jobVersion) =>
        ((version ^ jobVersion) & ~BlockHeader.VersionRollingMask) != 0;
}

/// <summary>The times a share is judged by, read once for each.</summary>
internal readonly record struct ShareClock(long Timestamp, long UnixSeconds, long NTimeWindowSeconds);
