using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Roles.JobDeclaratorServer;
using Sv2.Roles.Node;
using Sv2.Roles.TemplateProvider;
using Sv2.Roles.TemplateProvider.EmbeddedChain;
using Sv2.Roles.Tests.Hosting;
using Sv2.Roles.Tests.Pool;
using Sv2.Roles.Tests.TemplateProvider.Support;

namespace Sv2.Roles.Tests.JobDeclaratorServer;

/// <summary>A declarator server over real sockets, and the node that it asks: an embedded chain behind its own JSON-RPC face.</summary>
internal sealed class DeclaratorHarness : IAsyncDisposable, INodeObserver
{
    public static readonly Script Payout = Script.PayToWitness(0, [.. Enumerable.Range(1, 20).Select(i => (byte)i)]);
    public static readonly Script TagX = Script.OpReturn("X"u8);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _chainFolder = new();
    private readonly TemporaryFolder _roleFolder = new();
    private readonly HashSet<OutPoint> _spent = [];
    private string _cookie = "";

    private DeclaratorHarness(TimeProvider clock) => Clock = clock;

    public TimeProvider Clock { get; }

    public EmbeddedNode Node { get; private set; } = null!;

    public JobDeclaratorServerRole Role { get; private set; } = null!;

    public RecordedEvents Events { get; private set; } = new();

    public NodeView View => Node.CurrentView()!;

    public string CookieFile => Path.Combine(_chainFolder.Path, ".cookie");

    public string BlocksFolder => Path.Combine(_roleFolder.Path, JobDeclaratorServerRole.BlocksFolder);

    /// <summary>Starts both; the server has seen the node's tip and mempool when it returns.</summary>
    public static async Task<DeclaratorHarness> StartAsync(
        Func<JobDeclaratorServerOptions, JobDeclaratorServerOptions>? change = null, int initial = 4, int premine = 512, TimeProvider? clock = null)
    {
        DeclaratorHarness harness = new(clock ?? TimeProvider.System);
        harness.Node = new EmbeddedNode(
            new EmbeddedChainOptions
            {
                HashesPerBlock = 2,
                InitialTransactions = initial,
                TransactionsPerSecond = 0,
                PremineOutputs = premine,
                Seed = 7,
                Rpc = new EmbeddedRpcOptions { Enabled = true, Listen = new IPEndPoint(IPAddress.Loopback, 0) },
            },
            harness._chainFolder.Path, TimeProvider.System, NullLoggerFactory.Instance);
        await harness.Node.StartAsync(harness, default);
        harness._cookie = await File.ReadAllTextAsync(harness.CookieFile);
        await harness.StartRoleAsync(change);
        return harness;
    }

    public async Task StartRoleAsync(Func<JobDeclaratorServerOptions, JobDeclaratorServerOptions>? change = null)
    {
        JobDeclaratorServerOptions options = new()
        {
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            Network = "regtest",
            Payout = $"raw({Payout})",
            FurtherOutputs = [$"raw({TagX})"],
            Nodes = [new RpcNodeOptions { Url = Node.Status.Endpoints.Single().Address, CookieFile = CookieFile }],
            // Nothing here waits for these but the tests that shorten them.
            Limits = new DeclaratorLimits { MissingTransactions = TimeSpan.FromMinutes(5), UnknownTip = TimeSpan.FromMinutes(1) },
            NodeFollowing = new NodeFollowOptions { BackoffMin = TimeSpan.FromMilliseconds(20), BackoffMax = TimeSpan.FromMilliseconds(50), MempoolInterval = TimeSpan.FromMilliseconds(100) },
        };
        options = change?.Invoke(options) ?? options;
        Assert.Empty(new JobDeclaratorServerKind().Validate(options));
        Events = new RecordedEvents();
        Role = new JobDeclaratorServerRole(options, new RoleContext
        {
            InstanceName = "jds",
            DataDirectory = _roleFolder.Path,
            LoggerFactory = NullLoggerFactory.Instance,
            TimeProvider = Clock,
            Events = Events,
        });
        await Role.StartAsync(default);
        if (options.Mode != DeclarationMode.CoinbaseOnly && File.ReadAllText(CookieFile) == _cookie)
            await Events.ExpectAsync(RoleEventTypes.NewTip);
    }

    public Task<RawDeclarator> ConnectAsync(bool revealsTransactions = true) => RawDeclarator.ConnectAsync(Role.ConnectionString!, revealsTransactions);

    /// <summary>The node refuses the server from now on, as one that was restarted under another user would.</summary>
    public void ShutNodeOut() => File.WriteAllText(CookieFile, "__cookie__:wrong");

    public void LetNodeIn() => File.WriteAllText(CookieFile, _cookie);

    /// <summary>A block that somebody else found; the server has seen it when it returns.</summary>
    public async Task MineElsewhereAsync()
    {
        NodeView view = View;
        Transaction[] taken = [.. view.Candidates.Select(candidate => Transaction.Parse(candidate.Data.Span))];
        uint now = (uint)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        BlockParts parts = new((uint)view.Height, (ulong)(view.Subsidy + view.Candidates.Sum(candidate => candidate.Fee)), view.TipHash, Math.Max(view.MinTime, now), view.NBits, taken, 0);
        Assert.Equal(BlockVerdict.Accepted, Node.SubmitBlock(parts.Solve()));
        await Events.ExpectAsync(RoleEventTypes.NewTip);
    }

    /// <summary>Transactions that are valid on the chain and that its mempool has not seen.</summary>
    public Transaction[] MakeTransactions(int count, ulong fee = 1_000, int padding = 0)
    {
        HashSet<OutPoint> taken = [.. View.Candidates.SelectMany(candidate => Transaction.Parse(candidate.Data.Span).Inputs.ToArray()).Select(input => input.PreviousOutput)];
        Transaction[] made = [.. Node.Coins()
            .Where(coin => coin.Value.Height == 0 && !taken.Contains(coin.Key) && !_spent.Contains(coin.Key))
            .OrderBy(coin => coin.Key.Index).Take(count)
            .Select(coin =>
            {
                _spent.Add(coin.Key);
                return Spend(coin.Key, coin.Value, fee, padding);
            })];
        Assert.Equal(count, made.Length);
        return made;
    }

    public static Transaction Spend(OutPoint outpoint, Coin coin, ulong fee, int padding = 0)
    {
        List<TxOutput> outputs = [new TxOutput(coin.Value - fee, SpendableScript.PayToWitness)];
        if (padding > 0)
            outputs.Add(new TxOutput(0, Script.OpReturn(new byte[padding])));
        return new Transaction(2, [SpendableScript.Spend(outpoint, coin.Script, uint.MaxValue)], outputs.ToArray(), 0);
    }

    /// <summary>Waits until a list that the role shows is as wanted.</summary>
    public static async Task UntilAsync(Func<bool> isSo, string what)
    {
        using CancellationTokenSource patience = new(Patience);
        while (!isSo())
        {
            Assert.False(patience.IsCancellationRequested, $"not within {Patience.TotalSeconds} s: {what}");
            await Task.Yield();
            await Task.Delay(10);
        }
    }

    public IReadOnlyList<DeclarationInfo> Declarations => Role.ListDeclarationsAsync(ListQuery.First, default).Result.Items;

    public IReadOnlyList<TokenInfo> Tokens => Role.ListTokensAsync(ListQuery.First, default).Result.Items;

    public IReadOnlyList<BlockInfo> Blocks => Role.ListBlocksAsync(ListQuery.First, default).Result.Items;

    public double Figure(string name) => Role.Report().Figures.Single(figure => figure.Name == name).Value;

    public void OnTipChanged()
    {
    }

    public void OnNodeChanged()
    {
    }

    public async ValueTask DisposeAsync()
    {
        await Role.DisposeAsync();
        await Node.DisposeAsync();
        _chainFolder.Dispose();
        _roleFolder.Dispose();
    }
}
