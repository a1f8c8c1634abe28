using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Sv2.Mining;
using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Roles.Downstreams;
using Sv2.Roles.Upstreams;
using Sv2.Roles.Workers;

namespace Sv2.Roles.MiningProxy;

/// <summary>
/// Each channel of a miner's with a counterpart at the pool (10.4.2), over one connection: the pool decides about identities,
/// targets and shares. The standby has a counterpart of each channel too, so that a switch has nothing to wait for.
/// </summary>
internal sealed partial class TransparentRelay : Relay
{
    private static readonly TimeSpan WorkPatience = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<RelayChannel, byte> _relays = new();
    private readonly ShareSender _send;
    private volatile ImmutableArrayBox _sessions = new([]);
    private int _isRestateDue;

    public TransparentRelay(MiningProxyOptions options, RoleContext context) : base(options, context)
    {
        DownstreamExtensions = options.ReportWorkers ? [WorkerTlv.Extension] : [];
        _send = TryForward;
    }

    public override OwnChannel? OwnChannel => null;

    public override IReadOnlyList<ushort> DownstreamExtensions { get; }

    public override ChannelDecision OnOpen(in ChannelRequest request) => ChannelDecision.Defer(new RelayChannel());

    public override void OnOpenDeferred(DownstreamConnection connection, DeferredOpen open)
    {
        var relay = (RelayChannel)open.Tag!;
        relay.Connection = connection;
        relay.Request = open;
        relay.HashRate = open.NominalHashRate;
        relay.MaxTarget = open.MaxTarget;
        relay.ExtranonceSize = open.MinExtranonceSize;
        _relays[relay] = 0;
        // Whoever is ready later goes through all relays, and finds this one.
        foreach (UpstreamSession session in _sessions.Items)
            Link(relay, session);
    }

    public override void OnReady(UpstreamSession session)
    {
        _sessions = new(_sessions.Items.Add(session));
        foreach (RelayChannel relay in _relays.Keys)
            Link(relay, session);
    }

    public override void OnChannelOpened(UpstreamSession session, ClientChannel channel)
    {
        if (channel.Tag is not RelayLink link)
            return;
        lock (link.Relay.Gate)
        {
            if (link.Relay.IsClosed)
            {
                session.CloseChannel(channel);
                return;
            }
            link.Feed = new RelayFeed(Jobs, session, channel, ownSize: 0, clientSize: channel.ExtranonceSize, Time, link);
        }
        // The miner hears of its channel together with its first job.
        if (ReferenceEquals(session, Upstreams.Active))
            State(link, isMining: true);
    }

    public override void OnOpenRefused(UpstreamSession session, object? tag, string errorCode)
    {
        if (tag is not RelayLink link)
            return;
        RelayChannel relay = link.Relay;
        lock (relay.Gate)
            relay.Links.Remove(session);
        if (!ReferenceEquals(session, Upstreams.Active))
            return;
        string code = LogText.Sanitise(errorCode);
        relay.Connection.Invoke(mining =>
        {
            if (relay.Channel is { } channel)
                mining.CloseChannel(channel.Id, code);
            else
                mining.RefuseOpen(relay.Request.Ticket, code);
        });
        Drop(relay);
    }

    public override void OnChannelClosed(UpstreamSession session, ClientChannel channel, string reasonCode)
    {
        if (channel.Tag is not RelayLink link)
            return;
        RelayChannel relay = link.Relay;
        lock (relay.Gate)
            relay.Links.Remove(session);
        RefuseUnanswered(link);
        if (!ReferenceEquals(relay.Current, link))
            return;
        string code = LogText.Sanitise(reasonCode);
        relay.Connection.Invoke(mining => mining.CloseChannel(relay.Channel!.Id, code));
    }

    public override void OnFutureJob(UpstreamSession session, ClientChannel channel, ClientJob job)
    {
        if (FeedOf(channel) is not { Owner: RelayLink link } feed)
            return;
        feed.OnFutureJob(job);
        if (ReferenceEquals(link.Relay.Current, link))
            link.Relay.Connection.Refresh();
    }

    public override void OnWork(UpstreamSession session, ClientChannel channel, MiningWork work)
    {
        if (FeedOf(channel) is not { Owner: RelayLink link } feed)
            return;
        bool isOtherFamily = feed.OnWork(work);
        if (!isOtherFamily && ReferenceEquals(link.Relay.Current, link))
            link.Relay.Connection.Refresh();
        else if (ReferenceEquals(session, Upstreams.Active))
            Use(link, keepsJobs: true);
    }

    public override void OnTargetChanged(UpstreamSession session, ClientChannel channel)
    {
        if (FeedOf(channel) is not { Owner: RelayLink link } feed || !feed.NoteTarget(session.Invoke(_ => channel.Target)))
            return;
        if (ReferenceEquals(link.Relay.Current, link))
            link.Relay.Connection.Invoke(static mining => mining.Tick());
    }

    public override void OnActiveChanged(UpstreamSwitch change)
    {
        bool isOldThere = change.From is { IsClosed: false };
        // By connection: what one is sent goes out together, and connections go side by side.
        Downstreams.ForEach(connection => connection.Invoke(mining =>
        {
            foreach (ServerChannel channel in mining.Channels.ToArray())
                UseIfReady((RelayChannel)channel.Tag!, change.To, isOldThere);
        }));
        // Those that still wait for their channel are not among them.
        foreach (RelayChannel relay in _relays.Keys)
        {
            if (relay.Current is null)
                UseIfReady(relay, change.To, isOldThere);
        }
        // Pools do not wait for this as miners wait for work.
        Volatile.Write(ref _isRestateDue, 1);
    }

    public override void OnEnded(UpstreamSession session, long unanswered)
    {
        _sessions = new(_sessions.Items.Remove(session));
        foreach (RelayChannel relay in _relays.Keys)
        {
            RelayLink? link;
            lock (relay.Gate)
                relay.Links.Remove(session, out link);
            if (link is null)
                continue;
            RefuseUnanswered(link);
            // The miner may still stand on its last job, for want of another; then it is given back with the miner's channel.
            if (!ReferenceEquals(relay.Current, link))
                link.Feed?.Release();
        }
    }

    public override void OnSharesAccepted(UpstreamSession session, ClientChannel channel, AcceptedBatch batch)
    {
        if (channel.Tag is not RelayLink link)
            return;
        SentShare[] shares = link.TakeThrough(batch.LastSequenceNumber);
        link.Relay.Connection.Invoke(shares, static (mining, shares) =>
        {
            foreach (SentShare share in shares)
                mining.AcknowledgeShare(share.Number);
        });
    }

    public override void OnShareRejected(UpstreamSession session, ClientChannel channel, uint sequenceNumber, string errorCode)
    {
        if (channel.Tag is not RelayLink link || link.Take(sequenceNumber) is not { } share)
            return;
        TakeBack(share);
        link.Relay.Connection.Invoke(mining => mining.RefuseShare(share.Number, LogText.Sanitise(errorCode)));
    }

    public override void OnChannelUpdated(DownstreamConnection connection, ServerChannel channel)
    {
        var relay = (RelayChannel)channel.Tag!;
        lock (relay.Gate)
            (relay.HashRate, relay.MaxTarget) = (channel.NominalHashRate, channel.MaxTarget);
        State(relay.Current, isMining: true);
    }

    public override void OnDisconnected(DownstreamConnection connection)
    {
        // Open channels were closed one by one before; these are the ones that still waited for the pool.
        foreach (RelayChannel relay in _relays.Keys)
        {
            if (ReferenceEquals(relay.Connection, connection))
                Drop(relay);
        }
    }

    public override void Tick()
    {
        Workers.Tick();
        if (Interlocked.Exchange(ref _isRestateDue, 0) != 0)
            RestateAll();
        if (Upstreams.Active is not { } session)
            return;
        // A pool without work leaves the miner's request without an answer for so long only.
        foreach (RelayChannel relay in _relays.Keys)
        {
            if (relay.Current is null && LinkOf(relay, session) is { Feed: { } feed } link && Time.GetElapsedTime(feed.Target.Since) >= WorkPatience)
                Use(link, keepsJobs: true);
        }
    }

    public override IEnumerable<ChannelInfo> UpstreamChannels() =>
        Upstreams.Sessions.SelectMany(static session => session.Invoke(static mining => mining.Channels.ToArray()).Select(channel => session.Describe(channel)));

    protected override void OnOpened(ServerChannel channel)
    {
    }

    protected override void OnClosed(ServerChannel channel) => Drop((RelayChannel)channel.Tag!);

    protected override bool TryTake(DownstreamConnection connection, in AcceptedShare share, Worker worker)
    {
        var job = (RelayedJob)share.Job.Tag!;
        return ((RelayLink)job.Feed.Owner!).TrySend(connection, share, job, worker, _send);
    }

    protected override IVardiff MakeVardiff(TimeSpan shareInterval) => new Vardiff(shareInterval, Time);

    private static RelayFeed? FeedOf(ClientChannel channel) => (channel.Tag as RelayLink)?.Feed;

    private static RelayLink? LinkOf(RelayChannel relay, UpstreamSession? session)
    {
        if (session is null)
            return null;
        lock (relay.Gate)
            return relay.Links.GetValueOrDefault(session);
    }

    /// <summary>Tells a pool how much mines on a channel, if anything does.</summary>
    private static void State(RelayLink? link, bool isMining)
    {
        if (link?.Channel is not { } channel)
            return;
        float rate;
        U256 maxTarget;
        lock (link.Relay.Gate)
            (rate, maxTarget) = (isMining ? link.Relay.HashRate : 0, link.Relay.MaxTarget);
        link.Session.Restate(channel, rate, maxTarget);
    }

    /// <summary>Tells the pool in use how much mines on each channel, and the others that nothing does. What a pool knows it is not told again.</summary>
    private void RestateAll()
    {
        foreach (RelayChannel relay in _relays.Keys)
        {
            foreach (UpstreamSession session in _sessions.Items)
                State(LinkOf(relay, session), isMining: ReferenceEquals(session, Upstreams.Active));
        }
    }

    /// <summary>Opens the counterpart of a miner's channel at a pool, once.</summary>
    private void Link(RelayChannel relay, UpstreamSession session)
    {
        // Nothing new for a pool that the list is letting go.
        bool isActive = ReferenceEquals(session, Upstreams.Active);
        if (session.IsRetired && !isActive)
            return;
        RelayLink link;
        float rate;
        U256 maxTarget;
        ushort size;
        lock (relay.Gate)
        {
            if (relay.IsClosed || relay.Links.ContainsKey(session))
                return;
            link = new RelayLink(relay, session);
            relay.Links.Add(session, link);
            // On a standby nothing mines.
            rate = isActive ? relay.HashRate : 0;
            (maxTarget, size) = (relay.MaxTarget, (ushort)relay.ExtranonceSize);
        }
        Text identity = session.Pool.UserIdentity.Length > 0 ? session.Pool.UserIdentity : relay.Request.UserIdentity;
        session.Invoke(mining => relay.Request.Kind == ChannelKind.Standard
            ? mining.OpenStandardChannel(identity, rate, maxTarget, link)
            : mining.OpenExtendedChannel(identity, rate, maxTarget, size, link));
    }

    private void UseIfReady(RelayChannel relay, UpstreamSession? session, bool keepsJobs)
    {
        if (LinkOf(relay, session) is { Feed.HasWork: true } link)
            Use(link, keepsJobs);
    }

    /// <summary>Feeds a miner's channel from one of its counterparts from now on; opens it where that is still due.</summary>
    private void Use(RelayLink link, bool keepsJobs)
    {
        RelayChannel relay = link.Relay;
        RelayFeed feed = link.Feed!;
        RelayLink? former = relay.Current;
        bool isMoved = false;
        relay.Connection.Invoke(mining =>
        {
            if (relay.Channel is null)
                isMoved = TryOpen(mining, relay, link, feed);
            else if (mining.MoveChannel(relay.Channel.Id, feed.Family, keepsJobs))
                isMoved = true;
            else if (feed.HasWork)
                mining.CloseChannel(relay.Channel.Id, "extranonce-size-changed");
            if (isMoved)
                relay.Current = link;
        });
        if (!isMoved)
            return;
        feed.ReleaseFormer();
        if (former is null || ReferenceEquals(former, link))
            return;
        // What the miner agreed with the former end is of no worth to the new one.
        if (relay.CarriesUnknown)
            relay.Connection.TrySend(new ChannelEndpointChanged { ChannelId = relay.Channel!.Id });
        if (former.Session.IsClosed && LinkOf(relay, former.Session) is null)
            former.Feed?.Release();
    }

    private bool TryOpen(MiningServerSession mining, RelayChannel relay, RelayLink link, RelayFeed feed)
    {
        // The target is read through the relay, because it follows the pool in use.
        var vardiff = new FollowingVardiff(new Vardiff(Options.ShareInterval, Time), () => (relay.Current ?? link).Feed!.Target.Value);
        relay.Channel = mining.CompleteOpen(relay.Request.Ticket, feed.Family, vardiff);
        if (relay.Channel is not { } channel)
        {
            Drop(relay);
            return false;
        }
        lock (relay.Gate)
            relay.ExtranonceSize = channel.ExtranonceSize;
        return true;
    }

    /// <summary>Nobody will ever say what became of them; the miner is told so.</summary>
    private void RefuseUnanswered(RelayLink link)
    {
        SentShare[] shares = link.TakeAll();
        if (shares.Length == 0)
            return;
        foreach (SentShare share in shares)
            TakeBack(share);
        link.Relay.Connection.Invoke(shares, static (mining, shares) =>
        {
            foreach (SentShare share in shares)
                mining.RefuseShare(share.Number, MiningErrorCodes.UpstreamLost);
        });
    }

    private void TakeBack(in SentShare share)
    {
        string reason = ShareRejection.RefusedUpstream.ToErrorCode();
        Shares.TakeBack(reason);
        share.Worker.Tally.TakeBack(reason);
    }

    /// <summary>The miner's channel is gone: so are its counterparts (5.3.9).</summary>
    private void Drop(RelayChannel relay)
    {
        RelayLink[] links;
        RelayLink? current = relay.Current;
        lock (relay.Gate)
        {
            if (relay.IsClosed)
                return;
            relay.IsClosed = true;
            links = [.. relay.Links.Values];
            relay.Links.Clear();
        }
        _relays.TryRemove(relay, out _);
        foreach (RelayLink link in links)
        {
            if (link.Channel is { } channel)
                link.Session.CloseChannel(channel);
            link.Feed?.Release();
        }
        if (current is not null && !links.Contains(current))
            current.Feed?.Release();
    }

    /// <summary>An array that can be exchanged at once.</summary>
    private sealed record ImmutableArrayBox(ImmutableArray<UpstreamSession> Items);
}
