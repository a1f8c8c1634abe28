using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sv2.ControlPlane.Tests.Support;

namespace Sv2.ControlPlane.Tests.Api;

public class KeysApiTests
{
    private static async Task<JsonNode> PostAsync(RunningControlPlane app, string path, object body)
    {
        using HttpResponseMessage response = await app.Client.PostAsJsonAsync($"api/v1/{path}", body);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    [Fact]
    public async Task A_rotated_key_reaches_the_instances_here_that_connect_with_it()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        await app.CreateAsync("a");
        JsonNode first = await PostAsync(app, "roles/a/keys/rotate", new { });
        Assert.Null((string?)first["previousPublicKey"]);
        string old = (string)first["publicKey"]!;
        await app.CreateAsync("b", new { pools = new[] { $"stratum2+tcp://127.0.0.1:1/{old}", "stratum2+tcp://127.0.0.1:2" } });
        Assert.Equal(["b"], (await app.GetAsync("api/v1/keys"))[0]!["usedBy"]!.AsArray().Select(n => (string?)n));

        JsonNode second = await PostAsync(app, "roles/a/keys/rotate", new { name = "authority", updateClients = true });
        string present = (string)second["publicKey"]!;
        Assert.NotEqual(old, present);
        Assert.Equal((old, "b"), ((string?)second["previousPublicKey"], (string?)second["updatedInstances"]![0]));
        Assert.Equal([$"stratum2+tcp://127.0.0.1:1/{present}", "stratum2+tcp://127.0.0.1:2"], app.Kind.Roles["b"].Options.Pools);
        Assert.True(File.Exists((string)second["archivedAs"]!));
        Assert.Equal(["start a", "stop a", "dispose a", "start a"], app.Kind.Journal.Where(j => j.EndsWith(" a", StringComparison.Ordinal)).Take(4));
        Assert.Equal("a", (string?)(await PostAsync(app, "keys/inspect", new { text = present }))["instance"]);

        JsonNode third = await PostAsync(app, "roles/a/keys/rotate", new { updateClients = false });
        Assert.Empty(third["updatedInstances"]!.AsArray());
        Assert.Contains(present, app.Kind.Roles["b"].Options.Pools[0]);
    }

    [Fact]
    public async Task A_key_can_be_made_for_later_and_its_secret_is_never_shown()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        JsonNode key = await PostAsync(app, "keys", new { name = "next" });
        string file = (string)key["file"]!;
        string secret = (await File.ReadAllLinesAsync(file)).Single(l => l.StartsWith("secret", StringComparison.Ordinal)).Split('=')[1].Trim();
        string list = (await app.GetAsync("api/v1/keys")).ToJsonString();
        Assert.Contains((string)key["publicKey"]!, list);
        Assert.DoesNotContain(secret, list + key.ToJsonString());
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        await ProblemAssert.IsAsync(HttpStatusCode.Conflict, app.Client.PostAsJsonAsync("api/v1/keys", new { name = "next" }));
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, app.Client.PostAsJsonAsync("api/v1/keys", new { name = "../x" }));
    }

    [Theory]
    [InlineData("stratum2+tcp://pool.example:34254/9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72", "pool.example", 34254)]
    [InlineData("9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72", null, null)]
    public async Task A_key_is_taken_apart(string text, string? host, int? port)
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        JsonNode view = await PostAsync(app, "keys/inspect", new { text });
        Assert.Equal((host, port, null, 64), ((string?)view["host"], (int?)view["port"], (string?)view["instance"], ((string)view["publicKeyHex"]!).Length));
    }

    [Theory]
    [InlineData("9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH73")]
    [InlineData("http://pool.example")]
    [InlineData("")]
    public async Task A_text_that_is_no_key_is_refused_with_the_reason(string text)
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, app.Client.PostAsJsonAsync("api/v1/keys/inspect", new { text }));
    }
}
