using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sv2.ControlPlane.Security;
using Sv2.ControlPlane.Web;
using Sv2.Roles;

namespace Sv2.ControlPlane;

/// <summary>The web server of the control plane, over any role host.</summary>
public sealed class ControlPlaneServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private readonly string? _dataDirectory;

    private ControlPlaneServer(WebApplication app, string? dataDirectory, Uri url, string? firstToken)
    {
        _app = app;
        _dataDirectory = dataDirectory;
        Url = url;
        FirstToken = firstToken;
    }

    /// <summary>Where it is reached, with the bound port.</summary>
    public Uri Url { get; }

    /// <summary>The administrator's token, if this start has made it: to be shown once. Null at later starts.</summary>
    public string? FirstToken { get; }

    /// <summary>A new link that signs a browser in, once.</summary>
    public Uri MakeSignInLink() => new(Url, $"signin?code={_app.Services.GetRequiredService<SignInCodes>().Create()}");

    /// <summary>A service of the web application; for tests.</summary>
    internal T Service<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>Notes a change that was made without a request.</summary>
    public void Audit(string operation, string target, string detail) =>
        _app.Services.GetRequiredService<AuditLog>().Write("", "command-line", "", operation, target, StatusCodes.Status200OK, detail);

    /// <summary>Starts to listen.</summary>
    /// <exception cref="ConfigurationException">An option is outside its limits, the address is in use or not of this machine, or a file of the data folder cannot be used.</exception>
    public static async Task<ControlPlaneServer> StartAsync(
        ControlPlaneOptions options,
        IRoleHost host,
        ILoggerFactory loggers,
        TimeProvider time,
        CancellationToken cancellationToken = default)
    {
        options.RateLimits.Check();
        options.Sessions.Check();
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
            kestrel.Listen(options.Http, listen =>
            {
                if (options.Tls is { } tls)
                    listen.UseHttps(https => https.ServerCertificateSelector = (_, _) => tls.Present());
            });
        });
        if (options.Tls is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Services.AddControlPlane(options, host, time);

        WebApplication app = builder.Build();
        string? firstToken;
        try
        {
            firstToken = AdminAccess.Prepare(app.Services.GetRequiredService<AccessTokens>(), options);
            app.UseControlPlane();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

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
        Uri url = Reachable(new Uri(address), options);
        try
        {
            if (options.DataDirectory is { } folder)
                ServerAddress.Write(folder, url);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        return new ControlPlaneServer(app, options.DataDirectory, url, firstToken);
    }

    /// <summary>Who listens on every address is reached by its name if it has one, or on this machine by loopback.</summary>
    private static Uri Reachable(Uri bound, ControlPlaneOptions options) =>
        !options.Http.Address.Equals(IPAddress.Any) && !options.Http.Address.Equals(IPAddress.IPv6Any)
            ? bound
            : new UriBuilder(bound) { Host = options.AllowedHosts.FirstOrDefault() ?? (options.Http.Address.Equals(IPAddress.Any) ? "127.0.0.1" : "[::1]") }.Uri;

    /// <summary>Ends the open event streams and stops to listen.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (_dataDirectory is not null)
            ServerAddress.Forget(_dataDirectory);
        return _app.DisposeAsync();
    }

    /// <summary>Signals are the program's business, which stops the roles first.</summary>
    private sealed class ProgramOwnsLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
