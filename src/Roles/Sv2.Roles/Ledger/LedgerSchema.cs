using Microsoft.Data.Sqlite;

namespace Sv2.Roles.Ledger;

/// <summary>
/// The tables, and how an older file becomes a newer one: <c>user_version</c> counts the migrations applied.
/// Work is held in two columns that can be summed without carrying: <c>work_hi</c> in units of 2^32 hashes (which is
/// difficulty 1, to 16 parts in a million) and <c>work_lo</c> in hashes.
/// </summary>
internal static class LedgerSchema
{
    private static readonly string[] Migrations =
    [
        """
        CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO meta VALUES('rolled_up_to', 0);

        -- The idempotency key: how far each run of a writer has been booked.
        CREATE TABLE source(name TEXT PRIMARY KEY, last_sequence INTEGER NOT NULL, committed_at INTEGER NOT NULL) WITHOUT ROWID;

        -- Totals of a worker over all minutes up to meta.rolled_up_to; the view worker_total adds the open ones.
        CREATE TABLE worker(
          id INTEGER PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL,
          first_share INTEGER NOT NULL, last_share INTEGER NOT NULL DEFAULT 0,
          shares INTEGER NOT NULL DEFAULT 0, difficulty INTEGER NOT NULL DEFAULT 0,
          work_hi INTEGER NOT NULL DEFAULT 0, work_lo INTEGER NOT NULL DEFAULT 0, best REAL NOT NULL DEFAULT 0,
          UNIQUE(account, name));

        -- Minute first: the rows of the current minute lie side by side, so that a commit touches few pages.
        CREATE TABLE share_minute(
          minute INTEGER NOT NULL, worker_id INTEGER NOT NULL REFERENCES worker(id),
          shares INTEGER NOT NULL, difficulty INTEGER NOT NULL, work_hi INTEGER NOT NULL, work_lo INTEGER NOT NULL,
          best REAL NOT NULL, last_share INTEGER NOT NULL,
          PRIMARY KEY(minute, worker_id)) WITHOUT ROWID;

        CREATE TABLE block(
          hash TEXT PRIMARY KEY, prev_hash TEXT NOT NULL, height INTEGER NOT NULL, coinbase_value INTEGER NOT NULL,
          nbits INTEGER NOT NULL, finder TEXT NOT NULL, account TEXT NOT NULL, worker TEXT NOT NULL,
          state TEXT NOT NULL, reason TEXT NOT NULL, found_at INTEGER NOT NULL, changed_at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX block_found_at ON block(found_at);

        CREATE VIEW worker_total AS
          SELECT w.id, w.account, w.name, w.first_share, MAX(w.last_share, COALESCE(m.last_share, 0)) AS last_share,
            w.shares + COALESCE(m.shares, 0) AS shares, w.difficulty + COALESCE(m.difficulty, 0) AS difficulty,
            w.work_hi + COALESCE(m.work_hi, 0) AS work_hi, w.work_lo + COALESCE(m.work_lo, 0) AS work_lo,
            MAX(w.best, COALESCE(m.best, 0)) AS best
          FROM worker w LEFT JOIN (
            SELECT worker_id, SUM(shares) AS shares, SUM(difficulty) AS difficulty, SUM(work_hi) AS work_hi,
              SUM(work_lo) AS work_lo, MAX(best) AS best, MAX(last_share) AS last_share
            FROM share_minute WHERE minute > (SELECT value FROM meta WHERE name = 'rolled_up_to')
            GROUP BY worker_id) m ON m.worker_id = w.id;
        """,
    ];

    /// <summary>The version this program writes.</summary>
    public static int Version => Migrations.Length;

    /// <summary>Brings the file to <see cref="Version"/>, one transaction a step.</summary>
    public static void Migrate(SqliteConnection connection, string path)
    {
        int version = ReadVersion(connection);
        if (version > Version)
        {
            throw new LedgerException(LedgerFailure.SchemaTooNew,
                $"ledger {path} has schema {version}, this program knows {Version}: run the newer program, or name another file");
        }

        for (int step = version; step < Version; step++)
        {
            using SqliteTransaction transaction = connection.BeginTransaction();
            using SqliteCommand command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = $"{Migrations[step]}\nPRAGMA user_version = {step + 1};";
            command.ExecuteNonQuery();
            transaction.Commit();
        }
    }

    private static int ReadVersion(SqliteConnection connection)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        return Convert.ToInt32(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }
}
