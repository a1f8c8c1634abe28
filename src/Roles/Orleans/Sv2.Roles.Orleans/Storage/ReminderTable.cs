using System.Globalization;
using Dapper;
using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace Sv2.Roles.Orleans.Storage;

/// <summary>Reminders in the shared database.</summary>
internal sealed class ReminderTable(ClusterDatabase database, IOptions<global::Orleans.Configuration.ClusterOptions> options) : IReminderTable
{
    private const string Columns = "SELECT grain, name, start_at, period, etag FROM sv2_reminder WHERE service = @service";

    private readonly string _service = options.Value.ServiceId;

    public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public async Task<ReminderTableData> ReadRows(GrainId grainId) =>
        new(await ReadAsync($"{Columns} AND grain = @grain", new { service = _service, grain = grainId.ToString() }));

    /// <summary>The range is (begin, end] on a ring: where begin is not before end it goes over the top.</summary>
    public async Task<ReminderTableData> ReadRows(uint begin, uint end) => new(await ReadAsync(
        begin < end ? $"{Columns} AND hash > @begin AND hash <= @end" : $"{Columns} AND (hash > @begin OR hash <= @end)",
        new { service = _service, begin = (long)begin, end = (long)end }));

    public async Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) =>
        (await ReadAsync($"{Columns} AND grain = @grain AND name = @reminderName", new { service = _service, grain = grainId.ToString(), reminderName })).FirstOrDefault();

    public async Task<string?> UpsertRow(ReminderEntry entry) => await database.RunAsync(connection => connection.ExecuteScalar<long>(
        """
        INSERT INTO sv2_reminder VALUES(@service, @grain, @ReminderName, @hash, @start, @period, 1)
        ON CONFLICT(service, grain, name) DO UPDATE
        SET start_at = excluded.start_at, period = excluded.period, etag = sv2_reminder.etag + 1 RETURNING etag
        """,
        new
        {
            service = _service,
            grain = entry.GrainId.ToString(),
            entry.ReminderName,
            hash = (long)entry.GrainId.GetUniformHashCode(),
            start = entry.StartAt.Ticks,
            period = entry.Period.Ticks,
        }).ToString(CultureInfo.InvariantCulture));

    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) => database.RunAsync(connection => connection.Execute(
        "DELETE FROM sv2_reminder WHERE service = @service AND grain = @grain AND name = @reminderName AND etag = @etag",
        new { service = _service, grain = grainId.ToString(), reminderName, etag = long.Parse(eTag, CultureInfo.InvariantCulture) }) == 1);

    public Task TestOnlyClearTable() => database.ExecuteAsync("DELETE FROM sv2_reminder WHERE service = @service", new { service = _service });

    private Task<List<ReminderEntry>> ReadAsync(string sql, object parameters) => database.RunAsync(connection =>
        connection.Query<(string Grain, string Name, long StartAt, long Period, long Etag)>(sql, parameters)
            .Select(row => new ReminderEntry
            {
                GrainId = GrainId.Parse(row.Grain, CultureInfo.InvariantCulture),
                ReminderName = row.Name,
                StartAt = new DateTime(row.StartAt, DateTimeKind.Utc),
                Period = new TimeSpan(row.Period),
                ETag = row.Etag.ToString(CultureInfo.InvariantCulture),
            }).ToList());
}
