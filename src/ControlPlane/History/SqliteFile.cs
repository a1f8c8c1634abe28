using Microsoft.Data.Sqlite;
using Sv2.Roles;

namespace Sv2.ControlPlane.History;

/// <summary>
/// A small SQLite database of the control plane, used by one thread at a time. Its schema grows by migrations that
/// <c>user_version</c> counts.
/// </summary>
internal sealed class SqliteFile : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SqliteConnection _connection;

    private SqliteFile(SqliteConnection connection) => _connection = connection;

    /// <summary>Opens or makes a database and brings its schema up to date.</summary>
    /// <param name="path">The file; null for one in memory, which ends with the process.</param>
    /// <param name="migrations">The steps from an empty file to the present schema.</param>
    /// <exception cref="ConfigurationException">The file cannot be used.</exception>
    public static SqliteFile Open(string? path, IReadOnlyList<string> migrations)
    {
        if (path is not null)
            MakeForOwnerOnly(path);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path ?? ":memory:",
            Pooling = false,
            DefaultTimeout = 5,
        }.ToString());
        try
        {
            connection.Open();
            Run(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;");
            Migrate(connection, path, migrations);
            return new SqliteFile(connection);
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw new ConfigurationException("--data-dir", $"{path} cannot be used: {e.Message}", "restore it from a backup, or move it away to begin anew", e);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Uses the connection, alone.</summary>
    public T Use<T>(Func<SqliteConnection, T> use)
    {
        lock (_gate)
            return use(_connection);
    }

    /// <summary>Uses the connection, alone.</summary>
    public void Use(Action<SqliteConnection> use)
    {
        lock (_gate)
            use(_connection);
    }

    /// <summary>Uses the connection for what is good to have, such as when something was used last: a disk that is full must not refuse it.</summary>
    public void Try(Action<SqliteConnection> use)
    {
        try
        {
            Use(use);
        }
        catch (SqliteException)
        {
            // Left as it was; an alarm tells of the disk.
        }
    }

    /// <summary>Writes all or nothing.</summary>
    public void Transact(Action<SqliteConnection, SqliteTransaction> write)
    {
        lock (_gate)
        {
            using SqliteTransaction transaction = _connection.BeginTransaction();
            write(_connection, transaction);
            transaction.Commit();
        }
    }

    public void Dispose()
    {
        lock (_gate)
            _connection.Dispose();
    }

    private static void Migrate(SqliteConnection connection, string? path, IReadOnlyList<string> migrations)
    {
        using SqliteCommand read = connection.CreateCommand();
        read.CommandText = "PRAGMA user_version";
        int version = Convert.ToInt32(read.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
        if (version > migrations.Count)
            throw new ConfigurationException("--data-dir", $"{path} has schema {version}, this program knows {migrations.Count}", "run the newer program, or name another folder");
        for (int step = version; step < migrations.Count; step++)
            Run(connection, $"BEGIN; {migrations[step]} PRAGMA user_version = {step + 1}; COMMIT;");
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is ours.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    /// <summary>SQLite makes files that the group may read; this one holds what only its owner should see.</summary>
    private static void MakeForOwnerOnly(string path)
    {
        if (File.Exists(path))
            return;
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        new FileStream(path, options).Dispose();
    }
}
