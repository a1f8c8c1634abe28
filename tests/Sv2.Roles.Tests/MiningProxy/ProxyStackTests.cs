using System.Net;
using Sv2.Noise;
using Sv2.Roles.Ledger;
using Sv2.Roles.MiningDevice;
using Sv2.Roles.MiningProxy;
using Sv2.Roles.Pool;
using Sv2.Roles.TemplateProvider;
using Sv2.Roles.TemplateProvider.EmbeddedChain;
using Sv2.Roles.Tests.Pool;

namespace Sv2.Roles.Tests.MiningProxy;

/// <summary>The whole way over real sockets: device, proxy, pool, embedded chain.</summary>
public sealed class ProxyStackTests
{
    [Theory]
    [InlineData(ProxyMode.Aggregated, DeviceChannel.Standard)]
    [InlineData(ProxyMode.Aggregated, DeviceChannel.Extended)]
    [InlineData(ProxyMode.Transparent, DeviceChannel.Standard)]
    [InlineData(ProxyMode.Transparent, DeviceChannel.Extended)]
    public async Task A_block_found_behind_the_proxy_is_accepted_by_the_chain(ProxyMode mode, DeviceChannel channel)
    {
        await using var stack = new Stack();
        await stack.StartAsync();
        await using ProxyHarness proxy = await ProxyHarness.StartAsync(mode, [stack.PoolAddress]);
        await proxy.UntilMiningAsync();

        await proxy.MineAsync("alice.rig", channel, hashRate: 1_000_000);
        await stack.Chain.ExpectAsync("block-accepted");

        await ProxyHarness.UntilAsync(() => proxy.Figure(FigureNames.BlocksFound) > 0 && proxy.Figure(FigureNames.SharesAccepted) > 0);
        Assert.Equal(mode == ProxyMode.Aggregated ? ["farm.all"] : ["alice.rig"], await stack.WorkersAsync());
        Page<ChannelInfo> channels = await proxy.Role.ListChannelsAsync(ListQuery.First, CancellationToken.None);
        Assert.Contains(channels.Items, info => info is { IsDownstream: true, UserIdentity: "alice.rig" });
        Assert.Contains(channels.Items, info => info is { IsDownstream: false });
    }

    /// <summary>A template provider with a chain of its own, and a pool.</summary>
    private sealed class Stack : IAsyncDisposable
    {
        private readonly Hosting.TemporaryFolder _folder = new();
        private TemplateProviderRole? _provider;
        private PoolRole? _pool;

        public RecordedEvents Chain { get; } = new();

        public ConnectionString PoolAddress => ConnectionString.Parse(_pool!.Report().Endpoints[0].ConnectionString!);

        public async Task StartAsync()
        {
            _provider = (TemplateProviderRole)new TemplateProviderKind().Create(
                new TemplateProviderOptions
                {
                    Listen = new IPEndPoint(IPAddress.Loopback, 0),
                    Source = new TemplateSourceOptions { Embedded = new EmbeddedChainOptions { HashesPerBlock = 400_000, InitialTransactions = 5, TransactionsPerSecond = 0 } },
                },
                Context("provider", Chain));
            await _provider.StartAsync(CancellationToken.None);
            _pool = new PoolRole(
                new PoolOptions
                {
                    Listen = new IPEndPoint(IPAddress.Loopback, 0),
                    TemplateProviders = [_provider.Report().Endpoints[0].ConnectionString!],
                    Network = "regtest",
                    Payout = PoolHarness.PayoutAddress,
                    ShareDifficulty = 1e-6,
                    AckDelay = TimeSpan.FromMilliseconds(50),
                    Ledger = new LedgerOptions { CommitDelay = TimeSpan.FromMilliseconds(2) },
                },
                Context("pool", new RecordedEvents()));
            await _pool.StartAsync(CancellationToken.None);
        }

        public async Task<string[]> WorkersAsync() =>
            [.. (await _pool!.ListWorkersAsync(ListQuery.First, CancellationToken.None)).Items.Select(worker => worker.Name)];

        public async ValueTask DisposeAsync()
        {
            if (_pool is not null)
            {
                await _pool.StopAsync(CancellationToken.None);
                await _pool.DisposeAsync();
            }
            if (_provider is not null)
            {
                await _provider.StopAsync(CancellationToken.None);
                await _provider.DisposeAsync();
            }
            _folder.Dispose();
        }

        private RoleContext Context(string name, IRoleEvents events) => new()
        {
            InstanceName = name,
            DataDirectory = Directory.CreateDirectory(Path.Combine(_folder.Path, name)).FullName,
            LoggerFactory = Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance,
            TimeProvider = TimeProvider.System,
            Events = events,
        };
    }
}
