using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Roles.Downstreams;
using Sv2.Roles.Upstreams;
using Sv2.Roles.Workers;

namespace Sv2.Roles.MiningProxy;

/// <summary>
/// All miners on one extended channel of the pool: the proxy is the end of the channel (3.4.1). It splits the search space,
/// makes standard jobs for header-only devices, checks shares, counts them, and sends on those that the pool would count.
/// </summary>
internal sealed class AggregatingRelay : Relay
{
    private static readonly TimeSpan RestateInterval = TimeSpan.FromMinutes(1);

    private readonly Dictionary<UpstreamSession, RelayFeed> _feeds = [];
    private readonly List<RelayFeed> _ended = [];
    private readonly ConcurrentDictionary<(DownstreamConnection Connection, long Ticket), byte> _waiting = new();
    private volatile RelayFeed? _current;
    private RelayFeed? _given;
    private int _isRateStale;
    private long _lastRestate;

    public AggregatingRelay(MiningProxyOptions options, RoleContext context) : base(options, context)
    {
        int least = options.ChannelBytes + options.ExtranonceSize;
        OwnChannel = new OwnChannel { MinExtranonceSize = (ushort)least, Fault = FaultOf };
        DownstreamExtensions = options.ReportWorkers ? [WorkerTlv.Extension] : [];
        _lastRestate = Time.GetTimestamp();
    }

    public override OwnChannel? OwnChannel { get; }

    public override IReadOnlyList<ushort> DownstreamExtensions { get; }

    public override ChannelDecision OnOpen(in ChannelRequest request) =>
        _current is { HasWork: true } feed ? ChannelDecision.Accept(feed.Family) : ChannelDecision.Defer();

    public override void OnOpenDeferred(DownstreamConnection connection, DeferredOpen open)
    {
        _waiting[(connection, open.Ticket)] = 0;
        // A pool may have come a moment ago, and looked who waits just before.
        if (_current is { HasWork: true } feed && _waiting.TryRemove((connection, open.Ticket), out _))
            connection.Invoke((open.Ticket, feed.Family), static (session, to) => session.CompleteOpen(to.Ticket, to.Family));
    }

    public override void OnChannelOpened(UpstreamSession session, ClientChannel channel) =>
        _feeds[session] = new RelayFeed(Jobs, session, channel, Options.ChannelBytes, Options.ExtranonceSize, Time);

    public override void OnFutureJob(UpstreamSession session, ClientChannel channel, ClientJob job)
    {
        if (!_feeds.TryGetValue(session, out RelayFeed? feed))
            return;
        feed.OnFutureJob(job);
        if (ReferenceEquals(feed, _current))
            Downstreams.Refresh();
    }

    public override void OnWork(UpstreamSession session, ClientChannel channel, MiningWork work)
    {
        if (!_feeds.TryGetValue(session, out RelayFeed? feed))
            return;
        bool isOtherFamily = feed.OnWork(work);
        if (!ReferenceEquals(feed, _current))
            return;
        if (isOtherFamily || !ReferenceEquals(feed, _given))
            Give(feed, keepsJobs: true);
        else
            Downstreams.Refresh();
    }

    public override void OnTargetChanged(UpstreamSession session, ClientChannel channel)
    {
        if (_feeds.TryGetValue(session, out RelayFeed? feed))
            feed.NoteTarget(session.Invoke(_ => channel.Target));
    }

    public override void OnActiveChanged(UpstreamSwitch change)
    {
        RelayFeed? feed = change.To is { } to ? _feeds.GetValueOrDefault(to) : null;
        feed?.ExpectTarget();
        _current = feed;
        if (feed is null)
            return;
        bool isOldThere = change.From is { IsClosed: false };
        Give(feed, keepsJobs: isOldThere);
        feed.Session.Restate(feed.Channel, Downstreams.HashRate);
        if (isOldThere && change.From!.Channel is { } left)
            change.From.Restate(left, 0);
    }

    public override void OnEnded(UpstreamSession session, long unanswered)
    {
        if (!_feeds.Remove(session, out RelayFeed? feed))
            return;
        // Its channels may still stand on its last jobs, for want of others.
        _ended.Add(feed);
        ReleaseEnded();
    }

    // Whether a share counts is the proxy's to say here, so it says so at once.
    public override void OnBatchEnd(DownstreamConnection connection) => connection.Invoke(static session =>
    {
        if (session.PendingShares > 0)
            session.AcknowledgeThrough(long.MaxValue);
    });

    public override void OnChannelUpdated(DownstreamConnection connection, ServerChannel channel) => Volatile.Write(ref _isRateStale, 1);

    public override void OnDisconnected(DownstreamConnection connection)
    {
        foreach ((DownstreamConnection Connection, long Ticket) waiting in _waiting.Keys)
        {
            if (ReferenceEquals(waiting.Connection, connection))
                _waiting.TryRemove(waiting, out _);
        }
    }

    public override void Tick()
    {
        Workers.Tick();
        if (_current is not { } feed)
            return;
        bool isDue = Time.GetElapsedTime(_lastRestate) >= RestateInterval;
        if (Interlocked.Exchange(ref _isRateStale, 0) == 0 && !isDue)
            return;
        double rate = Downstreams.HashRate;
        // Miners came or went; or, by the minute, what is measured differs much from what was told.
        if (isDue && rate > 0 && feed.Channel.NominalHashRate / rate is > 0.8f and < 1.25f)
            rate = feed.Channel.NominalHashRate;
        _lastRestate = Time.GetTimestamp();
        feed.Session.Restate(feed.Channel, rate);
    }

    public override IEnumerable<ChannelInfo> UpstreamChannels()
    {
        foreach (UpstreamSession session in Upstreams.Sessions)
        {
            if (session.Channel is { } channel)
                yield return session.Describe(channel);
        }
    }

    protected override void OnOpened(ServerChannel channel) => Volatile.Write(ref _isRateStale, 1);

    protected override void OnClosed(ServerChannel channel) => Volatile.Write(ref _isRateStale, 1);

    protected override bool TryTake(DownstreamConnection connection, in AcceptedShare share, Worker worker)
    {
        var job = (RelayedJob)share.Job.Tag!;
        if (job.Feed.Session.IsClosed)
            return false;
        // The work of the moment carries the target that the pool has set for this job.
        return job.Job.Work is not { } work || share.Hash > work.Target || TryForward(connection, share, job, out _);
    }

    protected override IVardiff MakeVardiff(TimeSpan shareInterval)
    {
        U256 easiest = Options.ShareDifficultyMin > 0 ? Target.FromDifficulty(Options.ShareDifficultyMin) : U256.MaxValue;
        return new BoundVardiff(new Vardiff(shareInterval, Time, new VardiffOptions { EasiestTarget = easiest }), () => _current?.Target, Time);
    }

    private string? FaultOf(ClientChannel channel)
    {
        int least = Options.ChannelBytes + Options.ExtranonceSize;
        return channel.ExtranonceSize >= least
            ? null
            : $"the pool gives {channel.ExtranonceSize} bytes of extranonce, and {least} are needed (channelBytes and extranonceSize)";
    }

    /// <summary>Every miner gets this pool's work now, and stays connected.</summary>
    private void Give(RelayFeed feed, bool keepsJobs)
    {
        if (!feed.HasWork)
            return;
        _given = feed;
        JobFamily family = feed.Family;
        Downstreams.ForEach(connection => connection.Invoke((family, keepsJobs), static (session, to) => Move(session, to.family, to.keepsJobs)));
        feed.ReleaseFormer();
        ReleaseEnded();
        foreach ((DownstreamConnection Connection, long Ticket) waiting in _waiting.Keys)
        {
            if (_waiting.TryRemove(waiting, out _))
                waiting.Connection.Invoke((waiting.Ticket, family), static (session, open) => session.CompleteOpen(open.Ticket, open.family));
        }
    }

    private static void Move(MiningServerSession session, JobFamily family, bool keepsJobs)
    {
        foreach (ServerChannel channel in session.Channels.ToArray())
        {
            // A pool that leaves a miner too few bytes of extranonce: opening again gives it what there is.
            if (!session.MoveChannel(channel.Id, family, keepsJobs))
                session.CloseChannel(channel.Id, "extranonce-size-changed");
        }
    }

    private void ReleaseEnded()
    {
        if (_given is null || _ended.Contains(_given))
            return;
        _ended.ForEach(static feed => feed.Release());
        _ended.Clear();
    }
}
