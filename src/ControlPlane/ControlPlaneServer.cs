using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sv2.ControlPlane.Web;
using Sv2.Roles;

namespace Sv2.ControlPlane;

/// <summary>The web server of the control plane, over any role host.</summary>
public sealed class ControlPlaneServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ControlPlaneServer(WebApplication app, Uri url)
    {
        _app = app;
        Url = url;
    }

    /// <summary>Where it listens, with the bound port.</summary>
    public Uri Url { get; }

    /// <summary>Starts to listen.</summary>
    /// <exception cref="ConfigurationException">The address is in use or not of this machine, or would be open to everybody.</exception>
    public static async Task<ControlPlaneServer> StartAsync(
        ControlPlaneOptions options,
        IRoleHost host,
        ILoggerFactory loggers,
        TimeProvider time,
        CancellationToken cancellationToken = default)
    {
        if (!IPAddress.IsLoopback(options.Http.Address) && options.ApiKey is null)
            throw new ConfigurationException("--http", $"{options.Http} can be reached by others, and no API key is set", "use a loopback address such as 127.0.0.1:8080");

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            // The files beside the program, and nothing of the folder it happens to be started in.
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        builder.Configuration.Sources.Clear();
        builder.Services.Replace(ServiceDescriptor.Singleton(loggers));
        builder.Services.AddSingleton<IHostLifetime, ProgramOwnsLifetime>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 1 << 20;
            kestrel.Limits.MaxConcurrentConnections = 2000;
            kestrel.Listen(options.Http);
        });
        builder.Services.AddControlPlane(options, host, time);

        WebApplication app = builder.Build();
        app.UseControlPlane();
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await app.DisposeAsync();
            bool isTaken = e.InnerException is AddressInUseException;
            throw new ConfigurationException(
                "--http",
                isTaken ? $"{options.Http} is already in use by another program" : $"cannot listen on {options.Http}: {e.Message}",
                isTaken ? "stop that program, or choose another address such as --http 127.0.0.1:0" : "choose an address of this machine",
                e);
        }

        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new ControlPlaneServer(app, new Uri(address));
    }

    /// <summary>Ends the open event streams and stops to listen.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>Signals are the program's business, which stops the roles first.</summary>
    private sealed class ProgramOwnsLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
