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
            channels.Open(active, IdentityOf(miner, active));
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
                channels.Open(session, IdentityOf(miner, session));
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
                yield return Describe(active, channel, miner.HashRate);
        }
    }

    protected override void Switch(UpstreamSwitch change)
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
                channels.Open(session, IdentityOf(miner, session));
        }
    }

    public override void OnChannelOpened(UpstreamSession session, ClientChannel channel)
    {
        if (channel.Tag is not TranslatorMiner { RouteState: MinerChannels channels } miner)
            return;
        if (Services.Jobs.Fault(channel) is { } fault)
        {
            session.Invoke(mining => mining.CloseChannel(channel));
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
        base.OnEnded(session, unanswered);
        foreach (TranslatorMiner miner in Services.Miners.All)
            (miner.RouteState as MinerChannels)?.OnEnded(session);
    }

    /// <summary>Whom a pool is told: the configured account with the worker's part of the miner's name, or the miner's name.</summary>
    private static string IdentityOf(TranslatorMiner miner, UpstreamSession session)
    {
        string account = session.Pool.UserIdentity;
        string user = miner.User;
        string identity = account.Length == 0 ? user : $"{account}.{WorkerTlv.WorkerPart(user)}";
        return WorkerTlv.Cut(identity, byte.MaxValue);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pool {Pool} opened no channel for {User}: {Reason}. It is asked again")]
    private partial void LogNoChannel(string pool, string user, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pool {Pool} closed the channel of {User}: {Reason}. Another one is asked for")]
    private partial void LogChannelClosed(string pool, string user, string reason);
}
