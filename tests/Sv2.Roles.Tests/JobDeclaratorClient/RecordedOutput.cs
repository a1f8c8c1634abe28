using Sv2.Mining.Client;
using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.Roles.JobDeclaratorClient;

namespace Sv2.Roles.Tests.JobDeclaratorClient;

/// <summary>Keeps what a declarator wants done, in order.</summary>
internal sealed class RecordedOutput : IDeclaratorOutput
{
    private uint _lastRequestId = 100;

    /// <summary>Frames to the server.</summary>
    public List<byte[]> ToServer { get; } = [];

    public List<SetCustomMiningJob> ToPool { get; } = [];

    public List<MinedJob> Fetches { get; } = [];

    public List<CoinbasePlan> Plans { get; } = [];

    public List<MinedJob> Acknowledged { get; } = [];

    public List<MinedJob> Ended { get; } = [];

    public List<(string Reason, bool HangUp)> Faults { get; } = [];

    public List<string> Violations { get; } = [];

    /// <summary>Names of all messages, in order, as a capture would show them.</summary>
    public List<string> Names { get; } = [];

    public void SendToServer<T>(in T message) where T : IMessage<T>
    {
        ToServer.Add(Frame.ToArray(message));
        Names.Add(T.Info.Name);
    }

    public uint SendToPool(in SetCustomMiningJob message)
    {
        ToPool.Add(message with { RequestId = ++_lastRequestId });
        Names.Add(SetCustomMiningJob.Info.Name);
        return _lastRequestId;
    }

    public void FetchTransactions(MinedJob job) => Fetches.Add(job);

    public void OnPlanChanged(CoinbasePlan plan) => Plans.Add(plan);

    public void OnAcknowledged(MinedJob job) => Acknowledged.Add(job);

    public void OnEnded(MinedJob job) => Ended.Add(job);

    public void OnFault(string reason, bool hangUp = false) => Faults.Add((reason, hangUp));

    public void OnViolation(string text) => Violations.Add(text);

    /// <summary>All messages of a type that went to the server.</summary>
    public List<T> Sent<T>() where T : IMessage<T>
    {
        List<T> found = [];
        foreach (byte[] frame in ToServer)
        {
            Assert.True(FrameHeader.TryRead(frame, out FrameHeader header));
            if (header.MessageType != T.Info.MessageType)
                continue;
            Assert.True(T.TryRead(frame.AsSpan(FrameHeader.Size), out T message, out DecodeError error), error.ToString());
            found.Add(message);
        }
        return found;
    }
}
