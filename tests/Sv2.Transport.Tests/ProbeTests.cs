using System.Net;
using System.Net.Sockets;
using Sv2.Noise;
using Sv2.Protocol.Common;
using Sv2.TestKit;
using Sv2.Transport.Probe;
using Sv2.Transport.Setup;
using Sv2.Transport.Tests.Support;

namespace Sv2.Transport.Tests;

/// <summary>The probe behind `sv2 doctor`: each thing that can be wrong is found at its step, with advice.</summary>
public class ProbeTests
{
    private static readonly ClientSetup Miner = new() { Protocol = Subprotocol.Mining, Vendor = "doctor", RequestedExtensions = [2] };

    [Fact]
    public async Task A_healthy_server_passes_every_step_and_leaves_a_working_session()
    {
        await using var server = await EchoServer.StartAsync(setup: new ServerSetup { Protocol = Subprotocol.Mining, SupportedExtensions = [2] });
        var seen = new List<ProbeStep>();
        ProbeReport report = await ConnectionProbe.RunAsync(server.ConnectionString with { Host = "localhost" }, Miner, onStep: seen.Add);
        Assert.Equal(["connection string", "name resolution", "tcp", "handshake", "certificate", "setup", "extensions"], report.Steps.Select(step => step.Name));
        Assert.All(report.Steps, step => Assert.Equal(ProbeOutcome.Passed, step.Outcome));
        Assert.All(report.Steps, step => Assert.Null(step.Advice));
        Assert.Equal(report.Steps, seen);
        await using Sv2Session session = report.Session!;
        Assert.True(session.Setup.Extensions.Contains(2));
    }

    [Fact]
    public async Task Finds_a_missing_key()
    {
        ProbeReport report = await ConnectionProbe.RunAsync(new ConnectionString("127.0.0.1", 1, null), Miner);
        AssertFails(report, "connection string", "authority key");
    }

    [Fact]
    public async Task Finds_a_name_that_does_not_resolve()
    {
        ProbeReport report = await ConnectionProbe.RunAsync(new ConnectionString("no-such-host.invalid", 1, Keys.Authority.PublicKey), Miner);
        AssertFails(report, "name resolution", "cannot be resolved");
    }

    [Fact]
    public async Task Finds_that_nothing_listens()
    {
        ConnectionString gone;
        await using (var server = await EchoServer.StartAsync()) gone = server.ConnectionString;
        AssertFails(await ConnectionProbe.RunAsync(gone, Miner), "tcp", "nothing listens");
    }

    [Fact]
    public async Task Finds_a_server_that_hangs_up_and_one_that_stays_silent()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        ConnectionString server = Keys.StringFor(listener.LocalEndpoint, Keys.Authority.PublicKey);
        Task<ProbeReport> probing = ConnectionProbe.RunAsync(server, Miner);
        (await listener.AcceptSocketAsync()).Dispose();
        AssertFails(await probing, "handshake", "127.0.0.1");

        var clock = new ManualTimeProvider();
        probing = ConnectionProbe.RunAsync(server, Miner, clock: clock);
        using Socket silent = await listener.AcceptSocketAsync();
        await silent.ReceiveAsync(new byte[64]);
        clock.Advance(TimeSpan.FromSeconds(11));
        AssertFails(await probing, "handshake", "not finished");
    }

    [Fact]
    public async Task Finds_another_authority()
    {
        await using var server = await EchoServer.StartAsync();
        ConnectionString wrong = server.ConnectionString with { AuthorityPublicKey = Keys.OtherAuthority.PublicKey };
        AssertFails(await ConnectionProbe.RunAsync(wrong, Miner), "certificate", "not signed by the authority");
    }

    [Theory]
    [InlineData(-30, "too early")]
    [InlineData(30, "too late")]
    public async Task Finds_a_clock_that_is_off(int days, string finding)
    {
        await using var server = await EchoServer.StartAsync();
        var clock = new ManualTimeProvider(TimeProvider.System.GetUtcNow().AddDays(days));
        ProbeReport report = await ConnectionProbe.RunAsync(server.ConnectionString, Miner, clock: clock);
        AssertFails(report, "certificate", finding);
        Assert.Contains("clock", report.Steps[^1].Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Warns_of_a_certificate_about_to_expire()
    {
        await using var server = await EchoServer.StartAsync();
        var clock = new ManualTimeProvider(Keys.Credentials.CurrentCertificate().NotValidAfter.AddMinutes(-2));
        ProbeReport report = await ConnectionProbe.RunAsync(server.ConnectionString, Miner, clock: clock);
        Assert.True(report.Succeeded);
        Assert.Equal(ProbeOutcome.Warning, report.Steps.Single(step => step.Name == "certificate").Outcome);
        await report.Session!.DisposeAsync();
    }

    [Fact]
    public async Task Finds_a_port_of_another_protocol_and_flags_that_are_not_supported()
    {
        await using var server = await EchoServer.StartAsync();
        AssertFails(await ConnectionProbe.RunAsync(server.ConnectionString, Miner with { Protocol = Subprotocol.TemplateDistribution }), "setup", "unsupported-protocol");
        AssertFails(await ConnectionProbe.RunAsync(server.ConnectionString, Miner with { Flags = 0x10 }), "setup", "0x00000010");
    }

    [Fact]
    public async Task Tells_that_no_common_extension_was_found()
    {
        await using var server = await EchoServer.StartAsync(setup: new ServerSetup { Protocol = Subprotocol.Mining, RequiredExtensions = [5] });
        AssertFails(await ConnectionProbe.RunAsync(server.ConnectionString, Miner), "extensions", "0x0005");
    }

    [Fact]
    public async Task Tells_plain_and_unauthenticated_connections_apart()
    {
        await using var plain = await EchoServer.StartAsync(encrypted: false);
        ProbeReport report = await ConnectionProbe.RunAsync(plain.ConnectionString, Miner, new ConnectorOptions { WithoutKey = KeylessPolicy.Plain });
        Assert.True(report.Succeeded);
        Assert.Equal(ProbeOutcome.Skipped, report.Steps.Single(step => step.Name == "handshake").Outcome);
        await report.Session!.DisposeAsync();

        await using var server = await EchoServer.StartAsync();
        report = await ConnectionProbe.RunAsync(
            server.ConnectionString with { AuthorityPublicKey = null }, Miner, new ConnectorOptions { WithoutKey = KeylessPolicy.EncryptWithoutAuthentication });
        Assert.True(report.Succeeded);
        Assert.Equal(ProbeOutcome.Warning, report.Steps.Single(step => step.Name == "certificate").Outcome);
        await report.Session!.DisposeAsync();
    }

    private static void AssertFails(ProbeReport report, string step, string finding)
    {
        Assert.False(report.Succeeded);
        Assert.Equal(step, report.Steps[^1].Name);
        Assert.Equal(ProbeOutcome.Failed, report.Steps[^1].Outcome);
        Assert.Contains(finding, report.Steps[^1].Finding, StringComparison.Ordinal);
        Assert.False(string.IsNullOrEmpty(report.Steps[^1].Advice));
        Assert.All(report.Steps.SkipLast(1), earlier => Assert.NotEqual(ProbeOutcome.Failed, earlier.Outcome));
    }
}
