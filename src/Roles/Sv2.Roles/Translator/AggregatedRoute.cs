using Sv1;
using Sv2.Mining.Client;
using Sv2.Roles.Upstreams;

namespace Sv2.Roles.Translator;

/// <summary>All miners on one extended channel of the pool in use; the standby's channel has its jobs ready, too.</summary>
internal sealed class AggregatedRoute(TranslatorServices services) : WorkRoute(services)
{
    // A pool is told of a changed hash rate when it differs by so much from what it was told.
    private const double NewsMin = 0.1;

    private readonly Dictionary<UpstreamSession, WorkFeed> _feeds = [];
    private volatile WorkFeed? _active;
    private volatile bool _isSetChanged;
    private double _told;

    public override bool HasOwnTargets => true;

    public override UpstreamListOptions Configure(TranslatorOptions options) => base.Configure(options) with
    {
        Channel = new OwnChannel { MinExtranonceSize = (ushort)Services.Jobs.MinExtranonceSize, Fault = Services.Jobs.Fault },
    };

    public override void OnSubscribing(TranslatorMiner miner)
    {
        if (_active is { Job: { } job } feed)
            miner.Give(feed, job);
    }

    public override void OnReady(TranslatorMiner miner)
    {
        _isSetChanged = true;
        if (_active is { Job: { } job } feed)
            miner.Give(feed, job);
    }

    public override void OnLeft(TranslatorMiner miner) => _isSetChanged = true;

    public override void Tick()
    {
        if (_active is not { Channel: { } channel } feed)
            return;
        double hashRate = Services.Miners.All.Sum(static miner => miner.HashRate);
        bool isNews = Math.Abs(hashRate - _told) > NewsMin * _told;
        if (!isNews && !_isSetChanged)
            return;
        _isSetChanged = false;
        _told = hashRate;
        // The session holds it back until a second has passed since the last one.
        feed.Session.Restate(channel, hashRate);
    }

    public override IEnumerable<ChannelInfo> Channels() =>
        _active is { Channel: { } channel } feed ? [feed.Session.Describe(channel, Services.Miners.All.Sum(static miner => miner.HashRate))] : [];

    public override void OnActiveChanged(UpstreamSwitch change)
    {
        if (change.To is not { } session)
        {
            _active = null;
            return;
        }
        WorkFeed feed = FeedOf(session);
        if (session.Work is { } work)
            feed.Take(work);
        _active = feed;
        _told = 0;
        _isSetChanged = true;
        // What was found for the pool before still reaches it while its connection is there.
        if (feed.Restart() is { } job)
            GiveAll(feed, job, keepsEarlierJobs: change.From is { IsClosed: false });
    }

    public override void OnWork(UpstreamSession session, ClientChannel channel, MiningWork work)
    {
        WorkFeed feed = FeedOf(session);
        Sv1Job? job = feed.Take(work);
        if (!ReferenceEquals(_active, feed))
            return;
        if (job is not null)
        {
            GiveAll(feed, job, keepsEarlierJobs: false);
            return;
        }
        foreach (TranslatorMiner miner in Services.Miners.All)
            miner.FollowTarget(feed);
    }

    public override void OnWorkEnded(UpstreamSession session, ClientChannel channel)
    {
        WorkFeed feed = FeedOf(session);
        feed.End();
        if (!ReferenceEquals(_active, feed))
            return;
        foreach (TranslatorMiner miner in Services.Miners.All)
            miner.EndJobs();
    }

    public override void OnEnded(UpstreamSession session, long unanswered) => _feeds.Remove(session);

    private void GiveAll(WorkFeed feed, Sv1Job job, bool keepsEarlierJobs)
    {
        foreach (TranslatorMiner miner in Services.Miners.All)
            miner.Give(feed, job, keepsEarlierJobs);
    }

    private WorkFeed FeedOf(UpstreamSession session)
    {
        if (!_feeds.TryGetValue(session, out WorkFeed? feed))
            _feeds.Add(session, feed = new WorkFeed(session, Services.Jobs, Services.Time));
        return feed;
    }
}
