namespace Sv2.Roles.Orleans;

/// <summary>The storage that every grain here uses; which one it is, the silo's configuration says.</summary>
public static class ClusterStorage
{
    /// <summary>Name of the storage provider.</summary>
    public const string Name = "sv2";
}
