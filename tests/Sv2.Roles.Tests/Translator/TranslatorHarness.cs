using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Sv1;
using Sv2.Noise;
using Sv2.Roles.Tests.Pool;
using Sv2.Roles.Translator;
using Sv2.Roles.Upstreams;

namespace Sv2.Roles.Tests.Translator;

/// <summary>A translator on loopback, with whatever pools the test gives it.</summary>
internal sealed class TranslatorHarness : IAsyncDisposable
{
    private readonly List<Sv1Miner> _miners = [];

    private TranslatorHarness(TranslatorRole role, RecordedEvents events)
    {
        Role = role;
        Events = events;
    }

    public TranslatorRole Role { get; }

    public RecordedEvents Events { get; }

    public int Port => IPEndPoint.Parse(Role.Report().Endpoints[0].Address).Port;

    public static async Task<TranslatorHarness> StartAsync(
        IEnumerable<ConnectionString> pools, Func<TranslatorOptions, TranslatorOptions>? change = null, TimeProvider? time = null)
    {
        var options = new TranslatorOptions
        {
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            Pools = [.. pools.Select(static pool => new UpstreamPoolOptions { Address = pool.ToString() })],
            UserIdentity = "farm",
            Difficulty = new TranslatorDifficulty { PowerOfTwo = false },
            // However slow the machine, the first pool is the first in use.
            Switching = new SwitchingOptions { ReconnectDelayMax = TimeSpan.FromMilliseconds(500), PreferenceWait = TimeSpan.FromMinutes(1) },
        };
        options = change?.Invoke(options) ?? options;
        Assert.Empty(new TranslatorKind().Validate(options));
        RecordedEvents events = new();
        var role = new TranslatorRole(options, new RoleContext
        {
            InstanceName = "translator",
            DataDirectory = Path.GetTempPath(),
            LoggerFactory = NullLoggerFactory.Instance,
            TimeProvider = time ?? TimeProvider.System,
            Events = events,
        });
        await role.StartAsync(CancellationToken.None);
        return new TranslatorHarness(role, events);
    }

    /// <summary>A miner that has subscribed and authorised, and has its first job unless told not to wait for it.</summary>
    public async Task<Sv1Miner> MineAsync(string user = "acct.rig1", Func<Sv1ClientOptions, Sv1ClientOptions>? change = null, bool waits = true)
    {
        Sv1ClientOptions options = new() { User = user, VersionMask = 0, TakesExtranonce = false };
        Sv1Miner miner = await Sv1Miner.ConnectAsync(Port, change?.Invoke(options) ?? options);
        _miners.Add(miner);
        if (waits)
            await miner.NextWorkAsync();
        return miner;
    }

    public double Figure(string name) => Role.Report().Figures.FirstOrDefault(figure => figure.Name == name)?.Value ?? 0;

    public async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var looks = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!condition())
            await looks.WaitForNextTickAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Sv1Miner miner in _miners)
            await miner.DisposeAsync();
        await Role.StopAsync(CancellationToken.None);
        await Role.DisposeAsync();
    }
}
