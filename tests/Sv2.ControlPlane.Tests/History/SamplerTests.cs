using System.Text.Json.Nodes;
using Sv2.ControlPlane.History;
using Sv2.ControlPlane.Tests.Support;
using Sv2.Roles;
using Sv2.Roles.Tests.Hosting;
using Sv2.TestKit;

namespace Sv2.ControlPlane.Tests.History;

public class SamplerTests
{
    private static async Task<(RunningControlPlane App, ScriptedRole Pool)> StartAsync(ManualTimeProvider time)
    {
        RunningControlPlane app = await RunningControlPlane.StartAsync(o => o with { LooksByItself = false }, time);
        ScriptedRole pool = await app.CreateAsync("pool");
        Report(pool, 1e6, 0, 0);
        return (app, pool);
    }

    private static void Report(ScriptedRole pool, double hashRate, long accepted, long stale) => pool.CurrentReport = pool.CurrentReport with
    {
        Endpoints = [new("mining", "127.0.0.1:1", null, true)],
        Figures =
        [
            new(FigureNames.HashRate, hashRate, "H/s"), new(FigureNames.SharesAccepted, accepted, "shares"), new(FigureNames.SharesRejected, stale, "shares"),
            new(FigureNames.Channels, 3, "channels"), new(FigureNames.Connections, 2, "connections"), new("templateValue", 5e9, "sat"),
        ],
        Rejections = stale == 0 ? new Dictionary<string, long>() : new Dictionary<string, long> { ["stale-share"] = stale },
    };

    /// <summary>Looks by hand: the server's own sampler is off.</summary>
    private static async Task LookAsync(RunningControlPlane app) => await app.Service<Sampler>().LookAsync(CancellationToken.None);

    [Fact]
    public async Task Figures_become_series()
    {
        var time = new ManualTimeProvider();
        (RunningControlPlane app, ScriptedRole pool) = await StartAsync(time);
        await using (app)
        {
            await LookAsync(app);
            Report(pool, 3e6, 100, 7);
            await LookAsync(app);

            JsonNode shares = await app.GetAsync("api/v1/series/shares?range=15m");
            Assert.Equal("count", (string?)shares["kind"]);
            Assert.Equal(
                [("accepted", 100.0), ("stale-share", 7.0)],
                shares["lines"]!.AsArray().Select(l => ((string)l!["label"]!, l["points"]!.AsArray().Sum(p => (double)p![1]!))));
            JsonNode rate = await app.GetAsync("api/v1/series/hashRate?range=1h&instance=pool");
            Assert.Equal(3e6, (double?)rate["lines"]![0]!["points"]![0]![3]);
            foreach (string name in (string[])["connections", "channels", "templateValueSats", "workersOnline"])
                Assert.NotEmpty((await app.GetAsync($"api/v1/series/{name}"))["lines"]!.AsArray());
        }
    }

    [Fact]
    public async Task Workers_and_miners_have_sparklines_and_series()
    {
        var time = new ManualTimeProvider();
        (RunningControlPlane app, ScriptedRole pool) = await StartAsync(time);
        await using (app)
        {
            var history = app.Service<WorkerHistory>();
            HashSet<string> counted = ["pool"];
            for (int minute = 0; minute < 12; minute++)
            {
                WorkerInfo[] now =
                [
                    Samples.Worker("ann.rig1") with { Instance = "pool", HashRate = 1e6, SharesAccepted = minute * 10, SharesRejected = minute },
                    Samples.Worker("ann.rig 2") with { Instance = "pool", HashRate = 2e6, SharesAccepted = minute * 20, SharesRejected = 0 },
                ];
                history.Observe(time.GetUtcNow().ToUnixTimeSeconds() + (minute * 60), now, counted);
            }

            time.Advance(TimeSpan.FromMinutes(12));
            pool.Workers.AddRange([Samples.Worker("ann.rig1"), Samples.Worker("ann.rig 2")]);

            JsonNode workers = await app.GetAsync("api/v1/workers?sparkline=true&sort=-name");
            Assert.Equal([1e6, 1e6, 1e6], workers["items"]![0]!["sparkline"]!.AsArray().TakeLast(3).Select(v => (double)v!));
            string id = (string)workers["items"]![1]!["id"]!;
            JsonNode series = await app.GetAsync($"api/v1/workers/pool/{id}/series?range=1h");
            Assert.Equal(220, series["lines"]!.AsArray().Single(l => (string?)l!["label"] == "accepted")!["points"]!.AsArray().Sum(p => (double)p![1]!));
            JsonNode miner = await app.GetAsync("api/v1/miners/ann/series?range=24h");
            Assert.All(miner["lines"]![0]!["points"]!.AsArray(), p => Assert.Equal(3e6, (double)p![1]!));
            JsonNode detail = await app.GetAsync("api/v1/miners/ann");
            Assert.Equal(2, detail["workerList"]!.AsArray().Count);
        }
    }

    [Fact]
    public void Sparklines_outlive_the_process()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "series.db");
        var time = new ManualTimeProvider();
        long start = time.GetUtcNow().ToUnixTimeSeconds();
        using (SeriesStore store = SeriesStore.Open(path))
        {
            var history = new WorkerHistory(store, time);
            for (int step = 0; step < 3; step++)
                history.Observe(start + (step * 300), [Samples.Worker("w") with { Instance = "pool", HashRate = step + 1 }], new HashSet<string>());
        }

        time.Advance(TimeSpan.FromMinutes(10));
        using SeriesStore again = SeriesStore.Open(path);
        Assert.Equal([1, 2, 0], new WorkerHistory(again, time).Sparkline(new HistoryKey("pool", "w")).TakeLast(3));
    }

    [Fact]
    public async Task Many_rejections_raise_an_alarm_that_says_why_and_ends()
    {
        var time = new ManualTimeProvider();
        (RunningControlPlane app, ScriptedRole pool) = await StartAsync(time);
        await using (app)
        {
            await LookAsync(app);
            Report(pool, 1e6, 200, 40);
            await LookAsync(app);
            // So early it may be chance, or a start.
            Assert.Empty((await app.GetAsync("api/v1/alarms")).AsArray());
            time.Advance(TimeSpan.FromMinutes(3));
            await LookAsync(app);
            JsonNode alarm = Assert.Single((await app.GetAsync("api/v1/alarms")).AsArray())!;
            Assert.Equal(("rejections", "warning"), ((string?)alarm["id"], (string?)alarm["severity"]));
            Assert.Contains("stale-share", (string?)alarm["message"]);
            Assert.NotNull(alarm["advice"]);

            Report(pool, 1e6, 100_000, 40);
            await LookAsync(app);
            Assert.Empty((await app.GetAsync("api/v1/alarms")).AsArray());
            JsonArray told = (await app.GetAsync("api/v1/events/history?type=alarm"))["items"]!.AsArray();
            Assert.Equal([false, true], told.Select(e => (bool)e!["data"]!["isActive"]!));
        }
    }

    [Fact]
    public void Rules_tell_what_is_wrong()
    {
        DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        RoleStatus Instance(RoleState state, RoleReport? report, TimeSpan age) => new()
        {
            Definition = new RoleDefinition { Name = "pool", Kind = "pool" },
            State = state,
            Since = now - age,
            FailureReason = state == RoleState.Failed ? "The port is taken." : null,
            Report = report,
        };
        string[] Ids(IEnumerable<Alarm> alarms) => [.. alarms.Select(a => a.Id)];
        TimeSpan minute = TimeSpan.FromMinutes(1);
        var healthy = RoleReport.Of(RoleHealth.Healthy, "Fine.");

        Assert.Equal(["role-failed:pool"], Ids(AlarmRules.Roles(new([Instance(RoleState.Failed, null, minute)]), now)));
        Assert.Equal(["role-health:pool"], Ids(AlarmRules.Roles(new([Instance(RoleState.Running, RoleReport.Of(RoleHealth.Degraded, "No."), minute)]), now)));
        Assert.Empty(AlarmRules.Roles(new([Instance(RoleState.Running, RoleReport.Of(RoleHealth.Degraded, "No."), TimeSpan.FromSeconds(1))]), now));
        Assert.Empty(AlarmRules.Roles(new([Instance(RoleState.Stopped, null, minute)]), now));

        var away = healthy with { Upstreams = [new("mining", "stratum2+tcp://h:1/secret-looking", UpstreamState.BackingOff, "refused", now - minute)] };
        Alarm upstream = Assert.Single(AlarmRules.Upstreams(new([Instance(RoleState.Running, away, minute)]), now));
        Assert.Equal("h:1: refused", upstream.Message);

        var figures = new StackFiguresBuilder(healthy with
        {
            Endpoints = [new("mining", "127.0.0.1:1", null, true)],
            Figures = [new(FigureNames.Channels, 2, "channels"), new(FigureNames.HashRate, 40, "H/s")],
        }).Build(Instance);
        var quiet = new ShareOutlook(10 * minute, 0, 0, 0, 0, null, null, null);
        Assert.Equal(["no-shares"], Ids(AlarmRules.Shares(figures, quiet with { UsualHashRate = 100, SinceShare = 6 * minute })));
        Assert.Equal(["hash-rate"], Ids(AlarmRules.Shares(figures, quiet with { Accepted = 10, UsualHashRate = 100, SinceShare = minute })));
        Assert.Empty(AlarmRules.Shares(figures, quiet with { Accepted = 10, Rejected = 5, WorstReason = "duplicate-share", UsualHashRate = 50 }));
        Assert.Equal(["rejections"], Ids(AlarmRules.Shares(figures, quiet with { Accepted = 900, Rejected = 300, WorstReason = "duplicate-share" })));
        Assert.Equal(["sign-ins"], Ids(AlarmRules.SignIns(20)));
        Assert.Empty(AlarmRules.SignIns(19));
    }

    [Fact]
    public void Stale_shares_are_no_alarm_where_blocks_come_every_few_seconds()
    {
        var figures = new ControlPlane.Api.StackFigures([]);
        // Two shares a second and a block in three, as in the embedded stack; eight percent come too late.
        var embedded = new ShareOutlook(TimeSpan.FromMinutes(10), 1104, 96, 96, 200, "stale-share", null, null);
        Assert.Empty(AlarmRules.Shares(figures, embedded));
        Assert.Single(AlarmRules.Shares(figures, embedded with { Tips = 1 }));
        Assert.Single(AlarmRules.Shares(figures, embedded with { Accepted = 804, Rejected = 396, Stale = 396 }));
        Assert.Single(AlarmRules.Shares(figures, embedded with { Stale = 0, WorstReason = "duplicate-share" }));
        Assert.Empty(AlarmRules.Shares(figures, embedded with { Tips = 0, Span = TimeSpan.FromMinutes(1) }));
        Assert.Empty(AlarmRules.Shares(figures, embedded with { Tips = 0, Accepted = 100, Rejected = 50, Stale = 50 }));
    }

    private sealed class StackFiguresBuilder(RoleReport report)
    {
        public ControlPlane.Api.StackFigures Build(Func<RoleState, RoleReport?, TimeSpan, RoleStatus> instance) =>
            new([instance(RoleState.Running, report, TimeSpan.FromMinutes(1))]);
    }
}
