using System.Text;
using System.Text.Json.Nodes;
using Sv2.ControlPlane.Stack;
using Sv2.Roles.Ledger;
using Sv2.Roles.Orleans.Grains;
using Sv2.Roles.Orleans.Templates;

namespace Sv2.Roles.Orleans.Tests;

/// <summary>Two front ends of one pool on two silos, with real templates, jobs and shares.</summary>
public sealed class FrontEndsTests
{
    [Fact]
    public async Task Front_ends_share_the_template_provider_and_add_up()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(RoleKinds.All, "one", "two");
        OrleansRoleHost host = cluster["one"];
        RoleStatus provider = await CreateAsync(host, "template-provider", "template-provider", new()
        {
            ["listen"] = "127.0.0.1:0",
            ["source"] = new JsonObject { ["kind"] = "embedded", ["embedded"] = new JsonObject { ["hashesPerBlock"] = 2_000_000 } },
        });
        RoleStatus[] pools = [.. await Task.WhenAll(new[] { 1, 2 }.Select(number => CreateAsync(host, $"pool-{number}", "pool", Pool(ConnectionString(provider), number))))];
        foreach ((RoleStatus pool, string account) in pools.Zip(["alice", "bob"]))
            await CreateAsync(host, $"device-{account}", "mining-device", Device(ConnectionString(pool), account));

        IPoolGrain main = cluster.Grain<IPoolGrain>("main");
        WorkerTotal[] workers = await Wait.ForAsync(
            "both front ends have shares, and the grain knows them",
            () => main.ListWorkersAsync(0, 10),
            all => all.Length == 2 && all.All(worker => worker.Shares >= 20));
        Assert.Equal(["alice", "bob"], workers.Select(worker => worker.Account));

        // Only the one that leads has a connection to the provider; the other gets each of its templates in one call.
        RoleStatus[] now = [.. (await host.ListAsync()).Where(status => status.Definition.Kind == "pool")];
        Assert.All(now, status => Assert.Equal(RoleHealth.Healthy, status.Report!.Health));
        Assert.Single(now, status => Assert.Single(status.Report!.Upstreams).Reason?.Contains("another front end", StringComparison.Ordinal) == true);
        long up = cluster.Calls.Of(nameof(ITemplateExchangeGrain.PublishAsync)), down = cluster.Calls.Of(nameof(ITemplateListener.OnTemplatesAsync));
        Assert.InRange(down, 1, up);

        // One of the two is on the other silo: what is asked of it crosses over, and so do the words of what is refused.
        Assert.Equal(["pool-1", "pool-2"], (await host.ListLedgersAsync()).Select(ledger => ledger.Instance));
        foreach ((string name, string account) in new[] { ("pool-1", "alice"), ("pool-2", "bob") })
        {
            using var table = new MemoryStream();
            await host.ExportLedgerAsync(name, new LedgerExportRequest(LedgerTable.Workers, LedgerFormat.Csv), table);
            Assert.Contains(account, Encoding.UTF8.GetString(table.ToArray()), StringComparison.Ordinal);
            Assert.Contains(await host.ListKeysAsync(), key => key.Instance == name);
            RoleNotFoundException refused = await Assert.ThrowsAsync<RoleNotFoundException>(() => host.RotateKeyAsync(name, "nothing"));
            Assert.Equal("nothing", refused.Name);
        }

        // A block is booked once, whoever found it and however often it is told.
        BlockInfo[] blocks = await Wait.ForAsync("a block is booked", () => main.ListBlocksAsync(0, 1000), found => found.Length > 0);
        Assert.Equal(blocks.Length, blocks.Select(block => block.Hash).Distinct().Count());
    }

    private static Task<RoleStatus> CreateAsync(OrleansRoleHost host, string name, string kind, JsonObject configuration) => Wait.ForAsync(
        $"{name} runs",
        async () => (await host.ListAsync()).FirstOrDefault(status => status.Definition.Name == name)
            ?? await host.CreateAsync(new RoleDefinition { Name = name, Kind = kind, Configuration = configuration }),
        status => status is { State: RoleState.Running, Report: not null });

    private static string ConnectionString(RoleStatus role) => role.Report!.Endpoints[0].ConnectionString!;

    private static JsonObject Pool(string provider, int number) => new()
    {
        ["listen"] = "127.0.0.1:0",
        ["network"] = "regtest",
        ["templateProviders"] = new JsonArray(provider),
        ["payout"] = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
        ["shareInterval"] = "00:00:00.05",
        ["ackDelay"] = "00:00:00.1",
        ["frontEnd"] = new JsonObject { ["pool"] = "main", ["number"] = number },
    };

    private static JsonObject Device(string pool, string account) => new()
    {
        ["pools"] = new JsonArray(pool),
        ["userIdentity"] = account,
        ["targetHashRate"] = 500_000,
    };
}
