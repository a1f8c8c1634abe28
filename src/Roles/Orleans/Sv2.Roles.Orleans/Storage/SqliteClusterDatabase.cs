using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Sv2.Roles.Orleans.Storage;

/// <summary>One file, for silos of one machine.</summary>
internal sealed class SqliteClusterDatabase : ClusterDatabase
{
    private readonly string _connectionString;

    /// <param name="path">Path of the file; made if need be.</param>
    public SqliteClusterDatabase(string path)
    {
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, Pooling = true, DefaultTimeout = 20 }.ToString();
        using DbConnection connection = Open();
        connection.Execute("PRAGMA journal_mode = WAL");
        connection.Execute(Schema);
    }

    protected override DbConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        // A power failure must not take back what a silo was told is stored.
        connection.Execute("PRAGMA synchronous = FULL");
        return connection;
    }

    protected override DbTransaction BeginRead(DbConnection connection) => ((SqliteConnection)connection).BeginTransaction(deferred: true);

    /// <summary>Has the file for itself from its beginning, so that it never finds out too late that somebody else has written.</summary>
    protected override DbTransaction BeginChange(DbConnection connection) => ((SqliteConnection)connection).BeginTransaction(deferred: false);
}
