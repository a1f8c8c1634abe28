using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Bitcoin;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Roles.JobDeclaratorClient;
using Sv2.Roles.JobDeclaratorServer;
using Sv2.Roles.Ledger;
using Sv2.Roles.MiningDevice;
using Sv2.Roles.Node;
using Sv2.Roles.Pool;
using Sv2.Roles.TemplateProvider;
using Sv2.Roles.TemplateProvider.EmbeddedChain;
using Sv2.Roles.Tests.Hosting;
using Sv2.Roles.Tests.Pool;
using DeclarationMode = Sv2.Roles.JobDeclaratorClient.DeclarationMode;

namespace Sv2.Roles.Tests.JobDeclaratorClient.EndToEnd;

/// <summary>
/// All roles of job declaration over real sockets on one embedded chain: template provider, pools with their declarator
/// servers, and the client. A relay stands between the client and the template provider.
/// </summary>
internal sealed class DeclarationStack : IAsyncDisposable
{
    /// <summary>Difficulty of the pools' shares: some four thousand hashes.</summary>
    public const double PoolDifficulty = 1e-6;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<TemporaryFolder> _folders = [];
    private readonly List<IRole> _roles = [];

    private DeclarationStack()
    {
    }

    public EmbeddedNode Node { get; private set; } = null!;

    public TemplateProviderRole Provider { get; private set; } = null!;

    public TcpRelay Relay { get; private set; } = null!;

    public List<PoolRole> Pools { get; } = [];

    public List<JobDeclaratorServerRole> Servers { get; } = [];

    public JobDeclaratorClientRole Client { get; private set; } = null!;

    public RecordedEvents ClientEvents { get; } = new();

    public string ClientAddress => Client.Report().Endpoints[0].ConnectionString!;

    public int Height => Node.CurrentView()!.Height - 1;

    public U256 Tip => Node.CurrentView()!.TipHash;

    /// <summary>Starts everything but miners.</summary>
    /// <param name="mode">How jobs are declared.</param>
    /// <param name="hashesPerBlock">2 lets every second hash be a block.</param>
    /// <param name="payouts">One pool with its server for each of these; where they differ, the pool refuses what its server allows.</param>
    public static async Task<DeclarationStack> StartAsync(
        DeclarationMode mode, ulong hashesPerBlock = 2, (byte Pool, byte Server)[]? payouts = null, int transactions = 10)
    {
        DeclarationStack stack = new();
        await stack.StartNodeAsync(hashesPerBlock, transactions);
        List<UpstreamOptions> upstreams = [];
        foreach ((byte pool, byte server) in payouts ?? [(1, 1)])
            upstreams.Add(await stack.StartUpstreamAsync(Payout(pool), Payout(server)));
        await stack.StartClientAsync(mode, upstreams);
        return stack;
    }

    /// <summary>The script that a pool is paid by.</summary>
    public static Script Payout(byte number) => Script.PayToWitness(0, [.. Enumerable.Repeat(number, 20)]);

    /// <summary>A miner that hashes on this machine's processor.</summary>
    public async Task<MiningDeviceRole> MineAsync(DeviceChannel channel, double hashRate)
    {
        MiningDeviceRole device = new(
            new MiningDeviceOptions { Pools = [ClientAddress], UserIdentity = "rig.1", Channel = channel, TargetHashRate = hashRate },
            Context("device", new RecordedEvents()));
        _roles.Insert(0, device);
        await device.StartAsync(default);
        return device;
    }

    public IReadOnlyList<DeclarationInfo> Declarations => Client.ListDeclarationsAsync(ListQuery.First, default).Result.Items;

    public IReadOnlyList<BlockInfo> ClientBlocks => Client.ListBlocksAsync(ListQuery.First, default).Result.Items;

    /// <summary>Waits until the client's newest job has been acknowledged.</summary>
    public Task UntilAcknowledgedAsync() => UntilAsync(() => Declarations.FirstOrDefault()?.State == DeclarationState.Mining, "an acknowledged job");

    public async Task UntilAsync(Func<bool> holds, string what)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!holds())
        {
            try
            {
                await timer.WaitForNextTickAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                string declarations = string.Join("; ", Declarations.Take(5).Select(declaration => $"{declaration.State} {declaration.Reason}"));
                throw new TimeoutException($"{what} did not come about. Client: {Client.Report().Message} Declarations: {declarations}");
            }
        }
    }

    /// <summary>The pools and their servers are gone, without a goodbye worth the name.</summary>
    public async Task KillUpstreamsAsync()
    {
        IRole[] killed = [.. Pools, .. Servers];
        foreach (IRole role in killed)
            _roles.Remove(role);
        await Task.WhenAll(killed.Select(role => role.DisposeAsync().AsTask()));
    }

    /// <summary>The client is gone.</summary>
    public async Task KillClientAsync()
    {
        _roles.Remove(Client);
        await Client.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IRole role in _roles)
            await role.DisposeAsync();
        await Relay.DisposeAsync();
        await Provider.DisposeAsync();
        _folders.ForEach(folder => folder.Dispose());
    }

    private async Task StartNodeAsync(ulong hashesPerBlock, int transactions)
    {
        TemporaryFolder folder = Folder();
        Node = new EmbeddedNode(
            new EmbeddedChainOptions
            {
                HashesPerBlock = hashesPerBlock,
                InitialTransactions = transactions,
                TransactionsPerSecond = 0,
                PremineOutputs = 512,
                Seed = 7,
                Rpc = new EmbeddedRpcOptions { Enabled = true, Listen = new IPEndPoint(IPAddress.Loopback, 0) },
            },
            folder.Path, TimeProvider.System, NullLoggerFactory.Instance);
        Provider = new TemplateProviderRole(
            new TemplateProviderOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0) }, Node, Context("tp", new RecordedEvents(), folder));
        await Provider.StartAsync(default);
        Relay = new TcpRelay(new IPEndPoint(IPAddress.Loopback, Provider.ConnectionString!.Port));
    }

    private async Task<UpstreamOptions> StartUpstreamAsync(Script poolPayout, Script serverPayout)
    {
        TemporaryFolder folder = Folder();
        RecordedEvents events = new();
        JobDeclaratorServerRole server = new(
            new JobDeclaratorServerOptions
            {
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                Network = "regtest",
                Payout = $"raw({serverPayout})",
                Nodes = [new RpcNodeOptions { Url = Node.Status.Endpoints.Single(endpoint => endpoint.Address.StartsWith("http", StringComparison.Ordinal)).Address, CookieFile = Path.Combine(_folders[0].Path, ".cookie") }],
                NodeFollowing = new NodeFollowOptions { BackoffMin = TimeSpan.FromMilliseconds(20), BackoffMax = TimeSpan.FromMilliseconds(50), MempoolInterval = TimeSpan.FromMilliseconds(100) },
            },
            Context("jds", events, folder));
        Servers.Add(server);
        _roles.Insert(0, server);
        await server.StartAsync(default);
        await events.ExpectAsync(RoleEventTypes.NewTip);

        RecordedEvents poolEvents = new();
        PoolRole pool = new(
            new PoolOptions
            {
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                TemplateProviders = [Provider.ConnectionString!.ToString()],
                Network = "regtest",
                Payout = $"raw({poolPayout})",
                ShareDifficulty = PoolDifficulty,
                AckDelay = TimeSpan.FromMilliseconds(50),
                Ledger = new LedgerOptions { CommitDelay = TimeSpan.FromMilliseconds(2) },
                JobDeclaration = new JobDeclarationOptions { Enabled = true, TokenKeys = [server.TokenKey!.ToString()] },
            },
            Context("pool", poolEvents));
        Pools.Add(pool);
        _roles.Insert(0, pool);
        await pool.StartAsync(default);
        await poolEvents.ExpectAsync(RoleEventTypes.NewTip);
        return new UpstreamOptions { Pool = pool.Report().Endpoints[0].ConnectionString!, DeclaratorServer = server.ConnectionString!.ToString() };
    }

    private async Task StartClientAsync(DeclarationMode mode, IReadOnlyList<UpstreamOptions> upstreams)
    {
        JobDeclaratorClientOptions options = new()
        {
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            TemplateProviders = [new ConnectionString("127.0.0.1", Relay.Port, Provider.ConnectionString!.AuthorityPublicKey).ToString()],
            Network = "regtest",
            Mode = mode,
            UserIdentity = "alice.farm",
            Upstreams = upstreams,
            AckDelay = TimeSpan.FromMilliseconds(50),
        };
        Assert.Empty(new JobDeclaratorClientKind().Validate(options));
        Client = new JobDeclaratorClientRole(options, Context("jdc", ClientEvents));
        _roles.Insert(0, Client);
        await Client.StartAsync(default);
    }

    private TemporaryFolder Folder()
    {
        TemporaryFolder folder = new();
        _folders.Add(folder);
        return folder;
    }

    private RoleContext Context(string name, IRoleEvents events, TemporaryFolder? folder = null) => new()
    {
        InstanceName = name,
        DataDirectory = (folder ?? Folder()).Path,
        LoggerFactory = NullLoggerFactory.Instance,
        TimeProvider = TimeProvider.System,
        Events = events,
    };
}
