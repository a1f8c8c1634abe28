using System.Data.Common;
using Dapper;

namespace Sv2.Roles.Orleans.Storage;

/// <summary>
/// What the silos of a cluster share: who is a member, what grains have stored, which reminders there are. In a SQLite file
/// for silos of one machine, in PostgreSQL for several; the statements are the same for both.
/// </summary>
internal abstract class ClusterDatabase
{
    /// <summary>Makes what is not there yet; whoever comes second finds it done.</summary>
    protected const string Schema =
        """
        CREATE TABLE IF NOT EXISTS sv2_membership(cluster TEXT PRIMARY KEY, version BIGINT NOT NULL);
        CREATE TABLE IF NOT EXISTS sv2_member(
          cluster TEXT NOT NULL, silo TEXT NOT NULL, etag BIGINT NOT NULL, entry TEXT NOT NULL, alive_at BIGINT NOT NULL,
          PRIMARY KEY(cluster, silo));
        CREATE TABLE IF NOT EXISTS sv2_grain_state(
          service TEXT NOT NULL, grain TEXT NOT NULL, name TEXT NOT NULL, etag BIGINT NOT NULL, state TEXT,
          PRIMARY KEY(service, grain, name));
        CREATE TABLE IF NOT EXISTS sv2_reminder(
          service TEXT NOT NULL, grain TEXT NOT NULL, name TEXT NOT NULL, hash BIGINT NOT NULL,
          start_at BIGINT NOT NULL, period BIGINT NOT NULL, etag BIGINT NOT NULL,
          PRIMARY KEY(service, grain, name));
        """;

    /// <summary>Runs one statement; gives the number of rows that it changed.</summary>
    public Task<int> ExecuteAsync(string sql, object parameters) => RunAsync(connection => connection.Execute(sql, parameters));

    /// <summary>Does something with the database, off the caller's thread: a file's calls block.</summary>
    public Task<T> RunAsync<T>(Func<DbConnection, T> action) => Task.Run(() =>
    {
        using DbConnection connection = Open();
        return action(connection);
    });

    /// <summary>Reads several tables as they were at one moment.</summary>
    public Task<T> ReadAsync<T>(Func<DbConnection, DbTransaction, T> action) => RunAsync(connection =>
    {
        using DbTransaction transaction = BeginRead(connection);
        return action(connection, transaction);
    });

    /// <summary>Does something in a transaction; committed when it gives true.</summary>
    public Task<bool> ChangeAsync(Func<DbConnection, DbTransaction, bool> action) => RunAsync(connection =>
    {
        using DbTransaction transaction = BeginChange(connection);
        bool isDone = action(connection, transaction);
        if (isDone) transaction.Commit();
        return isDone;
    });

    /// <summary>An open connection.</summary>
    protected abstract DbConnection Open();

    /// <summary>A transaction that sees one moment.</summary>
    protected abstract DbTransaction BeginRead(DbConnection connection);

    /// <summary>A transaction that changes something.</summary>
    protected abstract DbTransaction BeginChange(DbConnection connection);
}
