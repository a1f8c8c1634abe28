using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sv2.Cluster;

namespace Sv2.Roles.Orleans.Tests;

/// <summary>The Orleans Dashboard is there when asked for, and for administrators alone.</summary>
public sealed class DashboardTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sv2-dashboard-").FullName;

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Dashboard_is_for_administrators()
    {
        await using RunningProgram silo = await RunningProgram.StartAsync(Settings(dashboard: true));
        using HttpClient client = silo.Client();

        foreach (string path in new[] { "orleans/", "orleans/index.min.js", "orleans/DashboardCounters", "orleans/GrainState", "orleans/Trace" })
            Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(path)).StatusCode);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await silo.MakeTokenAsync("operate"));
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync("orleans/DashboardCounters")).StatusCode);

        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", silo.AdminToken);
        using HttpResponseMessage page = await client.GetAsync("orleans/");
        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.StatusCode, page.Content.Headers.ContentType?.MediaType));
        Assert.Contains("script-src 'self'", string.Join(' ', page.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        await Wait.ForAsync(
            "the dashboard counts this silo",
            async () => (await client.GetFromJsonAsync<JsonNode>("orleans/DashboardCounters"))!,
            counters => (int?)counters["totalActiveHostCount"] == 1);
        // Logs of all connections are not for a page.
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync("orleans/Trace")).StatusCode);
        Assert.DoesNotContain("/orleans", await client.GetStringAsync("swagger/v1/swagger.json"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dashboard_is_off_unless_asked_for()
    {
        await using RunningProgram silo = await RunningProgram.StartAsync(Settings(dashboard: false));
        using HttpClient client = silo.Client();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", silo.AdminToken);

        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("orleans/")).StatusCode);
    }

    private SiloSettings Settings(bool dashboard) => new()
    {
        Name = "one",
        DataDirectory = _folder,
        SiloPort = FreePort.Next(),
        Http = new IPEndPoint(IPAddress.Loopback, 0),
        Dashboard = dashboard,
    };
}
