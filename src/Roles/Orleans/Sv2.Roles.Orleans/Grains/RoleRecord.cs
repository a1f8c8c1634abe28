namespace Sv2.Roles.Orleans.Grains;

/// <summary>What a role's grain stores. The definition is text, so that any storage can hold it.</summary>
[GenerateSerializer, Alias("sv2.role-record")]
public sealed class RoleRecord
{
    /// <summary>The definition as JSON; null when there is no such instance.</summary>
    [Id(0)]
    public string? Definition { get; set; }

    /// <summary>Counts the changes of the definition.</summary>
    [Id(1)]
    public long Version { get; set; }

    /// <summary>The newest version that asks for a restart.</summary>
    [Id(2)]
    public long RestartVersion { get; set; }

    /// <summary>Counts the owners; never goes back, not even over a deletion.</summary>
    [Id(3)]
    public long Generation { get; set; }

    /// <summary>Name of the silo that runs it; null for none.</summary>
    [Id(4)]
    public string? Owner { get; set; }

    /// <summary>That silo's address.</summary>
    [Id(5)]
    public string? OwnerAddress { get; set; }

    /// <summary>The silo that is to have it next; null for any.</summary>
    [Id(6)]
    public string? Wanted { get; set; }
}
