using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Roles.TemplateProvider.EmbeddedChain;

/// <summary>How the best chain changed.</summary>
/// <param name="Disconnected">Blocks that were taken back, the newest first.</param>
/// <param name="Connected">Blocks that were added, the oldest first.</param>
internal sealed record ChainChange(IReadOnlyList<Block> Disconnected, IReadOnlyList<Block> Connected)
{
    public static ChainChange None { get; } = new([], []);

    public bool IsEmpty => Disconnected.Count == 0 && Connected.Count == 0;
}

/// <summary>
/// The tree of blocks, its best branch and the coins of it. Every block is checked in full before it counts, and is on disk
/// before it is the tip. Not thread-safe.
/// </summary>
/// <remarks>Every block has the same difficulty, so the branch with the most work is the longest; of equal ones the first seen.</remarks>
internal sealed partial class BlockChain : IDisposable
{
    private readonly ChainParameters _parameters;
    private readonly Network _network;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly Dictionary<U256, BlockIndexEntry> _index = [];
    private readonly List<BlockIndexEntry> _arrivals = [];
    private readonly LinkedList<BlockIndexEntry> _canBeTakenBack = [];
    private readonly BlockFile _file;
    private long? _replayOffset;
    private bool _wasChecked;

    /// <exception cref="RoleException">The file cannot be used.</exception>
    public BlockChain(string path, ChainParameters parameters, TimeProvider timeProvider, ILogger logger)
    {
        _parameters = parameters;
        _network = parameters.Network;
        _timeProvider = timeProvider;
        _logger = logger;
        Rules = new TransactionRules(parameters.CoinbaseMaturity);
        Genesis = Tip = AddGenesis();
        _file = BlockFile.Open(path, Genesis.Hash, logger);
        try
        {
            _file.Replay(Replay);
            _replayOffset = null;
            _wasChecked = false;
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public BlockIndexEntry Genesis { get; }

    /// <summary>The best block.</summary>
    public BlockIndexEntry Tip { get; private set; }

    /// <summary>The unspent outputs at <see cref="Tip"/>.</summary>
    public UtxoSet Coins { get; } = new();

    public TransactionRules Rules { get; }

    /// <summary>Number of blocks known, on all branches, without the genesis block.</summary>
    public int BlockCount => _arrivals.Count;

    /// <summary>Records of the file that were checked again when it was opened; the others had been before.</summary>
    public int CheckedAtStart { get; private set; }

    /// <summary>Every block known except the genesis block, on all branches, in the order in which they came.</summary>
    public IReadOnlyList<BlockIndexEntry> Arrivals => _arrivals;

    private bool IsReplaying => _replayOffset is not null;

    /// <summary>Judges a block and, if it is good, stores it.</summary>
    /// <param name="data">The serialized block.</param>
    /// <param name="change">What it changed in the best chain.</param>
    /// <exception cref="IOException">The block was good but could not be written; the chain is as it was.</exception>
    public BlockVerdict Add(ReadOnlySpan<byte> data, out ChainChange change)
    {
        change = ChainChange.None;
        if (!Block.TryParse(data, out Block? block, out string? error))
            return BlockVerdict.Rejected("block-malformed", error);
        U256 hash = block.Hash();
        if (_index.TryGetValue(hash, out BlockIndexEntry? known))
            return known.IsInvalid ? BlockVerdict.Rejected("duplicate-invalid", "the block is known to be invalid") : BlockVerdict.Duplicate;
        if (!_index.TryGetValue(block.Header.PrevHash, out BlockIndexEntry? parent))
            return BlockVerdict.Rejected("prev-blk-not-found", $"the block before it, {block.Header.PrevHash.ToDisplayString()}, is not known");
        if (parent.IsInvalid)
            return BlockVerdict.Rejected("bad-prevblk", "the block before it is invalid");
        // The coins of another branch are not at hand; its blocks are checked against theirs when the branch becomes the best.
        if (!_wasChecked && Check(block, parent, withCoins: parent == Tip) is { } fault)
            return fault;

        BlockIndexEntry entry = Store(data, block, hash, parent, _replayOffset ?? _file.Append(BlockRecordKind.Block, data));
        if (parent == Tip)
        {
            Connect(entry, block);
            change = new ChainChange([], [block]);
            return BlockVerdict.Accepted;
        }
        if (entry.Height <= Tip.Height)
            return BlockVerdict.SideBranch;
        return MoveTo(entry, out change);
    }

    /// <summary>Judges a block that is still to be mined on the tip, as if it had been mined (BIP 23). Changes nothing.</summary>
    /// <param name="data">The serialized block.</param>
    /// <returns>The first rule it breaks; null when it is good.</returns>
    public BlockVerdict? Propose(ReadOnlySpan<byte> data)
    {
        if (!Block.TryParse(data, out Block? block, out string? error))
            return BlockVerdict.Rejected("block-malformed", error);
        if (_index.ContainsKey(block.Hash()))
            return BlockVerdict.Duplicate;
        return block.Header.PrevHash == Tip.Hash
            ? Check(block, Tip, withCoins: true, isProposal: true)
            : BlockVerdict.Rejected("inconclusive-not-best-prevblk", $"the tip is {Tip.Hash.ToDisplayString()}");
    }

    /// <summary>Declares the best block invalid and goes back to the best of the others.</summary>
    /// <exception cref="InvalidOperationException">Only the genesis block is left, or the blocks before are too old to be taken back.</exception>
    public ChainChange InvalidateTip()
    {
        if (Tip.Spent is null)
            throw new InvalidOperationException($"the block at height {Tip.Height} cannot be taken back");
        if (!IsReplaying)
            _file.Append(BlockRecordKind.Invalidation, Tip.Hash.AsSpan());
        MarkInvalid(Tip);
        List<Block> disconnected = [];
        Disconnect(disconnected);
        List<Block> connected = [];
        while (_index.Values.Where(entry => !entry.IsInvalid && entry.Height > Tip.Height).MaxBy(entry => entry.Height) is { } better)
        {
            if (MoveTo(better, out ChainChange change).Judgement != BlockJudgement.Accepted)
                continue;
            disconnected.AddRange(change.Disconnected);
            connected.AddRange(change.Connected);
        }
        return new ChainChange(disconnected, connected);
    }

    /// <summary>Reads a block back from disk; the genesis block has no bytes there.</summary>
    public byte[] Read(BlockIndexEntry entry) => _file.Read(entry.Offset, entry.Length);

    public bool TryGet(U256 hash, [NotNullWhen(true)] out BlockIndexEntry? entry) => _index.TryGetValue(hash, out entry);

    public bool IsInBestChain(BlockIndexEntry entry)
    {
        BlockIndexEntry other = Tip;
        while (other.Height > entry.Height)
            other = other.Parent!;
        return other == entry;
    }

    public void Dispose() => _file.Dispose();

    private BlockIndexEntry AddGenesis()
    {
        Transaction coinbase = _parameters.Genesis;
        BlockIndexEntry genesis = new()
        {
            Hash = _network.Genesis.Hash(),
            Header = _network.Genesis,
            Parent = null,
            Height = 0,
            TransactionCount = 1,
            CoinbaseValue = (long)coinbase.OutputValue,
            Offset = 0,
            Length = 0,
            ArrivedAt = DateTimeOffset.FromUnixTimeSeconds(_network.Genesis.NTime),
        };
        _index.Add(genesis.Hash, genesis);
        Coins.Connect([coinbase], genesis.Height);
        return genesis;
    }

    private void Replay(BlockRecordKind kind, ReadOnlySpan<byte> payload, long offset)
    {
        _replayOffset = offset;
        _wasChecked = offset < _file.CheckedLength;
        if (!_wasChecked)
            CheckedAtStart++;
        if (kind == BlockRecordKind.Invalidation)
        {
            InvalidateTip();
            return;
        }
        BlockVerdict verdict = Add(payload, out _);
        // A block of another branch is stored before its spending can be judged; then it is known, and known to be invalid.
        bool isKnown = BlockHeader.TryRead(payload, out BlockHeader header) && _index.ContainsKey(header.Hash());
        if (verdict.Judgement == BlockJudgement.Rejected && !isKnown)
        {
            throw new RoleException(
                $"The chain's file holds a block, at byte {offset}, that breaks the rules: {verdict.Code}, {verdict.Message}",
                "Restore the file from a copy, or move it away to begin a new chain.");
        }
    }

    /// <summary>Every check of a block on this parent; those of its spending only where the parent is the tip.</summary>
    private BlockVerdict? Check(Block block, BlockIndexEntry parent, bool withCoins, bool isProposal = false)
    {
        uint medianTimePast = parent.MedianTimePast();
        BlockContext context = new()
        {
            Network = _network,
            Height = (uint)parent.Height + 1,
            PrevHash = parent.Hash,
            NBits = _parameters.NBits,
            MedianTimePast = medianTimePast,
            // A block that was not too early when it came is not too early now, whatever has been done to the clock since.
            Now = IsReplaying ? DateTimeOffset.FromUnixTimeSeconds(block.Header.NTime) : _timeProvider.GetUtcNow(),
            FindOutput = withCoins ? FindOutput : null,
            IsProposal = isProposal,
        };
        if (BlockCheck.Full(block, context) is { } fault)
            return BlockVerdict.Rejected(fault.Code, fault.Reason);
        return withCoins ? CheckTransactions(block.Transactions, parent.Height + 1, medianTimePast) : null;
    }

    private TxOutput? FindOutput(OutPoint outpoint) => Coins.TryGet(outpoint, out Coin coin) ? new TxOutput(coin.Value, coin.Script) : null;

    /// <summary>What <see cref="BlockCheck"/> leaves to the chain: scripts, maturity, lock times.</summary>
    private BlockVerdict? CheckTransactions(ReadOnlySpan<Transaction> transactions, int height, uint medianTimePast)
    {
        if (!TransactionRules.IsFinal(transactions[0], height, medianTimePast))
            return BlockVerdict.Rejected("bad-txns-nonfinal", $"the coinbase's lock time {transactions[0].LockTime} is not reached at height {height}");
        Dictionary<OutPoint, Coin> made = [];
        foreach (Transaction transaction in transactions[1..])
        {
            string? fault = Rules.Check(
                transaction, height, medianTimePast,
                (OutPoint outpoint, out Coin coin) => made.TryGetValue(outpoint, out coin) || Coins.TryGet(outpoint, out coin),
                out _);
            if (fault is not null)
                return BlockVerdict.Rejected(fault, $"transaction {transaction.Txid.ToDisplayString()}");
            for (int i = 0; i < transaction.Outputs.Length; i++)
            {
                ref readonly TxOutput output = ref transaction.Outputs[i];
                made[new OutPoint(transaction.Txid, (uint)i)] = new Coin(output.Value, output.Script, height, IsCoinbase: false);
            }
        }
        return null;
    }

    private BlockIndexEntry Store(ReadOnlySpan<byte> data, Block block, U256 hash, BlockIndexEntry parent, long offset)
    {
        BlockIndexEntry entry = new()
        {
            Hash = hash,
            Header = block.Header,
            Parent = parent,
            Height = parent.Height + 1,
            TransactionCount = block.Transactions.Length,
            CoinbaseValue = (long)block.Transactions[0].OutputValue,
            Offset = offset,
            Length = data.Length,
            ArrivedAt = IsReplaying ? DateTimeOffset.FromUnixTimeSeconds(block.Header.NTime) : _timeProvider.GetUtcNow(),
        };
        _index.Add(hash, entry);
        _arrivals.Add(entry);
        return entry;
    }

    private void Connect(BlockIndexEntry entry, Block block)
    {
        entry.Spent = Coins.Connect(block.Transactions, entry.Height);
        _canBeTakenBack.AddLast(entry);
        if (_canBeTakenBack.Count > ChainParameters.ReorganisationDepthMax)
        {
            _canBeTakenBack.First!.Value.Spent = null;
            _canBeTakenBack.RemoveFirst();
        }
        Tip = entry;
    }

    private void Disconnect(List<Block> disconnected)
    {
        BlockIndexEntry entry = Tip;
        Block block = ReadBlock(entry);
        Coins.Disconnect(block.Transactions, entry.Spent!);
        entry.Spent = null;
        _canBeTakenBack.RemoveLast();
        Tip = entry.Parent!;
        disconnected.Add(block);
    }

    /// <summary>Makes a longer branch the best one. Where a block of it turns out to be bad, everything stays as it was.</summary>
    private BlockVerdict MoveTo(BlockIndexEntry target, out ChainChange change)
    {
        change = ChainChange.None;
        Stack<BlockIndexEntry> path = [];
        BlockIndexEntry fork = target;
        for (; !IsInBestChain(fork); fork = fork.Parent!)
            path.Push(fork);
        BlockIndexEntry oldTip = Tip;
        if (oldTip.Height - fork.Height > _canBeTakenBack.Count)
        {
            LogTooDeep(_logger, target.Hash.ToDisplayString(), oldTip.Height - fork.Height);
            return BlockVerdict.SideBranch;
        }

        List<Block> disconnected = [];
        List<Block> connected = [];
        while (Tip != fork)
            Disconnect(disconnected);
        foreach (BlockIndexEntry entry in path)
        {
            Block block = ReadBlock(entry);
            if (Check(block, Tip, withCoins: true) is { } fault)
            {
                MarkInvalid(entry);
                Restore(fork, oldTip);
                return fault;
            }
            Connect(entry, block);
            connected.Add(block);
        }
        LogReorganised(_logger, disconnected.Count, connected.Count, Tip.Height, Tip.Hash.ToDisplayString());
        change = new ChainChange(disconnected, connected);
        return BlockVerdict.Accepted;
    }

    private void Restore(BlockIndexEntry fork, BlockIndexEntry oldTip)
    {
        List<Block> dropped = [];
        while (Tip != fork)
            Disconnect(dropped);
        Stack<BlockIndexEntry> path = [];
        for (BlockIndexEntry entry = oldTip; entry != fork; entry = entry.Parent!)
            path.Push(entry);
        foreach (BlockIndexEntry entry in path)
            Connect(entry, ReadBlock(entry));
    }

    /// <summary>Marks a block and all that build on it.</summary>
    private void MarkInvalid(BlockIndexEntry invalid)
    {
        invalid.IsInvalid = true;
        // Parents come before their children, so one pass finds all descendants.
        foreach (BlockIndexEntry entry in _arrivals)
            entry.IsInvalid |= entry.Parent!.IsInvalid;
    }

    private Block ReadBlock(BlockIndexEntry entry) => Block.Parse(Read(entry));

    [LoggerMessage(LogLevel.Warning, "The branch of block {Hash} is longer, but leaves the best chain {Depth} blocks before its tip: it is not followed")]
    private static partial void LogTooDeep(ILogger logger, string hash, int depth);

    [LoggerMessage(LogLevel.Information, "Reorganised: {Disconnected} blocks taken back, {Connected} added, height {Height}, tip {Hash}")]
    private static partial void LogReorganised(ILogger logger, int disconnected, int connected, int height, string hash);
}
