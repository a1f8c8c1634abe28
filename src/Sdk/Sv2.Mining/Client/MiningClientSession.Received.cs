using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Client;

// What the server sends.
public sealed partial class MiningClientSession
{
    /// <summary>A standard channel is open (5.3.3).</summary>
    /// <param name="message">The answer.</param>
    public void OnOpenStandardMiningChannelSuccess(in OpenStandardMiningChannelSuccessView message) => Opened(
        message.RequestId,
        ChannelKind.Standard,
        message.ChannelId,
        message.GroupChannelId,
        message.Target,
        message.ExtranoncePrefix,
        extranonceSize: 0,
        OpenStandardMiningChannelSuccess.Info);

    /// <summary>An extended channel is open (5.3.5).</summary>
    /// <param name="message">The answer.</param>
    public void OnOpenExtendedMiningChannelSuccess(in OpenExtendedMiningChannelSuccessView message) => Opened(
        message.RequestId,
        ChannelKind.Extended,
        message.ChannelId,
        message.GroupChannelId,
        message.Target,
        message.ExtranoncePrefix,
        message.ExtranonceSize,
        OpenExtendedMiningChannelSuccess.Info);

    /// <summary>A channel was not opened (5.3.6).</summary>
    /// <param name="message">The answer.</param>
    public void OnOpenMiningChannelError(in OpenMiningChannelErrorView message)
    {
        if (_opening.Remove(message.RequestId, out OpenRequest? request))
            _events.OnOpenRefused(message.RequestId, Words(message.ErrorCode), request.Tag);
        else
            Violation(OpenMiningChannelError.Info, 0, $"answers request {message.RequestId}, which was not made");
    }

    /// <summary>An update was invalid (5.3.8).</summary>
    /// <param name="message">The answer.</param>
    public void OnUpdateChannelError(in UpdateChannelErrorView message)
    {
        if (Find(message.ChannelId, UpdateChannelError.Info) is { } channel)
            _events.OnUpdateRefused(channel, Words(message.ErrorCode));
    }

    /// <summary>The server closes a channel or a group (5.3.9).</summary>
    /// <param name="message">The message.</param>
    public void OnCloseChannel(in CloseChannelView message)
    {
        string reason = Words(message.ReasonCode);
        foreach (ClientChannel channel in Resolve(message.ChannelId, Sv2.Protocol.Mining.CloseChannel.Info))
        {
            Remove(channel);
            _events.OnChannelClosed(channel, reason);
        }
    }

    /// <summary>Another prefix for the jobs to come (5.3.10). Never for a group (item 180).</summary>
    /// <param name="message">The message.</param>
    public void OnSetExtranoncePrefix(in SetExtranoncePrefixView message)
    {
        if (Find(message.ChannelId, SetExtranoncePrefix.Info) is not { } channel)
            return;
        // A proxy that changes its pool may have another length. The members of a group have one size (5.2.3), so the channel
        // belongs to no group until it is told its new one.
        if (message.ExtranoncePrefix.Length != channel.ExtranoncePrefix.Length && HasGroupMates(channel))
            LeaveGroup(channel);
        channel.ExtranoncePrefix = ByteString.CopyOf(message.ExtranoncePrefix);
        _events.OnExtranoncePrefixChanged(channel);
    }

    /// <summary>Shares were accepted (5.3.13).</summary>
    /// <param name="message">The acknowledgement of one batch.</param>
    public void OnSubmitSharesSuccess(in SubmitSharesSuccessView message)
    {
        if (Find(message.ChannelId, SubmitSharesSuccess.Info) is not { } channel)
            return;
        channel.Accepted += message.NewSubmitsAcceptedCount;
        channel.AcceptedDifficulty += message.NewSharesSum;
        if (channel.Accepted + channel.Rejected > channel.Submitted)
            Violation(SubmitSharesSuccess.Info, channel.Id, $"{channel.Accepted} accepted and {channel.Rejected} refused of {channel.Submitted} submitted shares: the counts must be of the batch alone");
        _events.OnSharesAccepted(channel, new AcceptedBatch(message.LastSequenceNumber, message.NewSubmitsAcceptedCount, message.NewSharesSum));
    }

    /// <summary>A share was refused (5.3.14).</summary>
    /// <param name="message">The refusal.</param>
    public void OnSubmitSharesError(in SubmitSharesErrorView message)
    {
        if (Find(message.ChannelId, SubmitSharesError.Info) is not { } channel)
            return;
        channel.Rejected++;
        _events.OnShareRejected(channel, message.SequenceNumber, Words(message.ErrorCode));
    }

    /// <summary>A job of a standard channel (5.3.15).</summary>
    /// <param name="message">The job.</param>
    public void OnNewMiningJob(in NewMiningJobView message)
    {
        if (Find(message.ChannelId, NewMiningJob.Info) is not { } channel)
            return;
        if (channel.Kind != ChannelKind.Standard)
        {
            Violation(NewMiningJob.Info, channel.Id, "sent to an extended channel");
            return;
        }
        // Standard jobs carry no version_rolling_allowed: whoever cannot bear rolling says so at setup (5.3.1).
        ClientJob job = new(message.JobId, message.Version, _standardVersionMask, channel.ExtranoncePrefix, channel.Target, message.MinNTime is null)
        {
            StandardMerkleRoot = message.MerkleRoot,
        };
        Accept(channel, job, message.MinNTime, NewMiningJob.Info);
    }

    /// <summary>A job of an extended channel or a group (5.3.16). Standard members derive their merkle root from it.</summary>
    /// <param name="message">The job.</param>
    public void OnNewExtendedMiningJob(in NewExtendedMiningJobView message)
    {
        ReadOnlySpan<ClientChannel> channels = Resolve(message.ChannelId, NewExtendedMiningJob.Info);
        if (channels.IsEmpty)
            return;
        if (channels[0].Id == message.ChannelId && channels[0].Kind == ChannelKind.Standard)
        {
            Violation(NewExtendedMiningJob.Info, message.ChannelId, "sent to a standard channel");
            return;
        }
        if (!CoinbaseSplit.TryFromStripped(message.CoinbaseTxPrefix, message.CoinbaseTxSuffix, channels[0].FullExtranonceSize, out CoinbaseSplit? split, out string? fault))
        {
            Violation(NewExtendedMiningJob.Info, message.ChannelId, $"job {message.JobId}: {fault}");
            return;
        }
        ExtendedJob extended = new(message.Version, message.VersionRollingAllowed, message.MerklePath.ToOwned(), split.StrippedPrefix, split.StrippedSuffix);
        foreach (ClientChannel channel in channels)
            Accept(channel, Derive(channel, message.JobId, extended, message.MinNTime is null), message.MinNTime, NewExtendedMiningJob.Info);
    }

    /// <summary>A new previous hash for a channel or a group: the named job is mined, all others end (5.3.17).</summary>
    /// <param name="message">The message.</param>
    public void OnSetNewPrevHash(in SetNewPrevHashView message)
    {
        ActiveTip tip = new(message.PrevHash, message.NBits, message.MinNTime, _time.GetTimestamp());
        foreach (ClientChannel channel in Resolve(message.ChannelId, SetNewPrevHash.Info))
            Activate(channel, message.JobId, tip);
    }

    /// <summary>A new target for a channel or a group (5.3.21).</summary>
    /// <param name="message">The message.</param>
    public void OnSetTarget(in SetTargetView message)
    {
        U256 target = message.MaximumTarget;
        foreach (ClientChannel channel in Resolve(message.ChannelId, SetTarget.Info))
            Retarget(channel, target);
    }

    /// <summary>The server accepts a custom job (5.3.19).</summary>
    /// <param name="message">The answer.</param>
    public void OnSetCustomMiningJobSuccess(in SetCustomMiningJobSuccessView message)
    {
        if (!_customJobs.Remove(message.RequestId, out CustomJob? sent))
        {
            Violation(SetCustomMiningJobSuccess.Info, message.ChannelId, $"answers request {message.RequestId}, which was not made");
            return;
        }
        SetCustomMiningJob job = sent.Message;
        ActiveTip tip = new(job.PrevHash, job.NBits, job.MinNTime, sent.SentAt);
        List<MiningWork> work = [];
        foreach ((ClientChannel channel, ByteString prefix) in sent.Channels)
        {
            // A new block may have ended the job before it was accepted (item 243).
            if (!channel.IsClosed && (channel.Tip is not { } current || current.PrevHash == job.PrevHash))
                work.Add(AcceptCustom(channel, prefix, sent.Extended, message.JobId, tip));
        }
        _events.OnCustomJobAccepted(message.RequestId, work);
    }

    /// <summary>The server refuses a custom job (5.3.20).</summary>
    /// <param name="message">The answer.</param>
    public void OnSetCustomMiningJobError(in SetCustomMiningJobErrorView message)
    {
        if (_customJobs.Remove(message.RequestId))
            _events.OnCustomJobRefused(message.RequestId, Words(message.ErrorCode));
        else
            Violation(SetCustomMiningJobError.Info, message.ChannelId, $"answers request {message.RequestId}, which was not made");
    }

    /// <summary>Moves channels to a group (5.3.22). Those not listed stay where they are.</summary>
    /// <param name="message">The message.</param>
    public void OnSetGroupChannel(in SetGroupChannelView message)
    {
        if (_channels.ContainsKey(message.GroupChannelId))
        {
            Violation(SetGroupChannel.Info, message.GroupChannelId, "the group has the id of a channel");
            return;
        }
        foreach (uint channelId in message.ChannelIds)
        {
            if (Find(channelId, SetGroupChannel.Info) is not { } channel)
                continue;
            LeaveGroup(channel);
            JoinGroup(channel, message.GroupChannelId);
        }
    }

    private void Opened(
        uint requestId,
        ChannelKind kind,
        uint channelId,
        uint groupId,
        in U256 target,
        ReadOnlySpan<byte> prefix,
        int extranonceSize,
        MessageInfo info)
    {
        if (!_opening.TryGetValue(requestId, out OpenRequest? request) || request.Kind != kind)
        {
            Violation(info, channelId, $"answers request {requestId}, which was not made");
            return;
        }
        _opening.Remove(requestId);
        if (FindFault(request, channelId, groupId, extranonceSize) is { } fault)
        {
            Violation(info, channelId, fault, fatal: true);
            _events.OnOpenRefused(requestId, fault, request.Tag);
            return;
        }
        ClientChannel channel = new(channelId, kind, request.UserIdentity, extranonceSize)
        {
            ExtranoncePrefix = ByteString.CopyOf(prefix),
            Target = target,
            MaxTarget = request.MaxTarget,
            NominalHashRate = request.NominalHashRate,
            Tag = request.Tag,
        };
        _channels.Add(channelId, channel);
        JoinGroup(channel, groupId);
        if (target > request.MaxTarget)
            Violation(info, channelId, $"target {target.ToDisplayString()} is easier than the maximum {request.MaxTarget.ToDisplayString()}");
        _events.OnChannelOpened(channel, requestId);
    }

    private string? FindFault(OpenRequest request, uint channelId, uint groupId, int extranonceSize)
    {
        if (_channels.ContainsKey(channelId) || _groups.ContainsKey(channelId))
            return $"channel_id: {channelId} is in use";
        if (_channels.ContainsKey(groupId) || groupId == channelId)
            return $"group_channel_id: {groupId} is a channel's";
        if (extranonceSize < request.MinExtranonceSize || extranonceSize > SubmittedExtranonceMax)
            return $"extranonce_size: {extranonceSize} is not in {request.MinExtranonceSize}..{SubmittedExtranonceMax}";
        return null;
    }

    private const int SubmittedExtranonceMax = 32;

    private static ClientJob Derive(ClientChannel channel, uint jobId, ExtendedJob extended, bool isFuture) =>
        new(jobId, extended.Version, extended.VersionMask, channel.ExtranoncePrefix, channel.Target, isFuture)
        {
            Extended = extended,
            StandardMerkleRoot = channel.Kind == ChannelKind.Standard ? extended.MerkleRoot(channel.ExtranoncePrefix.Span) : default,
        };

    private void Accept(ClientChannel channel, ClientJob job, uint? minNTime, MessageInfo info)
    {
        if (minNTime is not { } startAt)
        {
            channel.Add(job, _options.JobsPerChannelMax);
            _events.OnFutureJob(channel, job);
            return;
        }
        if (channel.Tip is not { } tip)
        {
            Violation(info, channel.Id, $"job {job.JobId} is active at once, but no previous hash came before it");
            return;
        }
        channel.Add(job, _options.JobsPerChannelMax);
        Start(channel, job, tip with { MinNTime = startAt, ReceivedAt = _time.GetTimestamp() });
    }

    private void Activate(ClientChannel channel, uint jobId, in ActiveTip tip)
    {
        ClientJob? job = channel.FindJob(jobId);
        U256 prevHash = tip.PrevHash;
        // A custom job names its block itself, so SetNewPrevHash ends it only when that is another one (item 244).
        channel.Jobs.RemoveAll(known => !known.IsCustom || known.Tip is not { } own || own.PrevHash != prevHash);
        channel.Tip = tip;
        if (job is null || !job.ReceivedAsFuture)
        {
            channel.Work = null;
            Violation(SetNewPrevHash.Info, channel.Id, $"job {jobId} was never sent as a future job", fatal: true);
            _events.OnWorkEnded(channel);
            return;
        }
        channel.Add(job, _options.JobsPerChannelMax);
        Start(channel, job, tip);
    }

    private void Retarget(ClientChannel channel, in U256 target)
    {
        channel.Target = target;
        foreach (ClientJob job in channel.Jobs)
        {
            if (job.ReceivedAsFuture)
                job.Target = target;
        }
        _events.OnTargetChanged(channel);
        if (channel.Work is { Job: { ReceivedAsFuture: true, Tip: { } tip } active })
            Start(channel, active, tip);
    }

    private void Start(ClientChannel channel, ClientJob job, in ActiveTip tip)
    {
        job.Tip = tip;
        job.Work = channel.Work = new MiningWork(channel, job, tip);
        _events.OnWork(channel, channel.Work);
    }

    // A custom job stands beside the channel's own work: the owner, who made it, decides which is mined.
    private MiningWork AcceptCustom(ClientChannel channel, ByteString prefix, ExtendedJob extended, uint jobId, in ActiveTip tip)
    {
        ClientJob job = new(jobId, extended.Version, extended.VersionMask, prefix, channel.Target, receivedAsFuture: false) { Extended = extended, Tip = tip, IsCustom = true };
        channel.Add(job, _options.JobsPerChannelMax);
        return job.Work = new MiningWork(channel, job, tip);
    }

    private ClientChannel? Find(uint channelId, MessageInfo info)
    {
        if (_channels.TryGetValue(channelId, out ClientChannel? channel))
            return channel;
        Violation(info, channelId, _groups.ContainsKey(channelId) ? "is not for groups" : "unknown channel");
        return null;
    }

    private ReadOnlySpan<ClientChannel> Resolve(uint id, MessageInfo info)
    {
        ClientChannel[] channels = Resolve(id);
        if (channels.Length == 0)
            Violation(info, id, "unknown channel or group");
        return channels;
    }

    // A copy: the owner may open or close channels while the members are gone through.
    private ClientChannel[] Resolve(uint id)
    {
        if (_channels.TryGetValue(id, out ClientChannel? channel))
            return [channel];
        return _groups.TryGetValue(id, out List<ClientChannel>? members) ? [.. members] : [];
    }

    private void JoinGroup(ClientChannel channel, uint groupId)
    {
        channel.GroupChannelId = groupId;
        if (!_groups.TryGetValue(groupId, out List<ClientChannel>? members))
            _groups.Add(groupId, members = []);
        members.Add(channel);
    }

    private void LeaveGroup(ClientChannel channel)
    {
        if (!_groups.TryGetValue(channel.GroupChannelId, out List<ClientChannel>? members))
            return;
        members.Remove(channel);
        if (members.Count == 0)
            _groups.Remove(channel.GroupChannelId);
    }

    private bool HasGroupMates(ClientChannel channel) =>
        _groups.TryGetValue(channel.GroupChannelId, out List<ClientChannel>? members) && members.Exists(member => member != channel);

    private void Remove(ClientChannel channel)
    {
        channel.IsClosed = true;
        channel.Work = null;
        channel.Jobs.Clear();
        _channels.Remove(channel.Id);
        LeaveGroup(channel);
    }

    private void Violation(MessageInfo info, uint channelId, string text, bool fatal = false) =>
        _events.OnViolation(new ProtocolViolation(info.Name, channelId, text, fatal));

    private static string Words(ReadOnlySpan<byte> utf8) => Text.CopyOf(utf8).ToString();
}
