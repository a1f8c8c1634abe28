using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Sv2.Roles.Orleans.Storage;

/// <summary>The members of the cluster in the shared database.</summary>
internal sealed class MembershipTable(ClusterDatabase database, IOptions<global::Orleans.Configuration.ClusterOptions> options) : IMembershipTable
{
    private readonly string _cluster = options.Value.ClusterId;

    public Task InitializeMembershipTable(bool tryInitTableVersion) =>
        database.ExecuteAsync("INSERT INTO sv2_membership VALUES(@cluster, 0) ON CONFLICT DO NOTHING", new { cluster = _cluster });

    public Task DeleteMembershipTableEntries(string clusterId) => database.ExecuteAsync(
        "DELETE FROM sv2_member WHERE cluster = @clusterId; DELETE FROM sv2_membership WHERE cluster = @clusterId", new { clusterId });

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => database.ChangeAsync((connection, transaction) =>
    {
        foreach ((MembershipEntry entry, string etag) in Read(connection, transaction).Members)
        {
            if (entry.Status == SiloStatus.Active || entry.IAmAliveTime >= beforeDate.UtcDateTime) continue;
            connection.Execute("DELETE FROM sv2_member WHERE cluster = @cluster AND silo = @silo AND etag = @etag", Row(entry, etag), transaction);
        }

        return true;
    });

    public Task<MembershipTableData> ReadRow(SiloAddress key) => database.ReadAsync((connection, transaction) =>
    {
        MembershipTableData all = Read(connection, transaction);
        return all.TryGet(key) is { } row ? new MembershipTableData(row, all.Version) : new MembershipTableData(all.Version);
    });

    public Task<MembershipTableData> ReadAll() => database.ReadAsync(Read);

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => database.ChangeAsync((connection, transaction) =>
        Advance(connection, transaction, tableVersion)
        && connection.Execute(
            "INSERT INTO sv2_member VALUES(@cluster, @silo, 0, @json, @alive) ON CONFLICT DO NOTHING", Row(entry), transaction) == 1);

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => database.ChangeAsync((connection, transaction) =>
        Advance(connection, transaction, tableVersion)
        && connection.Execute(
            "UPDATE sv2_member SET entry = @json, alive_at = @alive, etag = etag + 1 WHERE cluster = @cluster AND silo = @silo AND etag = @etag",
            Row(entry, etag), transaction) == 1);

    public Task UpdateIAmAlive(MembershipEntry entry) =>
        database.ExecuteAsync("UPDATE sv2_member SET alive_at = @alive WHERE cluster = @cluster AND silo = @silo", Row(entry));

    /// <summary>Goes to the next version of the table, unless somebody else has gone there first.</summary>
    private bool Advance(DbConnection connection, DbTransaction transaction, TableVersion to) =>
        connection.Execute(
            "UPDATE sv2_membership SET version = @Version WHERE cluster = @cluster AND version = @from",
            new { cluster = _cluster, to.Version, from = long.Parse(to.VersionEtag, CultureInfo.InvariantCulture) }, transaction) == 1;

    private MembershipTableData Read(DbConnection connection, DbTransaction transaction)
    {
        var cluster = new { cluster = _cluster };
        int version = connection.ExecuteScalar<int>("SELECT version FROM sv2_membership WHERE cluster = @cluster", cluster, transaction);
        List<Tuple<MembershipEntry, string>> members =
        [
            .. connection.Query<(long Etag, string Entry, long AliveAt)>("SELECT etag, entry, alive_at FROM sv2_member WHERE cluster = @cluster", cluster, transaction)
                .Select(row => Tuple.Create(Parse(row.Entry, row.AliveAt), row.Etag.ToString(CultureInfo.InvariantCulture))),
        ];
        return new MembershipTableData(members, new TableVersion(version, version.ToString(CultureInfo.InvariantCulture)));
    }

    private object Row(MembershipEntry entry, string etag = "0") => new
    {
        cluster = _cluster,
        silo = Key(entry.SiloAddress),
        json = JsonSerializer.Serialize(MemberRecord.Of(entry)),
        alive = entry.IAmAliveTime.Ticks,
        etag = long.Parse(etag, CultureInfo.InvariantCulture),
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
