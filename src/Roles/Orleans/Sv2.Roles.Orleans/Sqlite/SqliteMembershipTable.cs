using System.Globalization;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Sv2.Roles.Orleans.Sqlite;

/// <summary>The members of the cluster in the shared file.</summary>
internal sealed class SqliteMembershipTable(ClusterDatabase database, IOptions<global::Orleans.Configuration.ClusterOptions> options) : IMembershipTable
{
    private readonly string _cluster = options.Value.ClusterId;

    public Task InitializeMembershipTable(bool tryInitTableVersion) => database.RunAsync(connection =>
        connection.Execute("INSERT OR IGNORE INTO membership_version VALUES(@_cluster, 0)", new { _cluster }));

    public Task DeleteMembershipTableEntries(string clusterId) => database.RunAsync(connection =>
        connection.Execute("DELETE FROM member WHERE cluster = @clusterId; DELETE FROM membership_version WHERE cluster = @clusterId", new { clusterId }));

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => database.ChangeAsync((connection, transaction) =>
    {
        foreach ((MembershipEntry entry, _) in Read(connection, transaction).Members)
        {
            if (entry.Status == SiloStatus.Active || entry.IAmAliveTime >= beforeDate.UtcDateTime) continue;
            connection.Execute("DELETE FROM member WHERE cluster = @_cluster AND silo = @silo", new { _cluster, silo = Key(entry.SiloAddress) }, transaction);
        }

        return true;
    });

    public Task<MembershipTableData> ReadRow(SiloAddress key) => database.RunAsync(connection =>
    {
        MembershipTableData all = Read(connection);
        return all.TryGet(key) is { } row ? new MembershipTableData(row, all.Version) : new MembershipTableData(all.Version);
    });

    public Task<MembershipTableData> ReadAll() => database.RunAsync(connection => Read(connection));

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => database.ChangeAsync((connection, transaction) =>
        Advance(connection, transaction, tableVersion)
        && connection.Execute(
            "INSERT OR IGNORE INTO member VALUES(@_cluster, @silo, 0, @json, @alive)", Row(entry), transaction) == 1);

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => database.ChangeAsync((connection, transaction) =>
        Advance(connection, transaction, tableVersion)
        && connection.Execute(
            "UPDATE member SET entry = @json, alive_at = @alive, etag = etag + 1 WHERE cluster = @_cluster AND silo = @silo AND etag = @etag",
            Row(entry, long.Parse(etag, CultureInfo.InvariantCulture)), transaction) == 1);

    public Task UpdateIAmAlive(MembershipEntry entry) => database.RunAsync(connection =>
        connection.Execute("UPDATE member SET alive_at = @alive WHERE cluster = @_cluster AND silo = @silo", Row(entry)));

    /// <summary>Goes to the next version of the table, unless somebody else has gone there first.</summary>
    private bool Advance(SqliteConnection connection, SqliteTransaction transaction, TableVersion to) =>
        connection.Execute(
            "UPDATE membership_version SET version = @Version WHERE cluster = @_cluster AND version = @from",
            new { _cluster, to.Version, from = long.Parse(to.VersionEtag, CultureInfo.InvariantCulture) }, transaction) == 1;

    private MembershipTableData Read(SqliteConnection connection, SqliteTransaction? outer = null)
    {
        SqliteTransaction? transaction = outer ?? connection.BeginTransaction(deferred: true);
        try
        {
            int version = connection.ExecuteScalar<int>("SELECT version FROM membership_version WHERE cluster = @_cluster", new { _cluster }, transaction);
            List<Tuple<MembershipEntry, string>> members =
            [
                .. connection.Query<(long Etag, string Entry, long AliveAt)>("SELECT etag, entry, alive_at FROM member WHERE cluster = @_cluster", new { _cluster }, transaction)
                    .Select(row => Tuple.Create(Parse(row.Entry, row.AliveAt), row.Etag.ToString(CultureInfo.InvariantCulture))),
            ];
            return new MembershipTableData(members, new TableVersion(version, version.ToString(CultureInfo.InvariantCulture)));
        }
        finally
        {
            if (outer is null) transaction.Dispose();
        }
    }

    private object Row(MembershipEntry entry, long etag = 0) => new
    {
        _cluster,
        silo = Key(entry.SiloAddress),
        json = JsonSerializer.Serialize(MemberRecord.Of(entry)),
        alive = entry.IAmAliveTime.Ticks,
        etag,
    };

    private static MembershipEntry Parse(string json, long aliveAt)
    {
        MembershipEntry entry = JsonSerializer.Deserialize<MemberRecord>(json)!.ToEntry();
        entry.IAmAliveTime = new DateTime(aliveAt, DateTimeKind.Utc);
        return entry;
    }

    private static string Key(SiloAddress address) => address.ToParsableString();

    private sealed record MemberRecord
    {
        public required string Address { get; init; }

        public required SiloStatus Status { get; init; }

        public required int ProxyPort { get; init; }

        public required string HostName { get; init; }

        public required string SiloName { get; init; }

        public required DateTime StartTime { get; init; }

        public required IReadOnlyList<Suspicion> Suspicions { get; init; }

        public static MemberRecord Of(MembershipEntry entry) => new()
        {
            Address = Key(entry.SiloAddress),
            Status = entry.Status,
            ProxyPort = entry.ProxyPort,
            HostName = entry.HostName,
            SiloName = entry.SiloName,
            StartTime = entry.StartTime,
            Suspicions = [.. (entry.SuspectTimes ?? []).Select(s => new Suspicion(Key(s.Item1), s.Item2))],
        };

        public MembershipEntry ToEntry() => new()
        {
            SiloAddress = SiloAddress.FromParsableString(Address),
            Status = Status,
            ProxyPort = ProxyPort,
            HostName = HostName,
            SiloName = SiloName,
            StartTime = StartTime,
            SuspectTimes = [.. Suspicions.Select(s => Tuple.Create(SiloAddress.FromParsableString(s.By), s.At))],
        };
    }

    private sealed record Suspicion(string By, DateTime At);
}
