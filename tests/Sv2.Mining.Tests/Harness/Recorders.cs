using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;

namespace Sv2.Mining.Tests;

/// <summary>Keeps the frames a session sends; a test may also have them handed on at once.</summary>
internal sealed class RecordingOutput : IMiningOutput
{
    public List<byte[]> Frames { get; } = [];

    /// <summary>Frames not handed on yet.</summary>
    public Queue<byte[]> Undelivered { get; } = [];

    public bool Send(ReadOnlySpan<byte> frame)
    {
        byte[] copy = frame.ToArray();
        Frames.Add(copy);
        Undelivered.Enqueue(copy);
        return true;
    }

    /// <summary>All messages of one kind, oldest first.</summary>
    public List<T> All<T>() where T : IMessage<T> => [.. Frames.Where(Is<T>).Select(Decode<T>)];

    public T Last<T>() where T : IMessage<T> => All<T>()[^1];

    public T Single<T>() where T : IMessage<T> => Assert.Single(All<T>());

    public int Count<T>() where T : IMessage<T> => Frames.Count(Is<T>);

    /// <summary>Message numbers in the order sent.</summary>
    public byte[] Types => [.. Frames.Select(frame => frame[2])];

    public void Clear()
    {
        Frames.Clear();
        Undelivered.Clear();
    }

    public static bool Is<T>(byte[] frame) where T : IMessage<T> => frame[2] == T.Info.MessageType;

    public static T Decode<T>(byte[] frame) where T : IMessage<T>
    {
        Assert.True(T.TryRead(frame.AsSpan(FrameHeader.Size), out T message, out DecodeError error), error.ToString());
        return message;
    }
}

internal sealed record Accepted(
    ServerChannel Channel, long ShareNumber, uint SequenceNumber, uint JobId, U256 Hash, U256 Target, ulong Difficulty, ulong Work,
    uint Version, uint NTime, uint Nonce, byte[] Extranonce, byte[] Tlvs, bool IsBlock);

internal sealed record AcceptedWithJob(object? Tag, ByteString Prefix, byte[] Extranonce, U256 Hash, uint Version, uint NTime, uint Nonce);

internal sealed record Refused(uint ChannelId, uint SequenceNumber, uint JobId, ShareRejection Reason);

/// <summary>Keeps share outcomes.</summary>
internal sealed class RecordingSink : IShareSink
{
    public List<Accepted> Accepted { get; } = [];

    public List<AcceptedWithJob> WithJobs { get; } = [];

    public List<DeferredOpen> Deferred { get; } = [];

    public void OnOpenDeferred(DeferredOpen open) => Deferred.Add(open);

    public List<Refused> Refused { get; } = [];

    public List<BlockCandidate> Blocks { get; } = [];

    /// <summary>What happened, in order: a, r or b.</summary>
    public string Order { get; private set; } = "";

    public bool Takes { get; set; } = true;

    /// <summary>Called around each share that is accepted, so that an observer sees frames and shares in their order.</summary>
    public Action? Crediting { get; set; }

    public List<ServerChannel> Opened { get; } = [];

    public List<ServerChannel> Closed { get; } = [];

    public void OnChannelOpened(ServerChannel channel) => Opened.Add(channel);

    public void OnChannelClosed(ServerChannel channel) => Closed.Add(channel);

    public bool OnAccepted(in AcceptedShare share)
    {
        WithJobs.Add(new AcceptedWithJob(share.Job.Tag, share.ExtranoncePrefix, share.Extranonce.ToArray(), share.Hash, share.Version, share.NTime, share.Nonce));
        if (!Takes)
            return false;
        Order += "a";
        Crediting?.Invoke();
        Accepted.Add(new Accepted(
            share.Channel, share.ShareNumber, share.SequenceNumber, share.JobId, share.Hash, share.Target, share.Difficulty, share.Work,
            share.Version, share.NTime, share.Nonce, share.Extranonce.ToArray(), share.Tlvs.ToArray(), share.IsBlock));
        Crediting?.Invoke();
        return true;
    }

    public void OnRejected(in RejectedShare share)
    {
        Order += "r";
        Refused.Add(new Refused(share.ChannelId, share.SequenceNumber, share.JobId, share.Reason));
    }

    public void OnBlockFound(BlockCandidate block)
    {
        Order += "b";
        Blocks.Add(block);
    }
}

/// <summary>Keeps what a client is told.</summary>
internal sealed class RecordingEvents : IMiningClientEvents
{
    public List<MiningWork> Work { get; } = [];

    public List<ClientChannel> Opened { get; } = [];

    public List<(uint RequestId, string Code)> OpenRefused { get; } = [];

    public List<(ClientChannel Channel, string Reason)> Closed { get; } = [];

    public List<(ClientChannel Channel, AcceptedBatch Batch)> Batches { get; } = [];

    public List<(ClientChannel Channel, uint SequenceNumber, string Code)> Rejected { get; } = [];

    public List<(ClientChannel Channel, string Code)> UpdateRefused { get; } = [];

    public List<(uint RequestId, IReadOnlyList<MiningWork> Work)> CustomAccepted { get; } = [];

    public List<(uint RequestId, string Code)> CustomRefused { get; } = [];

    public List<ProtocolViolation> Violations { get; } = [];

    public List<ClientChannel> WorkEnded { get; } = [];

    public List<ClientJob> Futures { get; } = [];

    public void OnWork(ClientChannel channel, MiningWork work) => Work.Add(work);

    public void OnWorkEnded(ClientChannel channel) => WorkEnded.Add(channel);

    public void OnChannelOpened(ClientChannel channel, uint requestId) => Opened.Add(channel);

    public void OnOpenRefused(uint requestId, string errorCode) => OpenRefused.Add((requestId, errorCode));

    public void OnChannelClosed(ClientChannel channel, string reasonCode) => Closed.Add((channel, reasonCode));

    public void OnFutureJob(ClientChannel channel, ClientJob job) => Futures.Add(job);

    public void OnSharesAccepted(ClientChannel channel, in AcceptedBatch batch) => Batches.Add((channel, batch));

    public void OnShareRejected(ClientChannel channel, uint sequenceNumber, string errorCode) => Rejected.Add((channel, sequenceNumber, errorCode));

    public void OnUpdateRefused(ClientChannel channel, string errorCode) => UpdateRefused.Add((channel, errorCode));

    public void OnCustomJobAccepted(uint requestId, IReadOnlyList<MiningWork> work) => CustomAccepted.Add((requestId, work));

    public void OnCustomJobRefused(uint requestId, string errorCode) => CustomRefused.Add((requestId, errorCode));

    public void OnViolation(ProtocolViolation violation) => Violations.Add(violation);
}
