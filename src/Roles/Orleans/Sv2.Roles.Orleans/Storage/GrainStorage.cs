using System.Globalization;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Orleans.Storage;

namespace Sv2.Roles.Orleans.Storage;

/// <summary>What grains store, in the shared database.</summary>
internal sealed class GrainStorage(ClusterDatabase database, IOptions<global::Orleans.Configuration.ClusterOptions> options) : IGrainStorage
{
    private readonly string _service = options.Value.ServiceId;

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        (long Etag, string? State) row = await database.RunAsync(connection => connection.QueryFirstOrDefault<(long, string?)>(
            "SELECT etag, state FROM sv2_grain_state WHERE service = @service AND grain = @grain AND name = @stateName",
            new { service = _service, grain = grainId.ToString(), stateName }));
        grainState.ETag = row.Etag == 0 ? null! : row.Etag.ToString(CultureInfo.InvariantCulture);
        grainState.RecordExists = row.State is not null;
        grainState.State = row.State is null ? Activator.CreateInstance<T>() : JsonSerializer.Deserialize<T>(row.State)!;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        StoreAsync(stateName, grainId, grainState, JsonSerializer.Serialize(grainState.State));

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        StoreAsync(stateName, grainId, grainState, json: null);

    private async Task StoreAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, string? json)
    {
        long from = grainState.ETag is null ? 0 : long.Parse(grainState.ETag, CultureInfo.InvariantCulture);
        var row = new { service = _service, grain = grainId.ToString(), stateName, json, from, to = from + 1 };
        bool isStored = await database.ExecuteAsync(
            from == 0
                ? "INSERT INTO sv2_grain_state VALUES(@service, @grain, @stateName, @to, @json) ON CONFLICT DO NOTHING"
                : "UPDATE sv2_grain_state SET etag = @to, state = @json WHERE service = @service AND grain = @grain AND name = @stateName AND etag = @from",
            row) == 1;
        if (!isStored)
            throw new InconsistentStateException($"{stateName} of {grainId} was changed by somebody else since version {from} was read");
        grainState.ETag = row.to.ToString(CultureInfo.InvariantCulture);
        grainState.RecordExists = json is not null;
        if (json is null) grainState.State = Activator.CreateInstance<T>();
    }
}
