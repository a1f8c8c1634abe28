using Microsoft.Extensions.Logging;
using Sv2.Mining;
using Sv2.Mining.Server;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.TemplateDistribution;

namespace Sv2.Roles.Pool;

/// <summary>
/// Turns templates into jobs: keeps every job family fed with the same templates and tip, lets a family that comes late
/// catch up, and remembers which template each job was made from. Thread-safe.
/// </summary>
internal sealed partial class PoolTemplates
{
    // Longer than any session remembers a job, so that a late block still finds its template.
    private const int TemplatesMax = 64;
    private const int JobsMax = 262_144;

    private readonly Lock _gate = new();
    private readonly int _futuresMax;
    private readonly ILogger _logger;
    private readonly List<JobFamily> _families = [];
    private readonly List<ProvidedTemplate> _futures = [];
    private readonly Queue<ProvidedTemplate> _remembered = [];
    private readonly Dictionary<ProvidedTemplate, List<uint>> _jobsOf = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<uint, ProvidedTemplate> _byJob = [];

    private ProvidedTemplate? _tipTemplate;
    private ProvidedTemplate? _active;
    private ChainTip? _tip;
    private string? _fault;

    public PoolTemplates(int futuresMax, ILogger logger)
    {
        _futuresMax = futuresMax;
        _logger = logger;
    }

    /// <summary>The template being mined; null before the first.</summary>
    public ProvidedTemplate? Active
    {
        get { lock (_gate) return _active; }
    }

    /// <summary>The tip being mined on; null before the first.</summary>
    public ChainTip? Tip
    {
        get { lock (_gate) return _tip; }
    }

    /// <summary>Why the last template could not be used; null while all is well.</summary>
    public string? Fault
    {
        get { lock (_gate) return _fault; }
    }

    /// <summary>The templates alive: the active one first, then the future ones.</summary>
    public IReadOnlyList<(ProvidedTemplate Template, ChainTip? Tip)> Alive()
    {
        lock (_gate)
        {
            var alive = new List<(ProvidedTemplate, ChainTip?)>();
            if (_active is not null) alive.Add((_active, _tip));
            for (int i = _futures.Count - 1; i >= 0; i--) alive.Add((_futures[i], null));
            return alive;
        }
    }

    /// <summary>The jobs alive: of each family the active ones first, then the future ones.</summary>
    public IReadOnlyList<PoolJob> Jobs()
    {
        lock (_gate)
        {
            var jobs = new List<PoolJob>();
            foreach (JobFamily family in _families)
            {
                JobFamilyState state = family.State;
                Take(family, state.Active, state.Tip);
                if (!ReferenceEquals(state.TipJob, state.Active)) Take(family, state.TipJob, state.Tip);
                foreach (SharedJob future in state.Futures) Take(family, future, null);
            }

            return jobs;

            void Take(JobFamily family, SharedJob? job, ChainTip? tip)
            {
                if (job is not null && _byJob.TryGetValue(job.JobId, out ProvidedTemplate? template)) jobs.Add(new PoolJob(family, job, template, tip));
            }
        }
    }

    /// <summary>Adds a family and gives it what the others have.</summary>
    public void Add(JobFamily family)
    {
        lock (_gate)
        {
            _families.Add(family);
            CatchUp(family);
        }
    }

    /// <summary>Feeds the family no more.</summary>
    public void Remove(JobFamily family)
    {
        lock (_gate) _families.Remove(family);
    }

    /// <summary>Makes jobs of a template. True when sessions have something to send.</summary>
    public bool AddTemplate(ProvidedTemplate template)
    {
        lock (_gate)
        {
            bool any = false;
            foreach (JobFamily family in _families) any |= Feed(family, template);
            if (!any) return false;
            if (template.IsFuture) AddFuture(template);
            else _active = template;
            return true;
        }
    }

    /// <summary>Puts a tip in force. True when sessions have something to send.</summary>
    public bool Activate(ProvidedTemplate template, in SetNewPrevHash prevHash)
    {
        lock (_gate)
        {
            var tip = new ChainTip(prevHash.PrevHash, prevHash.HeaderTimestamp, prevHash.NBits, prevHash.Target);
            bool any = false;
            foreach (JobFamily family in _families)
            {
                if (family.TryActivate(template.TemplateId, tip)) any = true;
                else Fail($"template {template.TemplateId} named by SetNewPrevHash was not announced as a future one");
            }

            if (!any) return false;
            (_tip, _tipTemplate, _active) = (tip, template, template);
            _futures.Clear();
            return true;
        }
    }

    /// <summary>The template a job was made from; null when that is too long ago.</summary>
    public ProvidedTemplate? OfJob(uint jobId)
    {
        lock (_gate) return _byJob.GetValueOrDefault(jobId);
    }

    private void CatchUp(JobFamily family)
    {
        if (_tipTemplate is not null && _tip is not null)
        {
            // The tip's template again as what it was, a future one, because only those can be activated.
            Feed(family, _tipTemplate, asFuture: true);
            family.TryActivate(_tipTemplate.TemplateId, _tip);
            if (_active is not null && !ReferenceEquals(_active, _tipTemplate)) Feed(family, _active);
        }

        foreach (ProvidedTemplate future in _futures) Feed(family, future);
    }

    private bool Feed(JobFamily family, ProvidedTemplate template, bool asFuture = false)
    {
        NewTemplate message = asFuture ? template.Message with { FutureTemplate = true } : template.Message;
        if (!family.TryAddTemplate(message, out SharedJob? job, out string? error))
        {
            Fail($"template {template.TemplateId} cannot be used: {error}");
            return false;
        }

        _fault = null;
        Remember(job.JobId, template);
        return true;
    }

    private void AddFuture(ProvidedTemplate template)
    {
        _futures.Add(template);
        if (_futures.Count > _futuresMax) _futures.RemoveAt(0);
    }

    private void Remember(uint jobId, ProvidedTemplate template)
    {
        if (!_jobsOf.TryGetValue(template, out List<uint>? jobs))
        {
            _jobsOf[template] = jobs = [];
            _remembered.Enqueue(template);
        }

        jobs.Add(jobId);
        _byJob[jobId] = template;
        while (_remembered.Count > TemplatesMax || (_byJob.Count > JobsMax && _remembered.Count > 1)) ForgetOldest();
    }

    private void ForgetOldest()
    {
        if (!_jobsOf.Remove(_remembered.Dequeue(), out List<uint>? jobs)) return;
        foreach (uint job in jobs) _byJob.Remove(job);
    }

    private void Fail(string fault)
    {
        _fault = fault;
        LogFault(fault);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Fault}")]
    private partial void LogFault(string fault);
}

/// <summary>A job, where it comes from, and the tip that it is mined on; null for a future job.</summary>
internal readonly record struct PoolJob(JobFamily Family, SharedJob Job, ProvidedTemplate Template, ChainTip? Tip);
