using System.Text.Json.Nodes;
using Sv2.Roles.Ledger;

namespace Sv2.Roles.Orleans.Tests;

/// <summary>A whole stack on two silos in two processes, and what remains when one of them goes.</summary>
public sealed class FailoverTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sv2-failover-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Pool_of_a_killed_silo_runs_elsewhere_and_no_acknowledged_share_is_lost()
    {
        await using SiloProcess one = await SiloProcess.StartAsync("one", _folder);
        JsonNode provider = await one.CreateAsync("template-provider", "template-provider", new JsonObject { ["listen"] = Free() });
        await using SiloProcess two = await SiloProcess.StartAsync("two", _folder);
        // The second silo has nothing to do yet, so the pool comes there; the device goes to the first again.
        JsonNode pool = await one.CreateAsync("pool", "pool", Pool(ConnectionString(provider)));
        await one.CreateAsync("device", "mining-device", Device(ConnectionString(pool)));
        await AcceptedAsync(one, atLeast: 20);

        two.Kill();
        long acknowledged = await AcceptedAsync(one, atLeast: 0);
        await AcceptedAsync(one, atLeast: acknowledged + 20);

        // The second silo comes back, and the first leaves in good order: everything moves over, and mining goes on.
        await using SiloProcess back = await SiloProcess.StartAsync("two", _folder);
        long before = await AcceptedAsync(one, atLeast: 0);
        Assert.Equal(0, await one.TerminateAsync());
        await AcceptedAsync(back, atLeast: 20);
        long after = await AcceptedAsync(back, atLeast: 0);
        Assert.Equal(0, await back.TerminateAsync());

        var ledger = new LedgerReader(Path.Combine(_folder, "roles", "pool", "ledger.db"), TimeProvider.System);
        Assert.True(ledger.TotalShares() >= before + after, $"{ledger.TotalShares()} shares in the ledger, {before} + {after} acknowledged");
        IReadOnlyList<BlockEntry> blocks = ledger.Blocks();
        Assert.Equal(blocks.Count, blocks.Select(block => block.Hash).Distinct().Count());
    }

    [Fact]
    public async Task Owner_that_was_frozen_stops_by_itself_when_it_comes_back()
    {
        await using SiloProcess one = await SiloProcess.StartAsync("one", _folder);
        JsonNode provider = await one.CreateAsync("template-provider", "template-provider", new JsonObject { ["listen"] = Free() });
        JsonNode pool = await one.CreateAsync("pool", "pool", Pool(ConnectionString(provider)));
        await using SiloProcess two = await SiloProcess.StartAsync("two", _folder);
        // The second silo has nothing to do yet, so the device comes there.
        await one.CreateAsync("device", "mining-device", Device(ConnectionString(pool)));
        long before = await AcceptedAsync(one, atLeast: 10);
        await Wait.ForAsync("the second silo runs the device", () => Task.FromResult(two.Output), output => output.Contains("device: this silo runs it now", StringComparison.Ordinal));

        await two.SignalAsync("STOP");
        await Wait.ForAsync("the first silo runs the device", () => Task.FromResult(one.Output), output => output.Contains("device: this silo runs it now", StringComparison.Ordinal));
        await two.SignalAsync("CONT");

        // It hears that it was taken for dead and ends, or that it is stale and stops the role: either by itself.
        await Wait.ForAsync(
            "the second silo lets go of the device",
            () => Task.FromResult((two.HasExited, two.Output)),
            seen => seen.HasExited || seen.Output.Contains("it is stopped here", StringComparison.Ordinal));
        long after = await AcceptedAsync(one, atLeast: 10);
        Assert.True(before >= 10 && after >= 10);
        Assert.DoesNotContain("device: given back", one.Output, StringComparison.Ordinal);
    }

    /// <summary>Waits until the device has that many acknowledged shares, and gives the number.</summary>
    private static async Task<long> AcceptedAsync(SiloProcess silo, long atLeast) => await Wait.ForAsync(
        $"{atLeast} acknowledged shares",
        async () => (long)((await silo.GetAsync("/api/v1/roles/device"))["report"]?["figures"]?.AsArray()
            .FirstOrDefault(figure => (string?)figure!["name"] == FigureNames.SharesAccepted)?["value"]?.GetValue<double>() ?? -1),
        accepted => accepted >= atLeast);

    private static string ConnectionString(JsonNode role) => (string)role["report"]!["endpoints"]![0]!["connectionString"]!;

    private static JsonObject Pool(string provider) => new()
    {
        ["listen"] = Free(),
        ["network"] = "regtest",
        ["templateProviders"] = new JsonArray(provider),
        ["payout"] = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
        ["shareInterval"] = "00:00:00.1",
        ["ackDelay"] = "00:00:00.1",
        ["frontEnd"] = new JsonObject { ["pool"] = "main", ["number"] = 1 },
    };

    private static JsonObject Device(string pool) => new()
    {
        ["pools"] = new JsonArray(pool),
        ["userIdentity"] = "alice.rig1",
        ["targetHashRate"] = 300_000,
    };

    /// <summary>A fixed port: peers find a role again at the same address, wherever it runs.</summary>
    private static string Free() => $"127.0.0.1:{FreePort.Next()}";
}
