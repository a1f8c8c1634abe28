namespace Sv2.Roles.Orleans.Grains;

/// <summary>Knows the names of all role instances. One in the cluster.</summary>
public interface IRoleCatalogueGrain : IGrainWithIntegerKey
{
    /// <summary>Takes a name.</summary>
    /// <param name="name">The instance's name.</param>
    /// <param name="max">Most names.</param>
    Task<CatalogueAnswer> AddAsync(string name, int max);

    /// <summary>Gives a name back.</summary>
    Task RemoveAsync(string name);

    /// <summary>All names, sorted.</summary>
    Task<string[]> ListAsync();
}

/// <summary>What the catalogue says to a new name.</summary>
public enum CatalogueAnswer
{
    /// <summary>It is yours.</summary>
    Added,

    /// <summary>Another instance has it.</summary>
    Taken,

    /// <summary>There are as many instances as there may be.</summary>
    Full,
}
