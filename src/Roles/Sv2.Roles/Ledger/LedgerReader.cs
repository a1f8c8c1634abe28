using Dapper;
using Microsoft.Data.Sqlite;

namespace Sv2.Roles.Ledger;

/// <summary>What a worker or an account has earned.</summary>
public sealed record ShareTotal
{
    /// <summary>The account.</summary>
    public required string Account { get; init; }

    /// <summary>The worker; empty for a worker without a name, and for the total of an account.</summary>
    public required string Worker { get; init; }

    /// <summary>Number of workers: 1, or as many as the account has.</summary>
    public required long Workers { get; init; }

    /// <summary>Accepted shares.</summary>
    public required long Shares { get; init; }

    /// <summary>Sum of the credited difficulties.</summary>
    public required long Difficulty { get; init; }

    /// <summary>Expected hashes behind the shares, exact.</summary>
    public required UInt128 Work { get; init; }

    /// <summary>Best difficulty a share really reached.</summary>
    public required double Best { get; init; }

    /// <summary>Time of the first share.</summary>
    public required DateTimeOffset FirstShareAt { get; init; }

    /// <summary>Time of the latest share.</summary>
    public required DateTimeOffset LastShareAt { get; init; }
}

/// <summary>What one worker earned in one minute.</summary>
public sealed record ShareMinute(
    DateTimeOffset Minute, string Account, string Worker, long Shares, long Difficulty, UInt128 Work, double Best);

/// <summary>
/// Reads what has been committed, on connections of its own: a long export holds up no commit, and sees one consistent
/// state. Every fault comes out as a <see cref="LedgerException"/>.
/// </summary>
public sealed class LedgerReader
{
    private const string WorkerColumns =
        "account AS Account, name AS Worker, 1 AS Workers, shares AS Shares, difficulty AS Difficulty, work_hi AS WorkHi, " +
        "work_lo AS WorkLo, best AS Best, first_share AS FirstShare, last_share AS LastShare";

    private const string AccountColumns =
        "account AS Account, '' AS Worker, COUNT(*) AS Workers, SUM(shares) AS Shares, SUM(difficulty) AS Difficulty, " +
        "SUM(work_hi) AS WorkHi, SUM(work_lo) AS WorkLo, MAX(best) AS Best, MIN(first_share) AS FirstShare, MAX(last_share) AS LastShare";

    private const string BlockColumns =
        "hash AS Hash, prev_hash AS PrevHash, height AS Height, coinbase_value AS CoinbaseValue, nbits AS NBits, finder AS Finder, " +
        "account AS Account, worker AS Worker, state AS State, reason AS Reason, found_at AS FoundAt, changed_at AS ChangedAt";

    private const string BlockSearch = "(@search IS NULL OR instr(lower(hash), lower(@search)) > 0 OR instr(lower(finder), lower(@search)) > 0)";

    private readonly string _connectionString;
    private readonly string _path;
    private readonly TimeProvider _time;

    /// <summary>Names the file; each call opens it.</summary>
    public LedgerReader(string path, TimeProvider time)
    {
        _path = path;
        _time = time;
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadOnly,
            Pooling = false,
            DefaultTimeout = 2,
        }.ToString();
    }

    /// <summary>Workers by account and name.</summary>
    public IReadOnlyList<ShareTotal> Workers(int offset = 0, int limit = int.MaxValue) => Read(connection =>
        Totals(connection, $"SELECT {WorkerColumns} FROM worker_total ORDER BY account, name LIMIT @limit OFFSET @offset", new { offset, limit }));

    /// <summary>One worker; null before its first share.</summary>
    public ShareTotal? Worker(WorkerName name) => Read(connection =>
        Totals(connection, $"SELECT {WorkerColumns} FROM worker_total WHERE account = @Account AND name = @Worker", name).FirstOrDefault());

    /// <summary>Accounts by name, each with the sum over its workers.</summary>
    public IReadOnlyList<ShareTotal> Accounts(int offset = 0, int limit = int.MaxValue) => Read(connection =>
        Totals(connection, $"SELECT {AccountColumns} FROM worker_total GROUP BY account ORDER BY account LIMIT @limit OFFSET @offset", new { offset, limit }));

    /// <summary>Totals of the workers whose last share came at a moment or later, the longest ago first.</summary>
    /// <param name="since">Seconds since 1970.</param>
    /// <param name="limit">Most workers.</param>
    public IReadOnlyList<WorkerTotal> TotalsSince(long since, int limit) => Read(connection =>
        connection.Query<(string Account, string Name, long Shares, long Difficulty, double Best, long LastShare)>(
            "SELECT account, name, shares, difficulty, best, last_share FROM worker_total WHERE last_share >= @since ORDER BY last_share, account, name LIMIT @limit",
            new { since, limit })
            .Select(row => new WorkerTotal(row.Account, row.Name, row.Shares, row.Difficulty, row.Best, row.LastShare)).ToList());

    /// <summary>Accepted shares of all workers, ever.</summary>
    public long TotalShares() => Read(connection => connection.ExecuteScalar<long>("SELECT COALESCE(SUM(shares), 0) FROM worker_total"));

    /// <summary>How much there is.</summary>
    public LedgerSummary Summarize() => Read(connection =>
    {
        (long shares, long workers, long accounts) = connection.QuerySingle<(long, long, long)>(
            "SELECT COALESCE(SUM(shares), 0), COUNT(*), COUNT(DISTINCT account) FROM worker_total");
        return new LedgerSummary("", shares, workers, accounts, connection.ExecuteScalar<long>("SELECT COUNT(*) FROM block"));
    });

    /// <summary>Blocks, the newest first.</summary>
    /// <param name="offset">Blocks to leave out at the beginning.</param>
    /// <param name="limit">Most blocks.</param>
    /// <param name="search">Only blocks whose hash or finder contains this, ignoring case; null for all.</param>
    public IReadOnlyList<BlockEntry> Blocks(int offset = 0, int limit = int.MaxValue, string? search = null) => Read(connection =>
        connection.Query<BlockRow>(
            $"SELECT {BlockColumns} FROM block WHERE {BlockSearch} ORDER BY found_at DESC, height DESC LIMIT @limit OFFSET @offset",
            new { offset, limit, search }).Select(row => row.ToEntry()).ToList());

    /// <summary>Number of blocks.</summary>
    public long CountBlocks(string? search = null) => Read(connection =>
        connection.ExecuteScalar<long>($"SELECT COUNT(*) FROM block WHERE {BlockSearch}", new { search }));

    /// <summary>One block by its hash as displayed; null when it was never booked.</summary>
    public BlockEntry? Block(string hash) => Read(connection =>
        connection.QueryFirstOrDefault<BlockRow>($"SELECT {BlockColumns} FROM block WHERE hash = @hash", new { hash })?.ToEntry());

    /// <summary>
    /// Work of each worker since a moment (to the minute), for hash rates. Workers without shares since are left out.
    /// </summary>
    public IReadOnlyDictionary<WorkerName, UInt128> WorkSince(DateTimeOffset since) => Read(connection =>
        connection.Query<(string Account, string Worker, long High, long Low)>(
            """
            SELECT w.account, w.name, SUM(m.work_hi), SUM(m.work_lo) FROM share_minute m JOIN worker w ON w.id = m.worker_id
            WHERE m.minute >= @minute GROUP BY m.worker_id
            """, new { minute = since.ToUnixTimeSeconds() / 60 })
            .ToDictionary(row => new WorkerName(row.Account, row.Worker), row => LedgerWork.Join(row.High, row.Low)));

    /// <summary>
    /// The minutes from <paramref name="from"/> up to <paramref name="to"/>, one row a worker, streamed from the file
    /// while they are enumerated.
    /// </summary>
    public IEnumerable<ShareMinute> Minutes(DateTimeOffset? from = null, DateTimeOffset? to = null)
    {
        using SqliteConnection connection = Open();
        var range = new
        {
            from = (from ?? DateTimeOffset.UnixEpoch).ToUnixTimeSeconds() / 60,
            to = (to ?? _time.GetUtcNow().AddDays(1)).ToUnixTimeSeconds() / 60,
        };
        foreach (MinuteRow row in connection.Query<MinuteRow>(
            """
            SELECT m.minute AS Minute, w.account AS Account, w.name AS Worker, m.shares AS Shares, m.difficulty AS Difficulty,
              m.work_hi AS WorkHi, m.work_lo AS WorkLo, m.best AS Best
            FROM share_minute m JOIN worker w ON w.id = m.worker_id
            WHERE m.minute >= @from AND m.minute < @to ORDER BY m.minute, m.worker_id
            """, range, buffered: false))
        {
            yield return row.ToMinute();
        }
    }

    private static List<ShareTotal> Totals(SqliteConnection connection, string sql, object parameters) =>
        connection.Query<TotalRow>(sql, parameters).Select(row => row.ToTotal()).ToList();

    private T Read<T>(Func<SqliteConnection, T> query)
    {
        try
        {
            using SqliteConnection connection = Open();
            return query(connection);
        }
        catch (SqliteException e)
        {
            throw new LedgerException(LedgerFailure.Io, $"ledger {_path} cannot be read: {e.Message}", e);
        }
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();
            return connection;
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw new LedgerException(LedgerFailure.Io, $"ledger {_path} cannot be read: {e.Message}", e);
        }
    }

    private sealed class TotalRow
    {
        public string Account { get; init; } = "";
        public string Worker { get; init; } = "";
        public long Workers { get; init; }
        public long Shares { get; init; }
        public long Difficulty { get; init; }
        public long WorkHi { get; init; }
        public long WorkLo { get; init; }
        public double Best { get; init; }
        public long FirstShare { get; init; }
        public long LastShare { get; init; }

        public ShareTotal ToTotal() => new()
        {
            Account = Account,
            Worker = Worker,
            Workers = Workers,
            Shares = Shares,
            Difficulty = Difficulty,
            Work = LedgerWork.Join(WorkHi, WorkLo),
            Best = Best,
            FirstShareAt = DateTimeOffset.FromUnixTimeSeconds(FirstShare),
            LastShareAt = DateTimeOffset.FromUnixTimeSeconds(LastShare),
        };
    }

    private sealed class MinuteRow
    {
        public long Minute { get; init; }
        public string Account { get; init; } = "";
        public string Worker { get; init; } = "";
        public long Shares { get; init; }
        public long Difficulty { get; init; }
        public long WorkHi { get; init; }
        public long WorkLo { get; init; }
        public double Best { get; init; }

        public ShareMinute ToMinute() => new(
            DateTimeOffset.FromUnixTimeSeconds(Minute * 60), Account, Worker, Shares, Difficulty, LedgerWork.Join(WorkHi, WorkLo), Best);
    }

    private sealed class BlockRow
    {
        public string Hash { get; init; } = "";
        public string PrevHash { get; init; } = "";
        public long Height { get; init; }
        public long CoinbaseValue { get; init; }
        public long NBits { get; init; }
        public string Finder { get; init; } = "";
        public string Account { get; init; } = "";
        public string Worker { get; init; } = "";
        public string State { get; init; } = "";
        public string Reason { get; init; } = "";
        public long FoundAt { get; init; }
        public long ChangedAt { get; init; }

        public BlockEntry ToEntry() => new()
        {
            Hash = Hash,
            PrevHash = PrevHash,
            Height = Height,
            CoinbaseValue = CoinbaseValue,
            NBits = (uint)NBits,
            Finder = Finder,
            Name = new WorkerName(Account, Worker),
            State = BlockEntryStates.Parse(State),
            Reason = Reason,
            FoundAt = DateTimeOffset.FromUnixTimeMilliseconds(FoundAt),
            ChangedAt = DateTimeOffset.FromUnixTimeMilliseconds(ChangedAt),
        };
    }
}
