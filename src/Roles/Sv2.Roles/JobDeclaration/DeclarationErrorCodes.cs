namespace Sv2.Roles.JobDeclaration;

/// <summary>
/// The codes of <c>DeclareMiningJob.Error</c> (6.4.6) that this server sends. A client may show them, but decides nothing by
/// them (3.5), with one exception that costs nothing when it is wrong: <see cref="StaleChainTip"/> asks for patience.
/// </summary>
public static class DeclarationErrorCodes
{
    /// <summary>The token is unknown on this connection, used up, expired, or for another purpose.</summary>
    public const string InvalidMiningJobToken = "invalid-mining-job-token";

    /// <summary>The field named after this prefix has a wrong value.</summary>
    public const string InvalidJobParamValuePrefix = "invalid-job-param-value-";

    /// <summary>
    /// The job builds on another block than the server's best one: either side is a moment behind the other. No fault of the
    /// client's; the next template is declared as if nothing had happened.
    /// </summary>
    public const string StaleChainTip = "stale-chain-tip";

    /// <summary>The client did not agree, by DECLARE_TX_DATA, to reveal its transactions.</summary>
    public const string DeclareTxDataNotSet = "declare-tx-data-not-set";

    /// <summary>Another declaration with this request_id still waits for its answer.</summary>
    public const string DuplicateRequestId = "duplicate-request-id";

    /// <summary>The connection has as many undecided declarations as it may have, or the server as many bytes of transactions.</summary>
    public const string TooManyPendingJobs = "too-many-pending-jobs";

    /// <summary>The transactions that were asked for did not come in time, not all of them, or others.</summary>
    public const string MissingTransactions = "missing-transactions";

    /// <summary>The job would make an invalid block; the details name the rule in Bitcoin Core's words.</summary>
    public const string InvalidJob = "invalid-job";

    /// <summary>The server cannot judge now: its node is away.</summary>
    public const string TryAgainLater = "try-again-later";

    /// <summary>The code for one field.</summary>
    /// <param name="field">The field's name in the specification.</param>
    public static string ForField(string field) => InvalidJobParamValuePrefix + field;
}
