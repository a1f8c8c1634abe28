using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Noise;
using Sv2.Protocol.Mining;
using Sv2.Roles.MiningDevice;
using Sv2.Roles.MiningProxy;
using Sv2.Roles.Tests.Hosting;
using Sv2.Roles.Tests.Pool;
using Sv2.Roles.Upstreams;

namespace Sv2.Roles.Tests.MiningProxy;

/// <summary>A proxy over real sockets on loopback, in front of pools that a test holds in its hand.</summary>
internal sealed class ProxyHarness : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly List<MiningDeviceRole> _devices = [];

    private ProxyHarness(MiningProxyOptions options)
    {
        Assert.Empty(new MiningProxyKind().Validate(options));
        Role = new MiningProxyRole(options, Context("proxy", Events));
    }

    public MiningProxyRole Role { get; }

    public RecordedEvents Events { get; } = new();

    public string Address => Role.Report().Endpoints[0].ConnectionString!;

    public static async Task<ProxyHarness> StartAsync(ProxyMode mode, IEnumerable<ConnectionString> pools, Func<MiningProxyOptions, MiningProxyOptions>? change = null)
    {
        var options = new MiningProxyOptions
        {
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            Pools = [.. pools.Select(pool => new UpstreamPoolOptions { Address = pool.ToString() })],
            UserIdentity = mode == ProxyMode.Aggregated ? "farm.all" : "",
            Mode = mode,
            // However slow the machine, the first pool is the first in use.
            Switching = new SwitchingOptions
            {
                ReconnectDelayMax = TimeSpan.FromMilliseconds(500),
                ReturnAfter = TimeSpan.FromMinutes(5),
                PreferenceWait = TimeSpan.FromMinutes(1),
            },
        };
        var harness = new ProxyHarness(change?.Invoke(options) ?? options);
        await harness.Role.StartAsync(CancellationToken.None);
        return harness;
    }

    /// <summary>Waits until the pool with this place is in use and, where there is another, that one is ready.</summary>
    public Task UntilMiningAsync(int index = 0) => UntilAsync(() =>
        Role.Upstreams.Active?.Index == index && (Role.Report().Upstreams.Count == 1 || Role.Report().Upstreams.Any(info => info.State == UpstreamState.Ready)));

    public Task<RawMiner> ConnectAsync(MiningSetupFlags flags = 0, params ushort[] extensions) => RawMiner.ConnectAsync(Address, flags, extensions);

    /// <summary>A whole device that mines on this machine, slowly.</summary>
    public async Task<MiningDeviceRole> MineAsync(string identity, DeviceChannel channel = DeviceChannel.Extended, double hashRate = 300_000)
    {
        var device = new MiningDeviceRole(
            new MiningDeviceOptions { Pools = [Address], UserIdentity = identity, Channel = channel, TargetHashRate = hashRate },
            Context(identity, new RecordedEvents()));
        _devices.Add(device);
        await device.StartAsync(CancellationToken.None);
        return device;
    }

    public double Figure(string name) => FigureOf(Role, name);

    public static double FigureOf(IRole role, string name) => role.Report().Figures.Single(figure => figure.Name == name).Value;

    /// <summary>Waits for a state that nothing announces.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (MiningDeviceRole device in _devices)
        {
            await device.StopAsync(CancellationToken.None);
            await device.DisposeAsync();
        }
        await Role.StopAsync(CancellationToken.None);
        await Role.DisposeAsync();
        _folder.Dispose();
    }

    public RoleContext Context(string name, IRoleEvents events) => new()
    {
        InstanceName = name,
        DataDirectory = Directory.CreateDirectory(Path.Combine(_folder.Path, name)).FullName,
        LoggerFactory = NullLoggerFactory.Instance,
        TimeProvider = TimeProvider.System,
        Events = events,
    };
}
