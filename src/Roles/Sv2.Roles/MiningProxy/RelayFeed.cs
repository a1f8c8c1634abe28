using System.Diagnostics.CodeAnalysis;
using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Roles.Upstreams;

namespace Sv2.Roles.MiningProxy;

/// <summary>
/// Turns the jobs of one channel at a pool into jobs for miners' channels. Fed by the list of pools, one call at a time;
/// <see cref="Family"/> and <see cref="Target"/> may be read by anybody.
/// </summary>
internal sealed class RelayFeed
{
    private readonly JobFactory _jobs;
    private readonly TimeProvider _time;
    private readonly int _ownSize;
    private readonly int _clientSize;
    private readonly List<(ClientJob Upstream, JobFamily Family, SharedJob Job)> _futures = [];
    private readonly List<JobFamily> _former = [];
    private volatile JobFamily _family;
    private volatile UpstreamTarget _target;
    private ClientJob? _active;

    /// <param name="jobs">Makes families and job ids.</param>
    /// <param name="session">The connection to the pool.</param>
    /// <param name="channel">The channel there.</param>
    /// <param name="ownSize">Bytes of extranonce that tell miners' channels apart; 0 for one channel only.</param>
    /// <param name="clientSize">Bytes of extranonce for a miner that asks for no more.</param>
    /// <param name="time">The clock.</param>
    /// <param name="owner">Found again in <see cref="Owner"/>.</param>
    public RelayFeed(JobFactory jobs, UpstreamSession session, ClientChannel channel, int ownSize, int clientSize, TimeProvider time, object? owner = null)
    {
        _time = time;
        _jobs = jobs;
        _ownSize = ownSize;
        _clientSize = clientSize;
        Session = session;
        Channel = channel;
        Owner = owner;
        (ByteString prefix, U256 target) = session.Invoke(_ => (channel.ExtranoncePrefix, channel.Target));
        _family = Create(prefix);
        _target = new UpstreamTarget(target, time.GetTimestamp());
    }

    public UpstreamSession Session { get; }

    public ClientChannel Channel { get; }

    public object? Owner { get; }

    /// <summary>The jobs for miners' channels. Another one after the pool has changed the prefix.</summary>
    public JobFamily Family => _family;

    /// <summary>Whether there is something to mine.</summary>
    public bool HasWork => _family.State.Active is not null;

    /// <summary>The pool's target, as an object because it is read while it changes.</summary>
    public UpstreamTarget Target => _target;

    public void OnFutureJob(ClientJob job)
    {
        JobFamily family = FamilyOf(job.ExtranoncePrefix);
        if (TryAdd(family, job, minNTime: null, out SharedJob? added))
            _futures.Add((job, family, added));
    }

    /// <summary>Takes up new work. Returns whether <see cref="Family"/> is another now, and channels must be moved there.</summary>
    public bool OnWork(MiningWork work)
    {
        NoteTarget(work.Target);
        ClientJob job = work.Job;
        // The same job with another target.
        if (ReferenceEquals(job, _active))
            return false;
        _active = job;
        JobFamily family = FamilyOf(job.ExtranoncePrefix);
        bool isOnTip = family.State.Tip?.PrevHash == work.PrevHash;
        if (job.ReceivedAsFuture || !isOnTip)
            Activate(family, work, isOnTip);
        else if (!TryAdd(family, job, work.MinNTime, out _))
            return false;
        if (ReferenceEquals(family, _family) || family.State.Active is null)
            return false;
        _former.Add(_family);
        _family = family;
        return true;
    }

    /// <summary>Takes up a changed target. Returns whether it is one.</summary>
    public bool NoteTarget(in U256 target)
    {
        if (_target.Value == target)
            return false;
        _target = new UpstreamTarget(target, _time.GetTimestamp());
        return true;
    }

    /// <summary>The pool is about to learn how much mines here, and will set its target accordingly.</summary>
    public void ExpectTarget() => _target = new UpstreamTarget(_target.Value, _time.GetTimestamp());

    /// <summary>Gives back the families that no channel is fed from any more; the caller has moved or closed them all.</summary>
    public void ReleaseFormer()
    {
        _former.ForEach(_jobs.Release);
        _former.Clear();
    }

    /// <summary>Gives back all families; the caller has moved or closed all channels.</summary>
    public void Release()
    {
        ReleaseFormer();
        _jobs.Release(_family);
    }

    private void Activate(JobFamily family, MiningWork work, bool isOnTip)
    {
        var tip = new ChainTip(work.PrevHash, work.MinNTime, work.NBits, new CompactTarget(work.NBits).ToTarget());
        SharedJob? job = _futures.Find(future => ReferenceEquals(future.Upstream, work.Job) && ReferenceEquals(future.Family, family)).Job;
        _futures.Clear();
        // The family keeps a few future jobs only; this one may have gone, or come before anybody listened.
        if ((job is null || !family.TryActivate(job, tip)) && (!TryAdd(family, work.Job, minNTime: null, out job) || !family.TryActivate(job, tip)))
            return;
        if (!isOnTip)
            family.Extranonces!.OnNewTip();
    }

    private bool TryAdd(JobFamily family, ClientJob job, uint? minNTime, [NotNullWhen(true)] out SharedJob? added)
    {
        var tag = new RelayedJob(this, job);
        bool isAdded = job.Extended is { } extended
            ? family.TryAddJob(extended, minNTime, tag, out added, out string? error)
            : family.TryAddHeaderJob(job.Version, job.VersionMask != 0, job.StandardMerkleRoot, minNTime, tag, out added, out error);
        if (!isAdded)
            Session.Fail($"job {job.JobId}: {error}");
        return isAdded;
    }

    // Jobs keep the prefix that was in force when they came (5.3.10), so each knows its family by it.
    private JobFamily FamilyOf(ByteString prefix)
    {
        if (_family.Extranonces!.Layout.FixedPrefix == prefix)
            return _family;
        foreach ((_, JobFamily family, _) in _futures)
        {
            if (family.Extranonces!.Layout.FixedPrefix == prefix)
                return family;
        }
        return Create(prefix);
    }

    private JobFamily Create(ByteString prefix) =>
        _jobs.CreateRelay(new ExtranonceAllocator(ExtranonceLayout.Relay(prefix, Channel.ExtranonceSize, _ownSize, _clientSize)));
}

/// <summary>What a share's job leads back to.</summary>
/// <param name="Feed">The pool's channel.</param>
/// <param name="Job">The job there.</param>
internal sealed record RelayedJob(RelayFeed Feed, ClientJob Job);

/// <summary>A target of a pool.</summary>
/// <param name="Value">The target.</param>
/// <param name="Since">When it came, as a timestamp.</param>
internal sealed record UpstreamTarget(U256 Value, long Since);
