using Microsoft.Extensions.Logging;
using Sv2.Mining;
using Sv2.Mining.Client;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Mining;
using Sv2.Transport;

namespace Sv2.Roles.Upstreams;

// What comes from the pool. The mining session calls in here under the lock; what it says is told to the observer after the
// lock is left, so that the observer may take locks of its own.
public sealed partial class UpstreamSession : IFrameHandler, IMiningOutput, IMiningClientEvents
{
    private List<Action<IUpstreamObserver>> _news = [];
    private List<Action<IUpstreamObserver>> _told = [];

    FrameVerdict IFrameHandler.OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.ExtensionType == 0 && header.MessageType == Reconnect.Info.MessageType)
            return OnReconnect(payload);
        DispatchResult result;
        lock (_gate)
        {
            result = MiningDispatcher.DispatchToClient(header, payload, _mining);
            (_news, _told) = (_told, _news);
        }
        if (_told.Count > 0)
        {
            _hub.Tell(this, _told);
            _told.Clear();
        }
        // Ready is what the observer has been told to be.
        if (_work is not null)
            _working.TrySetResult();
        if (result.Outcome == DispatchOutcome.Malformed)
            return FrameVerdict.Close(CloseReason.Malformed(result.Message!.Name, result.Error.ToString()));
        if (result.Outcome == DispatchOutcome.Unknown)
            _hub.TellUnknown(this, header, payload);
        return FrameVerdict.Continue;
    }

    void IFrameHandler.OnBatchEnd()
    {
    }

    bool IMiningOutput.Send(ReadOnlySpan<byte> frame) => _connection.TrySendFrame(frame);

    void IMiningClientEvents.OnWork(ClientChannel channel, MiningWork work)
    {
        if (ReferenceEquals(channel, _channel))
            _work = work;
        _news.Add(observer => observer.OnWork(this, channel, work));
    }

    void IMiningClientEvents.OnWorkEnded(ClientChannel channel)
    {
        if (ReferenceEquals(channel, _channel))
            _work = null;
        _news.Add(observer => observer.OnWorkEnded(this, channel));
    }

    void IMiningClientEvents.OnFutureJob(ClientChannel channel, ClientJob job) =>
        _news.Add(observer => observer.OnFutureJob(this, channel, job));

    void IMiningClientEvents.OnTargetChanged(ClientChannel channel) => _news.Add(observer => observer.OnTargetChanged(this, channel));

    void IMiningClientEvents.OnExtranoncePrefixChanged(ClientChannel channel) =>
        _news.Add(observer => observer.OnExtranoncePrefixChanged(this, channel));

    void IMiningClientEvents.OnChannelOpened(ClientChannel channel, uint requestId)
    {
        if (ReferenceEquals(channel.Tag, this))
        {
            if (_options.Channel!.Fault?.Invoke(channel) is { } fault)
            {
                _opened.TrySetException(new UpstreamUnavailableException(fault, needsPerson: true));
                return;
            }
            _channel = channel;
            _opened.TrySetResult(channel);
        }
        _news.Add(observer => observer.OnChannelOpened(this, channel));
    }

    void IMiningClientEvents.OnOpenRefused(uint requestId, string errorCode, object? tag)
    {
        if (ReferenceEquals(tag, this))
        {
            _opened.TrySetException(new UpstreamUnavailableException(
                $"the pool did not open a channel for '{Pool.UserIdentity}': {LogText.Sanitise(errorCode)}", needsPerson: true));
            return;
        }
        _news.Add(observer => observer.OnOpenRefused(this, tag, errorCode));
    }

    void IMiningClientEvents.OnChannelClosed(ClientChannel channel, string reasonCode)
    {
        _statements.Remove(channel);
        NoteClosed(channel);
        if (ReferenceEquals(channel, _channel))
            _connection.Close(new CloseReason(CloseKind.PeerClosed, $"the pool closed the channel: {LogText.Sanitise(reasonCode)}"));
        _news.Add(observer => observer.OnChannelClosed(this, channel, reasonCode));
    }

    void IMiningClientEvents.OnSharesAccepted(ClientChannel channel, in AcceptedBatch batch)
    {
        AcceptedBatch copy = batch;
        NoteAccepted(channel, batch);
        _news.Add(observer => observer.OnSharesAccepted(this, channel, copy));
    }

    void IMiningClientEvents.OnShareRejected(ClientChannel channel, uint sequenceNumber, string errorCode)
    {
        NoteRejected(channel, sequenceNumber, errorCode);
        _news.Add(observer => observer.OnShareRejected(this, channel, sequenceNumber, errorCode));
    }

    void IMiningClientEvents.OnUpdateRefused(ClientChannel channel, string errorCode)
    {
        _logger.LogWarning("Pool {Pool} refused UpdateChannel for channel {Channel}: {Reason}", Pool.Name, channel.Id, LogText.Sanitise(errorCode));
        _news.Add(observer => observer.OnUpdateRefused(this, channel, errorCode));
    }

    void IMiningClientEvents.OnCustomJobAccepted(uint requestId, IReadOnlyList<MiningWork> work) =>
        _news.Add(observer => observer.OnCustomJobAccepted(this, requestId, work));

    void IMiningClientEvents.OnCustomJobRefused(uint requestId, string errorCode) =>
        _news.Add(observer => observer.OnCustomJobRefused(this, requestId, errorCode));

    void IMiningClientEvents.OnViolation(ProtocolViolation violation)
    {
        _logger.LogWarning("Pool {Pool} sent {Message} for channel {Channel}: {Text}", Pool.Name, violation.Message, violation.ChannelId, violation.Text);
        if (violation.IsFatal)
            _connection.Close(CloseReason.Violation($"{violation.Message}: {violation.Text}"));
    }

    // The pool usually closes right after this; until it does, it takes what is on its way.
    private FrameVerdict OnReconnect(ReadOnlySpan<byte> payload)
    {
        if (!Reconnect.TryRead(payload, out Reconnect request, out DecodeError error))
            return FrameVerdict.Close(CloseReason.Malformed(Reconnect.Info.Name, error.ToString()));
        if (!IsLeaving)
        {
            ReconnectRequest = request;
            _leaving.TrySetResult();
            _hub.OnLeaving(this);
        }
        return FrameVerdict.Continue;
    }
}
