using Microsoft.Extensions.Logging;
using Sv2.Mining;
using Sv2.Mining.Client;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Mining;
using Sv2.Transport;

namespace Sv2.Roles.MiningDevice;

// What comes from the pool.
internal sealed partial class PoolSession
{
    private DateTimeOffset? _lastShareAt;

    FrameVerdict IFrameHandler.OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.ExtensionType == 0 && header.MessageType == ChannelEndpointChanged.Info.MessageType)
        {
            // Somebody else serves the channel now, with whom no extension was negotiated (3.6.4).
            _extensions.Reset();
            return FrameVerdict.Continue;
        }
        DispatchResult result;
        lock (_gate)
            result = MiningDispatcher.DispatchToClient(header, payload, _mining);
        if (result.Outcome == DispatchOutcome.Malformed)
            return FrameVerdict.Close(CloseReason.Malformed(result.Message!.Name, result.Error.ToString()));
        if (result.Outcome == DispatchOutcome.Unknown)
            _logger.LogDebug("Ignored a frame of an unknown message: {Header}", header);
        return FrameVerdict.Continue;
    }

    void IFrameHandler.OnBatchEnd()
    {
    }

    bool IMiningOutput.Send(ReadOnlySpan<byte> frame) => _connection.TrySendFrame(frame);

    void IMiningClientEvents.OnWork(ClientChannel channel, MiningWork work) => _outlet.Put(work);

    void IMiningClientEvents.OnWorkEnded(ClientChannel channel) => _outlet.Put(null);

    void IMiningClientEvents.OnChannelOpened(ClientChannel channel, uint requestId) => _opened.TrySetResult(channel);

    void IMiningClientEvents.OnOpenRefused(uint requestId, string errorCode) => _opened.TrySetException(
        new PoolUnavailableException($"the pool did not open a channel for '{_options.UserIdentity}': {LogText.Sanitise(errorCode)}", needsPerson: true));

    void IMiningClientEvents.OnChannelClosed(ClientChannel channel, string reasonCode) =>
        _connection.Close(new CloseReason(CloseKind.PeerClosed, $"the pool closed the channel: {LogText.Sanitise(reasonCode)}"));

    void IMiningClientEvents.OnSharesAccepted(ClientChannel channel, in AcceptedBatch batch)
    {
        _counters.CountAccepted(batch.Count);
        _lastShareAt = _time.GetUtcNow();
    }

    void IMiningClientEvents.OnShareRejected(ClientChannel channel, uint sequenceNumber, string errorCode)
    {
        _counters.CountRejected(errorCode);
        _logger.LogDebug("Share {SequenceNumber} was rejected: {Reason}", sequenceNumber, LogText.Sanitise(errorCode));
    }

    void IMiningClientEvents.OnViolation(ProtocolViolation violation)
    {
        _logger.LogWarning("The pool sent {Message} for channel {Channel}: {Text}", violation.Message, violation.ChannelId, violation.Text);
        if (violation.IsFatal)
            _connection.Close(CloseReason.Violation($"{violation.Message}: {violation.Text}"));
    }
}
