using System.Data;
using System.Data.Common;
using Dapper;
using Npgsql;

namespace Sv2.Roles.Orleans.Storage;

/// <summary>A PostgreSQL database, for silos of several machines. The tables are made by the first silo that comes.</summary>
internal sealed class PostgresClusterDatabase : ClusterDatabase
{
    // Two silos that make the same table at the same moment would be in each other's way.
    private const string OneAtATime = "SELECT pg_advisory_xact_lock(8442734254)";

    private readonly string _connectionString;

    /// <param name="connectionString">As Npgsql reads it: <c>Host=…;Database=…;Username=…;Password=…</c>.</param>
    /// <exception cref="ConfigurationException">It cannot be read, or leads to no database that can be used.</exception>
    public PostgresClusterDatabase(string connectionString)
    {
        try
        {
            _connectionString = new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "sv2-cluster" }.ToString();
            using DbConnection connection = Open();
            using DbTransaction transaction = BeginChange(connection);
            connection.Execute(OneAtATime, transaction: transaction);
            connection.Execute(Schema, transaction: transaction);
            transaction.Commit();
        }
        catch (ArgumentException e)
        {
            throw new ConfigurationException("--postgres", $"the connection string cannot be read: {e.Message}", "write it like Host=db;Database=sv2;Username=sv2;Password=…", e);
        }
        catch (NpgsqlException e)
        {
            throw new ConfigurationException("--postgres", $"the database cannot be used: {e.Message}", "check that it runs, that its name and user are right, and that the user may make tables", e);
        }
    }

    protected override DbConnection Open()
    {
        var connection = new NpgsqlConnection(_connectionString);
        connection.Open();
        return connection;
    }

    protected override DbTransaction BeginRead(DbConnection connection) => connection.BeginTransaction(IsolationLevel.RepeatableRead);

    protected override DbTransaction BeginChange(DbConnection connection) => connection.BeginTransaction(IsolationLevel.ReadCommitted);
}
