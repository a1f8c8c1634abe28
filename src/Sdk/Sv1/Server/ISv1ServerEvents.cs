using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv1;

/// <summary>
/// What an <see cref="Sv1ServerSession"/> asks and tells its owner. Called from inside the session; an implementation may
/// call the session's sending methods, but must not hand it further lines.
/// </summary>
public interface ISv1ServerEvents
{
    /// <summary>
    /// The miner subscribes and has no extranonce yet: call <see cref="Sv1ServerSession.SetExtranonce"/>, now or as soon as
    /// there is one; the answer waits for it.
    /// </summary>
    /// <param name="session">The session.</param>
    void OnSubscribing(Sv1ServerSession session);

    /// <summary>The miner names a worker.</summary>
    /// <param name="session">The session.</param>
    /// <param name="request">Name and password.</param>
    /// <returns><see langword="null"/> to accept it, or why not.</returns>
    Sv1Error? OnAuthorize(Sv1ServerSession session, in AuthorizeRequest request);

    /// <summary>The miner is subscribed and has its first worker: it waits for a target and a job.</summary>
    /// <param name="session">The session.</param>
    void OnReady(Sv1ServerSession session);

    /// <summary>The miner would like another target. Nothing has changed yet.</summary>
    /// <param name="session">The session.</param>
    /// <param name="target">The target it would like.</param>
    void OnTargetSuggested(Sv1ServerSession session, in U256 target)
    {
    }

    /// <summary>The miner found a share that passed every check of the session.</summary>
    /// <param name="session">The session.</param>
    /// <param name="share">The share; borrows, valid during the call.</param>
    /// <returns><see langword="null"/> to accept it, or why not.</returns>
    Sv1Error? OnShare(Sv1ServerSession session, in Sv1Share share);

    /// <summary>A share was refused, by the session or by <see cref="OnShare"/>. The miner has been told.</summary>
    /// <param name="session">The session.</param>
    /// <param name="worker">The worker, where it is an authorised one; <see langword="null"/> otherwise.</param>
    /// <param name="error">Why.</param>
    void OnShareRefused(Sv1ServerSession session, string? worker, Sv1Error error)
    {
    }

    /// <summary>The miner says which software it is, as an answer to <c>client.get_version</c>.</summary>
    /// <param name="session">The session.</param>
    /// <param name="version">Its words, unsanitised, at most 128 characters.</param>
    void OnVersion(Sv1ServerSession session, string version)
    {
    }
}

/// <summary>A share that a session has checked. Borrows from the received line.</summary>
public readonly ref struct Sv1Share
{
    /// <summary>The job it was found on.</summary>
    public required Sv1Job Job { get; init; }

    /// <summary>The worker it was submitted for.</summary>
    public required string Worker { get; init; }

    /// <summary>The server's part of the extranonce, as it was when the job was sent.</summary>
    public required ReadOnlySpan<byte> Extranonce1 { get; init; }

    /// <summary>The miner's part of the extranonce.</summary>
    public required ReadOnlySpan<byte> Extranonce2 { get; init; }

    /// <summary>The header, with the version as rolled.</summary>
    public required BlockHeader Header { get; init; }

    /// <summary>The header's hash.</summary>
    public required U256 Hash { get; init; }

    /// <summary>The target it had to meet.</summary>
    public required U256 Target { get; init; }
}
