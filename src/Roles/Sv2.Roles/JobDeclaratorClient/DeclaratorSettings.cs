using Sv2.Bitcoin;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>What a <see cref="JobDeclarator"/> goes by.</summary>
/// <param name="Index">Place of the upstream in the list.</param>
/// <param name="Mode">Whether jobs are declared before they are set.</param>
/// <param name="UserIdentifier">Who asks for tokens.</param>
/// <param name="LocalExtranonceSize">Bytes of the miners' whole extranonce.</param>
/// <param name="Own">Outputs of the miner's own.</param>
/// <param name="Times">Times and limits.</param>
/// <param name="RejectedSharesMax">Valid shares that may be refused within a minute.</param>
internal sealed record DeclaratorSettings(
    int Index,
    DeclarationMode Mode,
    string UserIdentifier,
    int LocalExtranonceSize,
    IReadOnlyList<OwnOutput> Own,
    DeclarationOptions Times,
    int RejectedSharesMax)
{
    /// <summary>Whether jobs are declared with all their transactions.</summary>
    public bool IsFullTemplate => Mode == DeclarationMode.FullTemplate;
}
