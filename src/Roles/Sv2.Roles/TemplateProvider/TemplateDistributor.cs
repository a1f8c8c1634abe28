using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.TemplateDistribution;

namespace Sv2.Roles.TemplateProvider;

/// <summary>
/// Decides which client gets which template when (7): makes templates from the node's view, sends them on the first
/// constraints, on a new tip, when fees have risen and after a while, and remembers them. Thread-safe; what one client gets
/// comes in the order of the protocol.
/// </summary>
internal sealed class TemplateDistributor
{
    private readonly INode _node;
    private readonly TemplateProviderOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly Lock _gate = new();
    private readonly TemplateStore _store;
    private readonly Dictionary<TemplateConstraints, TemplateGroup> _groups = [];
    private readonly Dictionary<ITemplateSubscriber, Subscription> _subscriptions = [];
    private NodeView? _view;
    private TemplateAhead? _ahead;
    private ulong _nextId;

    public TemplateDistributor(INode node, TemplateProviderOptions options, TimeProvider timeProvider)
    {
        _node = node;
        _options = options;
        _timeProvider = timeProvider;
        _store = new TemplateStore(options.TemplatesKept, options.StaleTemplateLifetime, timeProvider);
        // Milliseconds since 1970, so that ids also grow over restarts (7.2 suggests the time).
        _nextId = (ulong)timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
    }

    /// <summary>The newest template of the group with the most clients; null before the first.</summary>
    public BlockTemplate? Latest
    {
        get
        {
            lock (_gate)
                return _groups.Values.Where(group => group.Latest is not null).MaxBy(group => group.Subscribers)?.Latest;
        }
    }

    /// <summary>Whether a client waits for its first template because the node was not ready.</summary>
    public bool HasWaiting
    {
        get
        {
            lock (_gate)
                return _subscriptions.Values.Any(subscription => !subscription.IsStarted);
        }
    }

    /// <summary>Templates made since the start.</summary>
    public int TemplatesMade { get; private set; }

    /// <summary>
    /// A client said what room it needs. The first time it gets a future template and a SetNewPrevHash, later the present
    /// template made for its new needs (335).
    /// </summary>
    /// <returns>Null, or why no template can be made for it.</returns>
    public string? SetConstraints(ITemplateSubscriber subscriber, TemplateConstraints constraints)
    {
        if (constraints.Fault() is { } fault)
            return fault;
        lock (_gate)
        {
            // First of all, so that nobody is told of a tip before the template that it names.
            Follow();
            Subscription subscription = Join(subscriber, constraints);
            if (!subscription.IsStarted)
            {
                StartWaiting();
            }
            else
            {
                // Ids must grow for each client, so one that moves to another group needs a newer template than any it has seen.
                Renew(subscription.Group, _view!);
                subscriber.Send(subscription.Group.ImmediateFrame);
            }
            return null;
        }
    }

    /// <summary>A client has gone.</summary>
    public void Remove(ITemplateSubscriber subscriber)
    {
        lock (_gate)
            Leave(subscriber);
    }

    /// <summary>Looks whether the node has another tip, and tells everyone.</summary>
    public void CheckTip()
    {
        lock (_gate)
            Follow();
    }

    /// <summary>Looks whether newer templates are worth sending. Called every <see cref="TemplateProviderOptions.TemplateInterval"/>.</summary>
    public void CheckFees()
    {
        lock (_gate)
        {
            Follow();
            if (_view is null)
                return;
            foreach (TemplateGroup group in _groups.Values)
                Refresh(group, _view);
        }
    }

    /// <summary>Looks up a template that was handed out.</summary>
    public TemplateLookup Find(ulong id, out BlockTemplate? template)
    {
        lock (_gate)
            return _store.Find(id, out template);
    }

    /// <summary>The templates that are alive, the newest first.</summary>
    public Page<TemplateInfo> List(ListQuery query)
    {
        lock (_gate)
            return Page.Of(_store.NewestFirst().Where(_store.IsAlive).Select(Describe), query, template => template.PrevHash);
    }

    /// <summary>One template with its coinbase; null where it is not known (any more).</summary>
    public TemplateDetail? Detail(ulong id)
    {
        lock (_gate)
        {
            if (_store.Find(id, out BlockTemplate? template) == TemplateLookup.NotFound || template is null)
                return null;
            NewTemplate message = template.Message;
            List<string> path = [];
            foreach (U256 hash in message.MerklePath.AsSpan())
                path.Add(hash.ToString());
            return new TemplateDetail(
                Describe(template),
                message.Version.ToString("x8", System.Globalization.CultureInfo.InvariantCulture),
                CoinbaseDescription.Of(message, network: null),
                path);
        }
    }

    /// <summary>Takes the node's present view; when its tip is another one, announces it. Called under the lock.</summary>
    private void Follow()
    {
        if (_node.CurrentView() is not { } view || ReferenceEquals(view, _view))
            return;
        bool tipChanged = _view is null || view.TipHash != _view.TipHash;
        _view = view;
        if (tipChanged)
            Announce(view);
        StartWaiting();
    }

    private void Announce(NodeView view)
    {
        _store.SetTip(view.TipHash, view.Height);
        foreach (TemplateGroup group in _groups.Values)
            Renew(group, view);
        _ahead = MakeAhead(view);
        // Clients of one group that have the same template ahead get the same bytes.
        Dictionary<Subscription, byte[]> frames = [];
        foreach ((ITemplateSubscriber subscriber, Subscription had) in _subscriptions.ToArray())
        {
            if (!frames.TryGetValue(had, out byte[]? bytes))
                frames.Add(had, bytes = [.. TipFrames(had, view), .. _ahead?.Frame ?? []]);
            subscriber.Send(bytes);
            _subscriptions[subscriber] = had with { IsStarted = true, Ahead = _ahead };
        }
    }

    /// <summary>
    /// Gives their first template to those who wait for it, if the node is ready. Where it is not (any more), they get none, so
    /// that they can go to another provider instead of working on a tip that may be old.
    /// </summary>
    private void StartWaiting()
    {
        if (_view is not { } view || _node.CurrentView() is null)
            return;
        foreach ((ITemplateSubscriber subscriber, Subscription waiting) in _subscriptions.Where(entry => !entry.Value.IsStarted).ToArray())
        {
            if (waiting.Group.Latest is null || waiting.Group.Latest.PrevHash != view.TipHash)
                Renew(waiting.Group, view);
            subscriber.Send(Start(subscriber, waiting.Group, view));
        }
    }

    /// <summary>
    /// What tells a client of a new tip. Where the template that it got ahead fits, SetNewPrevHash comes first and starts it at
    /// once (7.3); only one for the right height with the right version can fit.
    /// </summary>
    private byte[] TipFrames(Subscription had, NodeView view)
    {
        if (had.Ahead?.Template is not { } ahead || ahead.Height != view.Height || ahead.Message.Version != view.Version)
            return [.. had.Group.FutureFrame, .. PrevHashFrame(had.Group.Latest!)];
        ahead.BuildOn(view);
        return [.. PrevHashFrame(ahead), .. had.Group.ImmediateFrame];
    }

    /// <summary>The first frames of a client: template, tip, template ahead.</summary>
    private byte[] Start(ITemplateSubscriber subscriber, TemplateGroup group, NodeView view)
    {
        if (_ahead is not null && _ahead.Template.Id < group.Latest!.Id)
            _ahead = MakeAhead(view);
        _subscriptions[subscriber] = new Subscription(group, IsStarted: true, _ahead);
        return [.. group.FutureFrame, .. PrevHashFrame(group.Latest!), .. _ahead?.Frame ?? []];
    }

    private void Refresh(TemplateGroup group, NodeView view)
    {
        if (ReferenceEquals(group.Candidates, view.Candidates) || group.Latest is not { } latest)
            return;
        BlockTemplate better = BlockTemplate.OnTip(_nextId, view, group.Constraints, _timeProvider.GetUtcNow());
        bool isOld = better.CreatedAt - latest.CreatedAt >= _options.TemplateRefresh;
        if (better.Value < latest.Value + _options.FeeRise && !(isOld && !SameTransactions(better, latest)))
            return;
        Keep(better);
        group.SetLatest(better, view);
        Send(group, group.ImmediateFrame);
    }

    private void Renew(TemplateGroup group, NodeView view)
    {
        BlockTemplate template = BlockTemplate.OnTip(_nextId, view, group.Constraints, _timeProvider.GetUtcNow());
        Keep(template);
        group.SetLatest(template, view);
    }

    private TemplateAhead? MakeAhead(NodeView view)
    {
        if (!_options.TemplatesAhead || view.NextSubsidy is not { } nextSubsidy)
            return null;
        BlockTemplate template = BlockTemplate.Ahead(_nextId, view, nextSubsidy, _timeProvider.GetUtcNow());
        Keep(template);
        return new TemplateAhead(template);
    }

    private void Keep(BlockTemplate template)
    {
        _store.Add(template);
        _nextId++;
        TemplatesMade++;
    }

    private Subscription Join(ITemplateSubscriber subscriber, TemplateConstraints constraints)
    {
        Subscription? had = _subscriptions.GetValueOrDefault(subscriber);
        Leave(subscriber);
        if (!_groups.TryGetValue(constraints, out TemplateGroup? group))
            _groups.Add(constraints, group = new TemplateGroup(constraints));
        group.Subscribers++;
        Subscription subscription = new(group, had?.IsStarted ?? false, had?.Ahead);
        _subscriptions.Add(subscriber, subscription);
        return subscription;
    }

    private void Leave(ITemplateSubscriber subscriber)
    {
        if (_subscriptions.Remove(subscriber, out Subscription? subscription) && --subscription.Group.Subscribers == 0)
            _groups.Remove(subscription.Group.Constraints);
    }

    private byte[] PrevHashFrame(BlockTemplate template) => Frame.ToArray(new SetNewPrevHash
    {
        TemplateId = template.Id,
        PrevHash = template.PrevHash!.Value,
        HeaderTimestamp = HeaderTimestamp(_view!),
        NBits = template.NBits,
        Target = new CompactTarget(template.NBits).ToTarget(),
    });

    /// <summary>The present time by the node's clock, but never before consensus allows it.</summary>
    private uint HeaderTimestamp(NodeView view) =>
        Math.Max(view.MinTime, (uint)(_timeProvider.GetUtcNow().ToUnixTimeSeconds() + view.ClockOffsetSeconds));

    private TemplateInfo Describe(BlockTemplate template) => new()
    {
        TemplateId = template.Id,
        Height = template.Height,
        PrevHash = template.PrevHash?.ToDisplayString() ?? "",
        CoinbaseValueSats = template.Value,
        TransactionCount = template.Transactions.Length,
        MerklePathLength = template.Message.MerklePath.Count,
        NBits = new CompactTarget(template.NBits).ToString(),
        Difficulty = Target.Difficulty(new CompactTarget(template.NBits).ToTarget()),
        IsFuture = template.PrevHash is null,
        CreatedAt = template.CreatedAt,
    };

    private static bool SameTransactions(BlockTemplate left, BlockTemplate right) =>
        left.Message.MerklePath == right.Message.MerklePath;

    private void Send(TemplateGroup group, ReadOnlySpan<byte> frames)
    {
        foreach ((ITemplateSubscriber subscriber, Subscription subscription) in _subscriptions)
            if (subscription.Group == group && subscription.IsStarted)
                subscriber.Send(frames);
    }
}
