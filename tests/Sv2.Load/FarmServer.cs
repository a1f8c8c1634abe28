using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Roles;
using Sv2.Roles.MiningProxy;
using Sv2.Roles.Pool;
using Sv2.Roles.Translator;
using Sv2.Roles.Upstreams;

namespace Sv2.Load;

/// <summary>
/// A translator or mining proxy under test with two pools behind it, everything real. Miners find a share in a few hashes;
/// what the pools get is what their own difficulty lets through, as it is in a farm. Reads "tip", "switch" and "traffic" from
/// its input.
/// </summary>
internal static class FarmServer
{
    /// <summary>The commands that start one, beside what they start.</summary>
    public static string[] Command(LoadOptions options) =>
        ["serve-farm", What(options), options.PoolShareInterval.ToString("c", CultureInfo.InvariantCulture)];

    public static async Task<int> RunAsync(string what, TimeSpan poolShareInterval, TextReader input, TextWriter output)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("sv2-load-");
        try
        {
            // Where the pool sets each miner's difficulty, that too must be a few hashes.
            double? shareDifficulty = what is "translator-per-miner" or "proxy-transparent" ? 1e-9 : null;
            await using var templates = new ScriptedTemplates();
            await templates.StartAsync();
            // A chain of its own, so that miners can tell whose job they have.
            await using var otherTemplates = new ScriptedTemplates(seed: 1);
            await otherTemplates.StartAsync();
            await using PoolRole first = await StartPoolAsync(templates, folder, "first", shareDifficulty, poolShareInterval);
            await using PoolRole second = await StartPoolAsync(otherTemplates, folder, "second", shareDifficulty, poolShareInterval);
            await using IRole farm = Make(what, [first, second], Context(folder, "farm"));
            await farm.StartAsync(CancellationToken.None);
            await ReadyAsync(farm);
            output.WriteLine(farm.Report().Endpoints[0].ConnectionString);
            output.Flush();
            while (await input.ReadLineAsync() is { } line)
            {
                if (line == "tip") templates.MoveTip();
                else if (line == "switch") _ = first.StopAsync(CancellationToken.None);
                else if (line == "traffic") Describe(farm, output);
            }

            await farm.StopAsync(CancellationToken.None);
            await first.StopAsync(CancellationToken.None);
            await second.StopAsync(CancellationToken.None);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string What(LoadOptions options) => options switch
    {
        { Proxy: ProxyMode.Aggregated } => "proxy-aggregated",
        { Proxy: ProxyMode.Transparent } => "proxy-transparent",
        { PerMiner: true } => "translator-per-miner",
        _ => "translator",
    };

    private static IRole Make(string what, IEnumerable<PoolRole> pools, RoleContext context)
    {
        UpstreamPoolOptions[] upstreams = [.. pools.Select(pool => new UpstreamPoolOptions { Address = pool.Report().Endpoints[0].ConnectionString! })];
        return what switch
        {
            "translator" => new TranslatorRole(Translator(TranslatorMode.Aggregated, upstreams), context),
            "translator-per-miner" => new TranslatorRole(Translator(TranslatorMode.PerMiner, upstreams), context),
            "proxy-aggregated" => new MiningProxyRole(Proxy(ProxyMode.Aggregated, upstreams), context),
            "proxy-transparent" => new MiningProxyRole(Proxy(ProxyMode.Transparent, upstreams), context),
            _ => throw new ArgumentException($"no such farm: {what}", nameof(what)),
        };
    }

    private static TranslatorOptions Translator(TranslatorMode mode, UpstreamPoolOptions[] pools) => new()
    {
        Listen = new IPEndPoint(IPAddress.Loopback, 0),
        Pools = pools,
        UserIdentity = "farm",
        Mode = mode,
        // Six hashes a share, and about the rate at which miners are made to find them.
        Difficulty = new TranslatorDifficulty { InitialHashRate = 1, ShareInterval = TimeSpan.FromSeconds(6), PowerOfTwo = false },
    };

    // Miners of this tool state one hash a second: six hashes a share here as well.
    private static MiningProxyOptions Proxy(ProxyMode mode, UpstreamPoolOptions[] pools) => new()
    {
        Listen = new IPEndPoint(IPAddress.Loopback, 0),
        Pools = pools,
        UserIdentity = mode == ProxyMode.Aggregated ? "farm" : "",
        Mode = mode,
        ShareInterval = TimeSpan.FromSeconds(6),
    };

    private static async Task<PoolRole> StartPoolAsync(
        ScriptedTemplates templates, DirectoryInfo folder, string name, double? shareDifficulty, TimeSpan shareInterval)
    {
        var pool = new PoolRole(
            new PoolOptions
            {
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                TemplateProviders = [templates.ConnectionString],
                Network = "regtest",
                Payout = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
                PoolSignature = "/sv2/",
                ShareDifficulty = shareDifficulty,
                ShareInterval = shareInterval,
            },
            Context(folder, name));
        await pool.StartAsync(CancellationToken.None);
        return pool;
    }

    private static RoleContext Context(DirectoryInfo folder, string name) => new()
    {
        InstanceName = name,
        DataDirectory = folder.CreateSubdirectory(name).FullName,
        LoggerFactory = NullLoggerFactory.Instance,
        TimeProvider = TimeProvider.System,
        Events = new Quiet(),
    };

    private static async Task ReadyAsync(IRole farm)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (farm.Report().Upstreams is not [{ State: UpstreamState.Connected }, { State: UpstreamState.Ready }]) await timer.WaitForNextTickAsync();
    }

    private static void Describe(IRole farm, TextWriter output)
    {
        RoleReport report = farm.Report();
        double Of(string name) => report.Figures.FirstOrDefault(figure => figure.Name == name)?.Value ?? 0;
        double down = Of("downstreamBytesReceived") + Of("downstreamBytesSent");
        double up = Of("upstreamBytesReceived") + Of("upstreamBytesSent");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"traffic: {down} bytes with miners, {up} bytes with pools, {down / Math.Max(1, up):0.0} times less; miners' shares accepted {Of(FigureNames.SharesAccepted)}, refused {Of(FigureNames.SharesRejected)}; "
            + $"forwarded {Of("sharesForwarded")}, accepted by pools {report.Upstreams.Sum(upstream => upstream.SharesAccepted)}, refused {report.Upstreams.Sum(upstream => upstream.SharesRejected)}, unanswered {Of("sharesUnanswered")}; switches {Of("upstreamSwitches")}, the last within {Of("lastSwitch")} ms for all miners"));
        output.Flush();
    }

    private sealed class Quiet : IRoleEvents
    {
        public void Publish(string type, RoleEventSeverity severity, string message, object? data = null)
        {
        }
    }
}
