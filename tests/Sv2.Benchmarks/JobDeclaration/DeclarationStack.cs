using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Bitcoin;
using Sv2.Noise;
using Sv2.Roles;
using Sv2.Roles.JobDeclaratorServer;
using Sv2.Roles.Node;
using Sv2.Roles.Pool;
using Sv2.Roles.TemplateProvider;
using Sv2.Roles.TemplateProvider.EmbeddedChain;

namespace Sv2.Benchmarks.JobDeclaration;

/// <summary>
/// All that a declaration meets, in this process and over loopback: the miner's template provider on a chain with a full
/// mempool, the declarator server with a node of its own that lacks a part of it, and the pool.
/// </summary>
internal sealed class DeclarationStack : IRoleEvents, IAsyncDisposable
{
    public const string Payout = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080";

    private readonly string _folder = Directory.CreateTempSubdirectory("sv2-declaration-").FullName;
    private readonly List<IRole> _roles = [];

    public ConnectionString Templates { get; private set; } = null!;

    public ConnectionString Declarator { get; private set; } = null!;

    public ConnectionString Pool { get; private set; } = null!;

    public async Task StartAsync(int transactions, int unknown, DeclarationValidation validation)
    {
        Templates = await StartProviderAsync("miner", transactions, rpc: false);
        ConnectionString poolTemplates = await StartProviderAsync("node", transactions - unknown, rpc: true);
        string rpc = _roles[^1].Report().Endpoints.Single(endpoint => endpoint.Protocol == "bitcoin-rpc").Address;

        PoolRole pool = await StartAsync("pool", context => new PoolRole(
            new PoolOptions
            {
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                TemplateProviders = [poolTemplates.ToString()],
                Network = "regtest",
                Payout = Payout,
                JobDeclaration = new JobDeclarationOptions { Enabled = true },
            },
            context));
        Pool = ConnectionString.Parse(pool.Report().Endpoints[0].ConnectionString!);

        JobDeclaratorServerRole server = await StartAsync("jds", context => new JobDeclaratorServerRole(
            new JobDeclaratorServerOptions
            {
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                AuthorityKeyFile = Path.Combine(_folder, "pool", "authority.key"),
                Network = "regtest",
                Payout = Payout,
                Validation = validation,
                Nodes = [new RpcNodeOptions { Url = rpc, CookieFile = Path.Combine(_folder, "node", ".cookie") }],
            },
            context));
        Declarator = server.ConnectionString!;
        while (server.Report().Health != RoleHealth.Healthy || pool.Report().Health != RoleHealth.Healthy)
            await Task.Delay(20);
    }

    public async ValueTask DisposeAsync()
    {
        for (int i = _roles.Count - 1; i >= 0; i--)
            await _roles[i].DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    void IRoleEvents.Publish(string type, RoleEventSeverity severity, string message, object? data)
    {
    }

    // The same options make the same chain, so what one node lacks of the other's mempool is all that differs.
    private async Task<ConnectionString> StartProviderAsync(string name, int transactions, bool rpc)
    {
        EmbeddedChainOptions chain = new()
        {
            PremineOutputs = 5_000,
            TransactionsPerSecond = 0,
            InitialTransactions = 0,
            Rpc = new EmbeddedRpcOptions { Enabled = rpc, Listen = new IPEndPoint(IPAddress.Loopback, 0) },
        };
        EmbeddedNode? node = null;
        TemplateProviderRole role = await StartAsync(name, context => new TemplateProviderRole(
            new TemplateProviderOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), TemplateInterval = TimeSpan.FromMilliseconds(100) },
            node = new EmbeddedNode(chain, context.DataDirectory, TimeProvider.System, NullLoggerFactory.Instance),
            context));
        foreach ((OutPoint outpoint, Coin coin) in node!.Coins().OrderBy(coin => coin.Key.Index).Take(transactions))
            if (node.SubmitTransaction(Payment(outpoint, coin)) is { } fault)
                throw new InvalidOperationException(fault);
        return role.ConnectionString!;
    }

    /// <summary>One input, a payment and change: the commonest kind.</summary>
    private static Transaction Payment(OutPoint outpoint, Coin coin) => new(
        2,
        [SpendableScript.Spend(outpoint, coin.Script, uint.MaxValue)],
        [new TxOutput(100_000, Script.PayToWitness(0, new byte[20])), new TxOutput(coin.Value - 101_000, SpendableScript.PayToWitness)],
        0);

    private async Task<T> StartAsync<T>(string name, Func<RoleContext, T> make) where T : IRole
    {
        T role = make(new RoleContext
        {
            InstanceName = name,
            DataDirectory = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName,
            LoggerFactory = NullLoggerFactory.Instance,
            TimeProvider = TimeProvider.System,
            Events = this,
        });
        _roles.Add(role);
        await role.StartAsync(CancellationToken.None);
        return role;
    }
}
