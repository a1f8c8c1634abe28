using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Sv2.Roles.Ledger;

/// <summary>
/// The durable account of shares and blocks. Shares are appended from any thread into a bounded queue; one writer
/// thread takes them in groups, commits each group to disk, and only then tells the sinks, which acknowledge them to the
/// miners. While the disk refuses, the writer keeps its group and tries again: acknowledgements wait, the queue fills,
/// and at its bound <see cref="TryAppend"/> refuses. Nothing that was acknowledged is ever lost.
/// </summary>
public sealed partial class ShareLedger : IAsyncDisposable
{
    private static readonly TimeSpan RetryDelayMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryDelayMax = TimeSpan.FromSeconds(5);

    // The writer waits on this monitor in real time (Stopwatch), as the disk does, whatever clock the role was given.
    private readonly object _gate = new();
    private readonly LedgerOptions _options;
    private readonly ILedgerStore _store;
    private readonly BlockJournal _journal;
    private readonly ILogger _logger;
    private readonly LedgerNotifier _notifier;
    private readonly ShareQueue _queue;
    private readonly List<BlockRecord> _blocks = [];
    private readonly ShareQueue.Item[] _taken;
    private readonly LedgerGroup _group;
    private readonly Thread _writer;
    private readonly TaskCompletionSource _writerEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(long Sequence, TaskCompletionSource Done)> _flushes = [];

    private long _appended;
    private long _committed;
    private long _refused;
    private string? _fault;
    private long? _stopBy;

    private ShareLedger(string path, LedgerOptions options, TimeProvider time, ILogger logger, ILedgerStore store)
    {
        Path = path;
        _options = options;
        _logger = logger;
        _store = store;
        _queue = new ShareQueue(options.QueueSharesMax);
        _taken = new ShareQueue.Item[options.CommitSharesMax];
        _group = new LedgerGroup(Guid.NewGuid().ToString("N"));
        _journal = new BlockJournal(path + ".blocks");
        _blocks.AddRange(_journal.Read());
        _notifier = new LedgerNotifier(logger);
        Reader = new LedgerReader(path, time);
        _writer = new Thread(Write) { IsBackground = true, Name = "ledger-writer" };
    }

    /// <summary>Full path of the SQLite file.</summary>
    public string Path { get; }

    /// <summary>Reads what has been committed.</summary>
    public LedgerReader Reader { get; }

    /// <summary>Every share with a sequence up to this one is durable.</summary>
    public long CommittedSequence
    {
        get { lock (_gate) return _committed; }
    }

    /// <summary>How the ledger stands.</summary>
    public LedgerHealth Health
    {
        get
        {
            lock (_gate)
            {
                bool refusing = _queue.IsFull;
                return new LedgerHealth(_fault is null, refusing, Explain(refusing), (int)(_appended - _committed), _committed, _refused);
            }
        }
    }

    /// <summary>
    /// Opens the ledger and starts its writer.
    /// </summary>
    /// <param name="path">The SQLite file; its folder is created where it is missing.</param>
    /// <param name="options">Delays and bounds.</param>
    /// <param name="time">Source of time.</param>
    /// <param name="logger">Told when the disk refuses and when it recovers.</param>
    /// <param name="wrapStore">Puts another store around the SQLite one; tests inject faults here.</param>
    /// <exception cref="LedgerException">The file cannot be created, read or migrated.</exception>
    public static ShareLedger Open(
        string path, LedgerOptions options, TimeProvider time, ILogger? logger = null, Func<ILedgerStore, ILedgerStore>? wrapStore = null)
    {
        path = System.IO.Path.GetFullPath(path);
        ILedgerStore store = new SqliteLedgerStore(path, options, time);
        if (wrapStore is not null) store = wrapStore(store);
        ShareLedger? ledger = null;
        try
        {
            store.Open();
            ledger = new ShareLedger(path, options, time, logger ?? NullLogger.Instance, store);
            ledger._writer.Start();
            return ledger;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LedgerException(LedgerFailure.Io, $"ledger {path}: {e.Message}", e);
        }
        finally
        {
            if (ledger is null) store.Dispose();
        }
    }

    /// <summary>
    /// Queues one accepted share. Does not wait and does not allocate in steady state.
    /// </summary>
    /// <param name="share">What to book.</param>
    /// <param name="sink">Told once the share is durable.</param>
    /// <param name="sequence">The share's number in this ledger, rising by one.</param>
    /// <returns>False when the queue is full or the ledger is stopping: the share is not booked and must be refused.</returns>
    public bool TryAppend(in ShareEntry share, ILedgerSink sink, out long sequence)
    {
        lock (_gate)
        {
            if (_stopBy is not null || !_queue.TryAdd(share, sink, Stopwatch.GetTimestamp()))
            {
                _refused++;
                LedgerMetrics.Refused.Add(1);
                sequence = 0;
                return false;
            }

            sequence = ++_appended;
            if (_queue.Count == 1 || _queue.Count == _options.CommitSharesMax) Monitor.PulseAll(_gate);
            return true;
        }
    }

    /// <summary>
    /// Books a block. On return its record is in the operating system's hands, so a killed process does not lose it;
    /// the commit follows at once.
    /// </summary>
    public void RecordBlock(BlockEntry block) => Record(new BlockRecord(block, null));

    /// <summary>Books a change of a block booked before. An unknown block is ignored.</summary>
    public void ChangeBlock(BlockChange change) => Record(new BlockRecord(null, change));

    /// <summary>Completes once everything appended so far is durable; faults when the ledger stops before.</summary>
    public Task FlushAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (_committed == _appended && _blocks.Count == 0 && _group.Blocks.Count == 0) return Task.CompletedTask;
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _flushes.Add((_appended, done));
            return done.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Refuses new shares, commits what is queued, notifies, and closes. Where the disk still refuses after
    /// <paramref name="patience"/>, the rest is given up: none of it was acknowledged.
    /// </summary>
    public async Task StopAsync(TimeSpan patience)
    {
        lock (_gate)
        {
            _stopBy ??= Stopwatch.GetTimestamp() + (long)(patience.TotalSeconds * Stopwatch.Frequency);
            Monitor.PulseAll(_gate);
        }

        await _writerEnded.Task.ConfigureAwait(false);
        await _notifier.StopAsync().ConfigureAwait(false);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.FromSeconds(2)).ConfigureAwait(false);
        _journal.Dispose();
        _store.Dispose();
    }

    private void Record(BlockRecord record)
    {
        lock (_gate)
        {
            try
            {
                _journal.Append(record);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // The record still waits in memory, and the commit that follows says whether the disk is well.
                LogJournalFailed(e.Message);
            }

            _blocks.Add(record);
            Monitor.PulseAll(_gate);
        }
    }

    private void Write()
    {
        try
        {
            while (TakeGroup())
            {
                if (!CommitGroup()) break;
            }
        }
        catch (Exception e)
        {
            // Not a fault of the disk but of this program: stop booking, refuse shares, and say why.
            LogWriterFailed(e);
            lock (_gate)
            {
                _fault = $"the ledger's writer failed: {e.Message}";
                _stopBy ??= Stopwatch.GetTimestamp();
            }
        }
        finally
        {
            FailFlushes();
            _writerEnded.TrySetResult();
        }
    }

    /// <summary>Waits for shares or blocks and fills the group; false when stopping and nothing is left.</summary>
    private bool TakeGroup()
    {
        int taken;
        lock (_gate)
        {
            while (_queue.Count == 0 && _blocks.Count == 0)
            {
                if (_stopBy is not null) return false;
                Monitor.Wait(_gate);
            }

            WaitForCompany();
            taken = _queue.Take(_taken);
            _group.Blocks.AddRange(_blocks);
            _blocks.Clear();
        }

        long sequence = _committed;
        for (int i = 0; i < taken; i++)
        {
            _group.Add(_taken[i].Share, ++sequence);
            _notifier.Expect(_taken[i].Sink);
        }

        Array.Clear(_taken, 0, taken);
        return true;
    }

    /// <summary>Lets the oldest share wait for others, up to the commit delay. A block waits for nobody.</summary>
    private void WaitForCompany()
    {
        while (_queue.Count < _options.CommitSharesMax && _blocks.Count == 0 && _stopBy is null)
        {
            double waited = Stopwatch.GetElapsedTime(_queue.OldestAddedAt).TotalMilliseconds;
            int rest = (int)Math.Ceiling(_options.CommitDelay.TotalMilliseconds - waited);
            if (rest <= 0) return;
            Monitor.Wait(_gate, rest);
        }
    }

    /// <summary>Commits the group, again and again while the disk refuses; false when given up on stopping.</summary>
    private bool CommitGroup()
    {
        TimeSpan delay = RetryDelayMin;
        bool mustOpen = false;
        while (true)
        {
            try
            {
                long started = Stopwatch.GetTimestamp();
                if (mustOpen) _store.Open();
                _store.Commit(_group);
                LedgerMetrics.Committed(_group.ShareCount, Stopwatch.GetElapsedTime(started));
                FinishGroup();
                return true;
            }
            catch (LedgerException e)
            {
                _store.Close();
                mustOpen = true;
                Fail(e.Message);
                if (!WaitToRetry(delay)) return false;
                delay = TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, RetryDelayMax.Ticks));
            }
        }
    }

    private void FinishGroup()
    {
        long durable;
        lock (_gate)
        {
            if (_fault is not null) LogRecovered(Path);
            _fault = null;
            _committed += _group.ShareCount;
            durable = _committed;
            _group.Clear();
            if (_blocks.Count == 0) ClearJournal();
            CompleteFlushes();
        }

        _notifier.Notify(durable);
    }

    private void ClearJournal()
    {
        try
        {
            _journal.Clear();
        }
        catch (IOException e)
        {
            // Lines left over are booked again on the next start, which changes nothing.
            LogJournalFailed(e.Message);
        }
    }

    private void Fail(string message)
    {
        lock (_gate)
        {
            if (_fault is null) LogFailed(message);
            _fault = message;
        }
    }

    private bool WaitToRetry(TimeSpan delay)
    {
        long retryAt = Stopwatch.GetTimestamp() + (long)(delay.TotalSeconds * Stopwatch.Frequency);
        lock (_gate)
        {
            while (true)
            {
                long now = Stopwatch.GetTimestamp();
                if (_stopBy is { } stopBy)
                {
                    if (now >= stopBy) return false;
                    retryAt = Math.Min(retryAt, stopBy);
                }

                if (now >= retryAt) return true;
                Monitor.Wait(_gate, Math.Max(1, (int)((retryAt - now) * 1_000 / Stopwatch.Frequency)));
            }
        }
    }

    private string Explain(bool refusing) => (_fault, refusing) switch
    {
        (null, false) => "every share is on disk before it is acknowledged",
        (null, true) => $"the disk is too slow: {_options.QueueSharesMax} shares wait, new ones are refused",
        (_, false) => $"{_fault}; acknowledgements wait, shares are kept in memory and written when it recovers",
        (_, true) => $"{_fault}; {_options.QueueSharesMax} shares wait, new ones are refused until it recovers",
    };

    private void CompleteFlushes()
    {
        for (int i = _flushes.Count - 1; i >= 0; i--)
        {
            if (_flushes[i].Sequence > _committed || _blocks.Count > 0) continue;
            _flushes[i].Done.TrySetResult();
            _flushes.RemoveAt(i);
        }
    }

    private void FailFlushes()
    {
        lock (_gate)
        {
            foreach ((_, TaskCompletionSource done) in _flushes)
            {
                done.TrySetException(new LedgerException(LedgerFailure.Io, $"ledger {Path} stopped before everything was on disk"));
            }

            _flushes.Clear();
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Message}; acknowledgements wait and it is tried again")]
    private partial void LogFailed(string message);

    [LoggerMessage(Level = LogLevel.Warning, Message = "ledger {Path} can be written again")]
    private partial void LogRecovered(string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "block journal: {Message}")]
    private partial void LogJournalFailed(string message);

    [LoggerMessage(Level = LogLevel.Critical, Message = "the ledger's writer failed; new shares are refused")]
    private partial void LogWriterFailed(Exception e);
}
