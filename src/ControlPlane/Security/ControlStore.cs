using Sv2.ControlPlane.History;

namespace Sv2.ControlPlane.Security;

/// <summary>The database <c>control.db</c>: tokens, sessions and sign-in codes as hashes, and the audit log.</summary>
internal static class ControlStore
{
    /// <summary>Name of the file in the data folder.</summary>
    public const string FileName = "control.db";

    private static readonly string[] Migrations =
    [
        """
        CREATE TABLE token(
          id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, name TEXT NOT NULL, scope TEXT NOT NULL,
          created_at INTEGER NOT NULL, expires_at INTEGER, last_used_at INTEGER) WITHOUT ROWID;
        CREATE TABLE session(
          id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, name TEXT NOT NULL, scope TEXT NOT NULL,
          token_id TEXT REFERENCES token(id) ON DELETE CASCADE, csrf TEXT NOT NULL,
          created_at INTEGER NOT NULL, seen_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, remote TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE code(hash BLOB PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE audit(
          id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, caller TEXT NOT NULL, via TEXT NOT NULL, remote TEXT NOT NULL,
          operation TEXT NOT NULL, target TEXT NOT NULL, status INTEGER NOT NULL, detail TEXT NOT NULL);
        """,
    ];

    /// <summary>Opens the database of a data folder; one in memory without a folder.</summary>
    public static SqliteFile Open(string? dataDirectory) =>
        SqliteFile.Open(dataDirectory is null ? null : Path.Combine(dataDirectory, FileName), Migrations);
}
