using Microsoft.Extensions.Logging;
using Sv2.Protocol;
using Sv2.Transport;

namespace Sv2.Roles.Node;

/// <summary>Takes what a <see cref="NodeFollower"/> learns. Called from any thread, one call at a time, without locks held.</summary>
internal interface INodeFollowing
{
    /// <summary>Whether the bytes of a transaction are here already.</summary>
    bool HasTransaction(U256 wtxid);

    /// <summary>Txids of a mempool whose transactions are not here yet.</summary>
    IReadOnlyList<U256> FindUnknown(IReadOnlyList<U256> mempool);

    /// <summary>Transactions have come.</summary>
    void OnTransactions(IEnumerable<NodeTransaction> transactions);

    /// <summary>The mempool has these transactions now, and no others.</summary>
    void OnMempool(IReadOnlyList<U256> mempool);

    /// <summary>The best block changed, or is known for the first time, or (null) is not known any more.</summary>
    void OnTip(NodeTip? tip);
}

/// <summary>
/// Follows the first node of a list that answers: its tip by long polling, its mempool by comparing. Blocks go to all nodes.
/// Thread-safe.
/// </summary>
internal sealed partial class NodeFollower : IAsyncDisposable
{
    private const int BatchSize = 500;
    private const int TargetsRemembered = 4;

    private readonly NodeFollowOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly BitcoinRpc[] _nodes;
    private readonly UpstreamInfo[] _states;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopping = new();
    private INodeFollowing? _owner;
    private Task _running = Task.CompletedTask;
    private BitcoinRpc? _active;
    private readonly Queue<uint> _targets = new();
    private NodeTip? _tip;

    public NodeFollower(IReadOnlyList<RpcNodeOptions> nodes, NodeFollowOptions options, TimeProvider time, ILogger logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _nodes = [.. nodes.Select(node => new BitcoinRpc(node, options.RequestTimeout, time))];
        _states = [.. nodes.Select(node => new UpstreamInfo("bitcoin-rpc", node.Url, UpstreamState.Standby, null, time.GetUtcNow()))];
    }

    /// <summary>The tip of the node in use; null while there is none.</summary>
    public NodeTip? Tip => Volatile.Read(ref _tip);

    /// <summary>Whether the first node of the list is the one in use.</summary>
    public bool IsOnPreferred => Volatile.Read(ref _active) == _nodes[0];

    /// <summary>How the nodes are, in order of preference.</summary>
    public IReadOnlyList<UpstreamInfo> States
    {
        get { lock (_gate) return [.. _states]; }
    }

    /// <summary>Whether this was the compact target of the next block at one of the last tips.</summary>
    public bool IsNetworkTarget(uint nBits)
    {
        lock (_gate)
            return _targets.Contains(nBits);
    }

    public void Start(INodeFollowing owner)
    {
        _owner = owner;
        _running = RunAsync(_stopping.Token);
    }

    /// <summary>Has the node in use judge a block that is still to be mined.</summary>
    /// <exception cref="NodeUnavailableException">It has not judged.</exception>
    public Task<string?> ProposeAsync(ReadOnlyMemory<byte> block, CancellationToken cancellationToken) =>
        Volatile.Read(ref _active) is { } node
            ? node.ProposeAsync(block, cancellationToken)
            : throw new NodeUnavailableException("no node can be asked");

    /// <summary>Gives a block to all nodes at once. One that takes it, or had it, is enough.</summary>
    /// <returns>Why none took it as the new tip, in the nodes' word; null when one did.</returns>
    /// <exception cref="NodeUnavailableException">No node has judged.</exception>
    public async Task<string?> SubmitAsync(ReadOnlyMemory<byte> block, CancellationToken cancellationToken)
    {
        List<Task<string?>> open = [.. _nodes.Select(node => node.SubmitAsync(block, cancellationToken))];
        string? refusal = null;
        string away = "";
        while (open.Count > 0)
        {
            Task<string?> next = await Task.WhenAny(open).ConfigureAwait(false);
            open.Remove(next);
            try
            {
                string? word = await next.ConfigureAwait(false);
                if (word is null or "duplicate")
                    return null;
                refusal ??= word;
            }
            catch (NodeUnavailableException e)
            {
                away = away.Length == 0 ? e.Message : $"{away}; {e.Message}";
            }
        }
        return refusal ?? throw new NodeUnavailableException(away);
    }

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (BitcoinRpc node in _nodes)
            node.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        Backoff backoff = new(_options.BackoffMin, _options.BackoffMax, _time);
        while (!cancellationToken.IsCancellationRequested)
        {
            bool isBack = false;
            for (int i = 0; i < _nodes.Length && !isBack; i++)
            {
                long started = _time.GetTimestamp();
                string? reason = await FollowAsync(i, cancellationToken).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                Volatile.Write(ref _active, null);
                LogLost(_logger, _nodes[i].Name, reason ?? "a preferred node is back");
                // One that held for a while deserves a soon return.
                if (_time.GetElapsedTime(started) >= _options.BackoffMax)
                    backoff.Reset();
                isBack = reason is null;
            }
            if (isBack)
                continue;
            SetTip(null);
            await Task.Delay(backoff.Next(), _time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Follows a node until it fails, or until one that is preferred is back.</summary>
    /// <returns>Why it is not followed any more; null when a preferred one is back.</returns>
    private async Task<string?> FollowAsync(int index, CancellationToken cancellationToken)
    {
        BitcoinRpc node = _nodes[index];
        Set(index, UpstreamState.Connecting, null);
        using CancellationTokenSource following = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> loops = [];
        try
        {
            await node.CheckAsync(_options.Chain, _options.RefuseInitialBlockDownload, cancellationToken).ConfigureAwait(false);
            NodeTemplate first = await node.GetTemplateAsync(null, null, _owner!.HasTransaction, cancellationToken).ConfigureAwait(false);
            await ReadMempoolAsync(node, cancellationToken).ConfigureAwait(false);
            Set(index, UpstreamState.Connected, null);
            LogFollowing(_logger, node.Name, first.Tip.NextHeight - 1);
            Volatile.Write(ref _active, node);
            Take(first);
            loops = [LongPollAsync(node, first.LongPollId, following.Token), PollMempoolAsync(node, following.Token), ReturnAsync(index, following.Token)];
            Task ended = await Task.WhenAny(loops).ConfigureAwait(false);
            await ended.ConfigureAwait(false);
            Set(index, UpstreamState.Standby, null);
            return null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Anything but the expected is a node that answers in a shape nobody has seen; it is tried again.
            NodeUnavailableException reason = e as NodeUnavailableException ?? new NodeUnavailableException($"unexpected: {e.Message}");
            Set(index, reason.IsLasting ? UpstreamState.Failed : UpstreamState.BackingOff, reason.Message);
            return reason.Message;
        }
        catch (OperationCanceledException)
        {
            return "the role stops";
        }
        finally
        {
            await following.CancelAsync().ConfigureAwait(false);
            foreach (Task loop in loops)
                await loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LongPollAsync(BitcoinRpc node, string longPollId, CancellationToken cancellationToken)
    {
        while (true)
        {
            long started = _time.GetTimestamp();
            try
            {
                NodeTemplate template = await node.GetTemplateAsync(longPollId, _options.LongPollTimeout, _owner!.HasTransaction, cancellationToken).ConfigureAwait(false);
                longPollId = template.LongPollId;
                Take(template);
            }
            catch (NodeUnavailableException) when (_time.GetElapsedTime(started) >= _options.LongPollTimeout)
            {
                // Nothing happened for that long. The other poll tells whether the node still answers.
            }
        }
    }

    private async Task PollMempoolAsync(BitcoinRpc node, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(_options.MempoolInterval, _time, cancellationToken).ConfigureAwait(false);
            await ReadMempoolAsync(node, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ReadMempoolAsync(BitcoinRpc node, CancellationToken cancellationToken)
    {
        IReadOnlyList<U256> mempool = await node.GetMempoolAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<U256> unknown = _owner!.FindUnknown(mempool);
        for (int offset = 0; offset < unknown.Count; offset += BatchSize)
        {
            U256[] txids = [.. unknown.Skip(offset).Take(BatchSize)];
            byte[]?[] data = await node.GetTransactionsAsync(txids, cancellationToken).ConfigureAwait(false);
            _owner.OnTransactions(txids.Zip(data).Where(pair => pair.Second is not null).Select(pair => new NodeTransaction(pair.First, pair.Second!)));
        }
        _owner.OnMempool(mempool);
    }

    /// <summary>Completes when a node before this one of the list answers again.</summary>
    private async Task ReturnAsync(int index, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(index == 0 ? Timeout.InfiniteTimeSpan : _options.ReturnInterval, _time, cancellationToken).ConfigureAwait(false);
            for (int i = 0; i < index; i++)
            {
                try
                {
                    await _nodes[i].CheckAsync(_options.Chain, _options.RefuseInitialBlockDownload, cancellationToken).ConfigureAwait(false);
                    return;
                }
                catch (NodeUnavailableException e)
                {
                    Set(i, e.IsLasting ? UpstreamState.Failed : UpstreamState.BackingOff, e.Message);
                }
            }
        }
    }

    private void Take(NodeTemplate template)
    {
        _owner!.OnTransactions(template.Transactions);
        SetTip(template.Tip);
    }

    private void SetTip(NodeTip? tip)
    {
        if (tip is not null)
        {
            lock (_gate)
            {
                if (_targets.LastOrDefault() != tip.NBits)
                    _targets.Enqueue(tip.NBits);
                if (_targets.Count > TargetsRemembered)
                    _targets.Dequeue();
            }
        }
        NodeTip? before = Interlocked.Exchange(ref _tip, tip);
        if (before?.Hash != tip?.Hash || before?.NextHeight != tip?.NextHeight)
            _owner!.OnTip(tip);
    }

    private void Set(int index, UpstreamState state, string? reason)
    {
        lock (_gate)
        {
            UpstreamInfo old = _states[index];
            _states[index] = old with { State = state, Reason = reason, Since = old.State == state ? old.Since : _time.GetUtcNow() };
        }
    }

    [LoggerMessage(LogLevel.Information, "Following the node at {Node}, height {Height}")]
    private static partial void LogFollowing(ILogger logger, string node, int height);

    [LoggerMessage(LogLevel.Warning, "The node at {Node} is not followed any more: {Reason}")]
    private static partial void LogLost(ILogger logger, string node, string reason);
}
