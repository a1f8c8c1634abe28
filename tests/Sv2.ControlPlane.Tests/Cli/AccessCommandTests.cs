using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Sv2.ControlPlane.Cli;
using Sv2.ControlPlane.Tests.Support;
using Sv2.Roles;
using Sv2.Roles.Tests.Hosting;
using Sv2.TestKit;

namespace Sv2.ControlPlane.Tests.Cli;

/// <summary>Access from the command line, beside a program that runs on the same folder.</summary>
public class AccessCommandTests
{
    private static async Task<(int Code, string Out, string Error)> RunAsync(params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        int code = await Sv2CommandLine.RunAsync(args, new CliConsole(TextReader.Null, output, error, HasColor: false));
        return (code, output.ToString().Trim(), error.ToString());
    }

    [Fact]
    public async Task A_link_from_the_command_line_signs_in_to_the_running_program()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        (int code, string link, string error) = await RunAsync("link", "--data-dir", app.DataDirectory);
        Assert.Equal((0, ""), (code, error));
        Assert.StartsWith(app.Url.ToString(), link);
        using HttpClient browser = app.Anonymous();
        using HttpResponseMessage response = await browser.GetAsync(new Uri(link));
        Assert.True(response.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task A_link_is_for_the_address_that_is_given_and_else_for_the_default_where_nothing_runs()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        Assert.StartsWith("https://pool.example:8443/signin?code=", (await RunAsync("link", "--data-dir", app.DataDirectory, "--url", "https://pool.example:8443")).Out);
        Assert.NotNull(ServerAddress.Read(app.DataDirectory));

        using var folder = new TemporaryFolder();
        (int code, string link, string error) = await RunAsync("link", "--data-dir", folder.Path);
        Assert.Equal(0, code);
        Assert.StartsWith("http://127.0.0.1:8080/signin?code=", link);
        Assert.Contains("nothing runs on this folder", error);

        ServerAddress.Write(folder.Path, new Uri("http://127.0.0.1:5/"));
        Assert.StartsWith("http://127.0.0.1:5/signin", (await RunAsync("link", "--data-dir", folder.Path)).Out);
        ServerAddress.Forget(folder.Path);
        Assert.Null(ServerAddress.Read(folder.Path));
    }

    [Fact]
    public async Task A_token_from_the_command_line_is_known_to_the_running_program()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        (int code, string token, _) = await RunAsync("token", "create", "--data-dir", app.DataDirectory, "--scope", "operate", "--name", "script");
        Assert.Equal(0, code);
        using HttpClient client = app.Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        JsonNode session = JsonNode.Parse(await client.GetStringAsync("api/v1/session"))!;
        Assert.Equal(("script", "operate"), ((string?)session["name"], (string?)session["scope"]));
    }

    [Theory]
    [InlineData("token", "create", "--scope", "everything")]
    [InlineData("token", "create", "--days", "0.5")]
    [InlineData("link", "--url", "nowhere")]
    public async Task What_makes_no_sense_is_one_line(params string[] args)
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        (int code, string output, string error) = await RunAsync([.. args, "--data-dir", app.DataDirectory]);
        Assert.Equal((2, ""), (code, output));
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_not_made()
    {
        string folder = Path.Combine(Path.GetTempPath(), $"sv2-none-{Guid.NewGuid():N}");
        Assert.Equal(2, (await RunAsync("token", "create", "--data-dir", folder)).Code);
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void A_log_for_programs_is_one_object_a_line()
    {
        var output = new StringWriter();
        var log = new JsonLineLog(new CliConsole(TextReader.Null, output, TextWriter.Null, HasColor: false), new ManualTimeProvider());
        log.Write("pool", RoleEventSeverity.Warning, "A \"quoted\"\nline.", ("event", "block"), ("data", new { height = 7 }), ("none", null));
        string line = Assert.Single(output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        JsonNode entry = JsonNode.Parse(line)!;
        Assert.Equal(("warning", "pool", "A \"quoted\"\nline.", "block", 7), ((string?)entry["level"], (string?)entry["instance"], (string?)entry["message"], (string?)entry["event"], (int?)entry["data"]!["height"]));
        Assert.Equal("2026-08-20T12:00:00Z", (string?)entry["time"]);
    }
}
