namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>How one upstream is used.</summary>
/// <param name="Index">Its place in the list.</param>
/// <param name="Mode">Whether jobs are declared before they are set.</param>
/// <param name="UserIdentifier">Who asks for tokens, and whom the pool credits.</param>
/// <param name="LocalExtranonceSize">Bytes of the miners' whole extranonce.</param>
/// <param name="Own">Outputs of the miner's own.</param>
/// <param name="Times">Times and limits of declarations.</param>
/// <param name="Fallback">When to leave it.</param>
/// <param name="ReportsWorkers">Whether it may be told which miner found each share.</param>
internal sealed record UpstreamSettings(
    int Index,
    DeclarationMode Mode,
    string UserIdentifier,
    int LocalExtranonceSize,
    IReadOnlyList<OwnOutput> Own,
    DeclarationOptions Times,
    FallbackOptions Fallback,
    bool ReportsWorkers = false)
{
    /// <summary>Whether jobs are declared with all their transactions.</summary>
    public bool IsFullTemplate => Mode == DeclarationMode.FullTemplate;
}
