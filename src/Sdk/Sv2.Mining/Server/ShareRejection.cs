namespace Sv2.Mining.Server;

/// <summary>Why a share was refused, in the order in which <see cref="ShareValidator"/> asks.</summary>
public enum ShareRejection
{
    /// <summary>Not refused.</summary>
    None,

    /// <summary>No such channel on this connection, or a group's id.</summary>
    UnknownChannel,

    /// <summary>SubmitSharesStandard on an extended channel, or the other way round (item 202).</summary>
    WrongChannelKind,

    /// <summary>The extranonce has not exactly the negotiated size.</summary>
    BadExtranonceSize,

    /// <summary>The job was never sent on this channel.</summary>
    UnknownJob,

    /// <summary>The job waits for its SetNewPrevHash.</summary>
    FutureJob,

    /// <summary>A new block retired the job, or so many newer jobs followed that it is forgotten.</summary>
    Stale,

    /// <summary>The version was changed and the job does not allow it.</summary>
    VersionRollingNotAllowed,

    /// <summary>A version bit outside the BIP 323 mask was changed.</summary>
    NonRollableVersionBit,

    /// <summary>nTime is before the job's min_ntime.</summary>
    NTimeTooEarly,

    /// <summary>nTime is further ahead than consensus allows.</summary>
    NTimeTooLate,

    /// <summary>The hash is above the job's target.</summary>
    DifficultyTooLow,

    /// <summary>This header was credited before.</summary>
    Duplicate,

    /// <summary>The channel has had as many shares on this block as the duplicate filter can remember.</summary>
    TooManyShares,

    /// <summary>The owner could not take the share, or too many shares wait for their acknowledgement.</summary>
    NotRecorded,

    /// <summary>
    /// A proxy's upstream refused the share, or was lost before it answered. The code on the wire is the upstream's own where
    /// it gave one.
    /// </summary>
    RefusedUpstream,
}

/// <summary>What a <see cref="ShareRejection"/> is called on the wire.</summary>
public static class ShareRejectionExtensions
{
    /// <summary>The <c>error_code</c> of <c>SubmitShares.Error</c> (5.3.14) for this reason.</summary>
    /// <param name="reason">Any reason but <see cref="ShareRejection.None"/>.</param>
    /// <returns>One of <see cref="MiningErrorCodes"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="reason"/> is not a refusal.</exception>
    public static string ToErrorCode(this ShareRejection reason) => reason switch
    {
        ShareRejection.UnknownChannel or ShareRejection.WrongChannelKind => MiningErrorCodes.InvalidChannelId,
        ShareRejection.BadExtranonceSize => MiningErrorCodes.BadExtranonceSize,
        ShareRejection.UnknownJob or ShareRejection.FutureJob => MiningErrorCodes.InvalidJobId,
        ShareRejection.Stale => MiningErrorCodes.StaleShare,
        ShareRejection.VersionRollingNotAllowed => MiningErrorCodes.VersionRollingNotAllowed,
        ShareRejection.NonRollableVersionBit => MiningErrorCodes.InvalidNonRollableVersionBit,
        ShareRejection.NTimeTooEarly or ShareRejection.NTimeTooLate => MiningErrorCodes.InvalidShare,
        ShareRejection.DifficultyTooLow => MiningErrorCodes.DifficultyTooLow,
        ShareRejection.Duplicate => MiningErrorCodes.DuplicateShare,
        ShareRejection.TooManyShares => MiningErrorCodes.TooManyShares,
        ShareRejection.NotRecorded => MiningErrorCodes.TryAgainLater,
        ShareRejection.RefusedUpstream => MiningErrorCodes.UpstreamLost,
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "not a refusal"),
    };
}
