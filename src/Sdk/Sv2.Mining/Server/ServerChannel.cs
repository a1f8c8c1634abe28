using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Mining.Server;

/// <summary>
/// One standard or extended channel as the server has it. Read it under the same lock as its session.
/// </summary>
public sealed class ServerChannel
{
    private readonly int _jobsMax;
    private ChannelJob[] _jobs = new ChannelJob[2];
    private int _jobCount;
    private uint _firstJobId;
    private uint _lastForgottenJobId;
    private bool _hasForgotten;
    private long[]? _rejected;
    private List<(ExtranonceAllocator Owner, ByteString Prefix)>? _oldPrefixes;
    private ExtranonceAllocator _prefixOwner;

    internal ServerChannel(
        uint id, ChannelKind kind, Text userIdentity, int extranonceSize, ByteString extranoncePrefix, ExtranonceAllocator prefixOwner, MiningServerOptions options)
    {
        _prefixOwner = prefixOwner;
        Id = id;
        Kind = kind;
        UserIdentity = userIdentity;
        ExtranonceSize = extranonceSize;
        ExtranoncePrefix = extranoncePrefix;
        _jobsMax = options.JobHistoryMax;
        Duplicates = new DuplicateFilter(options.DuplicateFilterMax);
    }

    /// <summary>Its id on this connection.</summary>
    public uint Id { get; }

    /// <summary>Standard or extended.</summary>
    public ChannelKind Kind { get; }

    /// <summary>The identity it was opened with, as received.</summary>
    public Text UserIdentity { get; }

    /// <summary>What the policy attached (<see cref="ChannelDecision.Tag"/>).</summary>
    public object? Tag { get; internal init; }

    /// <summary>The jobs it gets.</summary>
    public JobFamily Family => Group.Family;

    /// <summary>
    /// The id of its group as the client knows it: told at opening and by SetGroupChannel. A client that requires standard
    /// jobs is not told of a move, and never addressed by a group.
    /// </summary>
    public uint GroupChannelId { get; internal set; }

    /// <summary>Bytes the client adds to the prefix: 0 on a standard channel.</summary>
    public int ExtranonceSize { get; }

    /// <summary>The prefix of jobs sent from now on.</summary>
    public ByteString ExtranoncePrefix { get; private set; }

    /// <summary>Bytes of prefix and extranonce together, the same for the whole group.</summary>
    public int FullExtranonceSize => ExtranoncePrefix.Length + ExtranonceSize;

    /// <summary>The target last sent.</summary>
    public U256 Target => CurrentTarget.Target;

    /// <summary>Difficulty of <see cref="Target"/>, as shares of new jobs count.</summary>
    public ulong Difficulty => CurrentTarget.Difficulty;

    /// <summary>The easiest target the client accepts.</summary>
    public U256 MaxTarget { get; internal set; }

    /// <summary>The hash rate the client claims.</summary>
    public float NominalHashRate { get; internal set; }

    /// <summary>When it was opened.</summary>
    public DateTimeOffset OpenedAt { get; internal init; }

    /// <summary>When its last share was accepted.</summary>
    public DateTimeOffset? LastShareAt { get; internal set; }

    /// <summary>Shares accepted.</summary>
    public long AcceptedShares { get; internal set; }

    /// <summary>Sum of the difficulties they were credited for.</summary>
    public UInt128 AcceptedDifficulty { get; internal set; }

    /// <summary>Sum of the work they stand for.</summary>
    public UInt128 AcceptedWork { get; internal set; }

    /// <summary>The smallest hash accepted; the best share.</summary>
    public U256 BestHash { get; internal set; } = U256.MaxValue;

    /// <summary>Shares refused for any reason.</summary>
    public long RejectedShares { get; private set; }

    /// <summary>Blocks found.</summary>
    public int BlocksFound { get; internal set; }

    /// <summary>Whether it was closed, by either side. Nothing is sent for it then.</summary>
    public bool IsClosed { get; internal set; }

    /// <summary>
    /// Changes the wanted mean time between the channel's shares; its target follows as shares come. Under the session's lock,
    /// also from inside <see cref="IShareSink.OnAccepted"/>.
    /// </summary>
    /// <param name="interval">Above zero.</param>
    public void SetShareInterval(TimeSpan interval) => Vardiff.SetShareInterval(interval);

    internal ChannelGroup Group { get; set; } = null!;

    internal IVardiff Vardiff { get; init; } = null!;

    internal ShareTarget CurrentTarget { get; private set; }

    internal DuplicateFilter Duplicates { get; }

    internal AckBatch AckBatch;

    /// <summary>Shares refused for one reason.</summary>
    /// <param name="reason">The reason.</param>
    /// <returns>How many.</returns>
    public long Rejected(ShareRejection reason) => _rejected?[(int)reason] ?? 0;

    /// <summary>Hash rate as the vardiff measures it.</summary>
    /// <param name="timestamp">Now, of the session's <see cref="TimeProvider.GetTimestamp"/>.</param>
    /// <returns>Hashes a second.</returns>
    public double HashRate(long timestamp) => Vardiff.HashRate(timestamp);

    /// <summary>Jobs remembered at the moment.</summary>
    public int JobCount => _jobCount;

    /// <summary>A share that was accepted turned out to be refused by the upstream.</summary>
    internal void TakeBack(ulong difficulty)
    {
        AcceptedShares--;
        AcceptedDifficulty -= difficulty;
        CountRejected(ShareRejection.RefusedUpstream);
    }

    internal void CountRejected(ShareRejection reason)
    {
        RejectedShares++;
        (_rejected ??= new long[(int)ShareRejection.RefusedUpstream + 1])[(int)reason]++;
    }

    /// <summary>The job at an index of <see cref="IndexOfJob"/>.</summary>
    internal ref ChannelJob JobAt(int index) => ref _jobs[index];

    internal int IndexOfJob(uint jobId)
    {
        // Newest first: that is where nearly all shares belong.
        for (int i = _jobCount - 1; i >= 0; i--)
        {
            if (_jobs[i].JobId == jobId)
                return i;
        }
        return -1;
    }

    /// <summary>
    /// Whether this id may have been a job of this channel that is forgotten. Ids only grow, so those between the first job
    /// and the last one forgotten count as such.
    /// </summary>
    internal bool IsForgotten(uint jobId) => _hasForgotten && jobId - _firstJobId <= _lastForgottenJobId - _firstJobId;

    /// <summary>Remembers a job sent with min_ntime empty.</summary>
    internal ref ChannelJob AddFuture(SizedJob job)
    {
        ref ChannelJob added = ref Add(job);
        added.Stage = JobStage.Future;
        added.SentAsFuture = true;
        return ref added;
    }

    /// <summary>Remembers a job sent with min_ntime set. The job before it becomes past, with its own target.</summary>
    internal ref ChannelJob AddActive(SizedJob job, ChainTip tip, uint minNTime)
    {
        EndActive();
        ref ChannelJob added = ref Add(job);
        added.Stage = JobStage.Active;
        added.Tip = tip;
        added.MinNTime = minNTime;
        return ref added;
    }

    /// <summary>Remembers a custom job: good until the tip changes, beside the others (item 244).</summary>
    internal void AddCustom(SizedJob job, ChainTip tip, uint minNTime)
    {
        ref ChannelJob added = ref Add(job);
        added.Stage = JobStage.Past;
        added.Tip = tip;
        added.MinNTime = minNTime;
    }

    /// <summary>SetNewPrevHash was sent: the named future job becomes active, all others end (5.3.17).</summary>
    /// <param name="jobId">The future job.</param>
    /// <param name="tip">The tip.</param>
    /// <param name="sameTip">Whether the channel was on this tip already: then its earlier jobs become past, not stale.</param>
    internal void Activate(uint jobId, ChainTip tip, bool sameTip)
    {
        for (int i = _jobCount - 1; i >= 0; i--)
        {
            if (_jobs[i].JobId != jobId)
                End(i, sameTip);
        }
        if (!sameTip)
            Duplicates.Clear();
        ref ChannelJob job = ref _jobs[IndexOfJob(jobId)];
        job.Stage = JobStage.Active;
        job.Tip = tip;
        job.MinNTime = tip.MinNTime;
    }

    internal void SetTarget(in ShareTarget target, long now, long graceUntil)
    {
        CurrentTarget = target;
        for (int i = 0; i < _jobCount; i++)
            _jobs[i].Retarget(target, now, graceUntil);
    }

    /// <summary>Jobs from now on use another prefix; the old one is kept until no job needs it (items 179, 391).</summary>
    internal void ChangePrefix(ByteString prefix, ExtranonceAllocator owner)
    {
        (_oldPrefixes ??= []).Add((_prefixOwner, ExtranoncePrefix));
        ExtranoncePrefix = prefix;
        _prefixOwner = owner;
    }

    /// <summary>Gives back the prefixes that no live job uses any more; all of them once the channel is closed.</summary>
    internal void ReleasePrefixes()
    {
        if (IsClosed)
            _prefixOwner.Release(ExtranoncePrefix);
        if (_oldPrefixes is null)
            return;
        for (int i = _oldPrefixes.Count - 1; i >= 0; i--)
        {
            if (!IsClosed && IsUsedByLiveJob(_oldPrefixes[i].Prefix))
                continue;
            _oldPrefixes[i].Owner.Release(_oldPrefixes[i].Prefix);
            _oldPrefixes.RemoveAt(i);
        }
        if (_oldPrefixes.Count == 0)
            _oldPrefixes = null;
    }

    private bool IsUsedByLiveJob(ByteString prefix)
    {
        for (int i = 0; i < _jobCount; i++)
        {
            if (_jobs[i].Stage != JobStage.Stale && _jobs[i].Prefix == prefix)
                return true;
        }
        return false;
    }

    private ref ChannelJob Add(SizedJob job)
    {
        // A channel that comes back to its former group is sent the group's job a second time.
        if (IndexOfJob(job.JobId) is >= 0 and int known)
            Forget(known);
        if (_jobCount == _jobsMax)
            Forget(IndexToForget());
        if (_jobCount == _jobs.Length)
            Array.Resize(ref _jobs, Math.Min(2 * _jobs.Length, _jobsMax));
        if (_firstJobId == 0)
            _firstJobId = job.JobId;
        ref ChannelJob added = ref _jobs[_jobCount++];
        added = new ChannelJob { Job = job, Prefix = ExtranoncePrefix, Target = CurrentTarget };
        return ref added;
    }

    // Stale jobs go first, then past ones, then the oldest future one; the active job never.
    private int IndexToForget()
    {
        int best = -1;
        for (int i = 0; i < _jobCount; i++)
        {
            if (_jobs[i].Stage != JobStage.Active && (best < 0 || _jobs[i].Stage > _jobs[best].Stage))
                best = i;
        }
        return best;
    }

    private void Forget(int index)
    {
        _lastForgottenJobId = _hasForgotten ? Math.Max(_lastForgottenJobId, _jobs[index].JobId) : _jobs[index].JobId;
        _hasForgotten = true;
        Array.Copy(_jobs, index + 1, _jobs, index, _jobCount - index - 1);
        _jobs[--_jobCount] = default;
    }

    private void EndActive()
    {
        for (int i = 0; i < _jobCount; i++)
        {
            if (_jobs[i].Stage == JobStage.Active)
                _jobs[i].Stage = JobStage.Past;
        }
    }

    // What a new tip ends stays as stale for one more, so that a share in flight can still prove to be a block.
    private void End(int index, bool sameTip)
    {
        ref ChannelJob job = ref _jobs[index];
        if (job.Stage == JobStage.Future || (job.Stage == JobStage.Stale && !sameTip))
            Forget(index);
        else if (job.Stage != JobStage.Stale)
            job.Stage = sameTip ? JobStage.Past : JobStage.Stale;
    }
}
