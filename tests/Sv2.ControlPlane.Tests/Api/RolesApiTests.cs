using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Sv2.ControlPlane.Tests.Support;

namespace Sv2.ControlPlane.Tests.Api;

public class RolesApiTests
{
    [Fact]
    public async Task An_instance_lives_its_life_over_rest()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        using HttpResponseMessage created = await app.Client.PostAsJsonAsync("api/v1/roles", new { name = "a", kind = "scripted", configuration = new { threads = 3 } });
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal("/api/v1/roles/a", created.Headers.Location?.ToString());

        JsonNode role = await app.GetAsync("api/v1/roles/a");
        Assert.Equal(("running", "running", "scripted", 3), ((string?)role["state"], (string?)role["desiredState"], (string?)role["kind"], (int?)role["configuration"]!["threads"]));
        Assert.Equal(("healthy", "All is well."), ((string?)role["report"]!["health"], (string?)role["report"]!["message"]));

        Assert.Equal("stopped", await PostAsync(app, "a/stop"));
        Assert.Equal("running", await PostAsync(app, "a/start"));
        Assert.Equal("running", await PostAsync(app, "a/restart"));

        using HttpResponseMessage updated = await app.Client.PutAsJsonAsync("api/v1/roles/a", new { configuration = new { threads = 4 } });
        Assert.Equal(HttpStatusCode.OK, updated.StatusCode);
        Assert.Equal(4, app.Kind.Roles["a"].Options.Threads);

        using HttpResponseMessage deleted = await app.Client.DeleteAsync("api/v1/roles/a");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Empty((await app.GetAsync("api/v1/roles")).AsArray());
    }

    private static async Task<string?> PostAsync(RunningControlPlane app, string path)
    {
        using HttpResponseMessage response = await app.Client.PostAsync($"api/v1/roles/{path}", null);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (string?)(await response.Content.ReadFromJsonAsync<JsonNode>())!["state"];
    }

    [Fact]
    public async Task An_instance_can_be_created_stopped()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        using HttpResponseMessage created = await app.Client.PostAsJsonAsync("api/v1/roles", new { name = "a", kind = "scripted", desiredState = "stopped" });
        Assert.Equal("stopped", (string?)(await created.Content.ReadFromJsonAsync<JsonNode>())!["state"]);
        Assert.Empty(app.Kind.Journal);
    }

    [Fact]
    public async Task A_wrong_configuration_names_every_key()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        JsonNode problem = await ProblemAssert.IsAsync(
            HttpStatusCode.BadRequest,
            app.Client.PostAsJsonAsync("api/v1/roles", new { name = "a", kind = "scripted", configuration = new { threads = 0, limits = new { connections = 5000 } } }));
        Assert.Equal(["threads", "limits.connections"], problem["errors"]!.AsArray().Select(e => (string?)e!["key"]));
        Assert.Equal("choose 1 to 64", (string?)problem["errors"]![0]!["fix"]);
    }

    [Theory]
    [InlineData("", "body")]
    [InlineData("{", "cannot be read")]
    [InlineData("[]", "cannot be read")]
    [InlineData("""{ "kind": "scripted" }""", "name")]
    [InlineData("""{ "name": "a", "kind": "scripted", "sort": 1 }""", "sort")]
    [InlineData("""{ "name": "a", "kind": "scripted", "desiredState": "sometimes" }""", "desiredState")]
    [InlineData("""{ "name": null, "kind": "scripted" }""", "name")]
    [InlineData("""{ "name": "a", "kind": "other" }""", "is not a kind of role")]
    [InlineData("""{ "name": "../../x", "kind": "scripted" }""", "is not a name")]
    public async Task A_body_that_makes_no_sense_is_refused(string body, string expected)
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        JsonNode problem = await ProblemAssert.IsAsync(
            HttpStatusCode.BadRequest,
            app.Client.PostAsync("api/v1/roles", new StringContent(body, Encoding.UTF8, "application/json")));
        Assert.Contains(expected, (string?)problem["detail"]);
    }

    [Fact]
    public async Task Only_json_is_taken()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        await ProblemAssert.IsAsync(
            HttpStatusCode.UnsupportedMediaType,
            app.Client.PostAsync("api/v1/roles", new StringContent("""{ "name": "a", "kind": "scripted" }""", Encoding.UTF8, "text/plain")));
    }

    [Fact]
    public async Task A_body_without_end_is_refused()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        await ProblemAssert.IsAsync(
            HttpStatusCode.RequestEntityTooLarge,
            app.Client.PostAsync("api/v1/roles", new StringContent(new string(' ', 2 << 20), Encoding.UTF8, "application/json")));
    }

    [Fact]
    public async Task A_taken_name_is_a_conflict()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        await app.CreateAsync("a");
        await ProblemAssert.IsAsync(HttpStatusCode.Conflict, app.Client.PostAsJsonAsync("api/v1/roles", new { name = "a", kind = "scripted" }));
    }

    [Fact]
    public async Task An_unknown_name_is_not_found()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        await ProblemAssert.IsAsync(HttpStatusCode.NotFound, app.Client.GetAsync("api/v1/roles/x"));
        await ProblemAssert.IsAsync(HttpStatusCode.NotFound, app.Client.PutAsJsonAsync("api/v1/roles/x", new { configuration = new { } }));
        await ProblemAssert.IsAsync(HttpStatusCode.NotFound, app.Client.DeleteAsync("api/v1/roles/x"));
        foreach (string verb in (string[])["start", "stop", "restart"])
            await ProblemAssert.IsAsync(HttpStatusCode.NotFound, app.Client.PostAsync($"api/v1/roles/x/{verb}", null));
        await ProblemAssert.IsAsync(HttpStatusCode.NotFound, app.Client.GetAsync("api/v1/kinds/x"));
        await ProblemAssert.IsAsync(HttpStatusCode.NotFound, app.Client.GetAsync("api/v1/nothing"));
        await ProblemAssert.IsAsync(HttpStatusCode.MethodNotAllowed, app.Client.DeleteAsync("api/v1/roles"));
    }

    [Fact]
    public async Task A_dry_run_checks_and_changes_nothing()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        await app.CreateAsync("a", new { threads = 3 });
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, app.Client.PutAsJsonAsync("api/v1/roles/a?dryRun=true", new { configuration = new { threads = 0 } }));
        using HttpResponseMessage fine = await app.Client.PutAsJsonAsync("api/v1/roles/a?dryRun=true", new { configuration = new { threads = 5 } });
        Assert.Equal(HttpStatusCode.OK, fine.StatusCode);
        Assert.Equal(3, (int?)(await app.GetAsync("api/v1/roles/a"))["configuration"]!["threads"]);

        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, app.Client.PostAsJsonAsync("api/v1/kinds/scripted/check", new { configuration = new { threads = 0 } }));
        using HttpResponseMessage valid = await app.Client.PostAsJsonAsync("api/v1/kinds/scripted/check", new { configuration = new { threads = 1 } });
        Assert.Equal(HttpStatusCode.NoContent, valid.StatusCode);
    }

    [Fact]
    public async Task Secrets_are_never_shown_and_survive_an_update()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        await app.CreateAsync("a", new { password = "open sesame" });
        JsonNode configuration = (await app.GetAsync("api/v1/roles/a"))["configuration"]!;
        Assert.Equal("********", (string?)configuration["password"]);
        Assert.DoesNotContain("sesame", await app.Client.GetStringAsync("api/v1/roles"));

        configuration["threads"] = 7;
        using HttpResponseMessage updated = await app.Client.PutAsJsonAsync("api/v1/roles/a", new { configuration });
        Assert.Equal(("open sesame", 7), (app.Kind.Roles["a"].Options.Password, app.Kind.Roles["a"].Options.Threads));
    }

    [Fact]
    public async Task Kinds_come_with_schema_and_example()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        JsonNode kind = Assert.Single((await app.GetAsync("api/v1/kinds")).AsArray())!;
        Assert.Equal("scripted", (string?)kind["name"]);
        Assert.Equal(64, (int?)kind["schema"]!["properties"]!["threads"]!["maximum"]);
        Assert.Equal("10s", (string?)kind["example"]!["timeout"]);
    }
}
