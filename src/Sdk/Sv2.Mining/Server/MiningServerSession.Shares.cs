using System.Collections.Frozen;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Server;

// Shares: verdict, credit, acknowledgement.
public sealed partial class MiningServerSession
{
    private const int ReportedBlocksMax = 1024;

    // Encoded once: a refused share costs no allocation either.
    private static readonly FrozenDictionary<ShareRejection, Text> ErrorTexts = Enum.GetValues<ShareRejection>()
        .Where(reason => reason != ShareRejection.None)
        .ToFrozenDictionary(reason => reason, reason => (Text)reason.ToErrorCode());

    private readonly AcknowledgementQueue _pending;
    private readonly List<ServerChannel> _withBatch = [];
    private readonly DuplicateFilter _reportedBlocks = new(ReportedBlocksMax);

    /// <summary>Accepted shares that wait for <see cref="AcknowledgeThrough"/>.</summary>
    public int PendingShares => _pending.Count;

    /// <summary>Checks a share of a standard channel (5.3.11).</summary>
    /// <param name="message">The share.</param>
    public void OnSubmitSharesStandard(in SubmitSharesStandardView message) => Submit(SubmittedShare.Of(message));

    /// <summary>Checks a share of an extended channel (5.3.12).</summary>
    /// <param name="message">The share.</param>
    public void OnSubmitSharesExtended(in SubmitSharesExtendedView message) => Submit(SubmittedShare.Of(message));

    /// <summary>
    /// Tells that all accepted shares up to this one are durable. They are acknowledged as soon as a channel's batch is
    /// full or its delay is over (5.3.13).
    /// </summary>
    /// <param name="shareNumber"><see cref="AcceptedShare.ShareNumber"/> of the last durable share.</param>
    public void AcknowledgeThrough(long shareNumber)
    {
        long now = Now;
        while (_pending.TryDequeue(shareNumber, out AcknowledgementQueue.Entry entry))
            AddToBatch(entry, now);
        FlushDueAcknowledgements(now);
    }

    /// <summary>
    /// Tells that one accepted share is good, whatever becomes of those before it: for a proxy, whose shares are answered by
    /// several upstream channels.
    /// </summary>
    /// <param name="shareNumber"><see cref="AcceptedShare.ShareNumber"/>.</param>
    /// <returns>Whether the share still waited for its answer.</returns>
    public bool AcknowledgeShare(long shareNumber)
    {
        if (!_pending.TrySettle(shareNumber, out AcknowledgementQueue.Entry entry))
            return false;
        long now = Now;
        AddToBatch(entry, now);
        FlushDueAcknowledgements(now);
        return true;
    }

    /// <summary>Refuses a share that was accepted here and then refused by the upstream, and takes its credit back.</summary>
    /// <param name="shareNumber"><see cref="AcceptedShare.ShareNumber"/>.</param>
    /// <param name="errorCode">Told to the client: printable ASCII, at most 255 bytes.</param>
    /// <returns>Whether the share still waited for its answer.</returns>
    public bool RefuseShare(long shareNumber, Text errorCode)
    {
        if (!_pending.TrySettle(shareNumber, out AcknowledgementQueue.Entry entry))
            return false;
        entry.Channel.TakeBack(entry.Difficulty);
        if (!entry.Channel.IsClosed)
            Send(new SubmitSharesError { ChannelId = entry.Channel.Id, SequenceNumber = entry.SequenceNumber, ErrorCode = errorCode });
        return true;
    }

    /// <summary>Acknowledges every durable share now, whatever the batch's size and age: before a connection is drained.</summary>
    public void FlushAcknowledgements()
    {
        foreach (ServerChannel channel in _withBatch)
            Acknowledge(channel);
        FlushDueAcknowledgements(Now);
    }

    private void AddToBatch(in AcknowledgementQueue.Entry entry, long now)
    {
        ServerChannel channel = entry.Channel;
        // The shares of a closed channel are credited, but nothing is sent for it any more (5.3.9).
        if (channel.IsClosed)
            return;
        channel.AckBatch.Add(entry.SequenceNumber, entry.Difficulty, now);
        if (channel.AckBatch.IsListed)
            return;
        channel.AckBatch.IsListed = true;
        _withBatch.Add(channel);
    }

    private void Submit(in SubmittedShare share)
    {
        if (!_channels.TryGetValue(share.ChannelId, out ServerChannel? channel))
        {
            Refuse(null, share, ShareRejection.UnknownChannel);
            return;
        }
        TimeProvider time = _server.Time;
        DateTimeOffset utcNow = time.GetUtcNow();
        ShareClock clock = new(time.GetTimestamp(), utcNow.ToUnixTimeSeconds(), (long)_options.NTimeWindow.TotalSeconds);
        ShareVerdict verdict = ShareValidator.Check(channel, share, clock);
        // A block is worth more than any accounting, so it goes out first (item 208).
        bool isNewBlock = verdict.IsBlock && ReportBlock(channel, share, verdict);
        if (verdict.Rejection == ShareRejection.None && !TryRecord(channel, share, verdict, isNewBlock))
            verdict.Rejection = ShareRejection.NotRecorded;
        if (verdict.Rejection != ShareRejection.None)
        {
            Refuse(channel, share, verdict.Rejection);
            return;
        }
        Credit(channel, verdict, utcNow);
        channel.Vardiff.OnShare(verdict.Credit.Work, clock.Timestamp);
        Retarget(channel, clock.Timestamp);
    }

    private bool TryRecord(ServerChannel channel, in SubmittedShare share, in ShareVerdict verdict, bool isBlock)
    {
        if (_pending.IsFull)
            return false;
        AcceptedShare accepted = new()
        {
            Channel = channel,
            ShareNumber = _pending.LastShareNumber + 1,
            SequenceNumber = share.SequenceNumber,
            JobId = share.JobId,
            Job = channel.JobAt(verdict.JobIndex).Job,
            ExtranoncePrefix = channel.JobAt(verdict.JobIndex).Prefix,
            Hash = verdict.Hash,
            Target = verdict.Credit.Target,
            Difficulty = verdict.Credit.Difficulty,
            Work = verdict.Credit.Work,
            Version = share.Version,
            NTime = share.NTime,
            Nonce = share.Nonce,
            Extranonce = share.Extranonce,
            Tlvs = share.Tlvs,
            IsBlock = isBlock,
        };
        if (!_shares.OnAccepted(accepted))
            return false;
        _pending.Enqueue(channel, share.SequenceNumber, verdict.Credit.Difficulty);
        return true;
    }

    private static void Credit(ServerChannel channel, in ShareVerdict verdict, DateTimeOffset utcNow)
    {
        channel.Duplicates.Add(verdict.Hash);
        channel.AcceptedShares++;
        channel.AcceptedDifficulty += verdict.Credit.Difficulty;
        channel.AcceptedWork += verdict.Credit.Work;
        channel.BestHash = Target.Harder(channel.BestHash, verdict.Hash);
        channel.LastShareAt = utcNow;
    }

    private void Refuse(ServerChannel? channel, in SubmittedShare share, ShareRejection reason)
    {
        channel?.CountRejected(reason);
        Send(new SubmitSharesError { ChannelId = share.ChannelId, SequenceNumber = share.SequenceNumber, ErrorCode = ErrorTexts[reason] });
        _shares.OnRejected(new RejectedShare
        {
            Channel = channel,
            ChannelId = share.ChannelId,
            SequenceNumber = share.SequenceNumber,
            JobId = share.JobId,
            Reason = reason,
            Tlvs = share.Tlvs,
        });
    }

    /// <summary>Reports a block once, however often and under whatever numbers it is submitted.</summary>
    private bool ReportBlock(ServerChannel channel, in SubmittedShare share, in ShareVerdict verdict)
    {
        if (channel.Duplicates.Contains(verdict.Hash) || _reportedBlocks.Contains(verdict.Hash))
            return false;
        if (_reportedBlocks.IsFull)
            _reportedBlocks.Clear();
        _reportedBlocks.Add(verdict.Hash);
        ref ChannelJob job = ref channel.JobAt(verdict.JobIndex);
        channel.BlocksFound++;
        _shares.OnBlockFound(new BlockCandidate
        {
            Channel = channel,
            SequenceNumber = share.SequenceNumber,
            JobId = share.JobId,
            TemplateId = job.Job.TemplateId,
            CustomJobToken = job.Job.CustomJobToken,
            Header = verdict.Header,
            Hash = verdict.Hash,
            Coinbase = job.Job.FullCoinbase(job.Prefix.Span, share.Extranonce),
            FullExtranonce = (byte[])[.. job.Prefix.Span, .. share.Extranonce],
            IsStale = job.Stage == JobStage.Stale,
        });
        return true;
    }

    private void FlushDueAcknowledgements(long now)
    {
        for (int i = _withBatch.Count - 1; i >= 0; i--)
        {
            ServerChannel channel = _withBatch[i];
            ref AckBatch batch = ref channel.AckBatch;
            bool due = batch.Count >= _options.AckBatchSize || _server.Time.GetElapsedTime(batch.Since, now) >= _options.AckDelayMax;
            if (!due && !channel.IsClosed && batch.Count > 0)
                continue;
            Acknowledge(channel);
            batch.IsListed = false;
            // Order does not matter between channels.
            _withBatch[i] = _withBatch[^1];
            _withBatch.RemoveAt(_withBatch.Count - 1);
        }
    }

    private void Acknowledge(ServerChannel channel)
    {
        ref AckBatch batch = ref channel.AckBatch;
        if (batch.Count == 0 || channel.IsClosed)
            return;
        Send(new SubmitSharesSuccess
        {
            ChannelId = channel.Id,
            LastSequenceNumber = batch.LastSequenceNumber,
            NewSubmitsAcceptedCount = batch.Count,
            NewSharesSum = batch.Difficulty,
        });
        batch.Reset();
    }
}
