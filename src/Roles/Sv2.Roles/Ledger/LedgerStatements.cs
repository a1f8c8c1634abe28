using Microsoft.Data.Sqlite;

namespace Sv2.Roles.Ledger;

/// <summary>The prepared statements of the writer, compiled once for the life of a connection.</summary>
internal sealed class LedgerStatements : IDisposable
{
    private readonly List<SqliteCommand> _all = [];
    private readonly SqliteCommand _lastSequence;
    private readonly SqliteCommand _setLastSequence;
    private readonly SqliteCommand _rolledUpTo;
    private readonly SqliteCommand _findWorker;
    private readonly SqliteCommand _countWorkers;
    private readonly SqliteCommand _addWorker;
    private readonly SqliteCommand _addShares;
    private readonly SqliteCommand _rollUp;
    private readonly SqliteCommand _forget;
    private readonly SqliteCommand _addBlock;
    private readonly SqliteCommand _changeBlock;

    public LedgerStatements(SqliteConnection connection)
    {
        _lastSequence = Prepare(connection, "SELECT last_sequence FROM source WHERE name = $name", "$name");
        _setLastSequence = Prepare(connection,
            """
            INSERT INTO source(name, last_sequence, committed_at) VALUES($name, $sequence, $now)
            ON CONFLICT(name) DO UPDATE SET last_sequence = excluded.last_sequence, committed_at = excluded.committed_at
            """, "$name", "$sequence", "$now");
        _rolledUpTo = Prepare(connection, "SELECT value FROM meta WHERE name = 'rolled_up_to'");
        _findWorker = Prepare(connection, "SELECT id FROM worker WHERE account = $account AND name = $name", "$account", "$name");
        _countWorkers = Prepare(connection, "SELECT COUNT(*) FROM worker WHERE account = $account", "$account");
        _addWorker = Prepare(connection,
            """
            INSERT INTO worker(account, name, first_share) VALUES($account, $name, $first)
            ON CONFLICT(account, name) DO UPDATE SET first_share = first_share RETURNING id
            """, "$account", "$name", "$first");
        _addShares = Prepare(connection,
            """
            INSERT INTO share_minute VALUES($minute, $worker, $shares, $difficulty, $work_hi, $work_lo, $best, $last)
            ON CONFLICT(minute, worker_id) DO UPDATE SET shares = shares + excluded.shares,
              difficulty = difficulty + excluded.difficulty, work_hi = work_hi + excluded.work_hi,
              work_lo = work_lo + excluded.work_lo, best = MAX(best, excluded.best), last_share = MAX(last_share, excluded.last_share)
            """, "$minute", "$worker", "$shares", "$difficulty", "$work_hi", "$work_lo", "$best", "$last");
        _rollUp = Prepare(connection,
            """
            UPDATE worker SET shares = worker.shares + m.shares, difficulty = worker.difficulty + m.difficulty,
              work_hi = worker.work_hi + m.work_hi, work_lo = worker.work_lo + m.work_lo,
              best = MAX(worker.best, m.best), last_share = MAX(worker.last_share, m.last_share)
            FROM (SELECT worker_id, SUM(shares) AS shares, SUM(difficulty) AS difficulty, SUM(work_hi) AS work_hi,
                    SUM(work_lo) AS work_lo, MAX(best) AS best, MAX(last_share) AS last_share
                  FROM share_minute WHERE minute > $from AND minute <= $to GROUP BY worker_id) AS m
            WHERE worker.id = m.worker_id;
            UPDATE meta SET value = $to WHERE name = 'rolled_up_to';
            """, "$from", "$to");
        // At most a few minutes' rows at a time, so that a shortened retention does not hold up the commits.
        _forget = Prepare(connection,
            """
            DELETE FROM share_minute
            WHERE minute < $before AND minute <= (SELECT MIN(minute) + 3 FROM share_minute)
            """, "$before");
        _addBlock = Prepare(connection,
            """
            INSERT INTO block VALUES($hash, $prev_hash, $height, $value, $nbits, $finder, $account, $worker, $state, $reason, $found, $changed)
            ON CONFLICT(hash) DO NOTHING
            """, "$hash", "$prev_hash", "$height", "$value", "$nbits", "$finder", "$account", "$worker", "$state", "$reason", "$found", "$changed");
        // 'submitted' may be told late, after the chain has already spoken.
        _changeBlock = Prepare(connection,
            """
            UPDATE block SET state = $state, reason = $reason, changed_at = $at
            WHERE hash = $hash AND NOT ($state = 'submitted' AND state <> 'found')
            """, "$hash", "$state", "$reason", "$at");
    }

    /// <summary>Makes the statements part of a transaction.</summary>
    public void Enlist(SqliteTransaction transaction)
    {
        foreach (SqliteCommand command in _all) command.Transaction = transaction;
    }

    public long LastSequence(string source)
    {
        _lastSequence.Parameters[0].Value = source;
        return _lastSequence.ExecuteScalar() as long? ?? 0;
    }

    public void SetLastSequence(string source, long sequence, long now) => Run(_setLastSequence, source, sequence, now);

    public long RolledUpTo() => (long)_rolledUpTo.ExecuteScalar()!;

    public long? FindWorker(WorkerName name)
    {
        Bind(_findWorker, name.Account, name.Worker);
        return _findWorker.ExecuteScalar() as long?;
    }

    public int CountWorkers(string account)
    {
        Bind(_countWorkers, account);
        return (int)(long)_countWorkers.ExecuteScalar()!;
    }

    public long AddWorker(WorkerName name, long firstShare)
    {
        Bind(_addWorker, name.Account, name.Worker, firstShare);
        return (long)_addWorker.ExecuteScalar()!;
    }

    public void AddShares(long minute, long worker, in ShareSum sum) => Run(_addShares, minute, worker, sum.Shares,
        (long)Math.Min(sum.Difficulty, long.MaxValue), LedgerWork.High(sum.Work), LedgerWork.Low(sum.Work), sum.Best, sum.LastAt);

    public void RollUp(long from, long to) => Run(_rollUp, from, to);

    public void Forget(long beforeMinute) => Run(_forget, beforeMinute);

    public void Write(BlockRecord record)
    {
        if (record.Found is { } block)
        {
            Run(_addBlock, block.Hash, block.PrevHash, block.Height, block.CoinbaseValue, (long)block.NBits, block.Finder,
                block.Name.Account, block.Name.Worker, BlockEntryStates.Text(block.State), block.Reason,
                block.FoundAt.ToUnixTimeMilliseconds(), block.FoundAt.ToUnixTimeMilliseconds());
        }

        if (record.Change is { } change)
        {
            Run(_changeBlock, change.Hash, BlockEntryStates.Text(change.State), change.Reason, change.At.ToUnixTimeMilliseconds());
        }
    }

    public void Dispose()
    {
        foreach (SqliteCommand command in _all) command.Dispose();
    }

    private static void Run(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        Bind(command, values);
        command.ExecuteNonQuery();
    }

    private static void Bind(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (int i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
    }

    private SqliteCommand Prepare(SqliteConnection connection, string sql, params string[] names)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (string name in names) command.Parameters.Add(new SqliteParameter { ParameterName = name });
        _all.Add(command);
        return command;
    }
}
