using Sv2.Mining.Client;
using Sv2.Protocol;

namespace Sv2.Roles.Upstreams;

/// <summary>
/// What an <see cref="UpstreamList"/> tells its role: which pool is in use, and what each connected pool sends, the standby's
/// included.
/// </summary>
/// <remarks>
/// <para>
/// Calls come one at a time over the whole list, those of one pool in the order of the wire. They are made under a lock of
/// the list's that nothing else takes, and never under a session's lock. So an implementation may take locks of its own, and
/// whoever holds those may call any method of a session; only the list's own <c>Start</c>, <c>StopAsync</c> and
/// <c>DisposeAsync</c> must not be called from here.
/// </para>
/// <para>
/// A session may be a step ahead of its calls: what is read from it inside a call can be newer than what the call is about.
/// Every method but <see cref="OnActiveChanged"/> may be left out.
/// </para>
/// </remarks>
public interface IUpstreamObserver
{
    /// <summary>Another pool is in use from now on, or none. The time to give its work to every miner.</summary>
    /// <param name="change">From where to where, and why.</param>
    void OnActiveChanged(UpstreamSwitch change);

    /// <summary>A connection can be used from now on: as the standby, or in use, which <see cref="OnActiveChanged"/> tells next.</summary>
    void OnReady(UpstreamSession session)
    {
    }

    /// <summary>A channel has new work, or its work has another target (then with the same job id). See <see cref="IMiningClientEvents.OnWork"/>.</summary>
    void OnWork(UpstreamSession session, ClientChannel channel, MiningWork work)
    {
    }

    /// <summary>A channel must not be mined on until its next work.</summary>
    void OnWorkEnded(UpstreamSession session, ClientChannel channel)
    {
    }

    /// <summary>A job for the next tip arrived.</summary>
    void OnFutureJob(UpstreamSession session, ClientChannel channel, ClientJob job)
    {
    }

    /// <summary>The target of a channel changed.</summary>
    void OnTargetChanged(UpstreamSession session, ClientChannel channel)
    {
    }

    /// <summary>The extranonce prefix for jobs to come changed.</summary>
    void OnExtranoncePrefixChanged(UpstreamSession session, ClientChannel channel)
    {
    }

    /// <summary>A channel was opened. Its tag is what the request was given.</summary>
    void OnChannelOpened(UpstreamSession session, ClientChannel channel)
    {
    }

    /// <summary>A channel was not opened.</summary>
    void OnOpenRefused(UpstreamSession session, object? tag, string errorCode)
    {
    }

    /// <summary>The pool closed a channel.</summary>
    void OnChannelClosed(UpstreamSession session, ClientChannel channel, string reasonCode)
    {
    }

    /// <summary>Shares were acknowledged: all up to the batch's last sequence number that were not refused before.</summary>
    void OnSharesAccepted(UpstreamSession session, ClientChannel channel, AcceptedBatch batch)
    {
    }

    /// <summary>A share was refused.</summary>
    void OnShareRejected(UpstreamSession session, ClientChannel channel, uint sequenceNumber, string errorCode)
    {
    }

    /// <summary>An <c>UpdateChannel</c> was refused.</summary>
    void OnUpdateRefused(UpstreamSession session, ClientChannel channel, string errorCode)
    {
    }

    /// <summary>The pool commits to a custom job (5.3.19).</summary>
    void OnCustomJobAccepted(UpstreamSession session, uint requestId, IReadOnlyList<MiningWork> work)
    {
    }

    /// <summary>The pool refuses a custom job (5.3.20).</summary>
    void OnCustomJobRefused(UpstreamSession session, uint requestId, string errorCode)
    {
    }

    /// <summary>A frame of no message known here. Valid during the call only.</summary>
    void OnUnknownFrame(UpstreamSession session, in FrameHeader header, ReadOnlySpan<byte> payload)
    {
    }

    /// <summary>
    /// A connection ended, in use or not. Shares that had no answer by then will never get one. Where it was the one in use,
    /// <see cref="OnActiveChanged"/> came just before.
    /// </summary>
    /// <param name="session">The connection; its channels still tell their counters.</param>
    /// <param name="unanswered">Shares without an answer.</param>
    void OnEnded(UpstreamSession session, long unanswered)
    {
    }
}

/// <summary>A change of the pool in use.</summary>
/// <param name="From">The one left; null where there was none. Not closed yet if <see cref="UpstreamSession.IsClosed"/> says so: shares for it can still be submitted.</param>
/// <param name="To">The one in use now; null where there is none.</param>
/// <param name="Reason">Why, in plain words.</param>
public sealed record UpstreamSwitch(UpstreamSession? From, UpstreamSession? To, string Reason);
