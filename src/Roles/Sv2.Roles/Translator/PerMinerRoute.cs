using Microsoft.Extensions.Logging;
using Sv1;
using Sv2.Mining.Client;
using Sv2.Protocol;
using Sv2.Roles.Upstreams;

namespace Sv2.Roles.Translator;

/// <summary>
/// Each miner on an extended channel of its own, over the one connection to the pool. Its channel on the standby is opened
/// beforehand, so that a switch is immediate here as well.
/// </summary>
internal sealed partial class PerMinerRoute(TranslatorServices services) : WorkRoute(services)
{
    private const double NewsMin = 0.2;

    private readonly ILogger _logger = services.Logger;

    // The pool knows the miner's hash rate by its channel, and sets its difficulty.
    public override bool HasOwnTargets => false;

    public override void OnSubscribing(TranslatorMiner miner)
    {
        // A channel needs the miner's name, which it has not said yet: so its extranonce never depends on the channel here.
    }

    public override void OnReady(TranslatorMiner miner)
    {
        // Under the miner's lock. The channels on the other connections are opened by the next tick.
        var channels = new MinerChannels(miner, Services);
        miner.RouteState = channels;
        if (Upstreams.Active is { } active)
            channels.Open(active, MinerName.Identity(active.Pool.UserIdentity, miner.User));
    }

    public override void OnLeft(TranslatorMiner miner) => (miner.RouteState as MinerChannels)?.CloseAll();

    public override void Tick()
    {
        IReadOnlyList<UpstreamSession> sessions = Upstreams.Sessions;
        UpstreamSession? active = Upstreams.Active;
        foreach (TranslatorMiner miner in Services.Miners.All)
        {
            if (miner.RouteState is not MinerChannels channels)
                continue;
            foreach (UpstreamSession session in sessions)
                channels.Open(session, MinerName.Identity(session.Pool.UserIdentity, miner.User));
            if (active is not null)
                channels.Restate(active, miner.HashRate, NewsMin);
        }
    }

    public override IEnumerable<ChannelInfo> Channels()
    {
        UpstreamSession? active = Upstreams.Active;
        foreach (TranslatorMiner miner in Services.Miners.All)
        {
            if (active is not null && (miner.RouteState as MinerChannels)?.Find(active)?.Channel is { } channel)
                yield return active.Describe(channel, miner.HashRate);
        }
    }

    public override void OnActiveChanged(UpstreamSwitch change)
    {
        if (change.To is not { } session)
            return;
        bool keepsEarlierJobs = change.From is { IsClosed: false };
        foreach (TranslatorMiner miner in Services.Miners.All)
        {
            if (miner.RouteState is not MinerChannels channels)
                continue;
            if (channels.Find(session)?.Restart() is { } job)
                miner.Give(channels.Find(session)!, job, keepsEarlierJobs);
            else
                channels.Open(session, MinerName.Identity(session.Pool.UserIdentity, miner.User));
        }
    }

    public override void OnChannelOpened(UpstreamSession session, ClientChannel channel)
    {
        if (channel.Tag is not TranslatorMiner { RouteState: MinerChannels channels } miner)
            return;
        if (Services.Jobs.Fault(channel) is { } fault)
        {
            session.CloseChannel(channel);
            OnOpenRefused(session, miner, fault);
            return;
        }
        channels.OnOpened(session, channel);
    }

    public override void OnOpenRefused(UpstreamSession session, object? tag, string errorCode)
    {
        if (tag is not TranslatorMiner { RouteState: MinerChannels channels } miner)
            return;
        LogNoChannel(session.Pool.Name, LogText.Sanitise(miner.User), LogText.Sanitise(errorCode));
        channels.OnRefused(session);
    }

    public override void OnChannelClosed(UpstreamSession session, ClientChannel channel, string reasonCode)
    {
        if (channel.Tag is not TranslatorMiner { RouteState: MinerChannels channels } miner)
            return;
        LogChannelClosed(session.Pool.Name, LogText.Sanitise(miner.User), LogText.Sanitise(reasonCode));
        channels.OnRefused(session);
        if (ReferenceEquals(session, Upstreams.Active))
            miner.EndJobs();
    }

    public override void OnWork(UpstreamSession session, ClientChannel channel, MiningWork work)
    {
        if (channel.Tag is not TranslatorMiner { RouteState: MinerChannels channels } miner || channels.Find(session) is not { } feed)
            return;
        Sv1Job? job = feed.Take(work);
        if (!ReferenceEquals(session, Upstreams.Active))
            return;
        if (job is not null)
            miner.Give(feed, job);
        else
            miner.FollowTarget(feed);
    }

    public override void OnWorkEnded(UpstreamSession session, ClientChannel channel)
    {
        if (channel.Tag is not TranslatorMiner { RouteState: MinerChannels channels } miner)
            return;
        channels.Find(session)?.End();
        if (ReferenceEquals(session, Upstreams.Active))
            miner.EndJobs();
    }

    public override void OnEnded(UpstreamSession session, long unanswered)
    {
        foreach (TranslatorMiner miner in Services.Miners.All)
            (miner.RouteState as MinerChannels)?.OnEnded(session);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pool {Pool} opened no channel for {User}: {Reason}. It is asked again")]
    private partial void LogNoChannel(string pool, string user, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pool {Pool} closed the channel of {User}: {Reason}. Another one is asked for")]
    private partial void LogChannelClosed(string pool, string user, string reason);
}
