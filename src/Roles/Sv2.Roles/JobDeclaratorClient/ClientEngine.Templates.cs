using System.Diagnostics.CodeAnalysis;
using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Mining.Server;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.JobDeclaration;
using Sv2.Roles.TemplateDistribution;

namespace Sv2.Roles.JobDeclaratorClient;

// From templates to jobs.
internal sealed partial class ClientEngine
{
    private readonly List<TemplateSlot> _futures = [];
    private ChainTip? _tip;
    private TemplateSlot? _active;
    private TemplateSlot? _delayed;
    private MinedJob? _current;
    private long? _refreshedAt;

    /// <summary>A template came (7.2).</summary>
    public void OnTemplate(ProvidedTemplate template)
    {
        lock (Gate)
        {
            TemplateSlot slot = new(template, _room ?? default);
            if (template.IsFuture)
                AddFuture(slot);
            else if (_tip is not null)
                TakeActive(slot);
        }
    }

    /// <summary>There is a new tip, and a template for it that was announced before (7.3).</summary>
    public void OnTip(ProvidedTemplate template, in SetNewPrevHash message)
    {
        lock (Gate)
        {
            TemplateSlot slot = _futures.Find(future => ReferenceEquals(future.Template, template)) ?? new TemplateSlot(template, _room ?? default);
            _futures.Clear();
            _tip = new ChainTip(message.PrevHash, message.HeaderTimestamp, message.NBits, message.Target);
            (_active, _delayed, _refreshedAt) = (slot, null, null);
            foreach (PairSession? session in _sessions)
                session?.Declarator.OnTip(_tip);
            if (_current is { Step: JobStep.Solo })
                End(_current);
            Activate(slot);
            Reconsider();
        }
    }

    private void AddFuture(TemplateSlot slot)
    {
        if (_futures.Count == FuturesMax)
            _futures.RemoveAt(0);
        _futures.Add(slot);
        MakeFuture(slot);
    }

    private void MakeFuture(TemplateSlot slot)
    {
        slot.Future = null;
        if (TryMake(slot, _plan, out MinedJob? job) && Feed(job, asFuture: true))
            slot.Future = job;
    }

    private void TakeActive(TemplateSlot slot)
    {
        _active = slot;
        // The first one on a tip is the one with the transactions; those after it bring a few satoshi more.
        if (IsTooEarly)
        {
            _delayed = slot;
            return;
        }
        _refreshedAt = Time.GetTimestamp();
        Renew();
    }

    private void TakeDelayedTemplate()
    {
        if (_delayed is null || IsTooEarly)
            return;
        _refreshedAt = Time.GetTimestamp();
        Renew();
    }

    private bool IsTooEarly =>
        _refreshedAt is { } last && Time.GetElapsedTime(last) < _options.TemplateInterval && ReferenceEquals(_current?.Plan, _plan);

    /// <summary>Another job on the tip that is mined on already.</summary>
    private void Renew()
    {
        _delayed = null;
        if (_active is null || _tip is null || !IsInForce(_tip))
        {
            if (_active is not null && _tip is not null)
                Activate(_active);
            return;
        }
        if (TakeTrial() is { } trial)
            Begin(trial, isDeclared: true);
        else if (TryMake(_active, _plan, out MinedJob? job) && Feed(job, asFuture: false))
            Begin(job, isDeclared: false);
    }

    /// <summary>The first job on a tip: it must be one that the miners have as a future job, or get as one now.</summary>
    private void Activate(TemplateSlot slot)
    {
        MinedJob? job = slot.Future is { } prepared && _plan is not null && ReferenceEquals(prepared.Plan, _plan) ? prepared : null;
        if (job is null && (!TryMake(slot, _plan, out job) || !Feed(job, asFuture: true)))
            return;
        if (!_family.TryActivate(slot.Template.TemplateId, _tip!))
        {
            _fault = $"template {slot.Template.TemplateId} cannot be put in force";
            return;
        }
        Begin(job, isDeclared: false);
    }

    private bool IsInForce(ChainTip tip) => _family.State.Tip?.PrevHash == tip.PrevHash;

    /// <summary>The plan is new: the same templates make other jobs.</summary>
    private void StartOnPlan()
    {
        if (_tip is not null)
            Renew();
        foreach (TemplateSlot future in _futures)
            MakeFuture(future);
        _output.Refresh();
    }

    /// <summary>Gives a job to an upstream that is not mined for, to see whether it takes it.</summary>
    private void Try(int index)
    {
        if (_sessions[index] is not { } session || _active is null || _tip is null || !TryMake(_active, session.Declarator.Plan, out MinedJob? job))
            return;
        job.Tip = _tip;
        job.MinNTime = _tip.MinNTime;
        _trials[index] = job;
        Note(job);
        session.Declarator.Declare(job);
    }

    /// <summary>The job that the upstream now mined for has acknowledged on trial, if it is still the best one.</summary>
    private MinedJob? TakeTrial()
    {
        if (!_ladder.Current.IsUpstream || _trials[_ladder.Current.Index] is not { } trial)
            return null;
        _trials[_ladder.Current.Index] = null;
        bool isGood = trial.Step == JobStep.Mining && ReferenceEquals(trial.Plan, _plan)
            && ReferenceEquals(trial.Template, _active?.Template) && ReferenceEquals(trial.Tip, _tip);
        return isGood && Feed(trial, asFuture: false) ? trial : null;
    }

    private void Begin(MinedJob job, bool isDeclared)
    {
        _current = job;
        job.Tip = _tip;
        job.MinNTime = _tip!.MinNTime;
        _output.Refresh();
        if (isDeclared)
            return;
        Note(job);
        if (job.Plan.Declarator is { } declarator)
            declarator.Declare(job);
        else
            job.Step = JobStep.Solo;
    }

    private void End(MinedJob job)
    {
        if (job.DecidedAt is null && job.Step == JobStep.Solo)
            (job.Step, job.Reason, job.DecidedAt) = (JobStep.Dropped, "the tip changed", Time.GetUtcNow());
    }

    private bool TryMake(TemplateSlot slot, CoinbasePlan? plan, [NotNullWhen(true)] out MinedJob? job)
    {
        job = null;
        // A template without room for the outputs could make an invalid block: the next one will have it.
        if (plan is null || !plan.Fits(slot.Room))
            return false;
        if (!plan.TryBuild(slot.Template.Message, out CustomJob? custom, out string? error))
        {
            _fault = $"template {slot.Template.TemplateId} cannot be used: {error}";
            return false;
        }
        job = new MinedJob(++_lastId, slot.Template, plan, custom, Time.GetUtcNow());
        _fault = null;
        return true;
    }

    private bool Feed(MinedJob job, bool asFuture)
    {
        NewTemplate message = job.Template.Message with { FutureTemplate = asFuture };
        if (!_family.TryAddTemplate(message, job.Plan.ForMiners(job.Coinbase), out SharedJob? shared, out string? error))
        {
            _fault = error;
            return false;
        }
        job.JobId = shared.JobId;
        _byJobId[shared.JobId] = job;
        _jobIds.Enqueue(shared.JobId);
        while (_jobIds.Count > JobsMax)
            _byJobId.Remove(_jobIds.Dequeue());
        _output.Refresh();
        return true;
    }

    private void Note(MinedJob job)
    {
        if (_log.Count == LogMax)
            _log.RemoveAt(0);
        _log.Add(job);
    }
}
