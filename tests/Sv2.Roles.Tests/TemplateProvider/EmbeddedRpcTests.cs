using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sv2.Bitcoin;
using Sv2.Roles.Node;
using Sv2.Roles.TemplateProvider;
using Sv2.Roles.TemplateProvider.EmbeddedChain;
using Sv2.Roles.Tests.Hosting;
using Sv2.Roles.Tests.TemplateProvider.Support;

namespace Sv2.Roles.Tests.TemplateProvider;

/// <summary>The embedded chain as Bitcoin Core's RPC clients see it.</summary>
public sealed class EmbeddedRpcTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _cookie = new();
    private ChainFixture _chain = null!;
    private JsonRpcClient _client = null!;

    private string CookieFile => Path.Combine(_cookie.Path, "cookie");

    public Task InitializeAsync()
    {
        EmbeddedChainOptions easy = ChainFixture.Easy(initial: 5);
        _chain = new ChainFixture(new EmbeddedChainOptions
        {
            HashesPerBlock = easy.HashesPerBlock,
            InitialTransactions = easy.InitialTransactions,
            TransactionsPerSecond = 0,
            Seed = easy.Seed,
            Rpc = new EmbeddedRpcOptions { Enabled = true, Listen = new IPEndPoint(IPAddress.Loopback, 0), CookieFile = CookieFile },
        });
        _client = new JsonRpcClient(new RpcNodeOptions { Url = Url, CookieFile = CookieFile }, TimeProvider.System);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _chain.DisposeAsync();
    }

    public void Dispose() => _cookie.Dispose();

    private string Url => _chain.Node.Status.Endpoints.Single().Address;

    [Fact]
    public async Task It_tells_tip_mempool_and_transactions()
    {
        NodeView view = _chain.View;

        JsonElement info = await CallAsync("getblockchaininfo");
        Assert.Equal("regtest", info.GetProperty("chain").GetString());
        Assert.Equal(0, info.GetProperty("blocks").GetInt32());
        Assert.Equal(view.TipHash.ToDisplayString(), (await CallAsync("getbestblockhash")).GetString());
        string[] txids = [.. (await CallAsync("getrawmempool")).EnumerateArray().Select(txid => txid.GetString()!)];
        Assert.Equal(view.Candidates.Select(candidate => candidate.Txid.ToDisplayString()), txids);
        Assert.Equal(Convert.ToHexStringLower(view.Candidates[0].Data.Span), (await CallAsync("getrawtransaction", txids[0])).GetString());
        Assert.Equal(view.Candidates[0].Wtxid.ToDisplayString(), (await CallAsync("getrawmempool", true)).GetProperty(txids[0]).GetProperty("wtxid").GetString());
    }

    [Fact]
    public async Task It_takes_blocks_and_gives_them_back()
    {
        byte[] block = _chain.MakeBlock();
        string hex = Convert.ToHexStringLower(block);

        Assert.Equal(JsonValueKind.Null, (await CallAsync("submitblock", hex)).ValueKind);
        Assert.Equal("duplicate", (await CallAsync("submitblock", hex)).GetString());
        Assert.Equal(1, (await CallAsync("getblockcount")).GetInt32());
        string hash = (await CallAsync("getblockhash", 1)).GetString()!;
        Assert.Equal(Block.Parse(block).Hash().ToDisplayString(), hash);
        Assert.Equal(hex, (await CallAsync("getblock", hash, 0)).GetString());
        JsonRpcException e = await Assert.ThrowsAsync<JsonRpcException>(() => CallAsync("submitblock", "00ff"));
        Assert.Equal(JsonRpcException.DeserializationError, e.Code);
    }

    [Fact]
    [Trait("spec", "297")]
    public async Task A_proposal_is_judged_like_a_block_but_for_its_proof_of_work_and_changes_nothing()
    {
        byte[] unmined = _chain.MakeBlock(change: parts => parts with { MeetsTarget = false });
        byte[] greedy = _chain.MakeBlock(change: parts => parts with { Value = parts.Value + 1 });
        byte[] elsewhere = _chain.MakeBlock(change: parts => parts with { PrevHash = default });
        byte[] uncommitted = _chain.MakeBlock(change: parts => parts with { Commitment = default(Sv2.Protocol.U256) });

        Assert.Null(await ProposeAsync(unmined));
        Assert.Equal("bad-cb-amount", await ProposeAsync(greedy));
        Assert.Equal("inconclusive-not-best-prevblk", await ProposeAsync(elsewhere));
        Assert.Equal("bad-witness-merkle-match", await ProposeAsync(uncommitted));
        Assert.Equal(0, (await CallAsync("getblockcount")).GetInt32());
    }

    [Fact]
    public async Task A_long_poll_ends_with_the_next_block()
    {
        JsonElement first = await CallAsync("getblocktemplate", Segwit());
        JsonObject request = Segwit();
        request["longpollid"] = first.GetProperty("longpollid").GetString();
        Task<JsonElement> polling = CallAsync("getblocktemplate", request);

        _chain.Mine();

        JsonElement second = await polling.WaitAsync(Patience);
        Assert.Equal(2, second.GetProperty("height").GetInt32());
        Assert.NotEqual(first.GetProperty("previousblockhash").GetString(), second.GetProperty("previousblockhash").GetString());
    }

    [Fact]
    public async Task Calls_go_in_batches_and_each_has_its_own_answer()
    {
        using HttpClient http = new();
        http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(await File.ReadAllBytesAsync(CookieFile)));
        const string batch = """[{"id":1,"method":"getblockcount","params":[]},{"id":"two","method":"nonsense"},7]""";

        HttpResponseMessage response = await http.PostAsync(Url, new StringContent(batch, Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        JsonArray answers = (JsonArray)(await JsonNode.ParseAsync(await response.Content.ReadAsStreamAsync()))!;
        Assert.Equal(0, (int)answers[0]!["result"]!);
        Assert.Equal(-32601, (int)answers[1]!["error"]!["code"]!);
        Assert.Equal("two", (string?)answers[1]!["id"]);
        Assert.Equal(-32600, (int)answers[2]!["error"]!["code"]!);
    }

    [Fact]
    public async Task Only_the_cookie_opens_it_and_only_its_owner_reads_the_cookie()
    {
        using JsonRpcClient stranger = new(new RpcNodeOptions { Url = Url, User = "__cookie__", Password = "guessed" }, TimeProvider.System);

        NodeUnavailableException e = await Assert.ThrowsAsync<NodeUnavailableException>(() => stranger.CallAsync("getblockcount", [], Patience, default));

        Assert.True(e.IsLasting);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(CookieFile));
    }

    [Fact]
    public async Task A_transaction_can_be_sent_once()
    {
        string txid = (await CallAsync("getrawmempool"))[0].GetString()!;
        string hex = (await CallAsync("getrawtransaction", txid)).GetString()!;

        JsonRpcException again = await Assert.ThrowsAsync<JsonRpcException>(() => CallAsync("sendrawtransaction", hex));
        JsonRpcException unknown = await Assert.ThrowsAsync<JsonRpcException>(() => CallAsync("getrawtransaction", new string('0', 64)));

        Assert.Equal(-26, again.Code);
        Assert.Equal(-5, unknown.Code);
    }

    [Fact]
    public void It_listens_on_loopback_only()
    {
        TemplateProviderOptions options = new()
        {
            Source = new TemplateSourceOptions
            {
                Embedded = new EmbeddedChainOptions { Rpc = new EmbeddedRpcOptions { Enabled = true, Listen = new IPEndPoint(IPAddress.Any, 0) } },
            },
        };

        ConfigurationProblem problem = Assert.Single(new TemplateProviderKind().Validate(options));

        Assert.Equal("source.embedded.rpc.listen", problem.Key);
    }

    private static JsonObject Segwit() => new() { ["rules"] = new JsonArray("segwit") };

    private async Task<string?> ProposeAsync(byte[] block) =>
        (await CallAsync("getblocktemplate", new JsonObject { ["mode"] = "proposal", ["data"] = Convert.ToHexStringLower(block) })).GetString();

    private async Task<JsonElement> CallAsync(string method, params JsonNode?[] parameters)
    {
        using JsonDocument answer = await _client.CallAsync(method, new JsonArray(parameters), Patience, default);
        return answer.RootElement.GetProperty("result").Clone();
    }
}
