using System.Buffers.Binary;
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Sv2.Mining;
using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Roles.Downstreams;
using Sv2.Roles.Upstreams;
using Sv2.Roles.Workers;

namespace Sv2.Roles.MiningProxy;

/// <summary>What stands between the miners and the pools: one of the two modes of the proxy.</summary>
/// <remarks>
/// Locks, from the outside in: the list's (its observer calls), a miner's connection, a channel's, a pool's connection. The
/// list calls miners' connections; those call pools' connections; nobody calls the other way round while holding one.
/// </remarks>
internal abstract class Relay : IUpstreamObserver, IDownstreamHandler, IChannelPolicy
{
    private readonly ConcurrentDictionary<ServerChannel, Worker> _workerOf = new();

    protected Relay(MiningProxyOptions options, RoleContext context)
    {
        Options = options;
        Context = context;
        Time = context.TimeProvider;
        Logger = context.LoggerFactory.CreateLogger(typeof(MiningProxyRole));
        Workers = new WorkerTable(options.WorkersMax, Time);
        Jobs = new JobFactory();
        // Every family brings a search space of its own; this one says what may be asked for.
        var extranonces = new ExtranonceAllocator(new ExtranonceLayout { ClientSizeMax = ExtranonceLayout.PartSizeMax });
        var engine = new MiningServerOptions
        {
            ChannelsMax = options.Limits.ChannelsPerConnection,
            PendingSharesMax = options.Limits.PendingShares,
            ShareInterval = options.ShareInterval,
            StandardJobsForAll = options.StandardJobsForAll,
        };
        Server = new MiningServer(engine, Jobs, extranonces, this, Time, MakeVardiff);
    }

    public MiningServer Server { get; }

    /// <summary>Everybody's shares: those that passed the proxy's checks, and those that were refused by it or, in transparent mode, by the pool.</summary>
    public ShareTally Shares { get; } = new();

    /// <summary>Shares sent on to a pool.</summary>
    public Counter Forwarded { get; } = new();

    /// <summary>Headers that met the network's target.</summary>
    public Counter Blocks { get; } = new();

    /// <summary>Who mines, by the names that miners give.</summary>
    public WorkerTable Workers { get; }

    /// <summary>The pools; set before anything starts.</summary>
    public UpstreamList Upstreams { get; set; } = null!;

    /// <summary>The miners; set before anything starts.</summary>
    public DownstreamServer Downstreams { get; set; } = null!;

    /// <summary>The channel that each connection to a pool opens for itself; null for none.</summary>
    public abstract OwnChannel? OwnChannel { get; }

    /// <summary>Extensions that miners may use.</summary>
    public abstract IReadOnlyList<ushort> DownstreamExtensions { get; }

    protected MiningProxyOptions Options { get; }

    protected RoleContext Context { get; }

    protected TimeProvider Time { get; }

    protected ILogger Logger { get; }

    protected JobFactory Jobs { get; }

    public abstract ChannelDecision OnOpen(in ChannelRequest request);

    public abstract void OnActiveChanged(UpstreamSwitch change);

    /// <summary>Does what is due by the clock.</summary>
    public abstract void Tick();

    /// <summary>The channels at the pools, as pages show them.</summary>
    public abstract IEnumerable<ChannelInfo> UpstreamChannels();

    public virtual void OnReady(UpstreamSession session)
    {
    }

    public virtual void OnChannelOpened(UpstreamSession session, ClientChannel channel)
    {
    }

    public virtual void OnOpenRefused(UpstreamSession session, object? tag, string errorCode)
    {
    }

    public virtual void OnChannelClosed(UpstreamSession session, ClientChannel channel, string reasonCode)
    {
    }

    public virtual void OnWork(UpstreamSession session, ClientChannel channel, MiningWork work)
    {
    }

    public virtual void OnFutureJob(UpstreamSession session, ClientChannel channel, ClientJob job)
    {
    }

    public virtual void OnTargetChanged(UpstreamSession session, ClientChannel channel)
    {
    }

    public virtual void OnSharesAccepted(UpstreamSession session, ClientChannel channel, AcceptedBatch batch)
    {
    }

    public virtual void OnShareRejected(UpstreamSession session, ClientChannel channel, uint sequenceNumber, string errorCode)
    {
    }

    public virtual void OnEnded(UpstreamSession session, long unanswered)
    {
    }

    public virtual void OnUnknownFrame(UpstreamSession session, in FrameHeader header, ReadOnlySpan<byte> payload) =>
        Logger.LogDebug("Dropped a frame of pool {Pool} that is for nobody here: {Header}", session.Pool.Name, header);

    public void OnChannelOpened(DownstreamConnection connection, ServerChannel channel)
    {
        (Worker worker, bool isFirst) = Workers.Join(channel.UserIdentity.ToString());
        _workerOf[channel] = worker;
        if (isFirst)
            Context.Events.Publish(RoleEventTypes.WorkerOnline, RoleEventSeverity.Info, $"{LogText.Sanitise(worker.Name)} began to mine");
        OnOpened(channel);
    }

    public void OnChannelClosed(DownstreamConnection connection, ServerChannel channel)
    {
        if (_workerOf.TryRemove(channel, out Worker? worker) && Workers.Leave(worker))
            Context.Events.Publish(RoleEventTypes.WorkerOffline, RoleEventSeverity.Info, $"{LogText.Sanitise(worker.Name)} stopped mining");
        OnClosed(channel);
    }

    public virtual void OnChannelUpdated(DownstreamConnection connection, ServerChannel channel)
    {
    }

    public virtual void OnOpenDeferred(DownstreamConnection connection, DeferredOpen open)
    {
    }

    public virtual void OnDisconnected(DownstreamConnection connection)
    {
    }

    public virtual void OnBatchEnd(DownstreamConnection connection)
    {
    }

    public virtual void OnUnknownFrame(DownstreamConnection connection, in FrameHeader header, ReadOnlySpan<byte> payload) =>
        Logger.LogDebug("Dropped a frame of miner {Miner} that is for nobody here: {Header}", connection.RemoteAddress, header);

    public bool OnAccepted(DownstreamConnection connection, in AcceptedShare share)
    {
        Worker worker = WorkerOf(connection, share.Channel, share.Tlvs);
        if (!TryTake(connection, share, worker))
            return false;
        Shares.Accept(share.Hash);
        worker.Accept(share.Hash, share.Work, Time.GetUtcNow());
        return true;
    }

    public void OnRejected(DownstreamConnection connection, in RejectedShare share)
    {
        string reason = share.Reason.ToErrorCode();
        Shares.Refuse(reason);
        if (share.Channel is { } channel)
            WorkerOf(connection, channel, share.Tlvs).Tally.Refuse(reason);
    }

    public void OnBlockFound(DownstreamConnection connection, BlockCandidate block)
    {
        Blocks.Add();
        string hash = block.Hash.ToDisplayString();
        string finder = LogText.Sanitise(block.Channel.UserIdentity);
        Logger.LogInformation("{Finder} found block {Hash}", finder, hash);
        Context.Events.Publish(RoleEventTypes.Block, RoleEventSeverity.Success, $"{finder} found block {hash}; its share has gone to the pool", new { hash, finder });
    }

    /// <summary>A channel of a miner's was opened; its first job follows. Under its connection's lock.</summary>
    protected abstract void OnOpened(ServerChannel channel);

    /// <summary>A channel of a miner's is gone. Under its connection's lock.</summary>
    protected abstract void OnClosed(ServerChannel channel);

    /// <summary>Takes a share that passed every check, and sends it on where that is to be. False when there is nobody for it.</summary>
    protected abstract bool TryTake(DownstreamConnection connection, in AcceptedShare share, Worker worker);

    protected abstract IVardiff MakeVardiff(TimeSpan shareInterval);

    /// <summary>Sends a share of a miner's on to where its job came from.</summary>
    /// <returns>False when that takes it no more.</returns>
    protected bool TryForward(DownstreamConnection connection, in AcceptedShare share, RelayedJob job, out uint sequenceNumber)
    {
        sequenceNumber = 0;
        RelayFeed feed = job.Feed;
        if (job.Job.Work is not { } work || share.NTime < work.MinNTime)
            return false;
        // What the pool calls extranonce is the proxy's part of the miner's prefix, and the miner's own (5.1.2.1).
        Span<byte> extranonce = stackalloc byte[2 * ExtranonceLayout.PartSizeMax];
        ReadOnlySpan<byte> own = feed.Channel.Kind == ChannelKind.Extended ? share.ExtranoncePrefix.Span[job.Job.ExtranoncePrefix.Length..] : default;
        own.CopyTo(extranonce);
        share.Extranonce.CopyTo(extranonce[own.Length..]);
        Span<byte> tlv = stackalloc byte[WorkerTlv.BytesMax];
        int tlvLength = WriteWorker(connection, share, feed, tlv);
        bool isSent = feed.Session.TrySubmit(
            work, share.Nonce, share.NTime, share.Version, extranonce[..(own.Length + share.Extranonce.Length)], out sequenceNumber, tlv[..tlvLength]);
        if (isSent)
            Forwarded.Add();
        return isSent;
    }

    /// <summary>A frame with another channel id in front of its payload, and nothing else changed (3.4.1).</summary>
    protected static byte[] Readdress(in FrameHeader header, ReadOnlySpan<byte> payload, uint channelId)
    {
        byte[] frame = new byte[FrameHeader.Size + payload.Length];
        header.Write(frame);
        payload.CopyTo(frame.AsSpan(FrameHeader.Size));
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(FrameHeader.Size), channelId);
        return frame;
    }

    // Whom a share names by itself (extension 0x0002), else whom its channel was opened for.
    private Worker WorkerOf(DownstreamConnection connection, ServerChannel channel, ReadOnlySpan<byte> tlvs) =>
        connection.TryFindWorker(tlvs, out ReadOnlySpan<byte> name) ? Workers.Named(channel.UserIdentity.Utf8, name) : _workerOf[channel];

    // Extension 0x0002: once it is negotiated every share of an extended channel names its worker; otherwise none does.
    private static int WriteWorker(DownstreamConnection connection, in AcceptedShare share, RelayFeed feed, Span<byte> destination)
    {
        if (feed.Channel.Kind != ChannelKind.Extended || !feed.Session.Supports(WorkerTlv.Extension))
            return 0;
        return WorkerTlv.Write(connection.TryFindWorker(share.Tlvs, out ReadOnlySpan<byte> name) ? name : share.Channel.UserIdentity.Utf8, destination);
    }
}
