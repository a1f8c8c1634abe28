using System.Net;
using System.Text.Json.Nodes;
using Sv2.ControlPlane.Tests.Support;
using Sv2.Roles;
using Sv2.Roles.Tests.Hosting;

namespace Sv2.ControlPlane.Tests.Api;

public class ListsApiTests
{
    [Fact]
    public async Task Blocks_channels_workers_and_templates_are_listed()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        ScriptedRole role = await app.CreateAsync("pool");
        role.Blocks.Add(Samples.Block(7, BlockState.Accepted) with { Finder = "ann" });
        role.Channels.Add(Samples.Channel(1, "ann"));
        role.Workers.Add(Samples.Worker("ann"));
        role.Templates.Add(Samples.Template(ulong.MaxValue));

        JsonNode block = (await app.GetAsync("api/v1/blocks"))["items"]![0]!;
        Assert.Equal(("pool", 7, "ann", "accepted", 5_000_000_000), ((string?)block["instance"], (int?)block["height"], (string?)block["finder"], (string?)block["state"], (long?)block["coinbaseValueSats"]));
        JsonNode channel = (await app.GetAsync("api/v1/channels"))["items"]![0]!;
        Assert.Equal(("pool", "ann", "Infinity"), ((string?)channel["instance"], (string?)channel["userIdentity"], (string?)channel["difficulty"]));
        JsonNode worker = (await app.GetAsync("api/v1/workers"))["items"]![0]!;
        Assert.Equal(("ann", 2), ((string?)worker["name"], (int?)worker["rejections"]!["stale-share"]));
        JsonNode template = (await app.GetAsync("api/v1/templates"))["items"]![0]!;
        Assert.Equal("18446744073709551615", (string?)template["templateId"]);
    }

    [Fact]
    public async Task Lists_are_paged_and_searched()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        ScriptedRole role = await app.CreateAsync("pool");
        role.Workers.AddRange(Enumerable.Range(0, 250).Select(i => Samples.Worker($"w{i:000}")));
        JsonNode page = await app.GetAsync("api/v1/workers?offset=240&limit=20");
        Assert.Equal((250, 10, "w240"), ((int?)page["total"], page["items"]!.AsArray().Count, (string?)page["items"]![0]!["name"]));
        Assert.Equal(100, (await app.GetAsync("api/v1/workers"))["items"]!.AsArray().Count);
        Assert.Equal(1, (int?)(await app.GetAsync("api/v1/workers?search=W007"))["total"]);
        Assert.Equal(0, (int?)(await app.GetAsync("api/v1/workers?instance=other"))["total"]);
    }

    [Fact]
    public async Task Blocks_and_events_are_filtered_by_state_and_severity()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        ScriptedRole role = await app.CreateAsync("pool");
        role.Blocks.AddRange([Samples.Block(7, BlockState.Accepted), Samples.Block(8, BlockState.Orphaned)]);
        JsonNode orphaned = Assert.Single((await app.GetAsync("api/v1/blocks?state=orphaned"))["items"]!.AsArray())!;
        Assert.Equal(8, (int?)orphaned["height"]);
        role.Context.Events.Publish("block", RoleEventSeverity.Success, "Found.");
        role.Context.Events.Publish("block", RoleEventSeverity.Warning, "Lost.");
        JsonNode lost = Assert.Single((await app.GetAsync("api/v1/events/history?severity=warning"))["items"]!.AsArray())!;
        Assert.Equal("Lost.", (string?)lost["message"]);
    }

    [Theory]
    [InlineData("blocks?state=1")]
    [InlineData("blocks?state=accepted,orphaned")]
    [InlineData("events/history?severity=loud")]
    [InlineData("blocks?limit=0")]
    [InlineData("blocks?limit=1001")]
    [InlineData("channels?offset=-1")]
    [InlineData("workers?limit=many")]
    [InlineData("templates?offset=99999999999")]
    [InlineData("events?recent=-1")]
    [InlineData("events?recent=1001")]
    public async Task What_is_outside_the_limits_is_refused(string path)
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, app.Client.GetAsync($"api/v1/{path}"));
    }

    [Fact]
    public async Task The_overview_counts_hash_rate_and_shares_once()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        ScriptedRole pool = await app.CreateAsync("pool");
        ScriptedRole device = await app.CreateAsync("device");
        Figure[] figures = [new(FigureNames.HashRate, 5e6, "H/s"), new(FigureNames.SharesAccepted, 10, "shares"), new(FigureNames.BestDifficulty, 42, "")];
        pool.CurrentReport = pool.CurrentReport with { Endpoints = [new("mining", "127.0.0.1:1", "stratum2+tcp://127.0.0.1:1/key", true)], Figures = figures };
        device.CurrentReport = device.CurrentReport with { Upstreams = [new("mining", "x", UpstreamState.Connected, null, default)], Figures = figures };
        pool.Blocks.AddRange([Samples.Block(1, BlockState.Accepted), Samples.Block(2, BlockState.Accepted)]);

        JsonNode overview = await app.GetAsync("api/v1/overview");
        Assert.Equal((5e6, 10, 2, 42), ((double?)overview["hashRate"], (int?)overview["sharesAccepted"], (int?)overview["blocks"], (int?)overview["bestDifficulty"]));
        Assert.Equal("stratum2+tcp://127.0.0.1:1/key", (string?)overview["miningEndpoints"]![0]!["connectionString"]);
        Assert.True((bool?)overview["isReady"]);
    }

    [Fact]
    public async Task Health_and_readiness_follow_the_roles()
    {
        await using RunningControlPlane app = await RunningControlPlane.StartAsync();
        ScriptedRole role = await app.CreateAsync("pool");
        Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync("readyz")).StatusCode);
        role.CurrentReport = RoleReport.Of(RoleHealth.Unhealthy, "No.");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await app.Client.GetAsync("readyz")).StatusCode);
        JsonNode health = await app.GetAsync("healthz");
        Assert.Equal(("unhealthy", "pool: No."), ((string?)health["health"], (string?)health["problems"]![0]));
    }
}
