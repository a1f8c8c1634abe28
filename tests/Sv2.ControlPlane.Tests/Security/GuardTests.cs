using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.ControlPlane.Tests.Support;
using Sv2.Roles;

namespace Sv2.ControlPlane.Tests.Security;

public class GuardTests
{
    private static HttpRequestMessage Stop(params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "api/v1/roles/a/stop");
        foreach ((string name, string value) in headers)
            request.Headers.Add(name, value);
        return request;
    }

    [Fact]
    public async Task A_page_of_another_origin_changes_nothing()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        await app.CreateAsync("a");
        string here = app.Url.GetLeftPart(UriPartial.Authority);
        (string, string)[][] hostile =
        [
            [("Origin", "http://evil.example")],
            [("Origin", "null")],
            [("Origin", here.Replace("http:", "https:"))],
            [("Origin", "http://127.0.0.1:1")],
            [("Origin", here), ("Sec-Fetch-Site", "cross-site")],
            [("Sec-Fetch-Site", "cross-site")],
            [("Sec-Fetch-Site", "same-site")],
        ];
        foreach ((string, string)[] headers in hostile)
            await ProblemAssert.IsAsync(HttpStatusCode.Forbidden, app.Client.SendAsync(Stop(headers)));
        Assert.Equal(["start a"], app.Kind.Journal);

        Assert.Equal(HttpStatusCode.OK, (await app.Client.SendAsync(Stop(("Origin", here), ("Sec-Fetch-Site", "same-origin")))).StatusCode);
    }

    [Theory]
    [InlineData("PUT", "api/v1/roles/a")]
    [InlineData("DELETE", "api/v1/roles/a")]
    [InlineData("POST", "api/v1/roles")]
    [InlineData("POST", "api/v1/roles/a/start")]
    [InlineData("POST", "api/v1/roles/a/restart")]
    [InlineData("POST", "api/v1/kinds/scripted/check")]
    public async Task Every_operation_that_is_no_reading_is_guarded(string method, string path)
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = JsonContent.Create(new { }) };
        request.Headers.Add("Origin", "http://evil.example");
        await ProblemAssert.IsAsync(HttpStatusCode.Forbidden, app.Client.SendAsync(request));
    }

    [Fact]
    public async Task A_link_on_a_page_of_another_origin_may_be_followed()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        foreach (string path in (string[])["", "api/v1/overview"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("Sec-Fetch-Site", "cross-site");
            request.Headers.Add("Sec-Fetch-Mode", "navigate");
            Assert.Equal(HttpStatusCode.OK, (await app.Client.SendAsync(request)).StatusCode);
        }

        // A form that another page sends is a navigation as well, and no reading.
        await ProblemAssert.IsAsync(HttpStatusCode.Forbidden, app.Client.SendAsync(Stop(("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"))));
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("localhost.evil.example")]
    [InlineData("192.168.1.5")]
    [InlineData("8.8.8.8")]
    public async Task A_name_that_is_not_ours_is_refused(string host)
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        foreach (string path in (string[])["", "api/v1/roles", "metrics", "swagger/v1/swagger.json"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = $"{host}:{app.Url.Port}";
            await ProblemAssert.IsAsync(HttpStatusCode.MisdirectedRequest, app.Client.SendAsync(request));
        }
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]")]
    public async Task Names_of_loopback_are_ours(string host)
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/roles");
        request.Headers.Host = $"{host}:{app.Url.Port}";
        Assert.Equal(HttpStatusCode.OK, (await app.Client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task No_answer_may_be_read_across_origins_framed_or_sniffed()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        foreach (string path in (string[])["", "api/v1/roles", "api/v1/nothing", "swagger/index.html"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("Origin", "http://evil.example");
            using HttpResponseMessage response = await app.Client.SendAsync(request);
            Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
            Assert.False(response.Headers.Contains("Server"));
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("DENY", response.Headers.GetValues("X-Frame-Options").Single());
            string policy = response.Headers.GetValues("Content-Security-Policy").Single();
            Assert.StartsWith("default-src 'none'; script-src 'self';", policy);
            Assert.Contains("frame-ancestors 'none'", policy);
            Assert.Equal(path.StartsWith("swagger", StringComparison.Ordinal), policy.Contains("unsafe-inline", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        var options = new ControlPlaneOptions { Http = new IPEndPoint(IPAddress.Loopback, app.Url.Port) };
        ConfigurationException e = await Assert.ThrowsAsync<ConfigurationException>(() => ControlPlaneServer.StartAsync(options, app.Host, NullLoggerFactory.Instance, TimeProvider.System));
        Assert.Equal(new ConfigurationProblem("--http", $"127.0.0.1:{app.Url.Port} is already in use by another program", "stop that program, or choose another address such as --http 127.0.0.1:0"), e.Problems[0]);
    }
}
