using Sv2.Transport.Setup;

namespace Sv2.Transport.Probe;

/// <summary>How one step of a probe went.</summary>
public enum ProbeOutcome
{
    /// <summary>As it should be.</summary>
    Passed,

    /// <summary>It works, but somebody should know.</summary>
    Warning,

    /// <summary>It does not work; no later step was tried.</summary>
    Failed,

    /// <summary>It does not apply here.</summary>
    Skipped,
}

/// <summary>One step of a probe, for people to read.</summary>
/// <param name="Name">What was tried, such as <c>handshake</c>.</param>
/// <param name="Outcome">How it went.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="Finding">What was found, in plain words.</param>
/// <param name="Advice">What to do about it; null where nothing is to be done.</param>
public sealed record ProbeStep(string Name, ProbeOutcome Outcome, TimeSpan Elapsed, string Finding, string? Advice = null);

/// <summary>What a probe found.</summary>
/// <param name="Steps">The steps in order, up to and including the first that failed.</param>
/// <param name="Session">
/// The session, where all steps passed: open, owned by the caller, ready for steps of its protocol. Null otherwise.
/// </param>
public sealed record ProbeReport(IReadOnlyList<ProbeStep> Steps, Sv2Session? Session)
{
    /// <summary>Whether no step failed.</summary>
    public bool Succeeded => Session is not null;
}
