using Microsoft.Data.Sqlite;
using Sv2.ControlPlane.Stack;
using Sv2.Roles;
using Sv2.Roles.Hosting;
using Sv2.Roles.Tests.Hosting;

namespace Sv2.ControlPlane.Tests.Stack;

public sealed class DataBackupTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string In(string name) => Path.Combine(_folder.Path, name);

    [Fact]
    public void A_folder_in_use_comes_back_as_it_was()
    {
        using (DataFolder data = DataFolder.Open(In("data")))
        {
            Directory.CreateDirectory(In("data/roles/pool"));
            File.WriteAllText(In("data/roles/pool/authority.key"), "secret");
            // As the chain and the ledger keep their files.
            using var kept = new FileStream(In("data/roles/pool/chain.dat"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
            kept.Write("blocks"u8);
            kept.Flush();
            using var database = new SqliteConnection($"Data Source={In("data/ledger.db")};Pooling=False");
            database.Open();
            using SqliteCommand command = database.CreateCommand();
            command.CommandText = "PRAGMA journal_mode = WAL; CREATE TABLE t(x); INSERT INTO t VALUES(42);";
            command.ExecuteNonQuery();

            BackupSummary summary = DataBackup.Create(In("data"), In("backup.tar.gz"));
            Assert.Equal(3, summary.Files);
        }

        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(In("backup.tar.gz")));
        Assert.Equal(3, DataBackup.Restore(In("backup.tar.gz"), In("restored")).Files);
        Assert.Equal("secret", File.ReadAllText(In("restored/roles/pool/authority.key")));
        Assert.Equal("blocks", File.ReadAllText(In("restored/roles/pool/chain.dat")));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(In("restored/roles/pool/authority.key")));
        using var restored = new SqliteConnection($"Data Source={In("restored/ledger.db")};Pooling=False");
        restored.Open();
        using SqliteCommand read = restored.CreateCommand();
        read.CommandText = "SELECT x FROM t";
        Assert.Equal(42L, read.ExecuteScalar());
        Assert.False(File.Exists(In("restored/lock")));
    }

    [Fact]
    public void Nothing_is_overwritten_and_nothing_half_is_left()
    {
        Directory.CreateDirectory(In("data"));
        File.WriteAllText(In("data/a"), "1");
        DataBackup.Create(In("data"), In("backup.tar.gz"));
        Assert.Contains("exists already", Assert.Throws<ConfigurationException>(() => DataBackup.Create(In("data"), In("backup.tar.gz"))).Message);
        Assert.Contains("in the data folder itself", Assert.Throws<ConfigurationException>(() => DataBackup.Create(In("data"), In("data/b.tar.gz"))).Message);
        Assert.Contains("is not empty", Assert.Throws<ConfigurationException>(() => DataBackup.Restore(In("backup.tar.gz"), In("data"))).Message);
        Assert.Contains("does not exist", Assert.Throws<ConfigurationException>(() => DataBackup.Create(In("none"), In("c.tar.gz"))).Message);
        Assert.Contains($"the folder {In("none")} does not exist", Assert.Throws<ConfigurationException>(() => DataBackup.Create(In("data"), In("none/c.tar.gz"))).Message);

        byte[] archive = File.ReadAllBytes(In("backup.tar.gz"));
        File.WriteAllBytes(In("torn.tar.gz"), archive[..(archive.Length / 2)]);
        File.WriteAllText(In("text.tar.gz"), "no archive");
        foreach (string wrong in (string[])["torn.tar.gz", "text.tar.gz", "absent.tar.gz"])
            Assert.Contains("cannot be restored", Assert.Throws<ConfigurationException>(() => DataBackup.Restore(In(wrong), In("new"))).Message);
        Assert.Equal(["backup.tar.gz", "data", "text.tar.gz", "torn.tar.gz"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }
}
