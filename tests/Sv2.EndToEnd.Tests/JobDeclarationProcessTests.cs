using System.Text.Json.Nodes;
using static Sv2.EndToEnd.Tests.JobDeclarationProcesses;

namespace Sv2.EndToEnd.Tests;

/// <summary><c>sv2 run</c> for every role of job declaration: five processes that know each other by configuration alone.</summary>
public sealed class JobDeclarationProcessTests
{
    [Theory]
    [Trait("spec", "254")]
    [Trait("spec", "255")]
    [InlineData("full-template")]
    [InlineData("coinbase-only")]
    public async Task Blocks_that_the_client_declared_are_accepted_and_their_shares_credited_across_processes(string mode)
    {
        await using var processes = await JobDeclarationProcesses.StartAsync(mode);

        await processes.UntilAsync("a block of a declared job", async () => (await SolvedAsync(processes, mode)).Count > 0 && (await processes.AcceptedBlocksAsync(Client)).Count > 0);
        JsonNode? channel = null;
        await processes.UntilAsync("shares credited by the pool", async () =>
            (channel = (await processes.ItemsAsync(Pool, "channels")).FirstOrDefault(item => (long)item!["sharesAccepted"]! > 0)) is not null);

        Assert.Equal("alice.farm", (string?)channel!["userIdentity"]);
        Assert.True((long)(await SolvedAsync(processes, mode))[0]["poolValueSats"]! > 0);
        Assert.NotEmpty(await processes.ItemsAsync(Client, "mining-job-tokens"));
        if (mode == "full-template")
        {
            // The server knows the same block, because it was told by PushSolution.
            await processes.UntilAsync("the block at the server too", async () =>
                (await processes.AcceptedBlocksAsync(Server)).Intersect(await processes.AcceptedBlocksAsync(Client)).Any());
            Assert.Contains(await processes.ItemsAsync(Server, "declarations"), declaration => (string?)declaration!["state"] == "solved");
        }
        else
        {
            Assert.Empty(await processes.ItemsAsync(Server, "declarations"));
        }

        foreach (var kind in (string[])[Device, Client, Server, Pool, TemplateProvider])
            Assert.Equal(0, await processes[kind].TerminateAsync());
    }

    [Fact]
    [Trait("spec", "256")]
    [Trait("spec", "295")]
    public async Task With_pool_and_server_killed_blocks_go_on_and_with_both_back_the_client_returns_to_them()
    {
        await using var processes = await JobDeclarationProcesses.StartAsync("full-template");
        await processes.UntilAsync("a block of a declared job", async () => (await SolvedAsync(processes, "full-template")).Count > 0);

        await Task.WhenAll(processes.KillAsync(Pool), processes.KillAsync(Server));
        var before = await processes.AcceptedBlocksAsync(Client);
        await processes.UntilAsync("mining solo", async () => (await processes.MessageAsync(Client)).Contains("solo", StringComparison.Ordinal));
        await processes.UntilAsync("another block", async () => (await processes.AcceptedBlocksAsync(Client)).Except(before).Any());
        var miner = Assert.Single(await DownstreamChannelsAsync(processes))!;

        await Task.WhenAll(processes.RestartAsync(Pool), processes.RestartAsync(Server));
        await processes.UntilAsync("shares at the pool again", async () => (await processes.ItemsAsync(Pool, "channels")).Any(channel => (long)channel!["sharesAccepted"]! > 0));
        await processes.UntilAsync("a report that says so", async () => !(await processes.MessageAsync(Client)).Contains("solo", StringComparison.Ordinal));
        // The miner has stayed on its connection through it all.
        Assert.Equal((long)miner["connectionId"]!, (long)Assert.Single(await DownstreamChannelsAsync(processes))!["connectionId"]!);
    }

    /// <summary>Jobs of the client that were declared in this mode and made a block.</summary>
    private static async Task<List<JsonNode>> SolvedAsync(JobDeclarationProcesses processes, string mode) =>
    [
        .. (await processes.ItemsAsync(Client, "declarations"))
            .Where(declaration => (string?)declaration!["state"] == "solved" && (string?)declaration["mode"] == mode)
            .Select(declaration => declaration!),
    ];

    private static async Task<List<JsonNode>> DownstreamChannelsAsync(JobDeclarationProcesses processes) =>
        [.. (await processes.ItemsAsync(Client, "channels")).Where(channel => (bool)channel!["isDownstream"]!).Select(channel => channel!)];
}
