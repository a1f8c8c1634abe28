using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Core.Internal;
using Sv2.Cluster;
using Sv2.Cluster.Tests;
using Sv2.Roles;
using Sv2.Roles.Orleans;
using Sv2.Roles.Orleans.Grains;
using Sv2.Roles.Orleans.Supervision;

namespace Sv2.ControlPlane.Tests.Support;

/// <summary>A cluster of one silo in this process.</summary>
internal sealed class RunningSilo
{
    // Beside the tests, because nobody says when the last test is over: the next run clears it away.
    private static readonly string Silos = EmptyFolder(Path.Combine(AppContext.BaseDirectory, "silos"));

    private readonly IHost _host;
    private readonly string _folder;

    private RunningSilo(IHost host, PresentKind kind, string folder)
    {
        _host = host;
        _folder = folder;
        Kind = kind;
    }

    /// <summary>Stands for the kind of the present test.</summary>
    public PresentKind Kind { get; }

    public IRoleHost Roles => _host.Services.GetRequiredService<IRoleHost>();

    private SiloSupervisor Supervisor => _host.Services.GetRequiredService<SiloSupervisor>();

    public static async Task<RunningSilo> StartAsync()
    {
        string folder = Directory.CreateDirectory(Path.Combine(Silos, Guid.NewGuid().ToString("N"))).FullName;
        var kind = new PresentKind();
        var settings = new SiloSettings
        {
            Name = "one",
            DataDirectory = folder,
            SiloPort = FreePort.Next(),
            // Nobody else is there to wait for.
            Times = new ClusterOptions { ReconcileInterval = TimeSpan.FromMilliseconds(25), ClaimWindow = TimeSpan.Zero },
        };
        IHost host = SiloProgram.Build(settings, [kind]);
        await host.StartAsync();
        return new RunningSilo(host, kind, folder);
    }

    /// <summary>Removes all instances with their files, and events, and waits until the last role has stopped.</summary>
    public async Task ClearAsync()
    {
        foreach (RoleStatus status in await Roles.ListAsync()) await Roles.DeleteAsync(status.Definition.Name);
        await Wait.ForAsync("the silo has let go of all roles", () => Task.FromResult(Supervisor.Held.Count), held => held == 0);
        // Their files outlive instances; the next test's instance of the same name is another one.
        string roles = Path.Combine(_folder, "roles");
        if (Directory.Exists(roles)) Directory.Delete(roles, recursive: true);
        // The log lives in memory: the next test's is a new one.
        await Roles.GetLastEventIdAsync();
        await _host.Services.GetRequiredService<IGrainFactory>().GetGrain<IEventLogGrain>(0).Cast<IGrainManagementExtension>().DeactivateOnIdle();
    }

    private static string EmptyFolder(string path)
    {
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        return Directory.CreateDirectory(path).FullName;
    }
}

/// <summary>A silo's kinds are fixed when it starts; this one does what the kind of the present test does.</summary>
internal sealed class PresentKind : IRoleKind
{
    public IRoleKind Present { get; set; } = null!;

    public string Name => "scripted";

    public string Summary => Present.Summary;

    public Type OptionsType => typeof(Sv2.Roles.Tests.Hosting.ScriptedOptions);

    public object Example => Present.Example;

    public IEnumerable<ConfigurationProblem> Validate(object options) => Present.Validate(options);

    public IRole Create(object options, RoleContext context) => Present.Create(options, context);
}
