namespace Sv2.Mining;

/// <summary>
/// The error codes that deployed peers use on the wire (<c>error_code</c>, <c>reason_code</c>).
/// The specification calls them human-readable and lists none any more: send them, but never decide anything by them.
/// </summary>
public static class MiningErrorCodes
{
    /// <summary>Open*: the policy does not know the user identity.</summary>
    public const string UnknownUser = "unknown-user";

    /// <summary>Open* and UpdateChannel: the maximum target is zero.</summary>
    public const string MaxTargetOutOfRange = "max-target-out-of-range";

    /// <summary>Open* and UpdateChannel: the nominal hash rate is not a number, negative or infinite.</summary>
    public const string InvalidNominalHashRate = "invalid-nominal-hashrate";

    /// <summary>OpenExtended: no extranonce of the requested size can be granted.</summary>
    public const string MinExtranonceSizeTooLarge = "min-extranonce-size-too-large";

    /// <summary>Open*: this server, or this connection (REQUIRES_STANDARD_JOBS), has no extended channels.</summary>
    public const string ExtendedChannelsNotSupported = "extended-channels-not-supported";

    /// <summary>Open*: this server has no standard channels (REQUIRES_EXTENDED_CHANNELS).</summary>
    public const string StandardChannelsNotSupported = "standard-channels-not-supported";

    /// <summary>Open*: the connection has as many channels as it may have, or no extranonce prefix is free.</summary>
    public const string ChannelCapacityExhausted = "channel-capacity-exhausted";

    /// <summary>The channel id is unknown on this connection, closed, a group's, or of the wrong kind for the message.</summary>
    public const string InvalidChannelId = "invalid-channel-id";

    /// <summary>SubmitShares: the job was retired by a new block.</summary>
    public const string StaleShare = "stale-share";

    /// <summary>SubmitShares: the hash is above the job's target.</summary>
    public const string DifficultyTooLow = "difficulty-too-low";

    /// <summary>SubmitShares: the job was never sent on this channel, or is not active yet.</summary>
    public const string InvalidJobId = "invalid-job-id";

    /// <summary>SubmitShares: a field of the share is outside its limits (ntime).</summary>
    public const string InvalidShare = "invalid-share";

    /// <summary>SubmitShares: the same header was credited before.</summary>
    public const string DuplicateShare = "duplicate-share";

    /// <summary>SubmitSharesExtended: the extranonce has not exactly the negotiated size.</summary>
    public const string BadExtranonceSize = "bad-extranonce-size";

    /// <summary>SubmitShares: the version differs from the job's, and the job does not allow rolling.</summary>
    public const string VersionRollingNotAllowed = "version-rolling-not-allowed";

    /// <summary>SubmitShares: a version bit outside 0x1fffffe0 differs from the job's.</summary>
    public const string InvalidNonRollableVersionBit = "invalid-non-rollable-version-bit";

    /// <summary>SubmitShares: the server cannot record shares at the moment; the share is not credited.</summary>
    public const string TryAgainLater = "try-again-later";

    /// <summary>SubmitShares: the proxy lost its own upstream before that had answered; whether it credited the share nobody knows.</summary>
    public const string UpstreamLost = "upstream-lost";

    /// <summary>SubmitShares: nobody upstream credits the share's job: it was refused there, or given up before there was an answer.</summary>
    public const string NotCredited = "not-credited";

    /// <summary>SubmitShares: the channel has had as many shares on this block as the server remembers.</summary>
    public const string TooManyShares = "too-many-shares";

    /// <summary>SetCustomMiningJob: the token is unknown, used up or another user's.</summary>
    public const string InvalidMiningJobToken = "invalid-mining-job-token";

    /// <summary>SetCustomMiningJob: the connection did not set REQUIRES_WORK_SELECTION, or the server makes all jobs itself.</summary>
    public const string WorkSelectionNotSupported = "work-selection-not-supported";

    /// <summary>SetCustomMiningJob: too many requests of this connection wait for an answer.</summary>
    public const string TooManyPendingJobs = "too-many-pending-jobs";

    /// <summary>SetCustomMiningJob: the field named after this prefix has a wrong value.</summary>
    public const string InvalidJobParamValuePrefix = "invalid-job-param-value-";

    /// <summary>CloseChannel: the peer asked for it, or the server ends the channel in an orderly way.</summary>
    public const string ChannelClosed = "channel-closed";
}
