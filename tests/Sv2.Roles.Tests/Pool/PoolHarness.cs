using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Roles.Ledger;
using Sv2.Roles.Pool;
using Sv2.Roles.Tests.Ledger;

namespace Sv2.Roles.Tests.Pool;

/// <summary>A pool over real sockets on loopback, with a template provider that the test holds in its hand.</summary>
internal sealed class PoolHarness : IAsyncDisposable
{
    public const string PayoutAddress = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080";

    private readonly TemporaryDirectory _folder = new();

    private readonly TimeProvider _time;

    private PoolHarness(FakeTemplateProvider provider, TimeProvider time)
    {
        Provider = provider;
        _time = time;
    }

    public FakeTemplateProvider Provider { get; }

    public PoolRole Role { get; private set; } = null!;

    public RecordedEvents Events { get; } = new();

    public FaultyStore? Store { get; private set; }

    public string Address => Role.Report().Endpoints[0].ConnectionString!;

    /// <summary>A file in the pool's own folder.</summary>
    public string File(string name) => _folder.File(name);

    public LedgerReader Ledger => new(_folder.File("ledger.db"), TimeProvider.System);

    /// <summary>Starts both and waits until the pool has work.</summary>
    public static async Task<PoolHarness> StartAsync(Func<PoolOptions, PoolOptions>? change = null, uint nbits = FakeTemplateProvider.HardNBits, TimeProvider? time = null)
    {
        var harness = new PoolHarness(new FakeTemplateProvider(nbits), time ?? TimeProvider.System);
        await harness.Provider.StartAsync();
        await harness.StartPoolAsync(change);
        await harness.Events.ExpectAsync(RoleEventTypes.NewTip);
        return harness;
    }

    public async Task StartPoolAsync(Func<PoolOptions, PoolOptions>? change = null)
    {
        var options = new PoolOptions
        {
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            TemplateProviders = [Provider.ConnectionString],
            Network = "regtest",
            Payout = PayoutAddress,
            PoolSignature = "/test/",
            AckBatch = 5,
            AckDelay = TimeSpan.FromMilliseconds(50),
            Ledger = new LedgerOptions { CommitDelay = TimeSpan.FromMilliseconds(2) },
        };
        Role = new PoolRole(change?.Invoke(options) ?? options, Context()) { WrapLedgerStore = inner => Store = new FaultyStore(inner) };
        await Role.StartAsync(CancellationToken.None);
    }

    public Task<RawMiner> ConnectAsync(Protocol.Mining.MiningSetupFlags flags = 0, params ushort[] extensions) => RawMiner.ConnectAsync(Address, flags, extensions);

    /// <summary>A new tip, and the pool has handed it out.</summary>
    public async Task MoveTipAsync()
    {
        Provider.SendTip();
        await Events.ExpectAsync(RoleEventTypes.NewTip);
    }

    /// <summary>Ends the pool and starts another on the same folder.</summary>
    public async Task RestartAsync(Func<PoolOptions, PoolOptions>? change = null)
    {
        await Role.StopAsync(CancellationToken.None);
        await Role.DisposeAsync();
        await StartPoolAsync(change);
        await Events.ExpectAsync(RoleEventTypes.NewTip);
    }

    public async ValueTask DisposeAsync()
    {
        await Role.StopAsync(CancellationToken.None);
        await Role.DisposeAsync();
        await Provider.DisposeAsync();
        _folder.Dispose();
    }

    private RoleContext Context() => new()
    {
        InstanceName = "pool",
        DataDirectory = _folder.FullName,
        LoggerFactory = NullLoggerFactory.Instance,
        TimeProvider = _time,
        Events = Events,
    };
}
