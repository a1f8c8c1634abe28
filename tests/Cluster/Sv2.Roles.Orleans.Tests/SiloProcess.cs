using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sv2.Cluster;

namespace Sv2.Roles.Orleans.Tests;

/// <summary>A silo as a process of its own, driven by its REST API.</summary>
internal sealed partial class SiloProcess : IAsyncDisposable
{
    private const string AdminToken = "the-cluster-tests-own-token";

    private readonly Process _process;
    private readonly HttpClient _http = new() { Timeout = Wait.Patience };
    private readonly TaskCompletionSource<Uri> _url = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _output = [];

    private SiloProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>What it has written, for the message of a failed test.</summary>
    public string Output
    {
        get { lock (_output) return string.Join('\n', _output); }
    }

    public static async Task<SiloProcess> StartAsync(string name, string folder)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { typeof(SiloSettings).Assembly.Location, "--name", name, "--data-dir", folder, "--http", "127.0.0.1:0", "--lease", "8" },
        };
        start.Environment["SV2_ADMIN_TOKEN"] = AdminToken;
        var silo = new SiloProcess(Process.Start(start)!);
        silo._http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminToken);
        silo._http.BaseAddress = await silo._url.Task.WaitAsync(Wait.Patience);
        return silo;
    }

    public async Task<JsonNode> CreateAsync(string name, string kind, JsonObject configuration)
    {
        HttpResponseMessage answer = await _http.PostAsJsonAsync("/api/v1/roles", new JsonObject { ["name"] = name, ["kind"] = kind, ["configuration"] = configuration });
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    public async Task<JsonNode> GetAsync(string path) => (await _http.GetFromJsonAsync<JsonNode>(path))!;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    public void Kill() => _process.Kill();

    /// <summary>Sends it a signal such as STOP.</summary>
    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Asks it to stop, and waits for its end.</summary>
    public async Task<int> TerminateAsync()
    {
        await SignalAsync("TERM");
        using var limit = new CancellationTokenSource(Wait.Patience);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _http.Dispose();
    }

    private void Note(string? line)
    {
        if (line is null) return;
        lock (_output) _output.Add(line);
        if (WebLine().Match(line) is { Success: true } match) _url.TrySetResult(new Uri(match.Groups[1].Value));
    }

    [GeneratedRegex("^web (http://.*)$")]
    private static partial Regex WebLine();
}
