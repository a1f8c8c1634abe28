using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using Sv2.Mining;
using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Roles.Downstreams;
using Sv2.Roles.Upstreams;

namespace Sv2.Roles.MiningProxy;

/// <summary>What stands between the miners and the pools: one of the two modes of the proxy.</summary>
/// <remarks>
/// Locks, from the outside in: the list's (its observer calls), a miner's connection, a channel's, a pool's connection. The
/// list calls miners' connections; those call pools' connections; nobody calls the other way round while holding one.
/// </remarks>
internal abstract class Relay : IUpstreamObserver, IDownstreamHandler, IChannelPolicy
{
    protected Relay(MiningProxyOptions options, RoleContext context)
    {
        Options = options;
        Context = context;
        Time = context.TimeProvider;
        Logger = context.LoggerFactory.CreateLogger(typeof(MiningProxyRole));
        Jobs = new JobFactory();
        // Every family brings a search space of its own; this one says what may be asked for.
        var extranonces = new ExtranonceAllocator(new ExtranonceLayout { ClientSizeMax = ExtranonceLayout.PartSizeMax });
        var engine = new MiningServerOptions
        {
            ChannelsMax = options.Limits.ChannelsPerConnection,
            PendingSharesMax = options.Limits.PendingShares,
            ShareInterval = options.ShareInterval,
        };
        Server = new MiningServer(engine, Jobs, extranonces, this, Time, MakeVardiff);
    }

    public MiningServer Server { get; }

    public ProxyCounters Counters { get; } = new();

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

    public abstract bool OnAccepted(DownstreamConnection connection, in AcceptedShare share);

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

    public virtual void OnChannelOpened(DownstreamConnection connection, ServerChannel channel)
    {
    }

    public virtual void OnChannelClosed(DownstreamConnection connection, ServerChannel channel)
    {
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

    public void OnRejected(DownstreamConnection connection, in RejectedShare share) => Counters.Reject(share.Reason);

    public void OnBlockFound(DownstreamConnection connection, BlockCandidate block)
    {
        Counters.FindBlock();
        string hash = block.Hash.ToDisplayString();
        string finder = LogText.Sanitise(block.Channel.UserIdentity);
        Logger.LogInformation("{Finder} found block {Hash}", finder, hash);
        Context.Events.Publish(RoleEventTypes.Block, RoleEventSeverity.Success, $"{finder} found block {hash}; its share has gone to the pool", new { hash, finder });
    }

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
            Counters.Forward();
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

    // Extension 0x0002: once it is negotiated every share of an extended channel names its worker; otherwise none does.
    private static int WriteWorker(DownstreamConnection connection, in AcceptedShare share, RelayFeed feed, Span<byte> destination)
    {
        if (feed.Channel.Kind != ChannelKind.Extended || !feed.Session.Supports(WorkerTlv.Extension))
            return 0;
        return WorkerTlv.Write(connection.TryFindWorker(share.Tlvs, out ReadOnlySpan<byte> name) ? name : share.Channel.UserIdentity.Utf8, destination);
    }
}
