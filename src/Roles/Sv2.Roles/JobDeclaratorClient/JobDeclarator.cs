using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Mining.Client;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;
using Sv2.Protocol.Mining;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>
/// Brings jobs to one pool and its job declarator server: token, declaration, missing transactions, custom job, and
/// judges what they answer. Knows no connection and no thread; the caller serialises and calls <see cref="Tick()"/>.
/// </summary>
/// <remarks>
/// <code>
///                    full-template                             both modes
/// Preparing ──token, transactions──► Declaring ──Success──► Setting ──Success──► Mining
///     ▲                                  │ Error                │ Error
///     │◄───── Retrying ◄── new tip? ─────┴──────────────────────┤
///                                                               └──► Refused, and the upstream is left
/// </code>
/// </remarks>
internal sealed partial class JobDeclarator
{
    private const int AttemptsMax = 5;
    private const int UndecidedMax = 4;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);

    private readonly UpstreamSettings _settings;
    private readonly IDeclaratorOutput _output;
    private readonly TimeProvider _time;
    private readonly TokenStore _tokens;

    // The undecided ones only.
    private readonly List<MinedJob> _jobs = [];
    private MiningToken? _newest;
    private (uint Id, ByteString Prefix, int ExtranonceSize)? _channel;
    private ChainTip? _tip;
    private long _tipSince;
    private U256? _poolTip;
    private long _poolTipSince;
    private uint _lastRequestId;
    private bool _isClosed;

    public JobDeclarator(UpstreamSettings settings, IDeclaratorOutput output, TimeProvider time)
    {
        _settings = settings;
        _output = output;
        _time = time;
        _tokens = new TokenStore(settings.Times.TokensInStock, settings.Times.TokenTimeout, settings.Times.TokenAgeMax, time);
        _windowStart = time.GetTimestamp();
    }

    /// <summary>How coinbases are made; null until channel and first token are there.</summary>
    public CoinbasePlan? Plan { get; private set; }

    /// <summary>Tokens in stock.</summary>
    public IReadOnlyCollection<MiningToken> Tokens => _tokens.Tokens;

    /// <summary>What it goes by.</summary>
    public UpstreamSettings Settings => _settings;

    /// <summary>Jobs that wait for an answer, the oldest first.</summary>
    public IReadOnlyList<MinedJob> Undecided => _jobs;

    /// <summary>Begins to ask for tokens. The connection to the server is set up.</summary>
    public void Start() => AskForTokens();

    /// <summary>The pool's channel is open, or its extranonce prefix has changed.</summary>
    public void OnChannel(uint channelId, ByteString prefix, int extranonceSize)
    {
        _channel = (channelId, prefix, extranonceSize);
        MakePlan();
    }

    /// <summary>The pool has told of a tip; its word decides what it can accept.</summary>
    public void OnPoolTip(U256 prevHash)
    {
        if (_poolTip == prevHash)
            return;
        _poolTip = prevHash;
        _poolTipSince = _time.GetTimestamp();
    }

    /// <summary>Our own node has a new tip: jobs on the former one end.</summary>
    public void OnTip(ChainTip tip)
    {
        if (_tip?.PrevHash != tip.PrevHash)
            _tipSince = _time.GetTimestamp();
        _tip = tip;
        foreach (MinedJob job in _jobs.Where(job => job.Tip?.PrevHash != tip.PrevHash).ToList())
            Drop(job, "the tip changed");
    }

    /// <summary>Brings a job to the pool. Its tip is the present one.</summary>
    public void Declare(MinedJob job)
    {
        if (_isClosed)
        {
            Drop(job, "the upstream is not connected");
            return;
        }
        _jobs.Add(job);
        Enter(job, JobStep.Preparing);
        MakeRoom();
        if (_settings.IsFullTemplate && job.Transactions is null)
            _output.FetchTransactions(job);
        Advance(job);
        AskForTokens();
    }

    /// <summary>The job's transactions have come.</summary>
    public void OnTransactions(MinedJob job, DeclaredTransactions transactions)
    {
        if (!job.IsUndecided)
            return;
        job.Transactions = transactions;
        job.TransactionCount = transactions.Wtxids.Count;
        Advance(job);
    }

    /// <summary>The template provider does not give the job's transactions. Nobody upstream is to blame.</summary>
    public void OnTransactionsFailed(MinedJob job, string reason)
    {
        if (job.IsUndecided)
            Drop(job, $"no transaction data: {reason}");
    }

    /// <summary>A block was found on a job: tells the server, whatever it has answered so far (6.4.9).</summary>
    public void Push(MinedJob job, in PushSolution solution)
    {
        if (!_settings.IsFullTemplate)
            return;
        _output.SendToServer(solution);
        // A server that has not accepted the declaration yet cannot use it; it gets it again when it has.
        if (job.IsUndecided)
            job.Solution = solution;
    }

    /// <summary>The connections are gone, or are not wanted any more: undecided jobs end.</summary>
    public void Close(string reason)
    {
        _isClosed = true;
        foreach (MinedJob job in _jobs.ToArray())
            Drop(job, reason);
    }

    /// <summary>Does what is due by the clock.</summary>
    public void Tick()
    {
        if (_isClosed)
            return;
        if (_tokens.IsOverdue)
        {
            _output.OnFault($"no token came within {_settings.Times.TokenTimeout.TotalSeconds:0.#} s", hangUp: true);
            return;
        }
        foreach (MinedJob job in _jobs.ToArray())
            Tick(job);
        AskForTokens();
    }

    private void Tick(MinedJob job)
    {
        TimeSpan elapsed = _time.GetElapsedTime(job.StepSince);
        switch (job.Step)
        {
            case JobStep.Retrying when elapsed >= RetryDelay:
                Enter(job, JobStep.Preparing);
                Advance(job);
                break;
            case JobStep.Declaring when elapsed >= _settings.Times.DeclarationTimeout:
                Refuse(job, $"no answer to DeclareMiningJob within {elapsed.TotalSeconds:0.#} s");
                break;
            case JobStep.Setting when elapsed >= _settings.Times.CustomJobTimeout:
                Refuse(job, $"no answer to SetCustomMiningJob within {elapsed.TotalSeconds:0.#} s");
                break;
        }
    }

    private void AskForTokens()
    {
        while (!_isClosed && _tokens.TryAsk(out uint requestId))
            _output.SendToServer(new AllocateMiningJobToken { UserIdentifier = _settings.UserIdentifier, RequestId = requestId });
    }

    private void MakePlan()
    {
        if (_channel is not { } channel || _newest is not { } token)
            return;
        if (!CoinbasePlan.TryForPool(this, token, _settings.Own, channel.Prefix, channel.ExtranonceSize, _settings.LocalExtranonceSize, out CoinbasePlan? plan, out string? error))
        {
            _output.OnViolation(error);
            return;
        }
        if (Plan is not null && Plan.IsLike(plan))
            return;
        Plan = plan;
        _output.OnPlanChanged(plan);
    }

    private void Advance(MinedJob job)
    {
        if (job.Step != JobStep.Preparing || _isClosed)
            return;
        job.Token ??= _tokens.Take(job.Plan.OutputBytes);
        if (job.Token is null || (_settings.IsFullTemplate && job.Transactions is null))
            return;
        job.Attempts++;
        if (_settings.IsFullTemplate)
            SendDeclaration(job);
        else
            SendCustomJob(job, job.Token.Bytes);
    }

    private void SendDeclaration(MinedJob job)
    {
        DeclaredTransactions transactions = job.Transactions!;
        job.DeclareRequestId = unchecked(++_lastRequestId);
        job.Questions = 0;
        Enter(job, JobStep.Declaring);
        _output.SendToServer(job.Custom.Declare(job.DeclareRequestId, job.Token!.Bytes, transactions.Wtxids, transactions.Data.ExcessData));
    }

    private void SendCustomJob(MinedJob job, ByteString token)
    {
        // The prefix of this moment counts (5.3.10), and the coinbase was built with that of an earlier one.
        if (_channel is not { } channel || channel.Prefix != job.Plan.ExtranoncePrefix)
        {
            Drop(job, "the pool changed the extranonce prefix");
            return;
        }
        Enter(job, JobStep.Setting);
        // The session numbers its requests itself.
        job.SetRequestId = _output.SendToPool(job.Custom.ToSetCustomMiningJob(channel.Id, requestId: 0, token, job.Tip!.PrevHash, job.MinNTime, job.Tip.NBits));
    }

    /// <summary>Too many jobs wait for an answer: the oldest will be outdated before it comes.</summary>
    private void MakeRoom()
    {
        while (_jobs.Count > UndecidedMax)
            Drop(_jobs[0], "newer templates came before it was decided");
    }

    private void Enter(MinedJob job, JobStep step)
    {
        job.Step = step;
        job.StepSince = _time.GetTimestamp();
    }

    private void Refuse(MinedJob job, string reason)
    {
        if (MayBeARace && job.Attempts < AttemptsMax)
        {
            // Reason kept for whoever looks at the list meanwhile.
            job.Reason = reason;
            job.Token = null;
            Enter(job, JobStep.Retrying);
            return;
        }
        Conclude(job, JobStep.Refused, reason);
        _output.OnEnded(job);
        _output.OnFault(reason);
    }

    private void Drop(MinedJob job, string reason)
    {
        Conclude(job, JobStep.Dropped, reason);
        _output.OnEnded(job);
    }

    private void Conclude(MinedJob job, JobStep step, string? reason)
    {
        _jobs.Remove(job);
        Enter(job, step);
        job.Reason = reason;
        job.DecidedAt = _time.GetUtcNow();
        job.Transactions = null;
        job.Token = null;
    }

    /// <summary>A block is so young, here or at the pool, that one side may not know it yet.</summary>
    private bool MayBeARace =>
        (_tip is not null && _time.GetElapsedTime(_tipSince) < _settings.Times.TipGrace)
        || (_poolTip is not null && _time.GetElapsedTime(_poolTipSince) < _settings.Times.TipGrace);
}
