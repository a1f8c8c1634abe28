using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sv2.ControlPlane.Security;
using Sv2.ControlPlane.Tests.Support;
using Sv2.TestKit;

namespace Sv2.ControlPlane.Tests.Contract;

/// <summary>Every operation of the document refuses those who may not call it, in every way in which one may not.</summary>
public class AccessOfEveryOperationTests
{
    private static readonly string[] Scopes = ["none", "read", "operate", "admin"];

    private static async Task AssertRefusedAsync(HttpStatusCode expected, HttpClient client, ApiOperation operation, Action<HttpRequestMessage>? change = null)
    {
        using HttpRequestMessage request = operation.Request();
        change?.Invoke(request);
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.True(expected == response.StatusCode, $"{operation}: {(int)response.StatusCode}, not {(int)expected}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Without_signing_in()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync(o => o with { Anonymous = AnonymousAccess.None });
        using HttpClient nobody = app.Anonymous();
        foreach (ApiOperation operation in (await ApiOperation.ReadAsync(app)).Where(o => o.Scope != "none"))
            await AssertRefusedAsync(HttpStatusCode.Unauthorized, nobody, operation);
        foreach (string path in (string[])["swagger/v1/swagger.json", "swagger/index.html"])
            await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, nobody.GetAsync(path));
    }

    [Fact]
    public async Task On_loopback_only_figures_are_open()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        await app.CreateAsync("pool");
        using HttpClient nobody = app.Anonymous();
        IReadOnlyList<ApiOperation> operations = await ApiOperation.ReadAsync(app);
        foreach (ApiOperation operation in operations.Where(o => o.Scope != "none" && !o.IsFigure))
            await AssertRefusedAsync(HttpStatusCode.Unauthorized, nobody, operation);
        Assert.DoesNotContain(operations, o => o.IsFigure && o.IsUnsafe && o.Id != "checkConfiguration");
        foreach (string open in (string[])["healthz", "readyz", "metrics", "api/v1/overview", "api/v1/blocks", "api/v1/alarms", "api/v1/series/hashRate", "swagger/v1/swagger.json", ""])
        {
            using HttpResponseMessage response = await nobody.GetAsync(open);
            Assert.True(response.StatusCode == HttpStatusCode.OK, open);
        }
    }

    [Fact]
    public async Task With_a_scope_that_does_not_suffice()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync(o => o with { Anonymous = AnonymousAccess.None });
        using HttpClient reader = await app.WithScopeAsync("read");
        using HttpClient operating = await app.WithScopeAsync("operate");
        foreach (ApiOperation operation in await ApiOperation.ReadAsync(app))
        {
            if (Array.IndexOf(Scopes, operation.Scope) > Array.IndexOf(Scopes, "read"))
                await AssertRefusedAsync(HttpStatusCode.Forbidden, reader, operation);
            if (operation.Scope == "admin")
                await AssertRefusedAsync(HttpStatusCode.Forbidden, operating, operation);
        }
    }

    [Fact]
    public async Task With_a_token_that_is_unknown_or_has_expired()
    {
        var time = new ManualTimeProvider();
        await using RunningControlPlane app = await RunningControlPlane.StartAsync(o => o with { Anonymous = AnonymousAccess.Read }, time);
        IReadOnlyList<ApiOperation> operations = await ApiOperation.ReadAsync(app);
        using HttpResponseMessage created = await app.Client.PostAsJsonAsync("api/v1/tokens", new { name = "short", scope = "admin", expiresInDays = 1 });
        using HttpClient expired = app.Anonymous();
        expired.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string?)(await created.Content.ReadFromJsonAsync<JsonNode>())!["token"]);
        using HttpResponseMessage before = await expired.GetAsync("api/v1/tokens");
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        time.Advance(TimeSpan.FromDays(1));
        using HttpClient unknown = app.Anonymous();
        unknown.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "sv2_nothing");
        foreach (ApiOperation operation in operations.Where(o => o.Scope != "none"))
        {
            // A minute each, so that the limit on wrong tokens does not answer in their place.
            time.Advance(TimeSpan.FromMinutes(1));
            await AssertRefusedAsync(HttpStatusCode.Unauthorized, expired, operation);
            await AssertRefusedAsync(HttpStatusCode.Unauthorized, unknown, operation);
        }
    }

    [Fact]
    public async Task From_a_page_of_another_origin()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        foreach (ApiOperation operation in await ApiOperation.ReadAsync(app))
        {
            await AssertRefusedAsync(HttpStatusCode.Forbidden, app.Client, operation, r => r.Headers.Add("Origin", "http://evil.example"));
            await AssertRefusedAsync(HttpStatusCode.Forbidden, app.Client, operation, r => r.Headers.Add("Sec-Fetch-Site", "cross-site"));
        }
    }

    [Fact]
    public async Task With_a_session_that_has_expired()
    {
        var time = new ManualTimeProvider();
        await using RunningControlPlane app = await RunningControlPlane.StartAsync(o => o with { Anonymous = AnonymousAccess.None }, time);
        IReadOnlyList<ApiOperation> operations = await ApiOperation.ReadAsync(app);
        using HttpClient browser = app.Anonymous();
        using HttpResponseMessage signedIn = await browser.GetAsync(app.MakeSignInLink());
        browser.DefaultRequestHeaders.Add("Cookie", signedIn.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        JsonNode session = (await browser.GetFromJsonAsync<JsonNode>("api/v1/session"))!;
        browser.DefaultRequestHeaders.Add("X-CSRF-Token", (string?)session["csrfToken"]);
        time.Advance(new SessionLimits().Lifetime);
        foreach (ApiOperation operation in operations.Where(o => o.Scope != "none"))
            await AssertRefusedAsync(HttpStatusCode.Unauthorized, browser, operation);
    }

    [Fact]
    public async Task With_a_cookie_but_without_its_csrf_token()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        using HttpClient browser = app.Anonymous();
        using HttpResponseMessage signedIn = await browser.GetAsync(app.MakeSignInLink());
        string cookie = signedIn.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        browser.DefaultRequestHeaders.Add("Cookie", cookie);
        foreach (ApiOperation operation in (await ApiOperation.ReadAsync(app)).Where(o => o.IsUnsafe && o.Scope != "none"))
        {
            await AssertRefusedAsync(HttpStatusCode.Forbidden, browser, operation);
            await AssertRefusedAsync(HttpStatusCode.Forbidden, browser, operation, r => r.Headers.Add("X-CSRF-Token", "guessed"));
        }
    }
}
