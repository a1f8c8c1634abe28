using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sv2.ControlPlane.Security;
using Sv2.ControlPlane.Tests.Support;
using Sv2.Roles;
using Sv2.TestKit;

namespace Sv2.ControlPlane.Tests.Security;

public class SessionTests
{
    private static string? CookieOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Set-Cookie", out IEnumerable<string>? cookies) ? cookies.Single() : null;

    private static async Task<HttpClient> SignInAsync(RunningControlPlane app)
    {
        HttpClient browser = app.Anonymous();
        using HttpResponseMessage response = await browser.GetAsync(app.MakeSignInLink());
        Assert.Equal((HttpStatusCode.Redirect, "/"), (response.StatusCode, response.Headers.Location?.ToString()));
        browser.DefaultRequestHeaders.Add("Cookie", CookieOf(response)!.Split(';')[0]);
        return browser;
    }

    [Fact]
    public async Task The_printed_link_signs_a_browser_in_once()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        Uri link = app.MakeSignInLink();
        using HttpClient browser = app.Anonymous();
        using HttpResponseMessage first = await browser.GetAsync(link);
        string cookie = CookieOf(first)!;
        foreach (string attribute in (string[])["httponly", "samesite=strict", "path=/"])
            Assert.Contains(attribute, cookie, StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith($"sv2_session_{app.Url.Port}=", cookie);

        using HttpResponseMessage again = await browser.GetAsync(link);
        Assert.Equal("/?signin=failed", again.Headers.Location?.ToString());
        Assert.Null(CookieOf(again));
        using HttpResponseMessage guessed = await browser.GetAsync("signin?code=guessed");
        Assert.Equal("/?signin=failed", guessed.Headers.Location?.ToString());

        // Who is in stays in, as a browser opens its last address again at its start.
        browser.DefaultRequestHeaders.Add("Cookie", cookie.Split(';')[0]);
        using HttpResponseMessage reopened = await browser.GetAsync(link);
        Assert.Equal("/", reopened.Headers.Location?.ToString());
    }

    [Fact]
    public async Task A_session_reads_with_its_cookie_and_changes_with_its_csrf_token()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        await app.CreateAsync("a");
        using HttpClient browser = await SignInAsync(app);
        JsonNode session = (await browser.GetFromJsonAsync<JsonNode>("api/v1/session"))!;
        Assert.Equal((true, "admin", "session"), ((bool?)session["authenticated"], (string?)session["scope"], (string?)session["via"]));
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("api/v1/roles")).StatusCode);

        await ProblemAssert.IsAsync(HttpStatusCode.Forbidden, browser.PostAsync("api/v1/roles/a/stop", null));
        browser.DefaultRequestHeaders.Add("X-CSRF-Token", (string?)session["csrfToken"]);
        Assert.Equal(HttpStatusCode.OK, (await browser.PostAsync("api/v1/roles/a/stop", null)).StatusCode);

        Assert.Equal(HttpStatusCode.NoContent, (await browser.DeleteAsync("api/v1/session")).StatusCode);
        await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, browser.GetAsync("api/v1/roles"));
    }

    [Fact]
    public async Task Whoever_has_not_signed_in_is_told_so()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        using HttpClient nobody = app.Anonymous();
        JsonNode session = (await nobody.GetFromJsonAsync<JsonNode>("api/v1/session"))!;
        Assert.Equal((false, "none", "anonymous", "figures"), ((bool?)session["authenticated"], (string?)session["scope"], (string?)session["via"], (string?)session["anonymous"]));
    }

    [Fact]
    public async Task A_token_begins_a_session_of_its_scope_that_ends_with_it()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        JsonNode token = (await (await app.Client.PostAsJsonAsync("api/v1/tokens", new { name = "t", scope = "read" })).Content.ReadFromJsonAsync<JsonNode>())!;
        using HttpClient browser = app.Anonymous();
        using HttpResponseMessage signedIn = await browser.PostAsJsonAsync("api/v1/session", new { token = (string?)token["token"] });
        JsonNode session = (await signedIn.Content.ReadFromJsonAsync<JsonNode>())!;
        Assert.Equal("read", (string?)session["scope"]);
        browser.DefaultRequestHeaders.Add("Cookie", CookieOf(signedIn)!.Split(';')[0]);
        browser.DefaultRequestHeaders.Add("X-CSRF-Token", (string?)session["csrfToken"]);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("api/v1/roles")).StatusCode);
        await ProblemAssert.IsAsync(HttpStatusCode.Forbidden, browser.PostAsync("api/v1/roles/a/stop", null));

        await app.Client.DeleteAsync($"api/v1/tokens/{(string?)token["info"]!["id"]}");
        await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, browser.GetAsync("api/v1/roles"));
    }

    [Fact]
    public async Task A_session_ends_when_it_is_not_used_and_at_last_in_any_case()
    {
        var time = new ManualTimeProvider();
        await using RunningControlPlane app = await RunningControlPlane.StartAsync(time: time);
        using HttpClient idle = await SignInAsync(app);
        using HttpClient busy = await SignInAsync(app);
        for (TimeSpan passed = TimeSpan.Zero; passed < new SessionLimits().Lifetime - TimeSpan.FromHours(6); passed += TimeSpan.FromHours(6))
        {
            Assert.Equal(HttpStatusCode.OK, (await busy.GetAsync("api/v1/roles")).StatusCode);
            time.Advance(TimeSpan.FromHours(6));
        }

        await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, idle.GetAsync("api/v1/roles"));
        time.Advance(TimeSpan.FromHours(6));
        await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, busy.GetAsync("api/v1/roles"));
    }

    [Fact]
    public async Task How_long_a_session_lasts_is_configured()
    {
        var time = new ManualTimeProvider();
        await using RunningControlPlane app = await RunningControlPlane.StartAsync(
            o => o with { Sessions = new SessionLimits { Lifetime = TimeSpan.FromHours(1), Idle = TimeSpan.FromMinutes(40) } }, time);
        using HttpClient idle = await SignInAsync(app);
        using HttpClient busy = await SignInAsync(app);
        time.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(HttpStatusCode.OK, (await busy.GetAsync("api/v1/roles")).StatusCode);
        time.Advance(TimeSpan.FromMinutes(15));
        await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, idle.GetAsync("api/v1/roles"));
        Assert.Equal(HttpStatusCode.OK, (await busy.GetAsync("api/v1/roles")).StatusCode);
        time.Advance(TimeSpan.FromMinutes(15));
        await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, busy.GetAsync("api/v1/roles"));
    }

    [Fact]
    public async Task Limits_that_make_no_sense_are_named()
    {
        await Refused("--session-lifetime", o => o with { Sessions = new SessionLimits { Lifetime = TimeSpan.FromSeconds(59) } });
        await Refused("--session-idle", o => o with { Sessions = new SessionLimits { Idle = TimeSpan.FromDays(366) } });
        await Refused("--rate-limit", o => o with { RateLimits = new RateLimits { RequestsPerSecond = -1 } });
        await Refused("--change-limit", o => o with { RateLimits = new RateLimits { ChangesPerSecond = 1_000_000 } });

        static async Task Refused(string option, Func<ControlPlaneOptions, ControlPlaneOptions> change)
        {
            ConfigurationException e = await Assert.ThrowsAsync<ConfigurationException>(() => RunningControlPlane.StartAsync(change));
            Assert.Equal(option, Assert.Single(e.Problems).Key);
        }
    }

    [Fact]
    public async Task Wrong_tokens_are_slowed_down_and_right_ones_never()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync(time: new ManualTimeProvider());
        using HttpClient nobody = app.Anonymous();
        for (int i = 0; i < 10; i++)
            await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, nobody.PostAsJsonAsync("api/v1/session", new { token = $"guess {i}" }));
        await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, nobody.PostAsJsonAsync("api/v1/session", new { token = "one more" }));
        Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync("api/v1/roles")).StatusCode);
    }

    [Fact]
    public async Task Too_many_requests_are_refused_with_the_time_to_wait()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync(o => o with { RateLimits = new RateLimits { RequestsPerSecond = 1, ChangesPerSecond = 1 } });
        for (int i = 0; i < 100; i++)
        {
            using HttpResponseMessage response = await app.Client.GetAsync("api/v1/roles");
            if (response.StatusCode != HttpStatusCode.TooManyRequests)
                continue;
            Assert.NotNull(response.Headers.RetryAfter);
            return;
        }

        Assert.Fail("A hundred requests at one a second were all answered.");
    }

    [Fact]
    public async Task Secrets_are_stored_as_hashes_and_shown_once()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        string secret = (string)(await (await app.Client.PostAsJsonAsync("api/v1/tokens", new { name = "t", scope = "read" })).Content.ReadFromJsonAsync<JsonNode>())!["token"]!;
        Assert.StartsWith("sv2_", secret);
        foreach (string path in (string[])["api/v1/tokens", "api/v1/audit", "api/v1/sessions", "api/v1/events/history"])
        {
            string body = await app.Client.GetStringAsync(path);
            Assert.DoesNotContain(secret, body);
            Assert.DoesNotContain(app.AdminToken, body);
        }

        foreach (string file in Directory.EnumerateFiles(app.DataDirectory, "control.db*"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            string content = await reader.ReadToEndAsync();
            Assert.DoesNotContain(secret, content);
            Assert.DoesNotContain(app.AdminToken, content);
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public async Task Every_change_and_every_refused_attempt_is_in_the_audit_log()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        await app.CreateAsync("a", new { password = "hush-hush" });
        using HttpClient reader = await app.WithScopeAsync("read");
        await ProblemAssert.IsAsync(HttpStatusCode.Forbidden, reader.PostAsync("api/v1/roles/a/stop", null));
        await app.Client.PutAsJsonAsync("api/v1/roles/a", new { configuration = new { threads = 9, password = "other-hush" } });
        await ProblemAssert.IsAsync(HttpStatusCode.NotFound, app.Client.DeleteAsync("api/v1/roles/x"));
        await app.Client.PostAsJsonAsync("api/v1/frames/decode", new { frames = new[] { "00" } });

        JsonArray entries = (await app.GetAsync("api/v1/audit"))["items"]!.AsArray();
        Assert.Equal(
            [("deleteRole", "x", 404, "administrator"), ("updateRole", "a", 200, "administrator"), ("stopRole", "a", 403, "for read"), ("createToken", "for read", 201, "administrator"), ("createRole", "a", 201, "administrator")],
            entries.Select(e => ((string)e!["operation"]!, (string)e["target"]!, (int)e["status"]!, (string)e["caller"]!)));
        Assert.Contains("threads", (string?)entries[1]!["detail"]);
        Assert.DoesNotContain("hush", entries.ToJsonString());
        Assert.Equal(1, (int?)(await app.GetAsync("api/v1/audit?search=STOPROLE"))["total"]);
    }

    [Fact]
    public async Task Behind_a_trusted_proxy_the_browser_s_own_scheme_counts_and_else_it_does_not()
    {
        foreach (bool isTrusted in (bool[])[true, false])
        {
            await using RunningControlPlane app = await RunningControlPlane.StartAsync(o => o with { TrustedProxies = isTrusted ? [IPAddress.Loopback] : [] });
            await app.CreateAsync("a");
            using var request = new HttpRequestMessage(HttpMethod.Post, "api/v1/roles/a/stop");
            request.Headers.Add("Origin", app.Url.GetLeftPart(UriPartial.Authority).Replace("http:", "https:", StringComparison.Ordinal));
            request.Headers.Add("X-Forwarded-Proto", "https");
            request.Headers.Add("X-Forwarded-For", "203.0.113.7");
            using HttpResponseMessage response = await app.Client.SendAsync(request);
            Assert.Equal(isTrusted ? HttpStatusCode.OK : HttpStatusCode.Forbidden, response.StatusCode);
            JsonNode entry = (await app.GetAsync("api/v1/audit"))["items"]![0]!;
            Assert.Equal(isTrusted ? "203.0.113.7" : "127.0.0.1", (string?)entry["remoteAddress"]);
        }
    }
}
