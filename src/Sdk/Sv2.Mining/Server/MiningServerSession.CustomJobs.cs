using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Server;

// Jobs that the client brings (5.3.18).
public sealed partial class MiningServerSession
{
    private const int FormerTipsMax = 8;

    private readonly Dictionary<long, PendingCustomJob> _pendingCustomJobs = [];
    private readonly Queue<U256> _formerTips = [];
    private U256 _lastTip;
    private long _lastTicket;

    /// <summary>Custom jobs that wait for a verdict or for their tip.</summary>
    public int PendingCustomJobs => _pendingCustomJobs.Count;

    /// <summary>Checks a job of the client's own, and asks the policy about it (5.3.18).</summary>
    /// <param name="message">The job.</param>
    public void OnSetCustomMiningJob(in SetCustomMiningJobView message)
    {
        if (!ClientFlags.HasFlag(MiningSetupFlags.RequiresWorkSelection) || _server.CustomJobs is null)
        {
            SendCustomJobError(message.ChannelId, message.RequestId, MiningErrorCodes.WorkSelectionNotSupported);
            return;
        }
        List<ServerChannel> channels = ExtendedChannels(message.ChannelId);
        if (channels.Count == 0)
            SendCustomJobError(message.ChannelId, message.RequestId, MiningErrorCodes.InvalidChannelId);
        else if (_pendingCustomJobs.Count >= _options.PendingCustomJobsMax)
            SendCustomJobError(message.ChannelId, message.RequestId, MiningErrorCodes.TooManyPendingJobs);
        else
            Consider(new PendingCustomJob(++_lastTicket, channels, message.ToOwned(), Now));
    }

    /// <summary>Gives the verdict that <see cref="ICustomJobPolicy.OnCustomJob"/> left open.</summary>
    /// <param name="ticket"><see cref="CustomJobRequest.Ticket"/>.</param>
    /// <param name="verdict">The verdict; a pending one leaves the job waiting.</param>
    /// <returns>Whether such a job waited.</returns>
    public bool ResolveCustomJob(long ticket, CustomJobVerdict verdict)
    {
        if (!_pendingCustomJobs.TryGetValue(ticket, out PendingCustomJob? job) || job.WaitsForTip)
            return false;
        if (!verdict.IsPending)
            Conclude(job, verdict);
        return true;
    }

    // Standard channels of a group are ignored (5.3.18).
    private List<ServerChannel> ExtendedChannels(uint channelId)
    {
        if (_channels.TryGetValue(channelId, out ServerChannel? channel))
            return channel.Kind == ChannelKind.Extended ? [channel] : [];
        // Only connections without extended channels are not told of their groups, so the session's idea is the client's.
        return _groups.TryGetValue(channelId, out ChannelGroup? group)
            ? group.Members.FindAll(member => member.Kind == ChannelKind.Extended)
            : [];
    }

    private void Consider(PendingCustomJob job)
    {
        ChannelGroup group = job.Channels[0].Group;
        if (group.Tip is not { } tip || tip.PrevHash != job.Message.PrevHash)
        {
            // A block we left behind is an error. One we do not know yet may reach us in a moment (10.3).
            if (_formerTips.Contains(job.Message.PrevHash))
                Fail(job, "prev_hash");
            else
                Park(job, waitsForTip: true);
            return;
        }
        if (CustomJobRules.FindFault(job.Message, tip, group.FullExtranonceSize, _options.NTimeWindow, UnixNow, out CoinbaseTemplate? coinbase) is { } field)
        {
            Fail(job, field);
            return;
        }
        job.Tip = tip;
        job.Coinbase = coinbase!.Split(group.FullExtranonceSize);
        Park(job, waitsForTip: false);
        CustomJobVerdict verdict = _server.CustomJobs!.OnCustomJob(
            new CustomJobRequest(job.Ticket, job.Channels, job.Message, group.FullExtranonceSize));
        if (!verdict.IsPending)
            Conclude(job, verdict);
    }

    private void Conclude(PendingCustomJob job, CustomJobVerdict verdict)
    {
        _pendingCustomJobs.Remove(job.Ticket);
        job.Channels.RemoveAll(channel => channel.IsClosed);
        if (job.Channels.Count == 0)
            return;
        if (verdict.ErrorCode is { } code)
            SendCustomJobError(job.Message.ChannelId, job.Message.RequestId, code);
        else if (job.Channels[0].Group.Tip?.PrevHash != job.Tip!.PrevHash)
            Fail(job, "prev_hash");
        else
            Commit(job, verdict.Tag);
    }

    private void Commit(PendingCustomJob job, object? tag)
    {
        SetCustomMiningJob message = job.Message;
        CoinbaseSplit coinbase = job.Coinbase!;
        // The general purpose bits of a custom job can always be rolled (5.3.18), unless this server forbids it at all.
        ExtendedJob work = new(
            message.Version, _server.Jobs.Options.VersionRollingAllowed, message.MerklePath, coinbase.StrippedPrefix, coinbase.StrippedSuffix);
        SizedJob sized = new(
            _server.Jobs.NextJobId(), work, coinbase, groupChannelId: 0, templateId: null, message.MiningJobToken, message.MinNTime)
        {
            Tag = tag,
        };
        foreach (ServerChannel channel in job.Channels)
            channel.AddCustom(sized, job.Tip!, message.MinNTime);
        Send(new SetCustomMiningJobSuccess { ChannelId = message.ChannelId, RequestId = message.RequestId, JobId = sized.JobId });
    }

    private bool HasPendingCustomJob(ServerChannel channel)
    {
        foreach (PendingCustomJob job in _pendingCustomJobs.Values)
        {
            if (job.Channels.Contains(channel))
                return true;
        }
        return false;
    }

    private void OnTipChanged(ChannelGroup group)
    {
        U256 tip = group.Tip!.PrevHash;
        if (_lastTip != tip)
        {
            _formerTips.Enqueue(_lastTip);
            if (_formerTips.Count > FormerTipsMax)
                _formerTips.Dequeue();
            _lastTip = tip;
        }
        if (_pendingCustomJobs.Count > 0)
            ConsiderWaiting(tip);
    }

    // Apart from its caller because the query allocates, and most tips find nothing waiting.
    private void ConsiderWaiting(U256 tip)
    {
        foreach (PendingCustomJob job in _pendingCustomJobs.Values.Where(job => job.WaitsForTip && job.Message.PrevHash == tip).ToList())
        {
            _pendingCustomJobs.Remove(job.Ticket);
            job.Channels.RemoveAll(channel => channel.IsClosed);
            if (job.Channels.Count > 0)
                Consider(job);
        }
    }

    private void ExpireCustomJobs(long now)
    {
        if (_pendingCustomJobs.Count == 0)
            return;
        foreach (PendingCustomJob job in _pendingCustomJobs.Values.Where(job => job.WaitsForTip).ToList())
        {
            if (_server.Time.GetElapsedTime(job.ReceivedAt, now) < _options.UnknownTipGrace)
                continue;
            _pendingCustomJobs.Remove(job.Ticket);
            Fail(job, "prev_hash");
        }
    }

    private void Park(PendingCustomJob job, bool waitsForTip)
    {
        job.WaitsForTip = waitsForTip;
        _pendingCustomJobs[job.Ticket] = job;
    }

    private void Fail(PendingCustomJob job, string field)
    {
        if (!job.Channels.TrueForAll(channel => channel.IsClosed))
            SendCustomJobError(job.Message.ChannelId, job.Message.RequestId, MiningErrorCodes.InvalidJobParamValuePrefix + field);
    }

    private void SendCustomJobError(uint channelId, uint requestId, string code) =>
        Send(new SetCustomMiningJobError { ChannelId = channelId, RequestId = requestId, ErrorCode = code });

    private long UnixNow => _server.Time.GetUtcNow().ToUnixTimeSeconds();

    private sealed class PendingCustomJob(long ticket, List<ServerChannel> channels, SetCustomMiningJob message, long receivedAt)
    {
        public long Ticket { get; } = ticket;

        public List<ServerChannel> Channels { get; } = channels;

        public SetCustomMiningJob Message { get; } = message;

        public long ReceivedAt { get; } = receivedAt;

        public bool WaitsForTip { get; set; }

        public ChainTip? Tip { get; set; }

        public CoinbaseSplit? Coinbase { get; set; }
    }
}
