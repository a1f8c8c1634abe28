using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Roles.TemplateDistribution;

namespace Sv2.Roles.TemplateProvider.BitcoinCore;

/// <summary>
/// Blocks that no node has judged yet, on disk, so that neither a node that is away nor a restart loses one. Also remembers the
/// last ones and what became of them. Thread-safe.
/// </summary>
internal sealed partial class BlockOutbox(string directory, TimeProvider timeProvider, ILogger logger)
{
    private const int RememberedMax = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<U256, SolvedBlock> _unsettled = [];
    private readonly HashSet<U256> _inHand = [];
    private readonly LinkedList<BlockInfo> _newestFirst = [];
    private PendingFolder? _folder;

    /// <summary>Blocks that wait for a node's judgement, without those that are being offered to the nodes for the first time.</summary>
    public IReadOnlyList<SolvedBlock> Waiting
    {
        get
        {
            lock (_gate)
                return [.. _unsettled.Values.Where(block => !_inHand.Contains(block.Hash))];
        }
    }

    /// <summary>Takes up what an earlier run left. Comes before all else.</summary>
    /// <exception cref="RoleException">The folder cannot be made.</exception>
    public void Load()
    {
        _folder = new PendingFolder(directory, ".block");
        foreach (SolvedBlock block in _folder.ReadAll(Read, (path, e) => LogUnreadable(logger, e, path)))
        {
            LogTakenUp(logger, block.Hash.ToDisplayString(), block.Height);
            Remember(block, inHand: false);
        }
    }

    /// <summary>Stores a block that its finder is offering to the nodes; <see cref="Settle"/> or <see cref="Release"/> comes next.</summary>
    public void Add(SolvedBlock block)
    {
        Remember(block, inHand: true);
        byte[] content = new byte[sizeof(int) + block.Data.Length];
        BinaryPrimitives.WriteInt32LittleEndian(content, block.Height);
        block.Data.Span.CopyTo(content.AsSpan(sizeof(int)));
        try
        {
            _folder!.Write(block.Hash.ToDisplayString(), content);
            lock (_gate)
            {
                if (_unsettled.ContainsKey(block.Hash))
                    return;
            }
            // A node was faster than the disk.
            _folder!.Remove(block.Hash.ToDisplayString());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is offered to the nodes all the same, only not after a restart.
            LogNotStored(logger, e, block.Hash.ToDisplayString());
        }
    }

    /// <summary>No node could be asked: the block waits.</summary>
    public void Release(SolvedBlock block)
    {
        lock (_gate)
            _inHand.Remove(block.Hash);
    }

    /// <summary>A node has judged.</summary>
    public void Settle(SolvedBlock block, BlockVerdict verdict)
    {
        lock (_gate)
        {
            _inHand.Remove(block.Hash);
            if (!_unsettled.Remove(block.Hash))
                return;
            string hash = block.Hash.ToDisplayString();
            if (_newestFirst.FirstOrDefault(known => known.Hash == hash) is { } info)
                _newestFirst.Find(info)!.Value = info with { State = StateOf(verdict), Reason = verdict.Judgement == BlockJudgement.Rejected ? verdict.Code : null };
        }
        try
        {
            _folder!.Remove(block.Hash.ToDisplayString());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotRemoved(logger, e, block.Hash.ToDisplayString());
        }
    }

    public Page<BlockInfo> List(ListQuery query)
    {
        lock (_gate)
            return Page.Of(_newestFirst, query, block => block.Hash);
    }

    private static BlockState StateOf(BlockVerdict verdict) => verdict.Judgement switch
    {
        BlockJudgement.Rejected => BlockState.Rejected,
        BlockJudgement.SideBranch => BlockState.Orphaned,
        _ => BlockState.Accepted,
    };

    private static SolvedBlock Read(byte[] content)
    {
        Block block = Block.Parse(content.AsSpan(sizeof(int)));
        return new SolvedBlock(block.Hash(), BinaryPrimitives.ReadInt32LittleEndian(content), content.AsMemory(sizeof(int)));
    }

    private void Remember(SolvedBlock block, bool inHand)
    {
        Block parsed = Block.Parse(block.Data.Span);
        BlockInfo info = new()
        {
            Hash = block.Hash.ToDisplayString(),
            Height = block.Height,
            CoinbaseValueSats = (long)parsed.Transactions[0].OutputValue,
            Time = timeProvider.GetUtcNow(),
            State = BlockState.Submitted,
            TransactionCount = parsed.Transactions.Length,
            Difficulty = new CompactTarget(parsed.Header.NBits).TryToTarget(out U256 target) ? Target.Difficulty(target) : null,
        };
        lock (_gate)
        {
            _unsettled[block.Hash] = block;
            if (inHand)
                _inHand.Add(block.Hash);
            _newestFirst.AddFirst(info);
            if (_newestFirst.Count > RememberedMax)
                _newestFirst.RemoveLast();
        }
    }

    [LoggerMessage(LogLevel.Information, "Block {Hash} at height {Height} taken up from disk")]
    private static partial void LogTakenUp(ILogger logger, string hash, int height);

    [LoggerMessage(LogLevel.Error, "The block file {Path} cannot be read; it is left where it is")]
    private static partial void LogUnreadable(ILogger logger, Exception exception, string path);

    [LoggerMessage(LogLevel.Error, "Block {Hash} cannot be stored")]
    private static partial void LogNotStored(ILogger logger, Exception exception, string hash);

    [LoggerMessage(LogLevel.Warning, "The file of block {Hash} cannot be removed")]
    private static partial void LogNotRemoved(ILogger logger, Exception exception, string hash);
}
