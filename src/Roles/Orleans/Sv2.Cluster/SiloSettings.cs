using System.Net;

namespace Sv2.Cluster;

/// <summary>What one silo is told at its start.</summary>
internal sealed record SiloSettings
{
    /// <summary>Name of the silo, unique in the cluster.</summary>
    public required string Name { get; init; }

    /// <summary>Folder of keys, ledgers and chains. Silos that are to take over roles from one another share it.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Address that the other silos reach this one at.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>Port for the other silos.</summary>
    public required int SiloPort { get; init; }

    /// <summary>Name of the cluster: silos of other clusters are strangers, also in the same database.</summary>
    public string ClusterId { get; init; } = "sv2";

    /// <summary>Where REST API and pages are served; null for not at all.</summary>
    public IPEndPoint? Http { get; init; }

    /// <summary>Connection string of the PostgreSQL database that the silos share; null for a SQLite file in the data folder.</summary>
    public string? Postgres { get; init; }

    /// <summary>Whether silos collect figures for the Orleans Dashboard, and show it beside the pages. The same on every silo.</summary>
    public bool Dashboard { get; init; }

    /// <summary>Times of the cluster.</summary>
    public Roles.Orleans.ClusterOptions Times { get; init; } = new();
}
