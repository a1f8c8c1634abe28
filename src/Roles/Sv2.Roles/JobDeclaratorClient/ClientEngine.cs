using Sv2.Mining;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>
/// The heart of the job declarator client: makes jobs of templates for the upstream that is mined for, gives them to the
/// miners at once, has them declared, and sends on what is found. Everything goes through one lock, under which nothing
/// waits; what must be done outside is asked of <see cref="IEngineOutput"/>.
/// </summary>
/// <remarks>
/// <code>
/// template client ──► OnTemplate, OnTip ──► job ──┬──► JobFamily ──► miners                (optimistic, at once)
///                                                 └──► JobDeclarator ──► server, pool ──► OnAcknowledged
/// miners ──► OnShare ──► acknowledged? ──► pool,  else share cache ──────────────────────────────┘
/// upstream pairs ──► OnReady, OnLost, OnFault ──► UpstreamLadder ──► another plan, another job
/// </code>
/// </remarks>
internal sealed partial class ClientEngine
{
    private const int LogMax = 200;
    private const int JobsMax = 256;
    private const int FuturesMax = 4;

    private readonly IEngineOutput _output;
    private readonly IReadOnlyList<string> _names;
    private readonly JobFamily _family;
    private readonly UpstreamLadder _ladder;
    private readonly DeclarationOptions _options;
    private readonly CoinbasePlan? _solo;
    private readonly PairSession?[] _sessions;
    private readonly MinedJob?[] _trials;
    private readonly ShareCache _cache;

    // The miners' jobs by their id, and the newest jobs of all for the lists.
    private readonly Dictionary<uint, MinedJob> _byJobId = [];
    private readonly Queue<uint> _jobIds = [];
    private readonly List<MinedJob> _log = [];

    private CoinbasePlan? _plan;
    private CoinbaseOutputConstraints? _room;
    private long _lastId;
    private string? _fault;

    /// <param name="family">Where the miners' jobs are fed in.</param>
    /// <param name="upstreams">Names of the upstreams, in order of preference.</param>
    /// <param name="solo">How to mine for oneself; null when nobody said for which address.</param>
    /// <param name="options">The role's options.</param>
    /// <param name="output">What is to be done outside.</param>
    /// <param name="time">The clock.</param>
    public ClientEngine(JobFamily family, IReadOnlyList<string> upstreams, CoinbasePlan? solo, JobDeclaratorClientOptions options, IEngineOutput output, TimeProvider time)
    {
        _family = family;
        _output = output;
        _options = options.Declaration;
        _solo = solo;
        _names = upstreams;
        _ladder = new UpstreamLadder(upstreams, solo is not null, options.Solo.After, options.Fallback, time);
        _sessions = new PairSession?[upstreams.Count];
        _trials = new MinedJob?[upstreams.Count];
        _cache = new ShareCache(options.Declaration.CachedSharesMax);
        Time = time;
    }

    /// <summary>Guards everything here and in the sessions of upstreams.</summary>
    public Lock Gate { get; } = new();

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>Hash rate of all miners, to be told to pools.</summary>
    public double HashRate { get; private set; }

    /// <summary>Whether an upstream's connections are wanted.</summary>
    public bool IsWanted(int index)
    {
        lock (Gate)
            return _ladder.IsWanted(index);
    }

    /// <summary>An attempt to connect to an upstream failed.</summary>
    public void OnFailed(int index, string reason)
    {
        lock (Gate)
        {
            _ladder.OnFailed(index, reason);
            Reconsider();
        }
    }

    /// <summary>An upstream is connected, has a channel and a token.</summary>
    public void OnReady(PairSession session)
    {
        lock (Gate)
        {
            _sessions[session.Index] = session;
            if (_tip is not null)
                session.Declarator.OnTip(_tip);
            AskForRoom();
            _ladder.OnReady(session.Index);
            Reconsider();
        }
    }

    /// <summary>An upstream's connections are gone.</summary>
    public void OnLost(PairSession session, string reason)
    {
        lock (Gate)
        {
            if (!ReferenceEquals(_sessions[session.Index], session))
                return;
            session.Declarator.Close(reason);
            session.GiveUpUnanswered();
            _sessions[session.Index] = null;
            _trials[session.Index] = null;
            _ladder.OnLost(session.Index, reason);
            Reconsider();
        }
    }

    /// <summary>An upstream did not do what it must. The lock is held.</summary>
    public void OnFault(PairSession session, string reason)
    {
        _ladder.OnFault(session.Index, reason);
        _trials[session.Index] = null;
        _output.Publish(RoleEventTypes.Upstream, RoleEventSeverity.Warning, $"Upstream {_names[session.Index]}: {reason}");
        Reconsider();
    }

    /// <summary>An upstream's outputs or extranonce prefix are known, or have changed. The lock is held.</summary>
    public void OnPlanChanged(PairSession session, CoinbasePlan plan)
    {
        if (!ReferenceEquals(_sessions[session.Index], session))
            return;
        AskForRoom();
        if (_ladder.Current.Index == session.Index)
            Use(plan);
    }

    /// <summary>An upstream's target has changed. The lock is held.</summary>
    public void OnTargetChanged(PairSession session)
    {
        if (_ladder.Current.Index == session.Index)
            NoteTarget();
    }

    /// <summary>A pool has acknowledged a job: what was found on it goes out now. The lock is held.</summary>
    public void OnAcknowledged(PairSession session, MinedJob job)
    {
        foreach (CachedShare share in _cache.Take(job))
            Submit(session, job, share);
        _ladder.OnProven(session.Index);
        Reconsider();
    }

    /// <summary>A job will not be acknowledged any more. The lock is held.</summary>
    public void OnEnded(MinedJob job)
    {
        bool isStale = job.Tip is not null && _tip is not null && job.Tip.PrevHash != _tip.PrevHash;
        foreach (CachedShare share in _cache.Take(job))
            Discard(share.Origin, isStale ? MiningErrorCodes.StaleShare : MiningErrorCodes.NotCredited);
        for (int i = 0; i < _trials.Length; i++)
            if (ReferenceEquals(_trials[i], job))
                _trials[i] = null;
    }

    /// <summary>A job's transactions have come.</summary>
    public void OnTransactions(MinedJob job, DeclaredTransactions transactions)
    {
        lock (Gate)
            job.Plan.Declarator?.OnTransactions(job, transactions);
    }

    /// <summary>A job's transactions do not come.</summary>
    public void OnTransactionsFailed(MinedJob job, string reason)
    {
        lock (Gate)
            job.Plan.Declarator?.OnTransactionsFailed(job, reason);
    }

    /// <summary>A job's transactions are wanted. The lock is held.</summary>
    public void Fetch(MinedJob job) => _output.Fetch(job);

    /// <summary>Does what is due by the clock.</summary>
    /// <param name="hashRate">Hash rate of all miners.</param>
    public void Tick(double hashRate)
    {
        lock (Gate)
        {
            HashRate = hashRate;
            for (int i = 0; i < _sessions.Length; i++)
            {
                if (_sessions[i] is not { } session)
                    continue;
                session.Tick();
                session.Restate(i == _ladder.Current.Index ? hashRate : 0);
            }
            TakeDelayedTemplate();
            Reconsider();
        }
    }

    /// <summary>Looks again at who is mined for, and changes over where that is somebody else.</summary>
    private void Reconsider()
    {
        if (_ladder.Decide())
            ChangeOver();
        if (_ladder.ToProve() is { } index && _trials[index] is null)
            Try(index);
        _output.WakeUpstreams();
    }

    private void ChangeOver()
    {
        MiningFor current = _ladder.Current;
        string text = current switch
        {
            { IsUpstream: true } => $"Mining for {_names[current.Index]}: {_ladder.Why}",
            _ when current == MiningFor.Solo => $"Mining solo: {_ladder.Why}",
            _ => $"No upstream is left, the last job goes on: {_ladder.Why}",
        };
        _output.Publish(RoleEventTypes.Upstream, current.Index == 0 ? RoleEventSeverity.Info : RoleEventSeverity.Warning, text);
        PairSession? session = current.IsUpstream ? _sessions[current.Index] : null;
        // First the hash rate, so that the pool has set a fitting target before it sees the job.
        session?.Restate(HashRate, isUrgent: true);
        CoinbasePlan? plan = current == MiningFor.Solo ? _solo : session?.Declarator.Plan;
        if (plan is not null)
            Use(plan);
        AskForRoom();
    }

    private void Use(CoinbasePlan plan)
    {
        bool isInUse = ReferenceEquals(_plan, plan) && ReferenceEquals(_current?.Plan, plan) && (_current.IsUndecided || _current.Step == JobStep.Mining);
        _plan = plan;
        NoteTarget();
        AskForRoom();
        if (!isInUse)
            StartOnPlan();
    }

    /// <summary>The largest room that any plan at hand needs, so that a change of upstream need not wait for a template.</summary>
    private void AskForRoom()
    {
        List<CoinbasePlan> plans = [.. _sessions.Select(session => session?.Declarator.Plan).OfType<CoinbasePlan>()];
        if (_plan is not null)
            plans.Add(_plan);
        if (plans.Count == 0)
            return;
        if (_solo is not null)
            plans.Add(_solo);
        CoinbaseOutputConstraints needed = new()
        {
            CoinbaseOutputMaxAdditionalSize = plans.Max(plan => plan.Size),
            CoinbaseOutputMaxAdditionalSigops = plans.Max(plan => plan.Sigops),
        };
        if (_room == needed)
            return;
        _room = needed;
        _output.SetRoom(needed);
    }
}
