using Sv2.Roles.Orleans.Storage;

namespace Sv2.Roles.Orleans.Tests;

/// <summary>The silos' shared database, in a file and in PostgreSQL.</summary>
public sealed class StorageTests
{
    [Fact]
    public async Task Sqlite_keeps_what_silos_share()
    {
        string folder = Directory.CreateTempSubdirectory("sv2-storage-").FullName;
        try
        {
            await new StorageContract(new SqliteClusterDatabase(Path.Combine(folder, "cluster.db"))).CheckAsync();
        }
        finally
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(folder, recursive: true);
        }
    }

    [PostgresFact]
    public async Task Postgres_keeps_what_silos_share_and_runs_a_cluster()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        // Two silos that come at once both find the tables made.
        ClusterDatabase[] databases = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => new PostgresClusterDatabase(server.ConnectionString))));
        await new StorageContract(databases[0]).CheckAsync();

        await using (TestCluster cluster = await TestCluster.StartOnPostgresAsync(server.ConnectionString, "one", "two"))
        {
            foreach (string name in new[] { "a", "b" }) await cluster["one"].CreateAsync(new RoleDefinition { Name = name, Kind = "probe" });
            await cluster.RemoveAsync("one");
            await Wait.ForAsync(
                "both roles run on the silo that is left",
                () => cluster["two"].ListAsync().AsTask(),
                all => all.Count == 2 && all.All(status => status.Report?.Message.StartsWith("two", StringComparison.Ordinal) == true));
        }

        // Definitions outlive all silos.
        await using TestCluster later = await TestCluster.StartOnPostgresAsync(server.ConnectionString, "three");
        await Wait.ForAsync("the roles run again", () => later["three"].ListAsync().AsTask(), all => all.Count == 2 && all.All(status => status.State == RoleState.Running));
    }

    [Theory]
    [InlineData("Colour=blue", "cannot be read")]
    [InlineData("Host=/nowhere;Username=sv2;Database=sv2;Timeout=2", "cannot be used")]
    public void Postgres_that_cannot_be_used_is_named(string connectionString, string expected)
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => new PostgresClusterDatabase(connectionString));
        Assert.Equal("--postgres", Assert.Single(e.Problems).Key);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }
}
