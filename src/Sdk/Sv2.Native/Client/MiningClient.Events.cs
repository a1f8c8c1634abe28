using Sv2.Mining.Client;

namespace Sv2.Native.Client;

// What the SDK's session tells, as events to be taken.
internal sealed partial class MiningClient : IMiningClientEvents
{
    public void OnWork(ClientChannel channel, MiningWork work)
    {
        var isNewBlock = _works.Add(work);
        _events.Enqueue(new ClientEvent(ClientEventType.Work) { ChannelId = channel.Id, Work = work, IsNewBlock = isNewBlock });
    }

    public void OnWorkEnded(ClientChannel channel)
    {
        _works.Remove(channel.Id);
        _events.Enqueue(new ClientEvent(ClientEventType.WorkEnded) { ChannelId = channel.Id });
    }

    public void OnChannelOpened(ClientChannel channel, uint requestId) =>
        _events.Enqueue(Of(ClientEventType.ChannelOpened, channel, requestId));

    public void OnOpenRefused(uint requestId, string errorCode) =>
        _events.Enqueue(new ClientEvent(ClientEventType.OpenRefused) { RequestId = requestId, Text = errorCode });

    public void OnChannelClosed(ClientChannel channel, string reasonCode)
    {
        _works.Remove(channel.Id);
        _events.Enqueue(new ClientEvent(ClientEventType.ChannelClosed) { ChannelId = channel.Id, Text = reasonCode });
    }

    public void OnFutureJob(ClientChannel channel, ClientJob job) =>
        _events.Enqueue(new ClientEvent(ClientEventType.FutureJob) { ChannelId = channel.Id, Count = job.JobId });

    public void OnTargetChanged(ClientChannel channel) => _events.Enqueue(Of(ClientEventType.TargetChanged, channel));

    public void OnExtranoncePrefixChanged(ClientChannel channel) => _events.Enqueue(Of(ClientEventType.ExtranoncePrefixChanged, channel));

    public void OnSharesAccepted(ClientChannel channel, in AcceptedBatch batch) =>
        _events.Enqueue(new ClientEvent(ClientEventType.SharesAccepted)
        {
            ChannelId = channel.Id,
            SequenceNumber = batch.LastSequenceNumber,
            Count = batch.Count,
            Difficulty = batch.DifficultySum,
            Channel = ClientEvent.Snapshot(channel),
        });

    public void OnShareRejected(ClientChannel channel, uint sequenceNumber, string errorCode) =>
        _events.Enqueue(new ClientEvent(ClientEventType.ShareRejected)
        {
            ChannelId = channel.Id,
            SequenceNumber = sequenceNumber,
            Text = errorCode,
            Channel = ClientEvent.Snapshot(channel),
        });

    public void OnUpdateRefused(ClientChannel channel, string errorCode) =>
        _events.Enqueue(new ClientEvent(ClientEventType.UpdateRefused) { ChannelId = channel.Id, Text = errorCode });

    public void OnCustomJobAccepted(uint requestId, IReadOnlyList<MiningWork> work)
    {
        foreach (var one in work)
        {
            var isNewBlock = _works.Add(one);
            _events.Enqueue(new ClientEvent(ClientEventType.CustomJobAccepted)
            {
                ChannelId = one.Channel.Id,
                RequestId = requestId,
                Work = one,
                IsNewBlock = isNewBlock,
            });
        }
    }

    public void OnCustomJobRefused(uint requestId, string errorCode) =>
        _events.Enqueue(new ClientEvent(ClientEventType.CustomJobRefused) { RequestId = requestId, Text = errorCode });

    public void OnViolation(ProtocolViolation violation) =>
        _events.Enqueue(new ClientEvent(ClientEventType.Violation)
        {
            ChannelId = violation.ChannelId,
            Text = $"{violation.Message}: {violation.Text}",
            IsFatal = violation.IsFatal,
        });

    private static ClientEvent Of(ClientEventType type, ClientChannel channel, uint requestId = 0) =>
        new(type) { ChannelId = channel.Id, RequestId = requestId, Channel = ClientEvent.Snapshot(channel) };
}
