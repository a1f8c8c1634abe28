using System.Text.Json.Nodes;

namespace Sv2.EndToEnd.Tests;

/// <summary>
/// Every role of job declaration in a process of its own, known to the others by configuration files alone: template provider
/// with its chain, declarator server, pool, declarator client, device.
/// </summary>
internal sealed class JobDeclarationProcesses : IAsyncDisposable
{
    public const string TemplateProvider = "template-provider";
    public const string Server = "job-declarator-server";
    public const string Pool = "pool";
    public const string Client = "job-declarator-client";
    public const string Device = "mining-device";

    // Any script will do: what it pays can be seen in the coinbase.
    private const string Payout = "raw(00141111111111111111111111111111111111111111)";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly DataFolder _folder = new();
    private readonly Dictionary<string, JsonObject> _configurations = [];
    private readonly Dictionary<string, StackProcess> _running = [];

    private JobDeclarationProcesses()
    {
    }

    public StackProcess this[string kind] => _running[kind];

    public static async Task<JobDeclarationProcesses> StartAsync(string mode)
    {
        var processes = new JobDeclarationProcesses();
        try
        {
            await processes.StartAllAsync(mode);
            return processes;
        }
        catch
        {
            await processes.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a role again with the configuration and the folder that it had.</summary>
    public async Task RestartAsync(string kind) => _running[kind] = await StackProcess.StartRoleAsync(kind, _folder.Path, (JsonObject)_configurations[kind].DeepClone());

    /// <summary>kill -9.</summary>
    public async Task KillAsync(string kind)
    {
        await _running[kind].CrashAsync();
        await _running[kind].DisposeAsync();
        _running.Remove(kind);
    }

    public Task UntilAsync(string state, Func<Task<bool>> isThere) => _running[Client].WaitUntilAsync(state, Patience, isThere);

    /// <summary>The role's message for people.</summary>
    public async Task<string> MessageAsync(string kind) => (string?)(await _running[kind].RoleAsync(kind))["report"]?["message"] ?? "";

    public Task<JsonArray> ItemsAsync(string kind, string list) => _running[kind].ItemsAsync($"/api/v1/{list}?limit=100");

    public async Task<List<string>> AcceptedBlocksAsync(string kind) =>
        [.. (await ItemsAsync(kind, "blocks")).Where(block => (string?)block!["state"] == "accepted").Select(block => (string)block!["hash"]!)];

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _running.Values)
            await process.DisposeAsync();
        _folder.Dispose();
    }

    private async Task StartAllAsync(string mode)
    {
        var cookie = Path.Combine(_folder.Path, "rpc.cookie");
        var rpc = StackPorts.One();
        await StartAsync(TemplateProvider, new JsonObject
        {
            ["listen"] = "127.0.0.1:0",
            ["source"] = new JsonObject
            {
                ["embedded"] = new JsonObject
                {
                    ["hashesPerBlock"] = 200_000,
                    ["transactionsPerSecond"] = 5,
                    ["rpc"] = new JsonObject { ["enabled"] = true, ["listen"] = $"127.0.0.1:{rpc}", ["cookieFile"] = cookie },
                },
            },
        });
        // One key file for both: then the pool trusts the server's tokens without being told of another key.
        var key = Path.Combine(_folder.Path, "pool-and-server.key");
        await StartAsync(Pool, new JsonObject
        {
            ["listen"] = $"127.0.0.1:{StackPorts.One()}",
            ["authorityKeyFile"] = key,
            ["templateProviders"] = new JsonArray(await ConnectionAsync(TemplateProvider)),
            ["network"] = "regtest",
            ["payout"] = Payout,
            ["shareDifficulty"] = 1e-5,
            ["jobDeclaration"] = new JsonObject { ["enabled"] = true },
        });
        await StartAsync(Server, new JsonObject
        {
            ["listen"] = $"127.0.0.1:{StackPorts.One()}",
            ["authorityKeyFile"] = key,
            ["network"] = "regtest",
            ["payout"] = Payout,
            ["nodes"] = new JsonArray(new JsonObject { ["url"] = $"http://127.0.0.1:{rpc}", ["cookieFile"] = cookie }),
        });
        await StartAsync(Client, new JsonObject
        {
            ["listen"] = "127.0.0.1:0",
            ["templateProviders"] = new JsonArray(await ConnectionAsync(TemplateProvider)),
            ["network"] = "regtest",
            ["mode"] = mode,
            ["userIdentity"] = "alice.farm",
            ["shareDifficulty"] = 1e-5,
            ["upstreams"] = new JsonArray(new JsonObject { ["pool"] = await ConnectionAsync(Pool), ["declaratorServer"] = await ConnectionAsync(Server) }),
            ["solo"] = new JsonObject { ["payout"] = "raw(00142222222222222222222222222222222222222222)" },
            // Patient with machines that are slow, and quick to come back.
            ["declaration"] = new JsonObject { ["tokenTimeout"] = "00:01:00", ["declarationTimeout"] = "00:01:00", ["customJobTimeout"] = "00:01:00" },
            ["fallback"] = new JsonObject { ["reconnectDelayMax"] = "00:00:01", ["refusalDelayMin"] = "00:00:01", ["returnAfter"] = "00:00:00" },
        });
        await StartAsync(Device, new JsonObject
        {
            ["pools"] = new JsonArray(await ConnectionAsync(Client)),
            ["userIdentity"] = "alice.rig",
            ["targetHashRate"] = 100_000,
        });
    }

    private async Task StartAsync(string kind, JsonObject configuration)
    {
        _configurations[kind] = configuration;
        await RestartAsync(kind);
    }

    private async Task<string> ConnectionAsync(string kind) => (await _running[kind].RoleAsync(kind))["report"]!["endpoints"]!.AsArray()
        .Select(endpoint => (string?)endpoint!["connectionString"]).First(text => text is not null)!;
}
