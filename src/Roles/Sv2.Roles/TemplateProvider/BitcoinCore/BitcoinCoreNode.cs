using Microsoft.Extensions.Logging;
using Sv2.Protocol;
using Sv2.Roles.Node;

namespace Sv2.Roles.TemplateProvider.BitcoinCore;

/// <summary>
/// Bitcoin Core as a node, by JSON-RPC: follows the first node of a list that is ready, by long polling, and gives blocks to
/// all of them. Thread-safe.
/// </summary>
public sealed partial class BitcoinCoreNode : INode
{
    /// <summary>Folder, inside the role's own, for blocks that no node has judged yet.</summary>
    public const string OutboxFolder = "blocks-to-submit";

    private readonly BitcoinCoreOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly CoreLink[] _links;
    private readonly BlockOutbox _outbox;
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _retrying = new(1);
    private INodeObserver? _observer;
    private Task _running = Task.CompletedTask;
    private NodeView? _view;
    private CoreLink? _active;

    /// <param name="options">The nodes.</param>
    /// <param name="directory">The role's folder, for blocks that wait.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="loggerFactory">Makes the logger.</param>
    public BitcoinCoreNode(BitcoinCoreOptions options, string directory, TimeProvider timeProvider, ILoggerFactory loggerFactory)
    {
        _options = options;
        _timeProvider = timeProvider;
        _logger = loggerFactory.CreateLogger<BitcoinCoreNode>();
        _links = [.. options.Nodes.Select(node => new CoreLink(node, options, timeProvider))];
        _outbox = new BlockOutbox(Path.Combine(directory, OutboxFolder), timeProvider, _logger);
    }

    /// <inheritdoc/>
    public NodeStatus Status
    {
        get
        {
            CoreLink? active = Volatile.Read(ref _active);
            NodeView? view = Volatile.Read(ref _view);
            return new NodeStatus
            {
                Health = active is null ? RoleHealth.Unhealthy : active == _links[0] ? RoleHealth.Healthy : RoleHealth.Degraded,
                Message = Describe(active, view),
                Height = view?.Height - 1,
                TipHash = view?.TipHash,
                MempoolTransactions = view?.Candidates.Count,
                Upstreams = [.. _links.Select(link => link.State)],
            };
        }
    }

    /// <inheritdoc/>
    public Task StartAsync(INodeObserver observer, CancellationToken cancellationToken)
    {
        _observer = observer;
        _outbox.Load();
        _running = RunAsync(_stopping.Token);
        return Task.CompletedTask;
    }

    /// <summary>The view of the node in use; null while there is none.</summary>
    public NodeView? CurrentView() => Volatile.Read(ref _active) is null ? null : Volatile.Read(ref _view);

    /// <inheritdoc/>
    public async Task<BlockVerdict> SubmitBlockAsync(SolvedBlock block, CancellationToken cancellationToken)
    {
        // The nodes get it at once; the disk is written meanwhile.
        Task<BlockVerdict> submitting = OfferAsync(block, cancellationToken);
        _outbox.Add(block);
        BlockVerdict? verdict = null;
        try
        {
            return verdict = await submitting.ConfigureAwait(false);
        }
        finally
        {
            if (verdict is null or { Judgement: BlockJudgement.Waiting })
            {
                _outbox.Release(block);
                _ = RetryAsync(_stopping.Token);
            }
            else
            {
                _outbox.Settle(block, verdict);
            }
        }
    }

    /// <inheritdoc/>
    public Page<BlockInfo> ListBlocks(ListQuery query) => _outbox.List(query);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        // A retry that is under way sees the cancellation and leaves.
        await _retrying.WaitAsync().ConfigureAwait(false);
        foreach (CoreLink link in _links)
            link.Dispose();
    }

    private string Describe(CoreLink? active, NodeView? view)
    {
        if (active is not null && view is not null)
            return $"Following {active.Name} at height {view.Height - 1}.";
        string reasons = string.Join("; ", _links.Select(link => link.State.Reason).OfType<string>().Distinct());
        return reasons.Length == 0 ? "Connecting to Bitcoin Core." : $"No Bitcoin Core node can be mined on: {reasons}. Clients keep their last template.";
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                (int index, CoreTemplate template) = await OpenAnyAsync(cancellationToken).ConfigureAwait(false);
                while (await FollowAsync(index, template, cancellationToken).ConfigureAwait(false) is { } better)
                    (index, template) = better;
            }
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop: what breaks on the way out, such as a connection just being opened, is no matter any more.
        }
        finally
        {
            Volatile.Write(ref _active, null);
        }
    }

    private async Task<(int Index, CoreTemplate Template)> OpenAnyAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await TryOpenAsync(_links.Length, cancellationToken).ConfigureAwait(false) is { } opened)
                return opened;
            _observer!.OnNodeChanged();
            TimeSpan wait = _links.Min(link => link.UntilNextAttempt);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, _timeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Tries the first <paramref name="count"/> nodes in their order, once, those that are not backing off.</summary>
    private async Task<(int Index, CoreTemplate Template)?> TryOpenAsync(int count, CancellationToken cancellationToken)
    {
        for (int i = 0; i < count; i++)
        {
            CoreLink link = _links[i];
            if (link.UntilNextAttempt > TimeSpan.Zero)
                continue;
            try
            {
                CoreTemplate template = await link.OpenAsync(cancellationToken).ConfigureAwait(false);
                return (i, template);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                Lost(link, e);
            }
        }
        return null;
    }

    /// <summary>Follows a node until it fails (null), or until one that is preferred is back.</summary>
    private async Task<(int Index, CoreTemplate Template)?> FollowAsync(int index, CoreTemplate template, CancellationToken cancellationToken)
    {
        CoreLink link = _links[index];
        foreach (CoreLink other in _links.Where(other => other != link && other.State.State == UpstreamState.Connected))
            other.Set(UpstreamState.Standby);
        link.Set(UpstreamState.Connected);
        LogFollowing(_logger, link.Name, template.View.Height - 1);
        Volatile.Write(ref _active, link);
        Update(template.View);
        _ = RetryAsync(cancellationToken);

        using CancellationTokenSource following = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task polling = PollAsync(link, following.Token);
        Task waiting = LongPollAsync(link, template.LongPollId, following.Token);
        Task<(int, CoreTemplate)> returning = ReturnAsync(index, following.Token);
        Task first = await Task.WhenAny(polling, waiting, returning).ConfigureAwait(false);
        await following.CancelAsync().ConfigureAwait(false);
        foreach (Task task in (Task[])[polling, waiting, returning])
            await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        if (first == returning)
            return await returning.ConfigureAwait(false);
        Volatile.Write(ref _active, null);
        try
        {
            await first.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Lost(link, e);
        }
        return null;
    }

    /// <summary>Sees new tips as they come.</summary>
    private async Task LongPollAsync(CoreLink link, string longPollId, CancellationToken cancellationToken)
    {
        while (true)
        {
            long started = _timeProvider.GetTimestamp();
            try
            {
                CoreTemplate template = await link.GetTemplateAsync(longPollId, cancellationToken).ConfigureAwait(false);
                longPollId = template.LongPollId;
                Update(template.View);
            }
            catch (NodeUnavailableException) when (_timeProvider.GetElapsedTime(started) >= _options.LongPollTimeout)
            {
                // Nothing happened for that long. The other poll tells whether the node still answers.
            }
        }
    }

    /// <summary>Sees fees rise, and whether the node still answers.</summary>
    private async Task PollAsync(CoreLink link, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(_options.PollInterval, _timeProvider, cancellationToken).ConfigureAwait(false);
            NodeView? asked = Volatile.Read(ref _view);
            NodeView answer = (await link.GetTemplateAsync(null, cancellationToken).ConfigureAwait(false)).View;
            // The long poll may have brought a new tip while this answer was on its way: it must not lead back.
            if (Volatile.Read(ref _view)?.TipHash == asked?.TipHash)
                Update(answer);
        }
    }

    /// <summary>Completes when a node before this one of the list is ready again.</summary>
    private async Task<(int Index, CoreTemplate Template)> ReturnAsync(int index, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(index == 0 ? Timeout.InfiniteTimeSpan : _options.ReturnInterval, _timeProvider, cancellationToken).ConfigureAwait(false);
            if (await TryOpenAsync(index, cancellationToken).ConfigureAwait(false) is { } better)
                return better;
        }
    }

    private void Update(NodeView view)
    {
        NodeView? before = Interlocked.Exchange(ref _view, view);
        if (before?.TipHash == view.TipHash)
            _observer!.OnNodeChanged();
        else
            _observer!.OnTipChanged();
    }

    private void Lost(CoreLink link, Exception e)
    {
        // Anything but the expected is a fault of ours, or a node that answers in a shape nobody has seen; it is tried again.
        NodeUnavailableException reason = e as NodeUnavailableException ?? new NodeUnavailableException($"unexpected: {e.Message}");
        LogLost(_logger, e == reason ? null : e, link.Name, reason.Message);
        link.Failed(reason);
        _observer!.OnNodeChanged();
    }

    /// <summary>Gives a block to all nodes at once: the more know it, the sooner the network does. One acceptance is enough.</summary>
    private async Task<BlockVerdict> OfferAsync(SolvedBlock block, CancellationToken cancellationToken)
    {
        List<Task<BlockVerdict>> open = [.. _links.Select(link => OfferAsync(link, block, cancellationToken))];
        BlockVerdict? judged = null;
        string reasons = "";
        while (open.Count > 0)
        {
            Task<BlockVerdict> next = await Task.WhenAny(open).ConfigureAwait(false);
            open.Remove(next);
            BlockVerdict verdict = await next.ConfigureAwait(false);
            if (verdict.Judgement is BlockJudgement.Accepted or BlockJudgement.Duplicate)
                return verdict;
            if (verdict.Judgement == BlockJudgement.Waiting)
                reasons = reasons.Length == 0 ? verdict.Message : $"{reasons}; {verdict.Message}";
            else
                judged ??= verdict;
        }
        return judged ?? new BlockVerdict(BlockJudgement.Waiting, "no-node", reasons);
    }

    private async Task<BlockVerdict> OfferAsync(CoreLink link, SolvedBlock block, CancellationToken cancellationToken)
    {
        try
        {
            BlockVerdict verdict = await link.SubmitBlockAsync(block.Data, cancellationToken).ConfigureAwait(false);
            LogOffered(_logger, block.Hash.ToDisplayString(), link.Name, verdict.Judgement, verdict.Code);
            return verdict;
        }
        catch (NodeUnavailableException e)
        {
            return new BlockVerdict(BlockJudgement.Waiting, "no-node", e.Message);
        }
    }

    /// <summary>Offers what waits until a node has judged all of it. Only one such loop runs.</summary>
    private async Task RetryAsync(CancellationToken cancellationToken)
    {
        // Looked at again after the release, in case a block came just before it.
        while (_outbox.Waiting.Count > 0 && !cancellationToken.IsCancellationRequested && _retrying.Wait(0, CancellationToken.None))
        {
            try
            {
                await OfferWaitingAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // What waits is on disk.
            }
            finally
            {
                _retrying.Release();
            }
        }
    }

    private async Task OfferWaitingAsync(CancellationToken cancellationToken)
    {
        while (_outbox.Waiting is { Count: > 0 } waiting)
        {
            foreach (SolvedBlock block in waiting)
            {
                BlockVerdict verdict = await OfferAsync(block, cancellationToken).ConfigureAwait(false);
                if (verdict.Judgement == BlockJudgement.Waiting)
                    continue;
                _outbox.Settle(block, verdict);
                // It is ours alone, so a node that knows it already took it at an offer whose answer never came.
                _observer!.OnBlockJudged(block, verdict.Judgement == BlockJudgement.Duplicate ? BlockVerdict.Accepted : verdict);
            }
            if (_outbox.Waiting.Count > 0)
                await Task.Delay(_options.BackoffMin, _timeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    [LoggerMessage(LogLevel.Information, "Following Bitcoin Core at {Node}, height {Height}")]
    private static partial void LogFollowing(ILogger logger, string node, int height);

    [LoggerMessage(LogLevel.Warning, "Bitcoin Core at {Node} cannot be used: {Reason}")]
    private static partial void LogLost(ILogger logger, Exception? exception, string node, string reason);

    [LoggerMessage(LogLevel.Information, "Block {Hash} offered to {Node}: {Judgement} {Code}")]
    private static partial void LogOffered(ILogger logger, string hash, string node, BlockJudgement judgement, string code);
}
