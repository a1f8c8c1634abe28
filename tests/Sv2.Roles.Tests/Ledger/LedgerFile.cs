namespace Sv2.Roles.Tests.Ledger;

/// <summary>Looks into a ledger's file without the ledger's code.</summary>
internal static class LedgerFile
{
    /// <summary>How many shares were ever numbered and booked, over all runs.</summary>
    public static long SequencesUsed(string path)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT SUM(last_sequence) FROM source";
        return (long)command.ExecuteScalar()!;
    }
}
