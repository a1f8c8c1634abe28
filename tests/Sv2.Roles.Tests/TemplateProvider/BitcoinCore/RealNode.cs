using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Sv2.Roles.Node;
using Sv2.Roles.Tests.Hosting;

namespace Sv2.Roles.Tests.TemplateProvider.BitcoinCore;

/// <summary>The <c>bitcoind</c> of this machine, on a regtest chain of its own.</summary>
internal sealed class RealNode : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new();
    private Process? _process;
    private int _port;

    private RealNode()
    {
    }

    /// <summary>Where it is; null when it is nowhere.</summary>
    public static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "bitcoind"))
        .FirstOrDefault(File.Exists);

    /// <summary>Options of a node list with only this node, found by its cookie file.</summary>
    public RpcNodeOptions Options => new() { Url = $"http://127.0.0.1:{_port}", CookieFile = CookieFile };

    private string CookieFile => Path.Combine(_folder.Path, "regtest", ".cookie");

    public static async Task<RealNode> StartAsync()
    {
        RealNode node = new();
        // It cannot take any free port by itself, and one that is free now may be gone in a moment.
        for (int attempt = 0; attempt < 5 && node._process is null; attempt++)
        {
            node._port = FreePort();
            await node.TryRunAsync();
        }
        Assert.True(node._process is not null, "bitcoind did not start");
        return node;
    }

    /// <summary>Runs it (again), on the port it had.</summary>
    public async Task RunAsync() => Assert.True(await TryRunAsync(), "bitcoind did not start again");

    /// <summary>Ends it in good order.</summary>
    public async Task StopAsync()
    {
        await CallAsync("stop");
        using CancellationTokenSource patience = new(Patience);
        await _process!.WaitForExitAsync(patience.Token);
        _process.Dispose();
        _process = null;
    }

    /// <summary>Calls one of its methods; an error is the test's.</summary>
    public async Task<JsonNode?> CallAsync(string method, params JsonNode?[] parameters)
    {
        JsonObject call = new() { ["jsonrpc"] = "1.0", ["id"] = 1, ["method"] = method, ["params"] = new JsonArray(parameters) };
        using HttpRequestMessage request = new(HttpMethod.Post, $"http://127.0.0.1:{_port}/");
        request.Content = new StringContent(call.ToJsonString(), Encoding.UTF8, "application/json");
        byte[] cookie = Encoding.UTF8.GetBytes(await File.ReadAllTextAsync(CookieFile));
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(cookie));
        using HttpResponseMessage response = await _http.SendAsync(request);
        JsonNode answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.True(answer["error"] is null, $"{method}: {answer["error"]?.ToJsonString()}");
        return answer["result"];
    }

    /// <summary>Height of its best block.</summary>
    public async Task<int> HeightAsync() => (int)(await CallAsync("getblockcount"))!;

    /// <summary>Ids of the transactions of its best block.</summary>
    public async Task<string[]> TransactionsOfTipAsync()
    {
        JsonNode block = (await CallAsync("getblock", (await CallAsync("getbestblockhash"))!.DeepClone()))!;
        return [.. block["tx"]!.AsArray().Select(id => (string)id!)];
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
        _http.Dispose();
        _folder.Dispose();
    }

    private async Task<bool> TryRunAsync()
    {
        Process process = Process.Start(new ProcessStartInfo(
            Program!,
            [
                "-regtest", $"-datadir={_folder.Path}", "-server", "-listen=0", "-dnsseed=0", "-rpcbind=127.0.0.1", "-rpcallowip=127.0.0.1",
                $"-rpcport={_port}", "-rpcthreads=16", "-printtoconsole=0",
            ]))!;
        using CancellationTokenSource patience = new(Patience);
        using PeriodicTimer looks = new(TimeSpan.FromMilliseconds(50));
        while (await looks.WaitForNextTickAsync(patience.Token) && !process.HasExited)
        {
            if (!await AnswersAsync()) continue;
            _process = process;
            return true;
        }
        process.Dispose();
        return false;
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            return File.Exists(CookieFile) && await CallAsync("getblockcount") is not null;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or Xunit.Sdk.XunitException)
        {
            // Not yet, or still loading its blocks.
            return false;
        }
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>A test that needs <c>bitcoind</c>, and says so where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BitcoindFactAttribute : FactAttribute
{
    public BitcoindFactAttribute()
    {
        if (RealNode.Program is null)
            Skip = "did not run: bitcoind is not on the PATH";
    }
}
