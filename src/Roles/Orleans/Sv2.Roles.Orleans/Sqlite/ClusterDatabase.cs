using Dapper;
using Microsoft.Data.Sqlite;

namespace Sv2.Roles.Orleans.Sqlite;

/// <summary>
/// One SQLite file that the silos of one machine share: who is a member, what grains have stored, which reminders there are.
/// For a cluster of one machine and for tests; several machines need PostgreSQL.
/// </summary>
internal sealed class ClusterDatabase
{
    private const string Schema =
        """
        PRAGMA journal_mode = WAL;
        CREATE TABLE IF NOT EXISTS membership_version(cluster TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS member(
          cluster TEXT NOT NULL, silo TEXT NOT NULL, etag INTEGER NOT NULL, entry TEXT NOT NULL, alive_at INTEGER NOT NULL,
          PRIMARY KEY(cluster, silo)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS grain_state(
          service TEXT NOT NULL, grain TEXT NOT NULL, name TEXT NOT NULL, etag INTEGER NOT NULL, state TEXT,
          PRIMARY KEY(service, grain, name)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS reminder(
          service TEXT NOT NULL, grain TEXT NOT NULL, name TEXT NOT NULL, hash INTEGER NOT NULL,
          start_at INTEGER NOT NULL, period INTEGER NOT NULL, etag INTEGER NOT NULL,
          PRIMARY KEY(service, grain, name)) WITHOUT ROWID;
        """;

    private readonly string _connectionString;

    /// <param name="path">Path of the file; made if need be.</param>
    public ClusterDatabase(string path)
    {
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, Pooling = true, DefaultTimeout = 20 }.ToString();
        using SqliteConnection connection = Open();
        connection.Execute(Schema);
    }

    /// <summary>Does something with the file, off the caller's thread: SQLite blocks.</summary>
    public Task<T> RunAsync<T>(Func<SqliteConnection, T> action) => Task.Run(() =>
    {
        using SqliteConnection connection = Open();
        return action(connection);
    });

    /// <summary>Does something in a transaction that has the file for itself from its beginning; committed when it gives true.</summary>
    public Task<bool> ChangeAsync(Func<SqliteConnection, SqliteTransaction, bool> action) => RunAsync(connection =>
    {
        using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
        bool isDone = action(connection, transaction);
        if (isDone) transaction.Commit();
        return isDone;
    });

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        // A power failure must not take back what a silo was told is stored.
        connection.Execute("PRAGMA synchronous = FULL");
        return connection;
    }
}
