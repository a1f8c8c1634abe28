using Sv2.Mining.Client;
using Sv2.Roles.Upstreams;
using Sv2.Roles.Workers;

namespace Sv2.Roles.Translator;

/// <summary>
/// Which miner mines on which channel of the pool. Called by the list of upstreams, one call at a time, and by miners, under
/// their locks.
/// </summary>
internal abstract class WorkRoute(TranslatorServices services) : IUpstreamObserver
{
    /// <summary>Whether miners have difficulties of their own, below the channel's.</summary>
    public abstract bool HasOwnTargets { get; }

    /// <summary>The list of pools; set once, before it starts.</summary>
    public UpstreamList Upstreams { get; set; } = null!;

    protected TranslatorServices Services => services;

    /// <summary>What to ask of the pools.</summary>
    public virtual UpstreamListOptions Configure(TranslatorOptions options) => new()
    {
        Pools = UpstreamPoolOptions.Resolve(options.Pools, options.UserIdentity),
        Role = "translator",
        Switching = options.Switching,
        RequestedExtensions = options.WorkerNames ? [WorkerTlv.Extension] : [],
    };

    /// <summary>A miner subscribes and its extranonce depends on the pool.</summary>
    public abstract void OnSubscribing(TranslatorMiner miner);

    /// <summary>A miner is subscribed and authorised.</summary>
    public abstract void OnReady(TranslatorMiner miner);

    /// <summary>A miner's connection has ended. Called without its lock.</summary>
    public abstract void OnLeft(TranslatorMiner miner);

    /// <summary>Does what is due by the clock. Called without any lock.</summary>
    public abstract void Tick();

    /// <summary>The channels that are open on the pool in use.</summary>
    public abstract IEnumerable<ChannelInfo> Channels();

    /// <summary>Gives the work of another pool to all miners.</summary>
    public abstract void OnActiveChanged(UpstreamSwitch change);

    public abstract void OnWork(UpstreamSession session, ClientChannel channel, MiningWork work);

    public abstract void OnWorkEnded(UpstreamSession session, ClientChannel channel);

    public virtual void OnChannelOpened(UpstreamSession session, ClientChannel channel)
    {
    }

    public virtual void OnOpenRefused(UpstreamSession session, object? tag, string errorCode)
    {
    }

    public virtual void OnChannelClosed(UpstreamSession session, ClientChannel channel, string reasonCode)
    {
    }

    public virtual void OnEnded(UpstreamSession session, long unanswered)
    {
    }
}
