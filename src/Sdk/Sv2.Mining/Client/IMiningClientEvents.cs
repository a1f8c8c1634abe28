namespace Sv2.Mining.Client;

/// <summary>
/// What a <see cref="MiningClientSession"/> tells its owner. Called from inside the session while its caller holds it. An
/// implementation may call the session's sending methods (submit, update, close, open) from here, but must not dispatch
/// further received messages to it. Every method but <see cref="OnWork"/> may be left out.
/// </summary>
public interface IMiningClientEvents
{
    /// <summary>
    /// Mine this from now on, in place of the channel's work before. Comes with every new active job, every new previous
    /// hash, and when the target of the active job changes (then with the same job id).
    /// </summary>
    /// <param name="channel">The channel.</param>
    /// <param name="work">The work; immutable, may be kept.</param>
    void OnWork(ClientChannel channel, MiningWork work);

    /// <summary>The channel must not be mined on until the next <see cref="OnWork"/>: the server ended its jobs.</summary>
    /// <param name="channel">The channel.</param>
    void OnWorkEnded(ClientChannel channel)
    {
    }

    /// <summary>A channel was opened. No work has come for it yet.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="requestId">The request it answers.</param>
    void OnChannelOpened(ClientChannel channel, uint requestId)
    {
    }

    /// <summary>A channel was not opened (5.3.6).</summary>
    /// <param name="requestId">The request.</param>
    /// <param name="errorCode">The server's words, unsanitised; never decide anything by them.</param>
    void OnOpenRefused(uint requestId, string errorCode)
    {
    }

    /// <summary>A channel was not opened (5.3.6); for owners that know their requests by the tag. Calls <see cref="OnOpenRefused(uint, string)"/> unless implemented.</summary>
    /// <param name="requestId">The request.</param>
    /// <param name="errorCode">The server's words, unsanitised; never decide anything by them.</param>
    /// <param name="tag">What the request was given as tag.</param>
    void OnOpenRefused(uint requestId, string errorCode, object? tag) => OnOpenRefused(requestId, errorCode);

    /// <summary>The server closed the channel, by itself or as a member of its group (5.3.9). It is gone from the session.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="reasonCode">The server's words, unsanitised.</param>
    void OnChannelClosed(ClientChannel channel, string reasonCode)
    {
    }

    /// <summary>A job for the next tip arrived (5.1.3). A proxy passes it on; a miner need not care.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="job">The job.</param>
    void OnFutureJob(ClientChannel channel, ClientJob job)
    {
    }

    /// <summary>The target of the channel changed (5.3.21), for jobs to come and perhaps for the active one.</summary>
    /// <param name="channel">The channel.</param>
    void OnTargetChanged(ClientChannel channel)
    {
    }

    /// <summary>The extranonce prefix of jobs to come changed (5.3.10).</summary>
    /// <param name="channel">The channel.</param>
    void OnExtranoncePrefixChanged(ClientChannel channel)
    {
    }

    /// <summary>Shares were acknowledged (5.3.13).</summary>
    /// <param name="channel">The channel, its counters already raised.</param>
    /// <param name="batch">What this message acknowledged; numbers of this batch alone.</param>
    void OnSharesAccepted(ClientChannel channel, in AcceptedBatch batch)
    {
    }

    /// <summary>A share was refused (5.3.14).</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="sequenceNumber">The share's number.</param>
    /// <param name="errorCode">The server's words, unsanitised; never decide anything by them.</param>
    void OnShareRejected(ClientChannel channel, uint sequenceNumber, string errorCode)
    {
    }

    /// <summary>An <c>UpdateChannel</c> was invalid (5.3.8).</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="errorCode">The server's words, unsanitised.</param>
    void OnUpdateRefused(ClientChannel channel, string errorCode)
    {
    }

    /// <summary>The server commits to rewarding a custom job (5.3.19): shares can be submitted on it.</summary>
    /// <param name="requestId">The request.</param>
    /// <param name="work">The job under its new id, one for each extended channel it was sent for.</param>
    void OnCustomJobAccepted(uint requestId, IReadOnlyList<MiningWork> work)
    {
    }

    /// <summary>The server refuses a custom job (5.3.20).</summary>
    /// <param name="requestId">The request.</param>
    /// <param name="errorCode">The server's words, unsanitised.</param>
    void OnCustomJobRefused(uint requestId, string errorCode)
    {
    }

    /// <summary>
    /// The server broke the protocol. The session ignored the message, and never mines a guess; the owner logs it, and
    /// closes the channel or the connection where <see cref="ProtocolViolation.IsFatal"/> says so.
    /// </summary>
    /// <param name="violation">What happened.</param>
    void OnViolation(ProtocolViolation violation)
    {
    }
}

/// <summary>What one <c>SubmitShares.Success</c> acknowledged (5.3.13).</summary>
/// <param name="LastSequenceNumber">Latest sequence number with a correct result.</param>
/// <param name="Count">Shares of this batch.</param>
/// <param name="DifficultySum">Sum of their difficulties.</param>
public readonly record struct AcceptedBatch(uint LastSequenceNumber, uint Count, ulong DifficultySum);

/// <summary>A message that a server must not have sent.</summary>
/// <param name="Message">Name of the message in the specification.</param>
/// <param name="ChannelId">The id it was addressed to; 0 for answers to a request.</param>
/// <param name="Text">What is wrong, in words fit for a log.</param>
/// <param name="IsFatal">
/// Whether the channel cannot go on: its jobs are unknown now. Close and reopen it. What is not fatal was harmless, such
/// as a message for a channel closed a moment ago.
/// </param>
public sealed record ProtocolViolation(string Message, uint ChannelId, string Text, bool IsFatal);
