using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Sv2.ControlPlane.Tests.Support;
using Sv2.Roles;
using Sv2.Roles.Tests.Hosting;

namespace Sv2.ControlPlane.Tests.Api;

/// <summary>Draining, dry runs, exports, frames, the log level.</summary>
public class OperationsApiTests
{
    [Fact]
    public async Task A_drained_instance_sends_its_clients_away_before_it_stops_or_restarts()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        await app.CreateAsync("a");
        using HttpResponseMessage stopped = await app.Client.PostAsync("api/v1/roles/a/drain?patienceSeconds=5", null);
        Assert.Equal("stopped", (string?)(await stopped.Content.ReadFromJsonAsync<JsonNode>())!["state"]);
        await app.Client.PostAsync("api/v1/roles/a/start", null);
        using HttpResponseMessage restarted = await app.Client.PostAsync("api/v1/roles/a/drain?then=restart", null);
        Assert.Equal("running", (string?)(await restarted.Content.ReadFromJsonAsync<JsonNode>())!["state"]);
        Assert.Equal(
            ["start a", "drain a", "stop a", "dispose a", "start a", "drain a", "stop a", "dispose a", "start a"],
            app.Kind.Journal);
    }

    [Fact]
    public async Task A_dry_run_of_a_creation_stores_nothing()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        using HttpResponseMessage fine = await app.Client.PostAsJsonAsync("api/v1/roles?dryRun=true", new { name = "a", kind = "scripted", configuration = new { password = "hush-hush" } });
        Assert.Equal(HttpStatusCode.OK, fine.StatusCode);
        Assert.DoesNotContain("hush", await fine.Content.ReadAsStringAsync());
        Assert.Empty((await app.GetAsync("api/v1/roles")).AsArray());
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, app.Client.PostAsJsonAsync("api/v1/roles?dryRun=true", new { name = "a", kind = "scripted", configuration = new { threads = 0 } }));
        await app.CreateAsync("a");
        await ProblemAssert.IsAsync(HttpStatusCode.Conflict, app.Client.PostAsJsonAsync("api/v1/roles?dryRun=true", new { name = "a", kind = "scripted" }));
    }

    [Theory]
    [InlineData("csv", "text/csv", "Minutes,Csv")]
    [InlineData("json-lines", "application/jsonl", "Minutes,JsonLines")]
    public async Task A_table_of_the_ledger_is_streamed_as_a_file(string format, string type, string expected)
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        await app.CreateAsync("pool");
        using HttpResponseMessage response = await app.Client.GetAsync($"api/v1/ledger/pool/minutes?format={format}&from=2026-01-01T00:00:00Z");
        Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("attachment", response.Content.Headers.ContentDisposition?.DispositionType);
        Assert.Equal(expected, (await response.Content.ReadAsStringAsync()).Trim());
        await app.Client.PostAsync("api/v1/roles/pool/stop", null);
        await ProblemAssert.IsAsync(HttpStatusCode.NotFound, app.Client.GetAsync("api/v1/ledger/pool/minutes"));
    }

    [Fact]
    public async Task Null_among_the_frames_and_messages_is_an_error_of_its_own_and_of_no_other()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        using var frames = new StringContent("{ \"frames\": [null, \"00000109000000000000010001000000\"] }", Encoding.UTF8, "application/json");
        using HttpResponseMessage shown = await app.Client.PostAsync("api/v1/frames/decode", frames);
        Assert.Equal(HttpStatusCode.OK, shown.StatusCode);
        JsonArray decoded = (await shown.Content.ReadFromJsonAsync<JsonNode>())!.AsArray();
        Assert.Equal("", (string?)decoded[0]!["frame"]);
        Assert.False(string.IsNullOrEmpty((string?)decoded[0]!["error"]));
        Assert.NotNull(decoded[1]!["decoded"]);

        using var messages = new StringContent("{ \"messages\": [null, { \"message\": \"CloseChannel\", \"fields\": { \"channel_id\": 7, \"reason_code\": \"\" } }] }", Encoding.UTF8, "application/json");
        using HttpResponseMessage made = await app.Client.PostAsync("api/v1/frames/encode", messages);
        Assert.Equal(HttpStatusCode.OK, made.StatusCode);
        JsonArray encoded = (await made.Content.ReadFromJsonAsync<JsonNode>())!.AsArray();
        Assert.False(string.IsNullOrEmpty((string?)encoded[0]!["error"]));
        Assert.NotNull((string?)encoded[1]!["frame"]);
    }

    [Fact]
    public async Task Frames_are_shown_and_made_again()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        using HttpResponseMessage shown = await app.Client.PostAsJsonAsync("api/v1/frames/decode", new { frames = new[] { "00000109000000000000010001000000", "zz" } });
        JsonArray decoded = (await shown.Content.ReadFromJsonAsync<JsonNode>())!.AsArray();
        Assert.Contains("hex digit", (string?)decoded[1]!["error"]);
        Assert.NotNull(decoded[0]!["decoded"]);

        JsonNode message = JsonNode.Parse("""{ "message": "CloseChannel", "fields": { "channel_id": 7, "reason_code": "bye" } }""")!;
        using HttpResponseMessage made = await app.Client.PostAsJsonAsync("api/v1/frames/encode", new { messages = new[] { message, JsonNode.Parse("""{ "message": "Nothing" }""") } });
        JsonArray encoded = (await made.Content.ReadFromJsonAsync<JsonNode>())!.AsArray();
        Assert.NotNull((string?)encoded[1]!["error"]);
        using HttpResponseMessage again = await app.Client.PostAsJsonAsync("api/v1/frames/decode", new { frames = new[] { (string?)encoded[0]!["frame"] } });
        JsonNode read = (await again.Content.ReadFromJsonAsync<JsonNode>())![0]!;
        Assert.Null((string?)read["error"]);
        Assert.Equal(7, (int?)read["decoded"]!["fields"]!["channel_id"]);
    }

    [Fact]
    public async Task The_log_level_can_be_set()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        Assert.Equal("warning", (string?)(await app.GetAsync("api/v1/log-level"))["level"]);
        await app.Client.PutAsJsonAsync("api/v1/log-level", new { level = "debug" });
        Assert.Equal("debug", (string?)(await app.GetAsync("api/v1/log-level"))["level"]);
    }

    [Fact]
    public async Task Lists_are_ordered_by_the_wanted_field()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        ScriptedRole pool = await app.CreateAsync("pool");
        pool.Workers.AddRange(new[] { ("b.1", 2e6), ("a.1", 1e6), ("b.2", 5e6) }.Select(w => Samples.Worker(w.Item1) with { HashRate = w.Item2 }));
        async Task<string[]> NamesAsync(string path, string field) => [.. (await app.GetAsync($"api/v1/{path}"))["items"]!.AsArray().Select(i => (string)i![field]!)];
        Assert.Equal(["b.2", "b.1", "a.1"], await NamesAsync("workers?sort=-hashRate", "name"));
        Assert.Equal(["a.1", "b.1", "b.2"], await NamesAsync("workers?sort=name", "name"));
        pool.CurrentReport = pool.CurrentReport with { Endpoints = [new("mining", "127.0.0.1:1", null, true)] };
        Assert.Equal(["b", "a"], await NamesAsync("miners?sort=-hashRate", "account"));
        JsonNode miner = await app.GetAsync("api/v1/miners/b");
        Assert.Equal((7e6, 2), ((double?)miner["hashRate"], (int?)miner["workersOnline"]));
        JsonNode problem = await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, app.Client.GetAsync("api/v1/workers?sort=colour"));
        Assert.Contains("hashRate", (string?)problem["errors"]![0]!["fix"]);
    }

    [Fact]
    public async Task A_name_with_anything_in_it_has_an_address()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        ScriptedRole pool = await app.CreateAsync("pool");
        pool.CurrentReport = pool.CurrentReport with { Endpoints = [new("mining", "127.0.0.1:1", null, true)] };
        string[] names = ["", "..", "a/b", "%2F", "ü 🦀", "~x", "a.b/c.d"];
        pool.Workers.AddRange(names.Select(n => Samples.Worker(n)));
        foreach (JsonNode? worker in (await app.GetAsync("api/v1/workers"))["items"]!.AsArray())
            Assert.Equal((string?)worker!["name"], (string?)(await app.GetAsync($"api/v1/workers/pool/{worker["id"]}"))["name"]);
        foreach (JsonNode? miner in (await app.GetAsync("api/v1/miners"))["items"]!.AsArray())
            Assert.Equal((string?)miner!["account"], (string?)(await app.GetAsync($"api/v1/miners/{miner["id"]}"))["account"]);
    }
}
