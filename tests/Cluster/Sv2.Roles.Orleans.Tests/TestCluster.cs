using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sv2.Cluster;

namespace Sv2.Roles.Orleans.Tests;

/// <summary>Silos in this process that share a data folder and a cluster of their own.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sv2-cluster-").FullName;
    private readonly Dictionary<string, IHost> _silos = [];
    private string? _postgres;
    private IReadOnlyList<IRoleKind>? _kinds;

    /// <summary>Short times: a lease of eight seconds, renewed four times a second.</summary>
    private static ClusterOptions Times => new()
    {
        ReconcileInterval = TimeSpan.FromMilliseconds(250),
        Lease = TimeSpan.FromSeconds(8),
        FenceAfter = TimeSpan.FromSeconds(4),
        ClaimWindow = TimeSpan.FromMilliseconds(600),
        ShareInterval = TimeSpan.FromMilliseconds(250),
    };

    /// <summary>The host as a silo offers it.</summary>
    public OrleansRoleHost this[string silo] => _silos[silo].Services.GetRequiredService<OrleansRoleHost>();

    /// <summary>What the silos ask of grains, of one another and of observers.</summary>
    public CallCounter Calls { get; } = new();

    public static Task<TestCluster> StartAsync(params string[] silos) => StartAsync(new TestCluster(), silos);

    /// <summary>Silos with other kinds of roles than probes.</summary>
    public static Task<TestCluster> StartAsync(IReadOnlyList<IRoleKind> kinds, params string[] silos) => StartAsync(new TestCluster { _kinds = kinds }, silos);

    /// <summary>Silos that share a PostgreSQL database instead of a file.</summary>
    public static Task<TestCluster> StartOnPostgresAsync(string connectionString, params string[] silos) =>
        StartAsync(new TestCluster { _postgres = connectionString }, silos);

    private static async Task<TestCluster> StartAsync(TestCluster cluster, string[] silos)
    {
        foreach (string silo in silos) await cluster.AddAsync(silo);
        return cluster;
    }

    public async Task AddAsync(string silo)
    {
        var settings = new SiloSettings { Name = silo, DataDirectory = _folder, SiloPort = FreePort.Next(), Postgres = _postgres, Times = Times };
        IHost host = SiloProgram.Build(settings, _kinds ?? [new ProbeKind(silo)], builder => builder.Services.AddSingleton<IOutgoingGrainCallFilter>(Calls));
        await host.StartAsync();
        _silos[silo] = host;
    }

    /// <summary>Stops a silo in good order.</summary>
    public async Task RemoveAsync(string silo)
    {
        if (!_silos.Remove(silo, out IHost? host)) return;
        await host.StopAsync();
        host.Dispose();
    }

    public T Service<T>(string silo) where T : notnull => _silos[silo].Services.GetRequiredService<T>();

    public TGrain Grain<TGrain>(string key) where TGrain : IGrainWithStringKey =>
        _silos.Values.First().Services.GetRequiredService<IGrainFactory>().GetGrain<TGrain>(key);

    public async ValueTask DisposeAsync()
    {
        foreach (string silo in _silos.Keys.ToList()) await RemoveAsync(silo);
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }
}
