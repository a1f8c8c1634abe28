using Microsoft.Extensions.Logging;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Roles.TemplateProvider.EmbeddedChain.Rpc;

namespace Sv2.Roles.TemplateProvider.EmbeddedChain;

/// <summary>The embedded chain as a node: chain, mempool and synthetic transactions behind one lock. Thread-safe.</summary>
public sealed partial class EmbeddedNode : INode
{
    /// <summary>Name of the block file in the node's directory.</summary>
    public const string BlockFileName = "blocks.dat";

    private static readonly TimeSpan TickMin = TimeSpan.FromMilliseconds(50);

    private readonly EmbeddedChainOptions _options;
    private readonly ChainParameters _parameters;
    private readonly string _directory;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private INodeObserver? _observer;
    private BlockChain? _chain;
    private Mempool? _mempool;
    private TransactionTrickle? _trickle;
    private ITimer? _timer;
    private long _trickleStarted;
    private long _trickled;
    private NodeView? _view;
    private long _viewVersion;
    private string? _diskFault;
    private bool _isDisposed;
    private RpcServer? _rpc;
    private TaskCompletionSource _tipChanged = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="options">How the chain is.</param>
    /// <param name="directory">Where the block file lies; must exist.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="loggerFactory">Makes the logger.</param>
    public EmbeddedNode(EmbeddedChainOptions options, string directory, TimeProvider timeProvider, ILoggerFactory loggerFactory)
    {
        _options = options;
        _parameters = new ChainParameters(options);
        _directory = directory;
        _timeProvider = timeProvider;
        _logger = loggerFactory.CreateLogger<EmbeddedNode>();
    }

    public NodeStatus Status
    {
        get
        {
            lock (_gate)
            {
                if (_chain is null || _mempool is null)
                    return new NodeStatus { Health = RoleHealth.Unhealthy, Message = "The embedded chain is not open." };
                return new NodeStatus
                {
                    Health = _diskFault is null ? RoleHealth.Healthy : RoleHealth.Unhealthy,
                    Message = _diskFault ?? $"The embedded chain is at height {_chain.Tip.Height}.",
                    Height = _chain.Tip.Height,
                    TipHash = _chain.Tip.Hash,
                    MempoolTransactions = _mempool.Count,
                    Endpoints = _rpc is { } rpc ? [new EndpointInfo("bitcoin-rpc", rpc.Url, null, Encrypted: false)] : [],
                };
            }
        }
    }

    /// <exception cref="RoleException">The block file cannot be used.</exception>
    public async Task StartAsync(INodeObserver observer, CancellationToken cancellationToken)
    {
        Open(observer);
        if (_options.Rpc.Enabled)
            _rpc = await RpcServer.StartAsync(_options.Rpc, new RpcMethods(this, _timeProvider), _directory, _logger, cancellationToken).ConfigureAwait(false);
    }

    private void Open(INodeObserver observer)
    {
        lock (_gate)
        {
            _observer = observer;
            long started = _timeProvider.GetTimestamp();
            _chain = new BlockChain(Path.Combine(_directory, BlockFileName), _parameters, _timeProvider, _logger);
            _mempool = new Mempool(_options.MempoolTransactionsMax, _chain.Coins, _chain.Rules);
            _trickle = new TransactionTrickle(_mempool, _options.Seed is { } seed ? new Random(seed) : new Random());
            _trickle.Restart(_chain.Coins);
            LogOpened(_logger, _chain.Tip.Height, _chain.Tip.Hash.ToDisplayString(), _chain.BlockCount, _chain.CheckedAtStart, _timeProvider.GetElapsedTime(started).TotalMilliseconds);
            for (int i = 0; i < _options.InitialTransactions; i++)
                Trickle();
            if (_options.TransactionsPerSecond > 0)
                StartTimer();
        }
    }

    public NodeView? CurrentView()
    {
        lock (_gate)
        {
            if (_chain is null || _mempool is null || _isDisposed)
                return null;
            if (_view is not null && _viewVersion == _mempool.Version && _view.TipHash == _chain.Tip.Hash)
                return _view;
            uint height = (uint)_chain.Tip.Height + 1;
            _viewVersion = _mempool.Version;
            return _view = new NodeView
            {
                TipHash = _chain.Tip.Hash,
                Height = (int)height,
                Version = ChainParameters.BlockVersion,
                NBits = _parameters.NBits,
                MinTime = _chain.Tip.MedianTimePast() + 1,
                Subsidy = (long)_parameters.Network.Subsidy(height),
                NextSubsidy = (long)_parameters.Network.Subsidy(height + 1),
                Candidates = _mempool.Candidates(),
            };
        }
    }

    public Task<BlockVerdict> SubmitBlockAsync(SolvedBlock block, CancellationToken cancellationToken) =>
        Task.FromResult(SubmitBlock(block.Data.Span));

    /// <summary>Judges a block and, if it is good, makes it part of the chain.</summary>
    /// <param name="data">The serialized block.</param>
    public BlockVerdict SubmitBlock(ReadOnlySpan<byte> data)
    {
        BlockVerdict verdict;
        bool tipChanged;
        lock (_gate)
        {
            if (_chain is null || _isDisposed)
                return BlockVerdict.Rejected("not-open", "the embedded chain is not open");
            try
            {
                verdict = _chain.Add(data, out ChainChange change);
                tipChanged = !change.IsEmpty;
                Follow(change);
                _diskFault = null;
            }
            catch (IOException e)
            {
                _diskFault = $"The embedded chain cannot be written: {e.Message}";
                LogDiskFault(_logger, e, BlockFileName);
                return BlockVerdict.Rejected("disk-failure", _diskFault);
            }
        }
        if (tipChanged)
            OnTipChanged();
        return verdict;
    }

    /// <summary>Offers a transaction to the mempool.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <returns>Null when it was taken, else why not, in Bitcoin Core's words.</returns>
    public string? SubmitTransaction(Transaction transaction)
    {
        string? fault;
        lock (_gate)
        {
            if (_chain is null || _mempool is null || _isDisposed)
                return "the embedded chain is not open";
            fault = _mempool.Add(transaction, _chain.Tip.Height + 1, _chain.Tip.MedianTimePast());
        }
        if (fault is null)
            _observer?.OnNodeChanged();
        return fault;
    }

    /// <summary>
    /// Declares the best block invalid, as Bitcoin Core's <c>invalidateblock</c> does: the chain goes back to the best of the
    /// others, and stays there over restarts.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no block to take back.</exception>
    public void InvalidateTip()
    {
        lock (_gate)
        {
            if (_chain is null)
                throw new InvalidOperationException("the embedded chain is not open");
            Follow(_chain.InvalidateTip());
        }
        OnTipChanged();
    }

    /// <summary>The serialized block of the best chain or of another branch; null when there is none of this hash.</summary>
    public byte[]? ReadBlock(U256 hash)
    {
        lock (_gate)
            return _chain is not null && _chain.TryGet(hash, out BlockIndexEntry? entry) && entry.Height > 0 ? _chain.Read(entry) : null;
    }

    /// <summary>The unspent outputs at the tip; a copy.</summary>
    internal IReadOnlyDictionary<OutPoint, Coin> Coins()
    {
        lock (_gate)
            return new Dictionary<OutPoint, Coin>(_chain?.Coins.Coins ?? []);
    }

    public Page<BlockInfo> ListBlocks(ListQuery query)
    {
        lock (_gate)
            return _chain is null ? Page<BlockInfo>.Empty : Page.Of(NewestFirst(_chain), query, block => block.Hash);
    }

    public async ValueTask DisposeAsync()
    {
        ITimer? timer;
        lock (_gate)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            timer = _timer;
            _chain?.Dispose();
        }
        if (_rpc is not null)
            await _rpc.DisposeAsync().ConfigureAwait(false);
        if (timer is not null)
            await timer.DisposeAsync().ConfigureAwait(false);
    }

    private IEnumerable<BlockInfo> NewestFirst(BlockChain chain)
    {
        double difficulty = Target.Difficulty(_parameters.Target);
        HashSet<BlockIndexEntry> best = [];
        for (BlockIndexEntry? entry = chain.Tip; entry is not null; entry = entry.Parent)
            best.Add(entry);
        for (int i = chain.Arrivals.Count - 1; i >= 0; i--)
        {
            BlockIndexEntry entry = chain.Arrivals[i];
            yield return new BlockInfo
            {
                Hash = entry.Hash.ToDisplayString(),
                Height = entry.Height,
                CoinbaseValueSats = entry.CoinbaseValue,
                Time = entry.ArrivedAt,
                State = best.Contains(entry) ? BlockState.Accepted : BlockState.Orphaned,
                TransactionCount = entry.TransactionCount,
                Difficulty = difficulty,
                Reason = entry.IsInvalid ? "declared invalid" : null,
            };
        }
    }

    /// <summary>Brings the mempool in line with the chain.</summary>
    private void Follow(ChainChange change)
    {
        foreach (Block block in change.Connected)
            _mempool!.BlockConnected(block.Transactions);
        if (change.Disconnected.Count == 0)
            return;
        IEnumerable<Transaction> returned = change.Disconnected.Reverse().SelectMany(block => block.Transactions[1..].ToArray());
        _mempool!.Rebuild(returned, _chain!.Tip.Height + 1, _chain.Tip.MedianTimePast());
        _trickle!.Restart(_chain.Coins);
    }

    private void OnTipChanged()
    {
        Interlocked.Exchange(ref _tipChanged, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        _observer?.OnTipChanged();
    }

    private void StartTimer()
    {
        TimeSpan period = TimeSpan.FromSeconds(1 / _options.TransactionsPerSecond);
        if (period < TickMin)
            period = TickMin;
        _trickleStarted = _timeProvider.GetTimestamp();
        _timer = _timeProvider.CreateTimer(static state => ((EmbeddedNode)state!).OnTick(), this, period, period);
    }

    private void OnTick()
    {
        try
        {
            if (TrickleWhatIsDue())
                _observer?.OnNodeChanged();
        }
        catch (Exception e)
        {
            // A timer has nobody above it. The next tick tries again.
            LogTrickleFailed(_logger, e);
        }
    }

    private bool TrickleWhatIsDue()
    {
        bool changed = false;
        lock (_gate)
        {
            if (_isDisposed)
                return false;
            double due = _timeProvider.GetElapsedTime(_trickleStarted).TotalSeconds * _options.TransactionsPerSecond;
            // After a pause (a sleeping machine) a second's worth is made up for, not hours of it.
            _trickled = Math.Max(_trickled, (long)(due - Math.Max(1, _options.TransactionsPerSecond)));
            for (; _trickled + 1 <= due; _trickled++)
                changed |= Trickle();
        }
        return changed;
    }

    private bool Trickle() => _trickle!.Next(_chain!.Tip.Height + 1, _chain.Tip.MedianTimePast()) is not null;

    [LoggerMessage(LogLevel.Information, "Embedded chain opened: height {Height}, tip {Hash}, {Blocks} blocks read and {CheckedAgain} of them checked again in {Milliseconds:0} ms")]
    private static partial void LogOpened(ILogger logger, int height, string hash, int blocks, int checkedAgain, double milliseconds);

    [LoggerMessage(LogLevel.Error, "No synthetic transaction could be made")]
    private static partial void LogTrickleFailed(ILogger logger, Exception exception);

    [LoggerMessage(LogLevel.Error, "A block could not be written to {File}")]
    private static partial void LogDiskFault(ILogger logger, Exception exception, string file);
}
