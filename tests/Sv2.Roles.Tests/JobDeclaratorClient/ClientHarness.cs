using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.JobDeclaratorClient;
using Sv2.Roles.Tests.Ledger;
using Sv2.Roles.Tests.Pool;

namespace Sv2.Roles.Tests.JobDeclaratorClient;

/// <summary>A job declarator client over real sockets on loopback; template provider and upstreams are in the test's hand.</summary>
internal sealed class ClientHarness : IAsyncDisposable
{
    public const string SoloAddress = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _folder = new();

    private ClientHarness(FakeTemplateProvider provider) => Provider = provider;

    public FakeTemplateProvider Provider { get; }

    public JobDeclaratorClientRole Role { get; private set; } = null!;

    public RecordedEvents Events { get; } = new();

    public string Address => Role.Report().Endpoints[0].ConnectionString!;

    public static JobDeclaratorClientOptions Options(params ScriptedUpstream[] upstreams) => new()
    {
        Listen = new IPEndPoint(IPAddress.Loopback, 0),
        Network = "regtest",
        UserIdentity = "alice.farm",
        Upstreams = [.. upstreams.Select(upstream => upstream.Options)],
        ShareDifficultyMin = 1e-9,
        AckDelay = TimeSpan.FromMilliseconds(20),
        // Refusals are meant in these tests, not races with a new block.
        Declaration = new DeclarationOptions { TipGrace = TimeSpan.Zero, TemplateInterval = TimeSpan.Zero },
        Fallback = new FallbackOptions
        {
            ReconnectDelayMin = TimeSpan.FromMilliseconds(50),
            ReconnectDelayMax = TimeSpan.FromMilliseconds(200),
            ReturnAfter = TimeSpan.Zero,
            RejectedSharesMax = 2,
        },
    };

    public static async Task<ClientHarness> StartAsync(JobDeclaratorClientOptions options, uint nbits = FakeTemplateProvider.HardNBits)
    {
        ClientHarness harness = new(new FakeTemplateProvider(nbits));
        harness.Provider.TransactionData = id => new RequestTransactionDataSuccess
        {
            TemplateId = id,
            ExcessData = new byte[] { 0xee },
            TransactionList = (ByteString[])[Samples.Tx(1), Samples.Tx(2)],
        };
        await harness.Provider.StartAsync();
        harness.Role = new JobDeclaratorClientRole(options with { TemplateProviders = [harness.Provider.ConnectionString] }, harness.Context());
        await harness.Role.StartAsync(CancellationToken.None);
        return harness;
    }

    /// <summary>Starts, and waits until there is work.</summary>
    public static async Task<ClientHarness> StartWithWorkAsync(JobDeclaratorClientOptions options, uint nbits = FakeTemplateProvider.HardNBits)
    {
        ClientHarness harness = await StartAsync(options, nbits);
        await harness.Events.ExpectAsync(RoleEventTypes.NewTip);
        return harness;
    }

    public Task<RawMiner> ConnectAsync(MiningSetupFlags flags = 0) => RawMiner.ConnectAsync(Address, flags);

    /// <summary>A miner with an open extended channel and its first work.</summary>
    public async Task<(RawMiner Miner, OpenExtendedMiningChannelSuccess Channel, RawWork Work)> MineAsync()
    {
        RawMiner miner = await ConnectAsync();
        OpenExtendedMiningChannelSuccess channel = await miner.OpenExtendedAsync();
        return (miner, channel, await miner.FirstWorkAsync(channel));
    }

    /// <summary>Waits until an upstream could take over: connected, with a channel and tokens.</summary>
    public Task UntilReadyAsync(int index) => UntilAsync(
        () => Role.Report().Upstreams.Skip(1 + (2 * index)).First().State is UpstreamState.Ready or UpstreamState.Connected, $"upstream {index + 1} ready");

    /// <summary>Waits until a figure or list of the role is as it should be.</summary>
    public async Task UntilAsync(Func<bool> holds, string what)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!holds())
        {
            try
            {
                await timer.WaitForNextTickAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"{what} did not come about; {Role.Report().Message}");
            }
        }
    }

    public double Figure(string name) => Role.Report().Figures.Single(figure => figure.Name == name).Value;

    public async Task<IReadOnlyList<DeclarationInfo>> DeclarationsAsync() => (await Role.ListDeclarationsAsync(ListQuery.First, default)).Items;

    public async ValueTask DisposeAsync()
    {
        await Role.StopAsync(CancellationToken.None);
        await Role.DisposeAsync();
        await Provider.DisposeAsync();
        _folder.Dispose();
    }

    private RoleContext Context() => new()
    {
        InstanceName = "jdc",
        DataDirectory = _folder.FullName,
        LoggerFactory = NullLoggerFactory.Instance,
        TimeProvider = TimeProvider.System,
        Events = Events,
    };
}
