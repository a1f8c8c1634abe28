using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.ControlPlane.Stack;
using Sv2.Roles;
using Sv2.Roles.Hosting;
using Sv2.Roles.Tests.Hosting;

namespace Sv2.ControlPlane.Tests.Stack;

public sealed class EmbeddedStackTests : IDisposable
{
    private const string Key = "9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72";

    private static readonly StackBlueprint Blueprint = new(
        [
            new("provider", "scripted", new JsonObject { ["listen"] = "127.0.0.1:1000" }),
            new("pool", "scripted", new JsonObject { ["listen"] = "127.0.0.1:2000" }),
        ],
        [new("pool", "pools[0]", "provider")]);

    private readonly TemporaryFolder _folder = new();
    private readonly ScriptedKind _kind = new();
    private int _freePort = 50000;

    public EmbeddedStackTests() => _kind.FirstReport = options =>
    {
        int port = options.Listen.Port == 0 ? _freePort++ : options.Listen.Port;
        return RoleReport.Of(RoleHealth.Healthy, "All is well.") with
        {
            Endpoints = [new("mining", $"{options.Listen.Address}:{port}", $"stratum2+tcp://{options.Listen.Address}:{port}/{Key}", true)],
        };
    };

    public void Dispose() => _folder.Dispose();

    /// <summary>One start of the program, up to where it runs.</summary>
    private async Task<InProcessRoleHost> StartAsync(params string[] settings)
    {
        var host = new InProcessRoleHost(new InProcessRoleHostOptions { DataDirectory = _folder.Path }, [_kind], NullLoggerFactory.Instance, TimeProvider.System);
        host.Load();
        await new EmbeddedStack(host, _folder.Path, Blueprint).StartAsync([.. settings.Select(StackSetting.Parse)], CancellationToken.None);
        return host;
    }

    private string PoolUpstream => Assert.Single(_kind.Roles["pool"].Options.Pools);

    [Fact]
    public async Task The_first_start_creates_and_wires_the_instances_in_order()
    {
        await using InProcessRoleHost host = await StartAsync();
        Assert.Equal(["start provider", "start pool"], _kind.Journal);
        Assert.Equal($"stratum2+tcp://127.0.0.1:1000/{Key}", PoolUpstream);
        Assert.All(await host.ListAsync(), s => Assert.Equal(RoleState.Running, s.State));
    }

    [Fact]
    public async Task A_port_that_was_found_stays_over_starts()
    {
        await using (await StartAsync("provider.listen=127.0.0.1:0"))
            Assert.Equal($"stratum2+tcp://127.0.0.1:50000/{Key}", PoolUpstream);
        await using InProcessRoleHost again = await StartAsync();
        Assert.Equal(50000, _kind.Roles["provider"].Options.Listen.Port);
        Assert.Equal($"stratum2+tcp://127.0.0.1:50000/{Key}", PoolUpstream);
        await again.RestartAsync("provider");
        Assert.Equal(50000, _kind.Roles["provider"].Options.Listen.Port);
    }

    [Fact]
    public async Task A_setting_is_kept_and_the_wiring_follows_it()
    {
        await using (await StartAsync())
        {
        }

        await using (await StartAsync("provider.listen=0.0.0.0:1001", "pool.threads=9"))
        {
            Assert.Equal($"stratum2+tcp://127.0.0.1:1001/{Key}", PoolUpstream);
            Assert.Equal(9, _kind.Roles["pool"].Options.Threads);
        }

        await using InProcessRoleHost last = await StartAsync();
        Assert.Equal((1001, 9), (_kind.Roles["provider"].Options.Listen.Port, _kind.Roles["pool"].Options.Threads));
        Assert.Equal(IPAddress.Any, _kind.Roles["provider"].Options.Listen.Address);
    }

    [Fact]
    public async Task What_an_operator_changed_deleted_or_stopped_stays_so()
    {
        await using (InProcessRoleHost host = await StartAsync())
        {
            await host.UpdateAsync("pool", new JsonObject { ["pools"] = new JsonArray("elsewhere") });
            await host.StopAsync("provider");
        }

        await using (InProcessRoleHost host = await StartAsync("provider.listen=127.0.0.1:1002"))
        {
            Assert.Equal("elsewhere", PoolUpstream);
            Assert.Equal(RoleState.Stopped, (await host.GetAsync("provider")).State);
            await host.DeleteAsync("provider");
        }

        await using InProcessRoleHost last = await StartAsync();
        Assert.Equal("pool", Assert.Single(await last.ListAsync()).Definition.Name);
    }

    [Fact]
    public async Task A_first_start_that_broke_off_is_completed()
    {
        await Assert.ThrowsAsync<ConfigurationException>(() => StartAsync("pool.threads=0"));
        await using InProcessRoleHost host = await StartAsync();
        Assert.Equal(2, (await host.ListAsync()).Count);
        Assert.Equal($"stratum2+tcp://127.0.0.1:1000/{Key}", PoolUpstream);
    }

    [Theory]
    [InlineData("pool.threads=0", "pool.threads: 0 is outside the limits (choose 1 to 64)")]
    [InlineData("pool.treads=1", "pool.treads: is not a known key (did you mean 'threads'?)")]
    [InlineData("pool.mode=needs-configuration", "pool.listen: 127.0.0.1:2000 is in use (choose another port)")]
    [InlineData("pond.threads=1", "--set pond.threads: there is no instance 'pond' (use one of: provider, pool)")]
    [InlineData("threads=1", "--set: 'threads=1' does not have the form instance.key=value (write it like --set pool.listen=127.0.0.1:0)")]
    public async Task A_wrong_setting_is_named_as_it_was_given(string setting, string expected)
    {
        ConfigurationException e = await Assert.ThrowsAsync<ConfigurationException>(() => StartAsync(setting));
        Assert.Equal(expected, e.Problems[0].ToString());
    }
}
