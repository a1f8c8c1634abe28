using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Sv2.EndToEnd.Tests;

/// <summary>
/// The embedded stack, or a single role, as a user starts it: a process of its own with its own data folder and ports, driven
/// by command line, configuration file, signals and REST alone.
/// </summary>
internal sealed class StackProcess : IAsyncDisposable
{
    private const int SignalTerminate = 15;
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);
    private const string AdminToken = "the-end-to-end-tests-own-token";

    private readonly Process _process;
    private readonly List<string> _output = [];
    private readonly Task _pumps;

    private StackProcess(Process process, StackPorts ports, string dataDirectory)
    {
        _process = process;
        Ports = ports;
        DataDirectory = dataDirectory;
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{ports.Http}"), Timeout = TimeSpan.FromSeconds(20) };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminToken);
        _pumps = Task.WhenAll(PumpAsync(process.StandardOutput), PumpAsync(process.StandardError));
    }

    public StackPorts Ports { get; }

    public string DataDirectory { get; }

    public HttpClient Http { get; }

    public string Output
    {
        get
        {
            lock (_output)
                return string.Join('\n', _output);
        }
    }

    /// <summary>Starts the stack and waits until it says that it is ready.</summary>
    public static async Task<StackProcess> StartAsync(string dataDirectory, StackPorts? ports = null, params string[] more)
    {
        var chosen = ports ?? StackPorts.Free();
        var stack = Launch(dataDirectory, chosen, more);
        await stack.WaitUntilAsync("the stack is ready", StartLimit, stack.IsReadyAsync);
        return stack;
    }

    /// <summary>Starts one role with a configuration file, and waits until it runs.</summary>
    /// <param name="kind">Its kind, which is also what the running instance is called.</param>
    /// <param name="folder">Takes the configuration file and the role's own folder; what an earlier run left is taken up.</param>
    /// <param name="configuration">The file's content.</param>
    public static async Task<StackProcess> StartRoleAsync(string kind, string folder, JsonObject configuration)
    {
        var file = Path.Combine(folder, $"{kind}.json");
        var data = Path.Combine(folder, kind);
        await File.WriteAllTextAsync(file, configuration.ToJsonString());
        var ports = StackPorts.Free();
        var process = new StackProcess(Start(["run", kind, "--config", file, "--data-dir", data, "--http", $"127.0.0.1:{ports.Http}"]), ports, data);
        await process.WaitUntilAsync($"{kind} runs", StartLimit, async () => (string?)(await process.RoleAsync(kind))["state"] == "running");
        return process;
    }

    /// <summary>Starts the stack and returns at once.</summary>
    public static StackProcess Launch(string dataDirectory, StackPorts ports, params string[] more) =>
        new(Start(ArgumentsFor(dataDirectory, ports, more)), ports, dataDirectory);

    /// <summary>Runs the command line to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(StartLimit);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output + await errors);
    }

    public static string[] ArgumentsFor(string dataDirectory, StackPorts ports, params string[] more) =>
    [
        "up", "--data-dir", dataDirectory, "--http", $"127.0.0.1:{ports.Http}",
        "--set", $"pool.listen=127.0.0.1:{ports.Pool}",
        "--set", $"template-provider.listen=127.0.0.1:{ports.TemplateProvider}",
        .. more,
    ];

    public async Task<JsonNode> GetAsync(string path) =>
        await Http.GetFromJsonAsync<JsonNode>(path) ?? throw new InvalidOperationException($"{path} answered nothing");

    public async Task<JsonNode> RoleAsync(string name) => await GetAsync($"/api/v1/roles/{name}");

    public async Task<JsonArray> ItemsAsync(string path) => (await GetAsync(path))["items"]!.AsArray();

    public async Task PostAsync(string path)
    {
        using var answer = await Http.PostAsync(path, null);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    /// <summary>Asks again and again until the state is there; fails with the process's output when it never comes.</summary>
    public async Task WaitUntilAsync(string state, TimeSpan limit, Func<Task<bool>> isThere)
    {
        var started = Stopwatch.StartNew();
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!await AnswersYesAsync(isThere))
        {
            if (_process.HasExited)
                Assert.Fail($"waited for: {state}; the process ended with {_process.ExitCode}\n{Output}");
            if (started.Elapsed > limit)
                Assert.Fail($"waited {limit.TotalSeconds} s for: {state}\n{Output}");
            await pause.WaitForNextTickAsync();
        }
    }

    /// <summary>SIGTERM, as a service manager sends it. Returns the exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        Assert.Equal(0, Kill(_process.Id, SignalTerminate));
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>kill -9.</summary>
    public async Task CrashAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await CrashAsync();
        await _pumps;
        _process.Dispose();
        Http.Dispose();
    }

    private async Task<bool> IsReadyAsync()
    {
        using var answer = await Http.GetAsync("/readyz");
        return answer.StatusCode == HttpStatusCode.OK;
    }

    private static async Task<bool> AnswersYesAsync(Func<Task<bool>> isThere)
    {
        try
        {
            return await isThere();
        }
        catch (HttpRequestException)
        {
            return false; // not listening yet
        }
    }

    private static Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["SV2_ADMIN_TOKEN"] = AdminToken;
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "sv2.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private async Task PumpAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_output)
                _output.Add(line);
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int process, int signal);
}

/// <summary>Ports that the stack is told to listen on.</summary>
internal sealed record StackPorts(int Http, int Pool, int TemplateProvider)
{
    // Below the range from which systems take ports for connections and for port 0, so that nobody takes one by chance
    // between this moment and the stack's start.
    private const int First = 15_000;
    private const int Last = 32_000;

    public static StackPorts Free()
    {
        using TcpListener http = Bind(), pool = Bind(), templateProvider = Bind();
        return new StackPorts(PortOf(http), PortOf(pool), PortOf(templateProvider));
    }

    /// <summary>A single port.</summary>
    public static int One()
    {
        using var listener = Bind();
        return PortOf(listener);
    }

    private static TcpListener Bind()
    {
        while (true)
        {
            var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(First, Last));
            try
            {
                listener.Start();
                return listener;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
            {
                listener.Dispose();
            }
        }
    }

    private static int PortOf(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;
}
