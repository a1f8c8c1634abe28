using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Roles;
using Sv2.Roles.Pool;
using Sv2.Roles.Translator;
using Sv2.Roles.Upstreams;

namespace Sv2.Load;

/// <summary>
/// A translator under test with two pools behind it, everything real. Miners find a share in a few hashes; what the pools
/// get is what their own difficulty lets through, as it is in a farm. Reads "tip", "switch" and "traffic" from its input.
/// </summary>
internal static class TranslatorServer
{
    public static async Task<int> RunAsync(bool perMiner, TextReader input, TextWriter output)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("sv2-load-");
        try
        {
            await using var templates = new ScriptedTemplates();
            await templates.StartAsync();
            // A chain of its own, so that miners can tell whose job they have.
            await using var otherTemplates = new ScriptedTemplates(seed: 1);
            await otherTemplates.StartAsync();
            await using PoolRole first = await StartPoolAsync(templates, folder, "first", perMiner);
            await using PoolRole second = await StartPoolAsync(otherTemplates, folder, "second", perMiner);
            await using var translator = new TranslatorRole(Options(perMiner, first, second), Context(folder, "translator"));
            await translator.StartAsync(CancellationToken.None);
            await ReadyAsync(translator);
            output.WriteLine(translator.Report().Endpoints[0].ConnectionString);
            output.Flush();
            while (await input.ReadLineAsync() is { } line)
            {
                if (line == "tip") templates.MoveTip();
                else if (line == "switch") _ = first.StopAsync(CancellationToken.None);
                else if (line == "traffic") Describe(translator, output);
            }

            await translator.StopAsync(CancellationToken.None);
            await first.StopAsync(CancellationToken.None);
            await second.StopAsync(CancellationToken.None);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<PoolRole> StartPoolAsync(ScriptedTemplates templates, DirectoryInfo folder, string name, bool perMiner)
    {
        var pool = new PoolRole(
            new PoolOptions
            {
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                TemplateProviders = [templates.ConnectionString],
                Network = "regtest",
                Payout = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
                PoolSignature = "/sv2/",
                // Where the pool sets each miner's difficulty, that too must be a few hashes.
                ShareDifficulty = perMiner ? 1e-9 : null,
            },
            Context(folder, name));
        await pool.StartAsync(CancellationToken.None);
        return pool;
    }

    private static TranslatorOptions Options(bool perMiner, params PoolRole[] pools) => new()
    {
        Listen = new IPEndPoint(IPAddress.Loopback, 0),
        Pools = [.. pools.Select(pool => new UpstreamPoolOptions { Address = pool.Report().Endpoints[0].ConnectionString! })],
        UserIdentity = "farm",
        Mode = perMiner ? TranslatorMode.PerMiner : TranslatorMode.Aggregated,
        // Six hashes a share, and about the rate at which miners are made to find them.
        Difficulty = new TranslatorDifficulty { InitialHashRate = 1, ShareInterval = TimeSpan.FromSeconds(6), PowerOfTwo = false },
    };

    private static RoleContext Context(DirectoryInfo folder, string name) => new()
    {
        InstanceName = name,
        DataDirectory = folder.CreateSubdirectory(name).FullName,
        LoggerFactory = NullLoggerFactory.Instance,
        TimeProvider = TimeProvider.System,
        Events = new Quiet(),
    };

    private static async Task ReadyAsync(TranslatorRole translator)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (translator.Report().Upstreams is not [{ State: UpstreamState.Connected }, { State: UpstreamState.Ready }]) await timer.WaitForNextTickAsync();
    }

    private static void Describe(TranslatorRole translator, TextWriter output)
    {
        double Of(IRole role, string name) => role.Report().Figures.FirstOrDefault(figure => figure.Name == name)?.Value ?? 0;
        double down = Of(translator, "downstreamBytesReceived") + Of(translator, "downstreamBytesSent");
        double up = Of(translator, "upstreamBytesReceived") + Of(translator, "upstreamBytesSent");
        IReadOnlyList<UpstreamInfo> upstreams = translator.Report().Upstreams;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"traffic: {down} bytes with miners, {up} bytes with pools, {down / Math.Max(1, up):0.0} times less; miners' shares accepted {Of(translator, FigureNames.SharesAccepted)}, refused {Of(translator, FigureNames.SharesRejected)}; "
            + $"forwarded {Of(translator, "sharesForwarded")}, accepted by pools {upstreams.Sum(upstream => upstream.SharesAccepted)}, refused {upstreams.Sum(upstream => upstream.SharesRejected)}, unanswered {Of(translator, "sharesUnanswered")}; switches {Of(translator, "poolSwitches")}, the last within {Of(translator, "lastSwitch")} ms for all miners"));
        output.Flush();
    }

    private sealed class Quiet : IRoleEvents
    {
        public void Publish(string type, RoleEventSeverity severity, string message, object? data = null)
        {
        }
    }
}
