using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.ControlPlane.Security;
using Sv2.Roles;
using Sv2.Roles.Tests.Hosting;

namespace Sv2.ControlPlane.Tests.Support;

/// <summary>A control plane on a port of its own, over a host with scripted roles.</summary>
public sealed class RunningControlPlane : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly HostUnderTest _host;
    private readonly ControlPlaneServer _server;

    private RunningControlPlane(TemporaryFolder folder, ScriptedKind kind, HostUnderTest host, ControlPlaneServer server)
    {
        _folder = folder;
        Kind = kind;
        _host = host;
        _server = server;
        Client = new HttpClient { BaseAddress = server.Url };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminToken);
    }

    /// <summary>The token that the first start has made.</summary>
    public string AdminToken => _server.FirstToken!;

    /// <summary>A link that signs in, once.</summary>
    public Uri MakeSignInLink() => _server.MakeSignInLink();

    /// <summary>A client that has not signed in, keeps no cookies and follows no redirects.</summary>
    public HttpClient Anonymous() => new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = Url };

    /// <summary>A client with a token of its own.</summary>
    public async Task<HttpClient> WithScopeAsync(string scope)
    {
        using HttpResponseMessage response = await Client.PostAsJsonAsync("api/v1/tokens", new { name = $"for {scope}", scope });
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        HttpClient client = Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string?)(await response.Content.ReadFromJsonAsync<JsonNode>())!["token"]);
        return client;
    }

    public ScriptedKind Kind { get; }

    public IRoleHost Host => _host.Roles;

    public HttpClient Client { get; }

    public Uri Url => _server.Url;

    public string DataDirectory => _folder.Path;

    /// <summary>A service of the server.</summary>
    internal T Service<T>()
        where T : notnull => _server.Service<T>();

    public static async Task<RunningControlPlane> StartAsync(Func<ControlPlaneOptions, ControlPlaneOptions>? change = null, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        var folder = new TemporaryFolder();
        var kind = new ScriptedKind();
        HostUnderTest host = await HostUnderTest.StartAsync(folder.Path, kind, time);
        var options = new ControlPlaneOptions
        {
            Http = new IPEndPoint(IPAddress.Loopback, 0),
            StartedAt = time.GetUtcNow(),
            DataDirectory = folder.Path,
            RateLimits = RateLimits.None,
            // What the sampler reads is kept for a moment: a list asked for right after it would be older than the test.
            LooksByItself = false,
        };
        ControlPlaneServer server = await ControlPlaneServer.StartAsync(change?.Invoke(options) ?? options, host.Roles, NullLoggerFactory.Instance, time);
        return new RunningControlPlane(folder, kind, host, server);
    }

    /// <summary>Creates an instance by REST and gives its role.</summary>
    public async Task<ScriptedRole> CreateAsync(string name, object? configuration = null)
    {
        using HttpResponseMessage response = await Client.PostAsJsonAsync("api/v1/roles", new { name, kind = "scripted", configuration = configuration ?? new { } });
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return Kind.Roles[name];
    }

    public async Task<JsonNode> GetAsync(string path) => (await Client.GetFromJsonAsync<JsonNode>(path))!;

    public async Task StopServerAsync() => await _server.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        using var grace = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _server.StopAsync(grace.Token);
        await _server.DisposeAsync();
        await _host.DisposeAsync();
        _folder.Dispose();
    }
}
