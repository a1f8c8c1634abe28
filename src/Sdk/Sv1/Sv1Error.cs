namespace Sv1;

/// <summary>
/// The error of a Stratum V1 response: <c>[code, message, null]</c>. Miners look at the code at most, so the message may
/// say precisely what is wrong.
/// </summary>
/// <param name="Code">One of the codes below, or whatever a peer sent.</param>
/// <param name="Message">What is wrong, in words.</param>
public sealed record Sv1Error(int Code, string Message)
{
    /// <summary>Code of everything that has no code of its own.</summary>
    public const int OtherCode = 20;

    /// <summary>Code of a share for a job that is unknown or over.</summary>
    public const int JobNotFoundCode = 21;

    /// <summary>Code of a share that was submitted before.</summary>
    public const int DuplicateShareCode = 22;

    /// <summary>Code of a share whose hash is above the target.</summary>
    public const int LowDifficultyCode = 23;

    /// <summary>Code of a share in the name of a worker that was not authorised.</summary>
    public const int UnauthorizedCode = 24;

    /// <summary>Code of a request that needs a subscription first.</summary>
    public const int NotSubscribedCode = 25;

    /// <summary>The job is unknown, or a new block has ended it.</summary>
    public static Sv1Error JobNotFound { get; } = new(JobNotFoundCode, "Job not found");

    /// <summary>The share was submitted before.</summary>
    public static Sv1Error DuplicateShare { get; } = new(DuplicateShareCode, "Duplicate share");

    /// <summary>The hash is above the target.</summary>
    public static Sv1Error LowDifficulty { get; } = new(LowDifficultyCode, "Low difficulty share");

    /// <summary>The worker was not authorised on this connection.</summary>
    public static Sv1Error Unauthorized { get; } = new(UnauthorizedCode, "Unauthorized worker");

    /// <summary>A subscription is needed first.</summary>
    public static Sv1Error NotSubscribed { get; } = new(NotSubscribedCode, "Not subscribed");

    /// <summary>Any other error.</summary>
    /// <param name="message">What is wrong, with field and limit.</param>
    /// <returns>The error with code 20.</returns>
    public static Sv1Error Other(string message) => new(OtherCode, message);
}
