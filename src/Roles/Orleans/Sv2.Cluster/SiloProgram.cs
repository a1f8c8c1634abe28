using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Dashboard;
using Orleans.Hosting;
using Sv2.ControlPlane;
using Sv2.ControlPlane.Stack;
using Sv2.Roles;
using Sv2.Roles.Hosting;
using Sv2.Roles.Orleans;

namespace Sv2.Cluster;

/// <summary>Runs a silo until it is asked to stop.</summary>
internal static class SiloProgram
{
    /// <summary>Starts the silo and, where asked for, the control plane on it; stops both in good order.</summary>
    /// <exception cref="ConfigurationException">A setting cannot be used.</exception>
    public static async Task RunAsync(SiloSettings settings, TextWriter output, CancellationToken cancellation)
    {
        RoleNames.Check(settings.Name);
        DataFolder.MakeFolder(settings.DataDirectory);
        // Two silos of one name would take each other for themselves.
        using DataFolder own = DataFolder.Open(Path.Combine(settings.DataDirectory, "silos", settings.Name));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using PosixSignalRegistration terminate = OnSignal(PosixSignal.SIGTERM, stop);
        using PosixSignalRegistration interrupt = OnSignal(PosixSignal.SIGINT, stop);

        using IHost host = Build(settings, RoleKinds.All);
        await host.StartAsync(stop.Token);
        var roles = host.Services.GetRequiredService<IRoleHost>();
        var loggers = host.Services.GetRequiredService<ILoggerFactory>();
        await using ControlPlaneServer? web = settings.Http is { } http
            ? await ControlPlaneServer.StartAsync(Web(http, own, settings.Dashboard ? host.Services : null), roles, loggers, TimeProvider.System, stop.Token)
            : null;
        await output.WriteLineAsync($"silo {settings.Name} of cluster {settings.ClusterId} at {settings.Address}:{settings.SiloPort}, data in {settings.DataDirectory}");
        if (web is not null) await output.WriteLineAsync($"web {web.Url}");
        if (web is not null) await output.WriteLineAsync($"sign-in link {web.MakeSignInLink()} (works once)");
        if (web?.FirstToken is { } token) await output.WriteLineAsync($"admin token {token} (shown this once: keep it safe)");
        await output.FlushAsync(CancellationToken.None);

        await Task.Delay(Timeout.Infinite, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (web is not null) await web.StopAsync(CancellationToken.None);
        // The supervisor gives its roles back before the silo leaves the cluster.
        await host.StopAsync(CancellationToken.None);
    }

    /// <summary>Tokens, sessions and time series are each silo's own, in its own folder.</summary>
    /// <param name="http">Where to serve.</param>
    /// <param name="own">The silo's folder.</param>
    /// <param name="dashboard">The silo's services, where its dashboard is to be shown.</param>
    private static ControlPlaneOptions Web(IPEndPoint http, DataFolder own, IServiceProvider? dashboard) => new()
    {
        Http = http,
        DataDirectory = own.Path,
        AdminToken = Environment.GetEnvironmentVariable("SV2_ADMIN_TOKEN") is { Length: > 0 } token ? token : null,
        StartedAt = TimeProvider.System.GetUtcNow(),
        FurtherPages = dashboard is null ? null : pages => DashboardPages.Map(pages, dashboard),
    };

    /// <summary>Makes the silo; nothing runs yet.</summary>
    /// <param name="settings">What it is told.</param>
    /// <param name="kinds">The kinds of roles that it can run.</param>
    /// <param name="further">Puts something into the silo that only tests need; null for nothing.</param>
    internal static IHost Build(SiloSettings settings, IReadOnlyList<IRoleKind> kinds, Action<ISiloBuilder>? further = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddSimpleConsole(console => { console.SingleLine = true; console.TimestampFormat = "HH:mm:ss "; }).SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("Sv2", LogLevel.Information).AddFilter("Sv2.Roles.Orleans.Silos", LogLevel.Warning);
        // It complains of the time before its first look.
        builder.Logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);
        builder.Services.AddSingleton<IHostLifetime, ProgramOwnsLifetime>();
        builder.UseOrleans(silo =>
        {
            silo.Configure<Orleans.Configuration.ClusterOptions>(options => { options.ClusterId = options.ServiceId = settings.ClusterId; });
            silo.Configure<SiloOptions>(options => options.SiloName = settings.Name);
            silo.Configure<ClusterMembershipOptions>(options =>
            {
                // A silo that died is known as dead well before the leases of its roles end.
                options.ProbeTimeout = TimeSpan.FromSeconds(2);
                options.TableRefreshTimeout = TimeSpan.FromSeconds(5);
                options.NumMissedProbesLimit = 2;
                options.NumVotesForDeathDeclaration = 1;
                options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
            });
            silo.ConfigureEndpoints(settings.Address, settings.SiloPort, gatewayPort: 0);
            if (settings.Postgres is { } connection) silo.UsePostgresCluster(connection);
            else silo.UseSqliteCluster(Path.Combine(settings.DataDirectory, "cluster.db"));
            // The stream of all logs is not for a web page: it would show what every connection does.
            if (settings.Dashboard) silo.AddDashboard(options => options.HideTrace = true);
            silo.AddRoles(settings.DataDirectory, kinds, settings.Times, TimeProvider.System);
            further?.Invoke(silo);
        });
        return builder.Build();
    }

    private static PosixSignalRegistration OnSignal(PosixSignal signal, CancellationTokenSource stop) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        stop.Cancel();
    });

    /// <summary>Signals are this program's business: it stops the web server first, then the silo.</summary>
    private sealed class ProgramOwnsLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
