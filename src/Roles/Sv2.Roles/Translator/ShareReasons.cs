using Sv1;
using Sv2.Mining;

namespace Sv2.Roles.Translator;

/// <summary>Why shares of miners are refused here, in the words of the Mining Protocol where it has them.</summary>
internal static class ShareReasons
{
    public const string NoPool = "no-pool";
    public const string Ended = "job-ended";

    /// <summary>The reason of an error.</summary>
    public static string Of(Sv1Error error)
    {
        if (ReferenceEquals(error, Sv1ServerSession.Stale))
            return MiningErrorCodes.StaleShare;
        if (ReferenceEquals(error, TranslatorMiner.NoPool))
            return NoPool;
        if (ReferenceEquals(error, TranslatorMiner.JobEnded))
            return Ended;
        return error.Code switch
        {
            Sv1Error.JobNotFoundCode => MiningErrorCodes.InvalidJobId,
            Sv1Error.DuplicateShareCode => MiningErrorCodes.DuplicateShare,
            Sv1Error.LowDifficultyCode => MiningErrorCodes.DifficultyTooLow,
            Sv1Error.UnauthorizedCode => "unauthorized-worker",
            Sv1Error.NotSubscribedCode => "not-subscribed",
            _ => MiningErrorCodes.InvalidShare,
        };
    }
}
