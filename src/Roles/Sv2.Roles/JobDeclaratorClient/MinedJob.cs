using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Mining.Client;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;
using Sv2.Roles.JobDeclaration;
using Sv2.Roles.TemplateDistribution;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>How far a job has come with its pool.</summary>
internal enum JobStep
{
    /// <summary>It waits for its tip, for a token or for its transactions.</summary>
    Preparing,

    /// <summary>It was refused while the tip was new; it is declared again in a moment.</summary>
    Retrying,

    /// <summary>DeclareMiningJob is sent (full-template mode).</summary>
    Declaring,

    /// <summary>SetCustomMiningJob is sent.</summary>
    Setting,

    /// <summary>The pool has acknowledged it: shares go there at once.</summary>
    Mining,

    /// <summary>A job for oneself: there is nobody to ask.</summary>
    Solo,

    /// <summary>The server or the pool has refused it.</summary>
    Refused,

    /// <summary>It has no purpose any more.</summary>
    Dropped,
}

/// <summary>
/// One job from its template to the pool's word on it. Miners may work on it from the first moment; what they find waits
/// in the share cache until the pool has acknowledged it. Guarded by the engine's lock.
/// </summary>
internal sealed class MinedJob(long id, ProvidedTemplate template, CoinbasePlan plan, CustomJob custom, DateTimeOffset createdAt)
{
    /// <summary>Names it in lists.</summary>
    public long Id { get; } = id;

    /// <summary>The template behind it.</summary>
    public ProvidedTemplate Template { get; } = template;

    /// <summary>Outputs, fixed extranonce, and where it is declared.</summary>
    public CoinbasePlan Plan { get; } = plan;

    /// <summary>What is declared, and set at the pool.</summary>
    public CustomJob Custom { get; } = custom;

    /// <summary>The coinbase as the pool sees it, without the fixed bytes.</summary>
    public CoinbaseTemplate Coinbase => Custom.Coinbase;

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; } = createdAt;

    /// <summary>Id of the job that miners have; null for one that is only tried with a server.</summary>
    public uint? JobId { get; set; }

    /// <summary>The block it builds on; null for a future job.</summary>
    public ChainTip? Tip { get; set; }

    /// <summary>Smallest nTime.</summary>
    public uint MinNTime { get; set; }

    public JobStep Step { get; set; } = JobStep.Preparing;

    /// <summary>Timestamp at which <see cref="Step"/> began.</summary>
    public long StepSince { get; set; }

    /// <summary>Why it was refused or dropped, in words.</summary>
    public string? Reason { get; set; }

    /// <summary>When its fate was known.</summary>
    public DateTimeOffset? DecidedAt { get; set; }

    /// <summary>The token bound to it.</summary>
    public MiningToken? Token { get; set; }

    /// <summary>What the template provider told of its transactions; let go when the job is decided.</summary>
    public DeclaredTransactions? Transactions { get; set; }

    /// <summary>Number of transactions; null where they were not asked for.</summary>
    public int? TransactionCount { get; set; }

    /// <summary>Transactions that the server asked for.</summary>
    public int MissingTransactions { get; set; }

    /// <summary>How often the server has asked for transactions of this declaration.</summary>
    public int Questions { get; set; }

    /// <summary>How often it has been declared.</summary>
    public int Attempts { get; set; }

    /// <summary>request_id of DeclareMiningJob.</summary>
    public uint DeclareRequestId { get; set; }

    /// <summary>request_id of SetCustomMiningJob.</summary>
    public uint SetRequestId { get; set; }

    /// <summary>The acknowledged job, to submit shares to.</summary>
    public MiningWork? Work { get; set; }

    /// <summary>A block found on it: sent to the server once more should the declaration be accepted only afterwards.</summary>
    public PushSolution? Solution { get; set; }

    /// <summary>Whether a block was found on it.</summary>
    public bool IsSolved { get; set; }

    /// <summary>Whether the pool has not spoken yet and still may.</summary>
    public bool IsUndecided => Step is JobStep.Preparing or JobStep.Retrying or JobStep.Declaring or JobStep.Setting;

    /// <summary>Height of the block it would make.</summary>
    public long? Height => CoinbaseRules.TryReadHeight(Template.Message.CoinbasePrefix.Span, out uint height) ? height : null;

    /// <summary>What its coinbase pays to the plan's payout output.</summary>
    public ulong PayoutValue => Coinbase.Outputs.Count == 0 ? 0 : Coinbase.Outputs[0].Value;
}
