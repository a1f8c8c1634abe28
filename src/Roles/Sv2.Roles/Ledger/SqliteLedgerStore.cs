using Microsoft.Data.Sqlite;

namespace Sv2.Roles.Ledger;

/// <summary>
/// The ledger in one SQLite file: write-ahead log, and a sync of it at every commit (<c>synchronous=FULL</c>), so that a
/// commit that returned survives a power cut.
/// </summary>
public sealed class SqliteLedgerStore : ILedgerStore
{
    private const int CachedWorkersMax = 200_000;

    private readonly LedgerOptions _options;
    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly Dictionary<WorkerName, long> _workerIds = [];
    private readonly Dictionary<string, int> _workersOfAccount = [];

    private SqliteConnection? _connection;
    private LedgerStatements? _statements;
    private bool _openedBefore;

    /// <summary>Names the file; <see cref="Open"/> touches it.</summary>
    public SqliteLedgerStore(string path, LedgerOptions options, TimeProvider time)
    {
        _path = path;
        _options = options;
        _time = time;
    }

    /// <inheritdoc />
    public void Open() => Guard(() =>
    {
        Close();
        // A file that vanished under us held acknowledged shares: an empty one in its place would hide the loss.
        if (_openedBefore && !File.Exists(_path)) throw Gone();
        CreateFolder();

        _connection = new SqliteConnection(ConnectionString());
        _connection.Open();
        Execute("PRAGMA busy_timeout=2000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;");
        LimitSize();
        LedgerSchema.Migrate(_connection, _path);
        _statements = new LedgerStatements(_connection);
        _openedBefore = true;
    });

    /// <inheritdoc />
    public void Commit(LedgerGroup group) => Guard(() =>
    {
        SqliteConnection connection = _connection ?? throw new InvalidOperationException("the store is not open");
        LedgerStatements statements = _statements!;
        if (!File.Exists(_path)) throw Gone();

        using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
        statements.Enlist(transaction);
        if (group.ShareCount > 0 && !IsBooked(group, statements)) BookShares(group, statements);
        foreach (BlockRecord record in group.Blocks) statements.Write(record);
        transaction.Commit();

        // SQLite goes on writing to a file whose name was removed; nobody would ever find those shares again.
        if (!File.Exists(_path)) throw Gone();
    });

    /// <inheritdoc />
    public void Close()
    {
        // Ids of workers inserted by a transaction that was rolled back would be wrong.
        _workerIds.Clear();
        _workersOfAccount.Clear();
        _statements?.Dispose();
        _statements = null;
        try
        {
            _connection?.Dispose();
        }
        catch (SqliteException)
        {
            // The file is already out of reach; the fault that brought us here has been reported.
        }

        _connection = null;
    }

    /// <inheritdoc />
    public void Dispose() => Close();

    private static bool IsBooked(LedgerGroup group, LedgerStatements statements)
    {
        long booked = statements.LastSequence(group.Source);
        if (booked < group.FirstSequence) return false;
        if (booked >= group.LastSequence) return true;
        throw new InvalidOperationException(
            $"group {group.FirstSequence}..{group.LastSequence} was changed before it was tried again: the ledger holds {booked}");
    }

    private void BookShares(LedgerGroup group, LedgerStatements statements)
    {
        long now = _time.GetUtcNow().ToUnixTimeSeconds();
        long rolledUpTo = statements.RolledUpTo();
        foreach (((WorkerName name, long minute), ShareSum sum) in group.Sums)
        {
            // A minute that is closed stays closed: a share that waited longer goes to the first open one.
            statements.AddShares(Math.Max(minute, rolledUpTo + 1), WorkerId(name, sum.LastAt, statements), sum);
        }

        statements.SetLastSequence(group.Source, group.LastSequence, now);
        RollUp(now / 60, rolledUpTo, statements);
    }

    /// <summary>Once a minute: add the minutes that are over to the totals of their workers, and forget very old ones.</summary>
    private void RollUp(long minute, long rolledUpTo, LedgerStatements statements)
    {
        long closed = minute - 2;
        if (closed <= rolledUpTo) return;
        statements.RollUp(rolledUpTo, closed);
        statements.Forget(closed - (long)_options.MinutesKept.TotalMinutes);
    }

    private long WorkerId(WorkerName name, long firstShare, LedgerStatements statements)
    {
        if (_workerIds.TryGetValue(name, out long id)) return id;
        if (_workerIds.Count >= CachedWorkersMax) _workerIds.Clear();
        return _workerIds[name] = statements.FindWorker(name) ?? AddWorker(name, firstShare, statements);
    }

    private long AddWorker(WorkerName name, long firstShare, LedgerStatements statements)
    {
        if (!_workersOfAccount.TryGetValue(name.Account, out int count)) count = statements.CountWorkers(name.Account);
        if (count >= _options.WorkersPerAccountMax) name = name with { Worker = "(other)" };
        if (_workersOfAccount.Count >= CachedWorkersMax) _workersOfAccount.Clear();
        _workersOfAccount[name.Account] = count + 1;
        return statements.AddWorker(name, firstShare);
    }

    private void LimitSize()
    {
        if (_options.FileMegabytesMax == 0) return;
        const int PageSize = 4_096;
        Execute($"PRAGMA max_page_count={_options.FileMegabytesMax * (1_048_576L / PageSize)}");
    }

    private void CreateFolder()
    {
        if (Path.GetDirectoryName(Path.GetFullPath(_path)) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
    }

    private void Execute(string sql)
    {
        using SqliteCommand command = _connection!.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private string ConnectionString() => new SqliteConnectionStringBuilder
    {
        DataSource = _path,
        Mode = _openedBefore ? SqliteOpenMode.ReadWrite : SqliteOpenMode.ReadWriteCreate,
        Pooling = false,
        DefaultTimeout = 2,
    }.ToString();

    private LedgerException Gone() =>
        new(LedgerFailure.Gone, $"ledger {_path} was removed while in use: put it back, or restart the role to begin a new one");

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (SqliteException e)
        {
            throw Explain(e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LedgerException(LedgerFailure.Io, $"ledger {_path}: {e.Message}", e);
        }
    }

    private LedgerException Explain(SqliteException e)
    {
        (LedgerFailure failure, string text) = e.SqliteErrorCode switch
        {
            5 or 6 => (LedgerFailure.Busy, "another process holds it"),
            8 => (LedgerFailure.ReadOnly, "it may not be written"),
            11 or 26 => (LedgerFailure.Corrupt, "it is damaged or no ledger"),
            13 => (LedgerFailure.Full, _options.FileMegabytesMax > 0
                ? $"the disk or its limit of {_options.FileMegabytesMax} MB is full" : "the disk is full"),
            14 => (LedgerFailure.Gone, "it cannot be opened"),
            _ => (LedgerFailure.Io, e.Message),
        };
        return new LedgerException(failure, $"ledger {_path}: {text} (SQLite {e.SqliteErrorCode}/{e.SqliteExtendedErrorCode})", e);
    }
}
