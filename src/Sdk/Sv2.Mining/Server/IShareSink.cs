namespace Sv2.Mining.Server;

/// <summary>
/// Takes the outcome of every share, and may follow channels coming and going. Called from inside <see cref="MiningServerSession"/> while its caller holds the
/// session, so an implementation records or queues and returns; it must not call back into the session.
/// </summary>
public interface IShareSink
{
    /// <summary>
    /// A share met its job's target and no check refused it. Nothing is told to the client yet: the owner makes the
    /// share durable and then calls <see cref="MiningServerSession.AcknowledgeThrough"/>.
    /// </summary>
    /// <param name="share">The share. Its spans are valid during the call only.</param>
    /// <returns>
    /// <see langword="false"/> when the share cannot be taken (a full buffer, a ledger that is down): the client gets
    /// <see cref="MiningErrorCodes.TryAgainLater"/> at once and may submit the same share again.
    /// </returns>
    bool OnAccepted(in AcceptedShare share);

    /// <summary>A share was refused and the client has been told so.</summary>
    /// <param name="share">The share and the reason. Its spans are valid during the call only.</param>
    void OnRejected(in RejectedShare share);

    /// <summary>
    /// A header met the network's target: propagate it now. Called before any accounting, once per header, and also for
    /// shares that are refused afterwards (stale, version or ntime outside the pool's own limits): the network decides
    /// about a block, not the pool's rules.
    /// </summary>
    /// <param name="block">All that a template provider needs; the receiver may keep it.</param>
    void OnBlockFound(BlockCandidate block);

    /// <summary>A channel was opened; its success message is sent, its first job follows.</summary>
    /// <param name="channel">The channel.</param>
    void OnChannelOpened(ServerChannel channel)
    {
    }

    /// <summary>A channel was closed, by either side, with its group, or because the session was disposed of.</summary>
    /// <param name="channel">The channel, with its final counters.</param>
    void OnChannelClosed(ServerChannel channel)
    {
    }

    /// <summary>The client told another hash rate or maximum target (5.3.7), which is taken.</summary>
    /// <param name="channel">The channel, with the new figures.</param>
    void OnChannelUpdated(ServerChannel channel)
    {
    }

    /// <summary>
    /// The policy left a channel's opening to the owner (<see cref="ChannelDecision.Defer"/>), who answers by
    /// <see cref="MiningServerSession.CompleteOpen"/> or <see cref="MiningServerSession.RefuseOpen"/>, now or later.
    /// </summary>
    /// <param name="open">The request.</param>
    void OnOpenDeferred(DeferredOpen open)
    {
    }
}
