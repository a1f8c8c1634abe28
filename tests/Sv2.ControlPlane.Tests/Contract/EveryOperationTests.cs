using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Sv2.ControlPlane.Tests.Support;

namespace Sv2.ControlPlane.Tests.Contract;

/// <summary>Every operation of the document, called rightly and wrongly. One that is new must be given its example here or in the document.</summary>
public class EveryOperationTests
{
    /// <summary>What makes a call a right one, where names alone do not tell.</summary>
    private static readonly Dictionary<string, Dictionary<string, string>> PathValues = new(StringComparer.Ordinal)
    {
        ["getSeries"] = new() { ["name"] = "hashRate" },
        ["getMiner"] = new() { ["id"] = "ann" },
        ["getMinerSeries"] = new() { ["id"] = "ann" },
        ["getWorker"] = new() { ["id"] = "ann.rig1" },
        ["getWorkerSeries"] = new() { ["id"] = "ann.rig1" },
    };

    private static readonly Dictionary<string, JsonNode> Bodies = new(StringComparer.Ordinal)
    {
        ["createRole"] = JsonNode.Parse("""{ "name": "new", "kind": "scripted" }""")!,
        ["updateRole"] = JsonNode.Parse("""{ "configuration": { "threads": 3 } }""")!,
        ["checkConfiguration"] = JsonNode.Parse("""{ "configuration": { "threads": 3 } }""")!,
    };

    private static string ValueOf(ApiOperation operation, string name) =>
        PathValues.TryGetValue(operation.Id, out Dictionary<string, string>? values) && values.TryGetValue(name, out string? value) ? value : name switch
        {
            "name" => "a",
            "instance" => "pool",
            "kind" => "scripted",
            "hash" => FilledControlPlane.BlockHash,
            "templateId" => "7",
            "jobId" => "5",
            "table" => "minutes",
            _ => throw new InvalidOperationException($"{operation} has a parameter '{name}' that no test gives a value to."),
        };

    private static HttpRequestMessage Right(ApiOperation operation, string query = "")
    {
        HttpRequestMessage request = operation.Request(name => ValueOf(operation, name), Bodies.GetValueOrDefault(operation.Id)?.DeepClone());
        request.RequestUri = new Uri(request.RequestUri + query, UriKind.Relative);
        return request;
    }

    [Fact]
    public async Task Called_rightly_it_succeeds()
    {
        await using RunningControlPlane app = await FilledControlPlane.StartAsync();
        // What needs something of its own, or ends what others need, has a test of its own.
        string[] elsewhere = ["signIn", "endSession", "deleteToken", "deleteRole"];
        foreach (ApiOperation operation in (await ApiOperation.ReadAsync(app)).Where(o => !elsewhere.Contains(o.Id)))
        {
            using HttpRequestMessage request = Right(operation);
            using HttpResponseMessage response = await app.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            Assert.True(response.IsSuccessStatusCode, $"{operation}: {(int)response.StatusCode} {(response.IsSuccessStatusCode ? "" : await response.Content.ReadAsStringAsync())}");
            Assert.True(operation.Operation["responses"]![((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture)] is not null, $"{operation}: {(int)response.StatusCode} is not in the document");
        }
    }

    [Fact]
    public async Task Every_operation_that_changes_something_is_in_the_audit_log()
    {
        await using RunningControlPlane app = await FilledControlPlane.StartAsync();
        // These are no readings by their method alone. A sign-in has a test of its own: its caller is not known before.
        string[] changeNothing = ["decodeFrames", "encodeFrames", "inspectKey", "checkConfiguration", "signIn"];
        List<ApiOperation> changes = [.. (await ApiOperation.ReadAsync(app)).Where(o => o.IsUnsafe && !changeNothing.Contains(o.Id)).OrderBy(o => o.Method == HttpMethod.Delete)];
        foreach (ApiOperation operation in changes)
        {
            using HttpRequestMessage request = operation.Request(name => name is "id" ? "none" : ValueOf(operation, name), Bodies.GetValueOrDefault(operation.Id)?.DeepClone());
            using HttpResponseMessage response = await app.Client.SendAsync(request);
        }

        List<string> written = [.. (await app.GetAsync("api/v1/audit?limit=1000"))["items"]!.AsArray().Select(e => (string)e!["operation"]!)];
        Assert.All(changes, o => Assert.Contains(o.Id, written));
        Assert.DoesNotContain(written, changeNothing.Contains);
    }

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        await using RunningControlPlane app = await FilledControlPlane.StartAsync();
        foreach (ApiOperation operation in (await ApiOperation.ReadAsync(app)).Where(o => o.Path.Contains('{', StringComparison.Ordinal)))
        {
            using HttpRequestMessage request = operation.Request(body: Bodies.GetValueOrDefault(operation.Id)?.DeepClone());
            await ProblemAssert.IsAsync(HttpStatusCode.NotFound, app.Client.SendAsync(request), operation.ToString());
            Assert.True(operation.Operation["responses"]!["404"] is not null, $"{operation}: 404 is not in the document");
        }
    }

    [Fact]
    public async Task A_parameter_that_makes_no_sense_is_refused()
    {
        await using RunningControlPlane app = await FilledControlPlane.StartAsync();
        string[] anyText = ["instance", "type"];
        foreach (ApiOperation operation in await ApiOperation.ReadAsync(app))
        {
            foreach (JsonNode parameter in operation.Parameters.Where(p => (string?)p["in"] == "query" && !anyText.Contains((string?)p["name"])))
            {
                string name = (string)parameter["name"]!;
                using HttpRequestMessage request = Right(operation, $"?{name}={new string('x', 300)}");
                await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, app.Client.SendAsync(request), $"{operation} {name}");
                Assert.True(operation.Operation["responses"]!["400"] is not null, $"{operation}: 400 is not in the document");
            }
        }
    }

    [Fact]
    public async Task A_parameter_takes_what_the_document_says()
    {
        await using RunningControlPlane app = await FilledControlPlane.StartAsync();
        foreach (ApiOperation operation in (await ApiOperation.ReadAsync(app)).Where(o => !o.IsUnsafe && o.Id is not "streamEvents"))
        {
            foreach (JsonNode parameter in operation.Parameters.Where(p => (string?)p["in"] == "query"))
            {
                string name = (string)parameter["name"]!;
                JsonNode schema = operation.Resolve(parameter["schema"]!);
                string[] values = schema["enum"] is JsonArray names ? [.. names.Select(n => (string)n!)] : ValuesOf(name, (string?)schema["type"]);
                foreach (string value in values)
                {
                    using HttpRequestMessage request = Right(operation, $"?{name}={value}");
                    using HttpResponseMessage response = await app.Client.SendAsync(request);
                    Assert.True(response.IsSuccessStatusCode, $"{operation} {name}={value}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
                }
            }
        }
    }

    private static string[] ValuesOf(string name, string? type) => (name, type) switch
    {
        ("from" or "to", _) => ["2026-01-01T00:00:00Z"],
        ("range", _) => ["15m", "1y"],
        ("format", _) => ["csv", "json-lines"],
        ("kind", _) => ["standard", "extended"],
        ("instance", _) => ["pool"],
        ("search" or "type", _) => ["ann"],
        ("sort", _) => [],
        (_, "boolean") => ["true", "false"],
        (_, "integer") => ["7"],
        _ => throw new InvalidOperationException($"A parameter '{name}' has no value in this test."),
    };

    [Theory]
    [InlineData("""{ "nonsense": 1 }""")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("{")]
    [InlineData("")]
    public async Task A_body_that_makes_no_sense_is_refused(string body)
    {
        await using RunningControlPlane app = await FilledControlPlane.StartAsync();
        foreach (ApiOperation operation in (await ApiOperation.ReadAsync(app)).Where(o => o.BodySchema is not null))
        {
            using HttpRequestMessage request = Right(operation);
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, app.Client.SendAsync(request), operation.ToString());
        }
    }

    [Fact]
    public async Task Tokens_and_sessions_come_and_go()
    {
        await using RunningControlPlane app = await FilledControlPlane.StartAsync();
        using HttpResponseMessage created = await app.Client.PostAsJsonAsync("api/v1/tokens", new { name = "t", scope = "operate" });
        JsonNode token = (await created.Content.ReadFromJsonAsync<JsonNode>())!;
        using HttpClient browser = app.Anonymous();
        using HttpResponseMessage signedIn = await browser.PostAsJsonAsync("api/v1/session", new { token = (string?)token["token"] });
        Assert.Equal(HttpStatusCode.OK, signedIn.StatusCode);
        string session = (string)(await app.GetAsync("api/v1/sessions")).AsArray().Single()!["id"]!;
        Assert.Equal(HttpStatusCode.NoContent, (await app.Client.DeleteAsync($"api/v1/sessions/{session}")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await app.Client.DeleteAsync($"api/v1/tokens/{(string)token["info"]!["id"]!}")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await app.Client.DeleteAsync("api/v1/roles/a")).StatusCode);
    }
}
