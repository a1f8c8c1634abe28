using Sv2.Bitcoin;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Server;

// Which jobs the channels have, and sending those they lack.
public sealed partial class MiningServerSession
{
    /// <summary>
    /// Sends the channels whatever they lack of their families' newest state. Call it on every session after a
    /// <see cref="JobFamily"/> changed; a call too many costs next to nothing, and states in between may be skipped.
    /// Allocates nothing once the channels' histories have grown.
    /// </summary>
    public void Refresh()
    {
        foreach (ChannelGroup group in _groups.Values)
            Refresh(group);
    }

    private void Refresh(ChannelGroup group)
    {
        JobFamilyState state = group.Family.State;
        if (group.AppliedVersion == state.Version)
            return;
        group.AppliedVersion = state.Version;
        if (state.Tip is { } tip && !ReferenceEquals(tip, group.Tip))
            ChangeTip(group, state, tip);
        if (state.Active is { } active && !ReferenceEquals(active, group.Active))
            SendActive(group, active);
        foreach (SharedJob future in state.Futures)
        {
            if (!group.Futures.Contains(future))
                SendFuture(group, future);
        }
    }

    /// <summary>SetNewPrevHash, with a job that every member has as a future job (5.3.17).</summary>
    private void ChangeTip(ChannelGroup group, JobFamilyState state, ChainTip tip)
    {
        SharedJob job = JobToActivate(group, state);
        if (!group.Futures.Contains(job))
            SendFuture(group, job);

        SizedJob sized = job.For(group.FullExtranonceSize);
        bool sameTip = group.Tip?.PrevHash == tip.PrevHash;
        group.Tip = tip;
        group.Active = job;
        group.Futures.Clear();
        if (!group.TakesStandardJobs && group.Members.Count > 0)
            _output.Send(sized.ActivationFrame(tip));
        foreach (ServerChannel member in group.Members)
        {
            if (group.TakesStandardJobs)
                Send(sized.Activation(member.Id, tip));
            Activate(member, sized, tip, sameTip);
        }
        OnTipChanged(group);
    }

    // Best one the members have already; else the one to mine now, which then goes out as a future job first.
    private static SharedJob JobToActivate(ChannelGroup group, JobFamilyState state) =>
        !group.Futures.Contains(state.Active!) && group.Futures.Contains(state.TipJob!) ? state.TipJob! : state.Active!;

    private void Activate(ServerChannel channel, SizedJob job, ChainTip tip, bool sameTip)
    {
        channel.Activate(job.JobId, tip, sameTip);
        channel.ReleasePrefixes();
        // The new tip may be easier than the channel's target, which then must not stay harder than a block.
        if (channel.Target < tip.Target)
            ApplyTarget(channel, channel.Target, Now);
    }

    private void SendFuture(ChannelGroup group, SharedJob job)
    {
        // Bounded like the family's own list.
        if (group.Futures.Count >= _server.Jobs.Options.FutureJobsMax)
            group.Futures.RemoveAt(0);
        group.Futures.Add(job);
        SizedJob sized = job.For(group.FullExtranonceSize);
        bool asStandard = group.TakesStandardJobs || sized.MerkleRoot is not null;
        if (!asStandard && group.Members.Count > 0)
            _output.Send(sized.FutureFrame);
        foreach (ServerChannel member in group.Members)
        {
            ref ChannelJob added = ref member.AddFuture(sized);
            if (asStandard)
                SendStandard(member, ref added, minNTime: null);
        }
    }

    private void SendActive(ChannelGroup group, SharedJob job)
    {
        group.Active = job;
        SizedJob sized = job.For(group.FullExtranonceSize);
        bool asStandard = group.TakesStandardJobs || sized.MerkleRoot is not null;
        if (!asStandard && group.Members.Count > 0)
            _output.Send(sized.ActiveFrame);
        foreach (ServerChannel member in group.Members)
        {
            ref ChannelJob added = ref member.AddActive(sized, group.Tip!, job.MinNTime!.Value);
            if (asStandard)
                SendStandard(member, ref added, job.MinNTime);
        }
    }

    /// <summary>
    /// Gives one channel what its group already has: the active job as a future one, SetNewPrevHash for it, then the jobs
    /// for the next tip (5.3.15, items 182, 183, 187). Addressed to the channel, so that the others get nothing twice.
    /// </summary>
    /// <param name="channel">A channel new to its group.</param>
    /// <param name="before">The tip it was on; <see langword="null"/> when it was just opened.</param>
    private void SendStateTo(ServerChannel channel, ChainTip? before)
    {
        ChannelGroup group = channel.Group;
        if (group.Active is { } active)
        {
            SizedJob sized = active.For(group.FullExtranonceSize);
            SendFutureTo(channel, sized);
            Send(sized.Activation(channel.Id, group.Tip!));
            Activate(channel, sized, group.Tip!, sameTip: before?.PrevHash == group.Tip!.PrevHash);
        }
        foreach (SharedJob future in group.Futures)
            SendFutureTo(channel, future.For(group.FullExtranonceSize));
    }

    private void SendFutureTo(ServerChannel channel, SizedJob job)
    {
        ref ChannelJob added = ref channel.AddFuture(job);
        if (channel.Kind == ChannelKind.Standard)
            SendStandard(channel, ref added, minNTime: null);
        else
            SendTo(channel.Id, job.FutureFrame);
    }

    private void SendStandard(ServerChannel channel, ref ChannelJob job, uint? minNTime) => Send(new NewMiningJob
    {
        ChannelId = channel.Id,
        JobId = job.JobId,
        MinNTime = minNTime,
        Version = job.Job.Work.Version,
        MerkleRoot = job.StandardMerkleRoot(),
    });
}
