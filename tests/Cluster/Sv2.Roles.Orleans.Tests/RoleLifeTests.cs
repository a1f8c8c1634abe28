using System.Text.Json.Nodes;
using Sv2.Roles.Orleans.Grains;
using Sv2.Roles.Orleans.Supervision;

namespace Sv2.Roles.Orleans.Tests;

/// <summary>Roles on two silos: one owner at a time, whoever is asked.</summary>
public sealed class RoleLifeTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;

    private OrleansRoleHost One => _cluster["one"];

    private OrleansRoleHost Two => _cluster["two"];

    public async Task InitializeAsync() => _cluster = await TestCluster.StartAsync("one", "two");

    public Task DisposeAsync() => _cluster.DisposeAsync().AsTask();

    [Fact]
    public async Task Role_runs_on_one_silo_and_is_seen_from_both()
    {
        RoleStatus created = await One.CreateAsync(Probe("a"));

        Assert.Equal(RoleState.Running, created.State);
        Assert.Equal(1, ProbeKind.Running);
        Assert.Equal(created.Report!.Message, (await Two.GetAsync("a")).Report!.Message);
        Assert.Equal(["a.000", "a.001", "a.002"], (await Two.ListWorkersAsync(new ListQuery())).Items.Select(worker => worker.Name));
        Assert.All((await Two.ListWorkersAsync(new ListQuery())).Items, worker => Assert.Equal("a", worker.Instance));
    }

    [Fact]
    public async Task Roles_spread_over_the_silos_and_pages_go_over_all_of_them()
    {
        foreach (string name in new[] { "a", "b", "c", "d" }) await One.CreateAsync(Probe(name));

        Assert.Equal(2, _cluster.Service<SiloSupervisor>("one").Held.Count);
        Assert.Equal(2, _cluster.Service<SiloSupervisor>("two").Held.Count);
        Page<WorkerInfo> middle = await Two.ListWorkersAsync(new ListQuery { Offset = 2, Limit = 5 });
        Assert.Equal(["a.002", "b.000", "b.001", "b.002", "c.000"], middle.Items.Select(worker => worker.Name));
        Assert.Equal(12, middle.Total);
        Assert.Equal(3, (await Two.ListWorkersAsync(new ListQuery { Instance = "c" })).Total);
    }

    [Fact]
    public async Task Stop_start_change_and_delete_from_any_silo()
    {
        await One.CreateAsync(Probe("a"));

        Assert.Equal(RoleState.Stopped, (await Two.StopAsync("a")).State);
        Assert.Equal(0, ProbeKind.Running);
        Assert.Equal(RoleState.Running, (await One.StartAsync("a")).State);
        RoleStatus changed = await Two.UpdateAsync("a", new JsonObject { ["text"] = "changed" });
        Assert.EndsWith("changed", changed.Report!.Message, StringComparison.Ordinal);
        await One.DeleteAsync("a");
        await Assert.ThrowsAsync<RoleNotFoundException>(() => Two.GetAsync("a").AsTask());
        await Wait.ForAsync("the probe stops", () => Task.FromResult(ProbeKind.Running), running => running == 0);
    }

    [Fact]
    public async Task Wrong_names_kinds_and_configurations_are_refused_before_anything_is_stored()
    {
        await Assert.ThrowsAsync<ConfigurationException>(() => One.CreateAsync(Probe("Not A Name")));
        await Assert.ThrowsAsync<ConfigurationException>(() => One.CreateAsync(Probe("a") with { Kind = "nothing" }));
        await Assert.ThrowsAsync<ConfigurationException>(() => One.CreateAsync(Probe("a") with { Configuration = new JsonObject { ["workers"] = 5000 } }));
        Assert.Empty(await Two.ListAsync());
        await One.CreateAsync(Probe("a"));
        await Assert.ThrowsAsync<RoleConflictException>(() => Two.CreateAsync(Probe("a")));
        await Assert.ThrowsAsync<ConfigurationException>(() => Two.UpdateAsync("a", new JsonObject { ["no"] = 1 }));
        await Assert.ThrowsAsync<RoleNotFoundException>(() => Two.StartAsync("b"));
    }

    [Fact]
    public async Task Role_that_fails_to_start_shows_why()
    {
        RoleStatus failed = await One.CreateAsync(Probe("a") with { Configuration = new JsonObject { ["fails"] = true } });

        Assert.Equal(RoleState.Failed, failed.State);
        Assert.Contains("told to fail", failed.FailureReason, StringComparison.Ordinal);
        Assert.Equal(RoleState.Running, (await Two.UpdateAsync("a", [])).State);
    }

    [Fact]
    public async Task Role_moves_where_it_is_wanted()
    {
        await One.CreateAsync(Probe("a"));
        string from = _cluster.Service<SiloSupervisor>("one").Held.Count == 1 ? "one" : "two";
        string to = from == "one" ? "two" : "one";

        await One.MoveAsync("a", to);

        await Wait.ForAsync("the role is moved", () => Two.GetAsync("a").AsTask(), status => status.Report?.Message.StartsWith(to, StringComparison.Ordinal) == true);
        Assert.Equal(1, ProbeKind.Running);
    }

    [Fact]
    public async Task Silo_that_leaves_gives_its_roles_back_first()
    {
        foreach (string name in new[] { "a", "b", "c", "d" }) await One.CreateAsync(Probe(name));

        await _cluster.RemoveAsync("one");

        await Wait.ForAsync(
            "all roles run on the silo that is left",
            () => Two.ListAsync().AsTask(),
            all => all.Count == 4 && all.All(status => status.Report?.Message.StartsWith("two", StringComparison.Ordinal) == true));
        Assert.Equal(4, ProbeKind.Running);
    }

    [Fact]
    public async Task Owner_of_an_older_generation_is_told_that_it_is_stale()
    {
        await One.CreateAsync(Probe("a"));
        IRoleGrain grain = _cluster.Grain<IRoleGrain>("a");
        RoleView view = (await grain.GetAsync())!;

        RoleOrder order = await grain.RenewAsync(new RoleRenewal(view.Owner!, view.Generation - 1, 1, null));

        Assert.Equal(RoleOrderKind.Stale, order.Kind);
        Assert.Equal(RoleOrderKind.Keep, (await grain.RenewAsync(new RoleRenewal(view.Owner!, view.Generation, view.AppliedVersion, null))).Kind);
    }

    [Fact]
    public async Task Owner_that_does_not_know_that_it_is_one_need_not_wait_for_its_own_lease()
    {
        await One.CreateAsync(Probe("a"));
        IRoleGrain grain = _cluster.Grain<IRoleGrain>("a");
        RoleView view = (await grain.GetAsync())!;

        // As after an answer that was lost: the owner offers to run the role.
        await grain.ClaimAsync(new RoleClaim(view.Owner!, view.OwnerAddress!, 0));

        RoleView next = (await grain.GetAsync())!;
        Assert.True(next.Owner is null || next.Generation > view.Generation, $"{next}");
        await Wait.ForAsync("the role runs again", () => grain.GetAsync(), now => now!.Generation > view.Generation && now.Status?.State == RoleState.Running);
        await Wait.ForAsync("it runs once", () => Task.FromResult(ProbeKind.Running), running => running == 1);
    }

    [Fact]
    public async Task Events_of_all_silos_come_in_one_order_to_everybody()
    {
        foreach (string name in new[] { "a", "b" }) await One.CreateAsync(Probe(name));

        using var limit = new CancellationTokenSource(Wait.Patience);
        var started = new List<RoleEvent>();
        await foreach (RoleEvent item in Two.SubscribeAsync(0, limit.Token))
        {
            if (item.Type == "probe") started.Add(item);
            if (started.Count == 2) break;
        }

        Assert.Equal(["a", "b"], started.Select(item => item.Instance).Order());
        Assert.True(started[0].Id < started[1].Id);
        Assert.True(await One.GetLastEventIdAsync() >= started[1].Id);
    }

    [Fact]
    public async Task Shares_go_up_in_batches_whatever_their_number()
    {
        foreach (string name in new[] { "a", "b" }) await One.CreateAsync(Probe(name) with { Configuration = new JsonObject { ["workers"] = 500 } });
        IPoolGrain pool = _cluster.Grain<IPoolGrain>("main");

        PoolTraffic traffic = await Wait.ForAsync("all shares are known", pool.GetTrafficAsync, t => t.Shares == 2 * 500 * 1000);

        // A million shares of a thousand workers, in a handful of calls: one a front end and round.
        Assert.InRange(traffic.Calls, 2, 400);
        Assert.Equal(500 * 2, (await pool.ListWorkersAsync(0, 5000)).Length);
    }

    private static RoleDefinition Probe(string name) => new() { Name = name, Kind = "probe" };
}
