using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Roles.Node;
using Sv2.Roles.TemplateDistribution;

namespace Sv2.Roles.JobDeclaratorServer;

/// <summary>A block that a client found on a declared job.</summary>
/// <param name="Hash">Its hash, wire order.</param>
/// <param name="Height">Its height.</param>
/// <param name="Data">It, as the network carries it.</param>
internal sealed record PushedBlock(U256 Hash, int Height, byte[] Data)
{
    /// <summary>Satoshi of its coinbase.</summary>
    public long Value { get; init; }

    public int Transactions { get; init; }

    public uint NBits { get; init; }

    /// <summary>Who found it; empty for one that an earlier run left.</summary>
    public string Finder { get; init; } = "";
}

/// <summary>
/// Brings blocks to the nodes. It depends on nobody's connection: a block is offered at once, is on disk until a node has judged
/// it, and is offered again while no node can be reached, also by the next run. Thread-safe.
/// </summary>
internal sealed partial class PushedBlocks(string directory, NodeFollower? node, IRoleEvents events, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private const int RememberedMax = 1_000;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly LinkedList<BlockInfo> _newestFirst = [];
    private readonly ConcurrentDictionary<U256, Task> _underWay = [];
    private readonly CancellationTokenSource _stopping = new();
    private PendingFolder? _folder;
    private long _accepted;
    private long _rejected;

    /// <summary>Blocks that a node took since the start.</summary>
    public long Accepted => Volatile.Read(ref _accepted);

    /// <summary>Blocks that the nodes refused since the start.</summary>
    public long Rejected => Volatile.Read(ref _rejected);

    /// <summary>Blocks that no node has judged yet.</summary>
    public int Waiting => _underWay.Count;

    /// <summary>Takes up what an earlier run left. Comes before all else.</summary>
    /// <exception cref="RoleException">The folder cannot be made.</exception>
    public void Load()
    {
        _folder = new PendingFolder(directory, ".block");
        foreach (PushedBlock block in _folder.ReadAll(Read, (path, e) => LogUnreadable(logger, e, path)))
            Submit(block, isStored: true);
    }

    /// <summary>Offers a block to the nodes, once however often it comes. Returns at once.</summary>
    public void Submit(PushedBlock block) => Submit(block, isStored: false);

    public Page<BlockInfo> List(ListQuery query)
    {
        lock (_gate)
            return Page.Of(_newestFirst, query, block => $"{block.Hash} {block.Finder}");
    }

    /// <summary>Waits until a node has judged all blocks.</summary>
    public Task FlushAsync(CancellationToken cancellationToken) => Task.WhenAll(_underWay.Values).WaitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_underWay.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Submit(PushedBlock block, bool isStored)
    {
        string hash = block.Hash.ToDisplayString();
        lock (_gate)
        {
            if (_newestFirst.Any(known => known.Hash == hash))
                return;
            _newestFirst.AddFirst(Describe(block, BlockState.Submitted, null));
            if (_newestFirst.Count > RememberedMax)
                _newestFirst.RemoveLast();
        }
        events.Publish(RoleEventTypes.Block, RoleEventSeverity.Success, $"{(block.Finder.Length > 0 ? block.Finder : "A client")} found block {block.Height}, {hash}, on a declared job", Describe(block, BlockState.Submitted, null));
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _underWay[block.Hash] = done.Task;
        // On its own, because the caller holds a connection's lock and the disk takes its time.
        _ = Task.Run(() => DeliverAsync(block, isStored, done));
    }

    private async Task DeliverAsync(PushedBlock block, bool isStored, TaskCompletionSource done)
    {
        try
        {
            // The nodes get it at once; the disk is written meanwhile.
            Task<string?>? offering = node?.SubmitAsync(block.Data, _stopping.Token);
            if (!isStored)
                Store(block);
            Settle(block, await JudgeAsync(block, offering).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The role stops; the block is on disk.
        }
        catch (Exception e)
        {
            LogFailed(logger, e, block.Hash.ToDisplayString());
        }
        finally
        {
            _underWay.TryRemove(block.Hash, out _);
            done.SetResult();
        }
    }

    private async Task<string?> JudgeAsync(PushedBlock block, Task<string?>? offering)
    {
        while (true)
        {
            try
            {
                return await (offering ?? throw new NodeUnavailableException("no node is configured")).ConfigureAwait(false);
            }
            catch (NodeUnavailableException e)
            {
                LogWaiting(logger, block.Hash.ToDisplayString(), e.Message);
            }
            await Task.Delay(RetryInterval, time, _stopping.Token).ConfigureAwait(false);
            offering = node?.SubmitAsync(block.Data, _stopping.Token);
        }
    }

    private void Store(PushedBlock block)
    {
        try
        {
            _folder!.Write(block.Hash.ToDisplayString(), block.Data);
        }
        catch (IOException e)
        {
            // The nodes have it or will get it; only a crash could lose it now.
            LogNotStored(logger, e, block.Hash.ToDisplayString());
        }
    }

    private void Settle(PushedBlock block, string? word)
    {
        // "inconclusive": kept, but another block of as much work came first.
        BlockState state = word is null ? BlockState.Accepted : word.Contains("inconclusive", StringComparison.Ordinal) ? BlockState.Orphaned : BlockState.Rejected;
        if (state == BlockState.Accepted)
            Interlocked.Increment(ref _accepted);
        else
            Interlocked.Increment(ref _rejected);
        BlockInfo info = Describe(block, state, word);
        lock (_gate)
        {
            for (LinkedListNode<BlockInfo>? entry = _newestFirst.First; entry is not null; entry = entry.Next)
                if (entry.Value.Hash == info.Hash)
                    entry.Value = info with { Time = entry.Value.Time };
        }
        _folder!.Remove(info.Hash);
        LogSettled(logger, info.Hash, word ?? "accepted");
        events.Publish(RoleEventTypes.Block, word is null ? RoleEventSeverity.Success : RoleEventSeverity.Warning, word is null ? $"Block {info.Hash} is part of the chain" : $"Block {info.Hash} was not taken: {word}", info);
    }

    private BlockInfo Describe(PushedBlock block, BlockState state, string? reason) => new()
    {
        Hash = block.Hash.ToDisplayString(),
        Height = block.Height,
        CoinbaseValueSats = block.Value,
        Time = time.GetUtcNow(),
        State = state,
        Finder = block.Finder.Length > 0 ? block.Finder : null,
        TransactionCount = block.Transactions,
        Difficulty = new CompactTarget(block.NBits).TryToTarget(out U256 target) ? Target.Difficulty(target) : null,
        Reason = reason,
    };

    private static PushedBlock Read(byte[] data)
    {
        Block block = Block.Parse(data);
        CoinbaseRules.TryReadHeight(block.Transactions[0].Inputs[0].ScriptSig.Span, out uint height);
        return new PushedBlock(block.Hash(), (int)height, data)
        {
            Value = (long)block.Transactions[0].OutputValue,
            Transactions = block.Transactions.Length,
            NBits = block.Header.NBits,
        };
    }

    [LoggerMessage(LogLevel.Information, "Block {Hash}: {Word}")]
    private static partial void LogSettled(ILogger logger, string hash, string word);

    [LoggerMessage(LogLevel.Warning, "Block {Hash} waits for a node: {Reason}")]
    private static partial void LogWaiting(ILogger logger, string hash, string reason);

    [LoggerMessage(LogLevel.Error, "Block {Hash} could not be kept on disk")]
    private static partial void LogNotStored(ILogger logger, Exception exception, string hash);

    [LoggerMessage(LogLevel.Error, "Block {Hash} could not be delivered")]
    private static partial void LogFailed(ILogger logger, Exception exception, string hash);

    [LoggerMessage(LogLevel.Error, "A block that an earlier run left cannot be read: {Path}")]
    private static partial void LogUnreadable(ILogger logger, Exception exception, string path);
}
