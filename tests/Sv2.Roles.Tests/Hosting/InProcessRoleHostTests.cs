using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Roles.Hosting;
using Sv2.TestKit;

namespace Sv2.Roles.Tests.Hosting;

public sealed class InProcessRoleHostTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly ScriptedKind _kind = new();
    private readonly InProcessRoleHost _host;

    public InProcessRoleHostTests() => _host = NewHost();

    private InProcessRoleHost NewHost(TimeProvider? time = null) =>
        new(new InProcessRoleHostOptions { DataDirectory = _folder.Path }, [_kind], NullLoggerFactory.Instance, time ?? _time);

    private static RoleDefinition Definition(string name, ScriptedMode mode = ScriptedMode.GoodDay, int order = 0) => new()
    {
        Name = name,
        Kind = "scripted",
        Order = order,
        Configuration = new JsonObject { ["mode"] = System.Text.Json.JsonSerializer.SerializeToNode(mode, RoleJson.Configuration) },
    };

    public async ValueTask DisposeAsync()
    {
        // A hanging stop waits for the clock that the test moves.
        Task stopped = _host.StopAllAsync();
        while (!stopped.IsCompleted)
        {
            await Task.WhenAny(stopped, _time.WaitForTimersAsync());
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        _folder.Dispose();
    }

    /// <summary>Follows the events until an instance is in a state.</summary>
    private async Task<RoleStatus> WaitForAsync(string name, Func<RoleStatus, bool> condition, InProcessRoleHost? host = null)
    {
        host ??= _host;
        using var patience = new CancellationTokenSource(Patience);
        RoleStatus status = await host.GetAsync(name);
        if (condition(status))
            return status;
        await foreach (RoleEvent _ in host.SubscribeAsync(0, patience.Token))
        {
            status = await host.GetAsync(name);
            if (condition(status))
                return status;
        }

        throw new InvalidOperationException("The event stream ended.");
    }

    [Fact]
    public async Task An_instance_is_created_started_stopped_restarted_and_deleted()
    {
        RoleStatus created = await _host.CreateAsync(Definition("a"));
        Assert.Equal(RoleState.Running, created.State);
        Assert.Equal("All is well.", created.Report!.Message);

        RoleStatus stopped = await _host.StopAsync("a");
        Assert.Equal((RoleState.Stopped, DesiredState.Stopped), (stopped.State, stopped.Definition.DesiredState));
        Assert.Null(stopped.Report);

        Assert.Equal(RoleState.Running, (await _host.StartAsync("a")).State);
        Assert.Equal(RoleState.Running, (await _host.RestartAsync("a")).State);
        await _host.DeleteAsync("a");
        Assert.Empty(await _host.ListAsync());
        await Assert.ThrowsAsync<RoleNotFoundException>(async () => await _host.GetAsync("a"));
        Assert.Equal(["start a", "stop a", "dispose a", "start a", "stop a", "dispose a", "start a", "stop a", "dispose a"], _kind.Journal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("1a")]
    [InlineData("../a")]
    [InlineData("a/b")]
    [InlineData("a12345678901234567890123456789012345678901")]
    public async Task A_bad_name_is_refused(string name) =>
        Assert.Equal("name", (await Assert.ThrowsAsync<ConfigurationException>(() => _host.CreateAsync(Definition(name)))).Problems[0].Key);

    [Fact]
    public async Task An_unknown_kind_and_a_wrong_configuration_leave_nothing_behind()
    {
        await Assert.ThrowsAsync<ConfigurationException>(() => _host.CreateAsync(Definition("a") with { Kind = "other" }));
        await Assert.ThrowsAsync<ConfigurationException>(() => _host.CreateAsync(Definition("a") with { Configuration = new JsonObject { ["x"] = 1 } }));
        Assert.Empty(await _host.ListAsync());
        Assert.False(Directory.Exists(Path.Combine(_folder.Path, "roles", "a")));
    }

    [Fact]
    public async Task A_taken_name_is_refused()
    {
        await _host.CreateAsync(Definition("a"));
        await Assert.ThrowsAsync<RoleConflictException>(() => _host.CreateAsync(Definition("a")));
    }

    [Fact]
    public async Task Instances_are_bounded()
    {
        await using var host = new InProcessRoleHost(new InProcessRoleHostOptions { DataDirectory = _folder.Path, InstancesMax = 1 }, [_kind], NullLoggerFactory.Instance, _time);
        await host.CreateAsync(Definition("a"));
        await Assert.ThrowsAsync<RoleConflictException>(() => host.CreateAsync(Definition("b")));
    }

    [Fact]
    public async Task A_wrong_update_changes_nothing_and_a_right_one_restarts()
    {
        await _host.CreateAsync(Definition("a"));
        await Assert.ThrowsAsync<ConfigurationException>(() => _host.UpdateAsync("a", new JsonObject { ["threads"] = 0 }));
        Assert.Equal(["start a"], _kind.Journal);

        await _host.UpdateAsync("a", new JsonObject { ["threads"] = 9 });
        Assert.Equal(9, _kind.Roles["a"].Options.Threads);
        await _host.UpdateAsync("a", new JsonObject { ["threads"] = 10 }, restart: false);
        Assert.Equal(9, _kind.Roles["a"].Options.Threads);
        Assert.Equal(["start a", "stop a", "dispose a", "start a"], _kind.Journal);
    }

    [Fact]
    public async Task Definitions_survive_a_new_host()
    {
        await _host.CreateAsync(Definition("b", order: 1));
        await _host.CreateAsync(Definition("a", order: 2));
        await _host.CreateAsync(Definition("c", order: 3));
        await _host.StopAsync("c");
        await _host.StopAllAsync();

        await using InProcessRoleHost second = NewHost();
        second.Load();
        await second.StartAllAsync();
        IReadOnlyList<RoleStatus> list = await second.ListAsync();
        Assert.Equal([("b", RoleState.Running), ("a", RoleState.Running), ("c", RoleState.Stopped)], list.Select(s => (s.Definition.Name, s.State)));
    }

    [Fact]
    public async Task A_damaged_definition_is_named_with_its_file()
    {
        await _host.CreateAsync(Definition("a"));
        File.WriteAllText(_host.DefinitionFile("a"), "{ \"name\": \"a\", ");
        ConfigurationException e = Assert.Throws<ConfigurationException>(NewHost().Load);
        Assert.Contains("instance.json", e.Problems[0].Key);
    }

    [Fact]
    public async Task Definitions_and_folders_are_for_the_owner_only()
    {
        await _host.CreateAsync(Definition("a"));
        if (OperatingSystem.IsWindows())
            return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_host.DefinitionFile("a")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(_host.DefinitionFile("a"))!));
        Assert.Equal(["instance.json"], Directory.GetFileSystemEntries(Path.GetDirectoryName(_host.DefinitionFile("a"))!).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_role_that_fails_to_start_is_tried_again_with_back_off()
    {
        RoleStatus failed = await _host.CreateAsync(Definition("a", ScriptedMode.FailsToStart));
        Assert.Equal(RoleState.Failed, failed.State);
        Assert.Equal("The script says no.", failed.FailureReason);

        foreach (int seconds in (int[])[1, 2, 4, 8, 16, 32, 60, 60])
        {
            RoleStatus status = await _host.GetAsync("a");
            Assert.Equal(TimeSpan.FromSeconds(seconds), status.RestartAt - status.Since);
            await _time.WaitForTimersAsync();
            _time.Advance(TimeSpan.FromSeconds(seconds));
            await WaitForAsync("a", s => s.State == RoleState.Failed && s.Restarts == status.Restarts + 1);
        }
    }

    [Fact]
    public async Task A_role_that_dies_is_started_again_and_others_do_not_notice()
    {
        await _host.CreateAsync(Definition("a"));
        await _host.CreateAsync(Definition("b"));
        ScriptedRole first = _kind.Roles["a"];
        first.Die(new InvalidOperationException("boom"));
        RoleStatus failed = await WaitForAsync("a", s => s.State == RoleState.Failed);
        Assert.Equal("InvalidOperationException: boom.", failed.FailureReason);

        await _time.WaitForTimersAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        await WaitForAsync("a", s => s.State == RoleState.Running);
        Assert.NotSame(first, _kind.Roles["a"]);
        Assert.Equal(RoleState.Running, (await _host.GetAsync("b")).State);
        Assert.Equal(["start a", "start b", "dispose a", "start a"], _kind.Journal);
    }

    [Fact]
    public async Task What_a_person_must_change_is_not_tried_again()
    {
        RoleStatus failed = await _host.CreateAsync(Definition("a", ScriptedMode.NeedsConfiguration));
        Assert.Equal(RoleState.Failed, failed.State);
        Assert.Equal("listen: 127.0.0.1:0 is in use (choose another port).", failed.FailureReason);
        Assert.Null(failed.RestartAt);
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(["start a", "dispose a"], _kind.Journal);
    }

    [Fact]
    public async Task A_stop_ends_the_waiting_for_a_restart()
    {
        await _host.CreateAsync(Definition("a", ScriptedMode.FailsToStart));
        Assert.Equal(RoleState.Stopped, (await _host.StopAsync("a")).State);
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(["start a", "dispose a"], _kind.Journal);
    }

    [Fact]
    public async Task A_stop_ends_a_start_that_hangs()
    {
        Task<RoleStatus> creating = _host.CreateAsync(Definition("a", ScriptedMode.HangsInStart));
        await WaitForAsync("a", s => s.State == RoleState.Starting);
        Assert.Equal(RoleState.Stopped, (await _host.StopAsync("a")).State);
        Assert.Equal(RoleState.Stopped, (await creating).State);
    }

    [Fact]
    public async Task A_start_that_hangs_fails_after_its_time()
    {
        Task<RoleStatus> creating = _host.CreateAsync(Definition("a", ScriptedMode.HangsInStart));
        await WaitForAsync("a", s => s.State == RoleState.Starting);
        await _time.WaitForTimersAsync();
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("It did not start within 30 s.", (await creating).FailureReason);
    }

    [Fact]
    public async Task A_stop_that_hangs_is_given_up()
    {
        await _host.CreateAsync(Definition("a", ScriptedMode.HangsInStop));
        Task<RoleStatus> stopping = _host.StopAsync("a");
        await WaitForAsync("a", s => s.State == RoleState.Stopping);
        await _time.WaitForTimersAsync();
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(RoleState.Stopped, (await stopping).State);
    }

    [Fact]
    public async Task A_role_that_throws_everywhere_harms_nobody()
    {
        await _host.CreateAsync(Definition("a", ScriptedMode.ThrowsInStop));
        await _host.CreateAsync(Definition("b", ScriptedMode.ThrowsInReport));
        Assert.Equal(RoleState.Stopped, (await _host.StopAsync("a")).State);
        RoleReport report = (await _host.GetAsync("b")).Report!;
        Assert.Equal((RoleHealth.Unhealthy, "The role cannot report on itself: No report."), (report.Health, report.Message));
    }

    [Fact]
    public async Task All_are_stopped_in_the_reverse_order()
    {
        await _host.CreateAsync(Definition("device", order: 3));
        await _host.CreateAsync(Definition("provider", order: 1));
        await _host.CreateAsync(Definition("pool", order: 2));
        await _host.StopAllAsync();
        Assert.Equal(["stop device", "dispose device", "stop pool", "dispose pool", "stop provider", "dispose provider"], _kind.Journal.Skip(3));
        Assert.All(await _host.ListAsync(), s => Assert.Equal(DesiredState.Running, s.Definition.DesiredState));
    }

    [Fact]
    public async Task Events_are_numbered_kept_and_resumed()
    {
        await _host.CreateAsync(Definition("a"));
        _kind.Roles["a"].Context.Events.Publish("new-tip", RoleEventSeverity.Info, "A tip.", new { height = 7 });
        var seen = new List<RoleEvent>();
        using var patience = new CancellationTokenSource(Patience);
        await foreach (RoleEvent e in _host.SubscribeAsync(0, patience.Token))
        {
            seen.Add(e);
            if (e.Type == "new-tip")
                break;
        }

        Assert.Equal(["Created", "Starting", "Running", "A tip."], seen.Select(e => e.Message));
        Assert.Equal(7, seen[^1].Data!.Value.GetProperty("height").GetInt32());
        Assert.Equal(Enumerable.Range(0, 4).Select(i => seen[0].Id + i), seen.Select(e => e.Id));

        await foreach (RoleEvent e in _host.SubscribeAsync(seen[2].Id, patience.Token))
        {
            Assert.Equal("A tip.", e.Message);
            break;
        }
    }

    [Fact]
    public async Task Channels_of_several_instances_are_paged_as_one_list()
    {
        await _host.CreateAsync(Definition("a"));
        await _host.CreateAsync(Definition("b"));
        _kind.Roles["a"].Channels.AddRange(Enumerable.Range(0, 5).Select(i => Samples.Channel((uint)i, "ann")));
        _kind.Roles["b"].Channels.AddRange(Enumerable.Range(0, 5).Select(i => Samples.Channel((uint)i, i == 0 ? "ann" : "bob")));

        Page<ChannelInfo> page = await _host.ListChannelsAsync(new ListQuery { Offset = 3, Limit = 4 });
        Assert.Equal(10, page.Total);
        Assert.Equal([("a", 3u), ("a", 4u), ("b", 0u), ("b", 1u)], page.Items.Select(c => (c.Instance, c.ChannelId)));

        Page<ChannelInfo> found = await _host.ListChannelsAsync(new ListQuery { Search = "BOB" });
        Assert.Equal(4, found.Total);
        Assert.Equal(5, (await _host.ListChannelsAsync(new ListQuery { Instance = "b" })).Total);
    }

    [Fact]
    public async Task A_block_that_two_roles_know_is_one_block()
    {
        await _host.CreateAsync(Definition("chain", order: 0));
        await _host.CreateAsync(Definition("pool", order: 1));
        _kind.Roles["chain"].Blocks.AddRange([Samples.Block(2, BlockState.Accepted) with { TransactionCount = 9 }, Samples.Block(1, BlockState.Orphaned)]);
        _kind.Roles["pool"].Blocks.Add(Samples.Block(2, BlockState.Submitted) with { Finder = "ann", Worker = "ann.rig" });

        Page<BlockInfo> blocks = await _host.ListBlocksAsync(ListQuery.First);
        Assert.Equal([2L, 1L], blocks.Items.Select(b => b.Height));
        BlockInfo joined = blocks.Items[0];
        Assert.Equal(("pool", "ann", BlockState.Accepted, 9), (joined.Instance, joined.Finder, joined.State, joined.TransactionCount));
        Assert.Equal(2, blocks.Total);
    }

    [Fact]
    public async Task Health_is_that_of_the_worst_which_should_run()
    {
        await _host.CreateAsync(Definition("a"));
        await _host.CreateAsync(Definition("b", ScriptedMode.NeedsConfiguration));
        StackHealth health = StackHealth.Of(await _host.ListAsync());
        Assert.Equal((RoleHealth.Unhealthy, false), (health.Health, health.IsReady));
        Assert.StartsWith("b: listen:", Assert.Single(health.Problems));

        await _host.StopAsync("b");
        Assert.Equal(new StackHealth(RoleHealth.Healthy, true, []).IsReady, StackHealth.Of(await _host.ListAsync()).IsReady);
    }
}
