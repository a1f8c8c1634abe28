using Microsoft.Extensions.Logging;
using Sv2.Mining;
using Sv2.Mining.Client;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;
using Sv2.Protocol.Mining;
using Sv2.Transport;

namespace Sv2.Roles.JobDeclaratorClient;

// What comes from the pool and from the server.
internal sealed partial class PairSession
{
    bool IMiningOutput.Send(ReadOnlySpan<byte> frame) => _pool.Connection.TrySendFrame(frame);

    void IDeclaratorOutput.SendToServer<T>(in T message)
    {
        // A connection that cannot take it closes for its own reason, and that is heard of elsewhere.
        _ = _server.Connection.TrySend(message);
    }

    uint IDeclaratorOutput.SendToPool(in SetCustomMiningJob message) => _mining.SetCustomMiningJob(message);

    void IDeclaratorOutput.FetchTransactions(MinedJob job) => _engine.Fetch(job);

    void IDeclaratorOutput.OnPlanChanged(CoinbasePlan plan)
    {
        _ready.TrySetResult();
        _engine.OnPlanChanged(this, plan);
    }

    void IDeclaratorOutput.OnAcknowledged(MinedJob job) => _engine.OnAcknowledged(this, job);

    void IDeclaratorOutput.OnEnded(MinedJob job) => _engine.OnEnded(job);

    void IDeclaratorOutput.OnFault(string reason, bool hangUp)
    {
        _engine.OnFault(this, reason);
        if (hangUp)
            Abort(reason);
    }

    void IDeclaratorOutput.OnViolation(string text) => Abort(text);

    void IMiningClientEvents.OnChannelOpened(ClientChannel channel, uint requestId)
    {
        _channel = channel;
        Declarator.OnChannel(channel.Id, channel.ExtranoncePrefix, channel.ExtranonceSize);
    }

    void IMiningClientEvents.OnOpenRefused(uint requestId, string errorCode) => Abort($"the pool did not open a channel: {LogText.Sanitise(errorCode)}");

    void IMiningClientEvents.OnChannelClosed(ClientChannel channel, string reasonCode) => Abort($"the pool closed the channel: {LogText.Sanitise(reasonCode)}");

    void IMiningClientEvents.OnExtranoncePrefixChanged(ClientChannel channel) =>
        Declarator.OnChannel(channel.Id, channel.ExtranoncePrefix, channel.ExtranonceSize);

    // The pool's own jobs are not mined; they only tell which block the pool builds on.
    void IMiningClientEvents.OnWork(ClientChannel channel, MiningWork work) => Declarator.OnPoolTip(work.PrevHash);

    void IMiningClientEvents.OnTargetChanged(ClientChannel channel) => _engine.OnTargetChanged(this);

    void IMiningClientEvents.OnCustomJobAccepted(uint requestId, IReadOnlyList<MiningWork> work) =>
        Declarator.OnCustomJobAccepted(requestId, work.Count > 0 ? work[0] : null);

    void IMiningClientEvents.OnCustomJobRefused(uint requestId, string errorCode) => Declarator.OnCustomJobRefused(requestId, errorCode);

    void IMiningClientEvents.OnSharesAccepted(ClientChannel channel, in AcceptedBatch batch)
    {
        _answeredAt = _time.GetTimestamp();
        TimeSpan? latency = null;
        while (Unanswered.TryTakeThrough(batch.LastSequenceNumber, out SentShare share))
        {
            latency = _time.GetElapsedTime(share.SentAt, _answeredAt);
            _engine.OnAnswered(new ShareAnswer(share.Origin, null));
        }
        _counters.Accept(batch.Count, latency);
        Declarator.OnSharesAccepted(batch.Count);
    }

    void IMiningClientEvents.OnShareRejected(ClientChannel channel, uint sequenceNumber, string errorCode)
    {
        _answeredAt = _time.GetTimestamp();
        string code = LogText.Sanitise(errorCode);
        _counters.Reject(code);
        _logger.LogDebug("The pool refused share {SequenceNumber}: {Reason}", sequenceNumber, code);
        bool isKnown = Unanswered.TryTake(sequenceNumber, out SentShare share);
        if (isKnown)
            _engine.OnAnswered(new ShareAnswer(share.Origin, code));
        Declarator.OnShareRejected(isKnown ? share.Job : null, errorCode);
    }

    void IMiningClientEvents.OnViolation(ProtocolViolation violation) =>
        _logger.LogWarning("The pool sent {Message} for channel {Channel}: {Text}", violation.Message, violation.ChannelId, violation.Text);

    /// <summary>Frames of the mining connection.</summary>
    private sealed class PoolFrames(PairSession session) : IFrameHandler
    {
        public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
        {
            DispatchResult result;
            lock (session._engine.Gate)
                result = MiningDispatcher.DispatchToClient(header, payload, session._mining);
            return Judge(result);
        }

        public void OnBatchEnd()
        {
        }
    }

    /// <summary>Frames of the job declaration connection.</summary>
    private sealed class ServerFrames(PairSession session) : IFrameHandler
    {
        public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
        {
            DispatchResult result;
            lock (session._engine.Gate)
                result = JobDeclarationDispatcher.DispatchToClient(header, payload, session.Declarator);
            return Judge(result);
        }

        public void OnBatchEnd()
        {
        }
    }

    // A message of no known kind is ignored (3.4.1), also one for the channel: all miners share that, so its end is here. One that
    // does not hold together says the peer cannot be understood.
    private static FrameVerdict Judge(in DispatchResult result) => result.Outcome == DispatchOutcome.Malformed
        ? FrameVerdict.Close(CloseReason.Malformed(result.Message!.Name, result.Error.ToString()))
        : FrameVerdict.Continue;
}
