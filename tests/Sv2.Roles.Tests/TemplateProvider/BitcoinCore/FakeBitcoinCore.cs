using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Roles.Node;
using Sv2.Roles.TemplateProvider;
using Sv2.Roles.TemplateProvider.BitcoinCore;
using Sv2.Roles.TemplateProvider.EmbeddedChain;
using Sv2.Roles.Tests.Hosting;
using Sv2.Roles.Tests.TemplateProvider.Support;

namespace Sv2.Roles.Tests.TemplateProvider.BitcoinCore;

/// <summary>What a <see cref="FakeBitcoinCore"/> does wrong.</summary>
internal enum NodeFault
{
    None,

    /// <summary>Takes calls and never answers.</summary>
    Hangs,

    /// <summary>"Loading block index…", error -28.</summary>
    WarmsUp,

    /// <summary>"Work queue depth exceeded", plain text with status 503.</summary>
    IsOverloaded,

    /// <summary>An HTML page with status 200, as a wrong server would send.</summary>
    IsNoNode,
}

/// <summary>
/// A Bitcoin Core node as its RPC clients see it: authentication by cookie or password, HTTP status codes and JSON shapes of
/// versions 25 to 30, getblockchaininfo, getblocktemplate with segwit rules and long polling, submitblock. A real little chain
/// stands behind it. Faults are injected by properties.
/// </summary>
internal sealed class FakeBitcoinCore : IAsyncDisposable, INodeObserver
{
    private const string User = "__cookie__";
    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _stopping = new();
    private TaskCompletionSource _submits = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication? _app;
    private string _password = "";
    private int _port;

    private FakeBitcoinCore(EmbeddedChainOptions chain)
    {
        Chain = new EmbeddedNode(chain, _folder.Path, TimeProvider.System, NullLoggerFactory.Instance);
        RotateCookie();
    }

    public EmbeddedNode Chain { get; }

    public string Url => $"http://127.0.0.1:{_port}";

    public string CookieFile => Path.Combine(_folder.Path, ".cookie");

    public NodeFault Fault { get; set; }

    public bool IsDownloading { get; set; }

    public string ChainName { get; set; } = "regtest";

    /// <summary>Rules beyond those of every chain.</summary>
    public string[] ExtraRules { get; set; } = [];

    public bool LiesAboutCommitment { get; set; }

    /// <summary>What submitblock says instead of judging; null to judge.</summary>
    public string? SubmitAnswer { get; set; }

    public int SubmitCalls { get; private set; }

    /// <summary>From now on submitblock waits for <see cref="ReleaseSubmits"/>.</summary>
    public void HoldSubmits() => _submits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void ReleaseSubmits() => _submits.SetResult();

    /// <summary>Options of a node list with only this node, found by its cookie file.</summary>
    public RpcNodeOptions Options => new() { Url = Url, CookieFile = CookieFile };

    public static async Task<FakeBitcoinCore> StartAsync(EmbeddedChainOptions? chain = null)
    {
        FakeBitcoinCore node = new(chain ?? ChainFixture.Easy());
        node._submits.SetResult();
        await node.Chain.StartAsync(node, default);
        await node.ListenAsync();
        return node;
    }

    /// <summary>Listens (again), on the port it had.</summary>
    public async Task ListenAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = 64 * 1024 * 1024;
            kestrel.Listen(IPAddress.Loopback, _port);
        });
        _app = builder.Build();
        _app.MapPost("/", AnswerAsync);
        await _app.StartAsync();
        _port = new Uri(_app.Urls.Single()).Port;
    }

    /// <summary>Stops listening, as a node that is shut down.</summary>
    public async Task StopListeningAsync()
    {
        using CancellationTokenSource now = new(TimeSpan.Zero);
        await _app!.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    /// <summary>Writes a new cookie, as each start of a node does.</summary>
    public void RotateCookie()
    {
        _password = Guid.NewGuid().ToString("N");
        File.WriteAllText(CookieFile, $"{User}:{_password}");
    }

    public void OnTipChanged() => Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    public void OnNodeChanged()
    {
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await StopListeningAsync();
        await Chain.DisposeAsync();
        _folder.Dispose();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        if (http.Request.Headers.Authorization != "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{_password}")))
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            http.Response.Headers.WWWAuthenticate = "Basic realm=\"jsonrpc\"";
            return;
        }
        switch (Fault)
        {
            case NodeFault.Hangs:
                await Task.Delay(Timeout.Infinite, CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, _stopping.Token).Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                http.Abort();
                return;
            case NodeFault.IsOverloaded:
                http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                await http.Response.WriteAsync("Work queue depth exceeded");
                return;
            case NodeFault.IsNoNode:
                await http.Response.WriteAsync("<html>It works!</html>");
                return;
        }
        JsonNode call = (await JsonNode.ParseAsync(http.Request.Body))!;
        try
        {
            JsonNode? result = await CallAsync((string)call["method"]!, (JsonArray)call["params"]!, http.RequestAborted);
            await WriteAsync(http, StatusCodes.Status200OK, new JsonObject { ["result"] = result, ["error"] = null, ["id"] = call["id"]!.DeepClone() });
        }
        catch (RpcError e)
        {
            // As a server that is asked in the way of JSON-RPC 1.0.
            int status = e.Code == RpcError.MethodNotFound ? StatusCodes.Status404NotFound : StatusCodes.Status500InternalServerError;
            JsonObject error = new() { ["code"] = e.Code, ["message"] = e.Message };
            await WriteAsync(http, status, new JsonObject { ["result"] = null, ["error"] = error, ["id"] = call["id"]!.DeepClone() });
        }
    }

    private static async Task WriteAsync(HttpContext http, int status, JsonObject answer)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(answer.ToJsonString() + "\n");
    }

    private async Task<JsonNode?> CallAsync(string method, JsonArray parameters, CancellationToken aborted)
    {
        if (Fault == NodeFault.WarmsUp)
            throw new RpcError(-28, "Loading block index…");
        return method switch
        {
            "getblockchaininfo" => BlockchainInfo(),
            "getblocktemplate" => await BlockTemplateAsync(parameters, aborted),
            "submitblock" => await SubmitBlockAsync((string)parameters[0]!, aborted),
            _ => throw new RpcError(RpcError.MethodNotFound, "Method not found"),
        };
    }

    private JsonObject BlockchainInfo()
    {
        NodeView view = Chain.CurrentView()!;
        return new JsonObject
        {
            ["chain"] = ChainName,
            ["blocks"] = view.Height - 1,
            ["headers"] = IsDownloading ? view.Height + 500_000 : view.Height - 1,
            ["bestblockhash"] = view.TipHash.ToDisplayString(),
            ["verificationprogress"] = IsDownloading ? 0.01 : 1,
            ["initialblockdownload"] = IsDownloading,
            ["warnings"] = new JsonArray(),
        };
    }

    private async Task<JsonNode?> BlockTemplateAsync(JsonArray parameters, CancellationToken aborted)
    {
        JsonObject request = (JsonObject)parameters[0]!;
        if (request["rules"] is not JsonArray rules || !rules.Any(rule => (string)rule! == "segwit"))
            throw new RpcError(-8, "getblocktemplate must be called with the segwit rule set (call with {\"rules\": [\"segwit\"]})");
        if (IsDownloading)
            throw new RpcError(-10, "Bitcoin Core is in initial sync and waiting for blocks...");
        Task changed = Volatile.Read(ref _changed).Task;
        string tip = Chain.CurrentView()!.TipHash.ToDisplayString();
        if ((string?)request["longpollid"] is { } id && id.StartsWith(tip, StringComparison.Ordinal))
            await Task.WhenAny(changed, Task.Delay(Timeout.Infinite, CancellationTokenSource.CreateLinkedTokenSource(aborted, _stopping.Token).Token));
        return Template(Chain.CurrentView()!);
    }

    private JsonObject Template(NodeView view)
    {
        string commitment = WitnessCommitment.Output(WitnessCommitment.Compute(view.Candidates.Select(candidate => candidate.Wtxid).ToArray())).Script.ToString();
        return new JsonObject
        {
            ["capabilities"] = new JsonArray("proposal"),
            ["version"] = (int)view.Version,
            ["rules"] = new JsonArray(["csv", "!segwit", "taproot", .. ExtraRules.Select(rule => (JsonNode)rule)]),
            ["vbavailable"] = new JsonObject(),
            ["vbrequired"] = 0,
            ["previousblockhash"] = view.TipHash.ToDisplayString(),
            ["transactions"] = new JsonArray([.. view.Candidates.Select(Transaction)]),
            ["coinbaseaux"] = new JsonObject(),
            ["coinbasevalue"] = view.Subsidy + view.Candidates.Sum(candidate => candidate.Fee),
            ["longpollid"] = view.TipHash.ToDisplayString() + view.Candidates.Count,
            ["target"] = new CompactTarget(view.NBits).ToTarget().ToDisplayString(),
            ["mintime"] = view.MinTime,
            ["mutable"] = new JsonArray("time", "transactions", "prevblock"),
            ["noncerange"] = "00000000ffffffff",
            ["sigoplimit"] = 80_000,
            ["sizelimit"] = 4_000_000,
            ["weightlimit"] = 4_000_000,
            ["curtime"] = Math.Max(view.MinTime, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()),
            ["bits"] = new CompactTarget(view.NBits).ToString(),
            ["height"] = view.Height,
            ["default_witness_commitment"] = LiesAboutCommitment ? new string('0', commitment.Length) : commitment,
        };
    }

    private static JsonNode Transaction(CandidateTransaction candidate) => new JsonObject
    {
        ["data"] = Convert.ToHexStringLower(candidate.Data.Span),
        ["txid"] = candidate.Txid.ToDisplayString(),
        ["hash"] = candidate.Wtxid.ToDisplayString(),
        ["depends"] = new JsonArray([.. candidate.Depends.Select(index => (JsonNode)(index + 1))]),
        ["fee"] = candidate.Fee,
        ["sigops"] = candidate.SigopCost,
        ["weight"] = candidate.Weight,
    };

    private async Task<JsonNode?> SubmitBlockAsync(string hex, CancellationToken aborted)
    {
        await _submits.Task.WaitAsync(aborted);
        SubmitCalls++;
        if (SubmitAnswer is not null)
            return SubmitAnswer;
        BlockVerdict verdict = Chain.SubmitBlock(Convert.FromHexString(hex));
        if (verdict.Code == "block-malformed")
            throw new RpcError(-22, "Block decode failed");
        return verdict.Judgement == BlockJudgement.Accepted ? null : verdict.Code;
    }

    private sealed class RpcError(int code, string message) : Exception(message)
    {
        public const int MethodNotFound = -32601;

        public int Code { get; } = code;
    }
}
