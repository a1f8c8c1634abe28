using Orleans.Runtime;

namespace Sv2.Roles.Orleans.Grains;

internal sealed class RoleCatalogueGrain([PersistentState("catalogue", ClusterStorage.Name)] IPersistentState<CatalogueRecord> stored)
    : Grain, IRoleCatalogueGrain
{
    public async Task<CatalogueAnswer> AddAsync(string name, int max)
    {
        List<string> names = stored.State.Names;
        if (names.Contains(name)) return CatalogueAnswer.Taken;
        if (names.Count >= max) return CatalogueAnswer.Full;
        names.Add(name);
        names.Sort(StringComparer.Ordinal);
        await this.WriteAsync(stored);
        return CatalogueAnswer.Added;
    }

    public async Task RemoveAsync(string name)
    {
        if (stored.State.Names.Remove(name)) await this.WriteAsync(stored);
    }

    public Task<string[]> ListAsync() => Task.FromResult(stored.State.Names.ToArray());
}

/// <summary>What the catalogue stores.</summary>
[GenerateSerializer, Alias("sv2.catalogue-record")]
public sealed class CatalogueRecord
{
    [Id(0)]
    public List<string> Names { get; set; } = [];
}
