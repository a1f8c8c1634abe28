using System.Net;
using Sv2.Noise;
using Sv2.Protocol.Common;
using Sv2.TestKit;
using Sv2.Transport.Setup;
using Sv2.Transport.Tests.Support;

namespace Sv2.Transport.Tests;

/// <summary>Reconnect (§3.6.5): where it leads, where it never leads, and how often.</summary>
public class ReconnectTests
{
    private static readonly ConnectionString Configured = new("pool.example", 34254, Keys.Authority.PublicKey);
    private static readonly ClientSetup Miner = new() { Protocol = Subprotocol.Mining, Vendor = "test" };

    [Theory]
    [InlineData("", 0, "pool.example", 34254)]
    [InlineData("other.example", 0, "other.example", 34254)]
    [InlineData("", 1234, "pool.example", 1234)]
    [InlineData("other.example", 1234, "other.example", 1234)]
    [InlineData("10.0.0.7", 1234, "10.0.0.7", 1234)]
    [Trait("spec", "247")]
    [Trait("spec", "249")]
    public void Leads_to_host_and_port_with_the_configured_key(string host, int port, string expectedHost, int expectedPort)
    {
        var policy = new ReconnectPolicy(Configured);
        ReconnectDecision decision = policy.Decide(Configured, new Reconnect { NewHost = host, NewPort = (ushort)port });
        Assert.Equal(new ConnectionString(expectedHost, expectedPort, Keys.Authority.PublicKey), decision.Target);
        Assert.Null(decision.Refusal);
    }

    [Fact]
    [Trait("spec", "247")]
    public void An_empty_host_means_the_present_one_not_the_configured_one()
    {
        var policy = new ReconnectPolicy(Configured);
        ConnectionString present = Configured with { Host = "second.example", Port = 7 };
        Assert.Equal(present, policy.Decide(present, new Reconnect { NewHost = "", NewPort = 0 }).Target);
    }

    [Theory]
    [InlineData("evil\r\nhost")]
    [InlineData("a b")]
    [InlineData("http://x/")]
    public void Refuses_what_is_no_host(string host)
    {
        ReconnectDecision decision = new ReconnectPolicy(Configured).Decide(Configured, new Reconnect { NewHost = host, NewPort = 1 });
        Assert.Null(decision.Target);
        Assert.DoesNotContain(decision.Refusal!, char.IsControl);
    }

    [Fact]
    [Trait("spec", "251")]
    public void Bounds_the_hops_within_a_window()
    {
        var clock = new ManualTimeProvider();
        var policy = new ReconnectPolicy(Configured, hopsMax: 3, TimeSpan.FromMinutes(10), clock);
        var request = new Reconnect { NewHost = "", NewPort = 0 };
        for (int i = 0; i < 3; i++) Assert.NotNull(policy.Decide(Configured, in request).Target);
        Assert.Contains("3 times", policy.Decide(Configured, in request).Refusal, StringComparison.Ordinal);
        clock.Advance(TimeSpan.FromMinutes(10.1));
        Assert.NotNull(policy.Decide(Configured, in request).Target);
    }

    [Fact]
    [Trait("spec", "251")]
    public async Task Two_servers_that_send_a_client_to_each_other_do_not_keep_it_forever()
    {
        var ports = new int[2];
        await using Sv2Listener a = await RedirectingAsync(() => ports[1]);
        await using Sv2Listener b = await RedirectingAsync(() => ports[0]);
        ports[0] = ((IPEndPoint)a.BoundEndPoint).Port;
        ports[1] = ((IPEndPoint)b.BoundEndPoint).Port;

        ConnectionString configured = Keys.StringFor(a.BoundEndPoint, Keys.Authority.PublicKey);
        var policy = new ReconnectPolicy(configured);
        ConnectionString? next = configured;
        int connections = 0;
        while (next is not null)
        {
            ConnectionString current = next;
            await using Sv2Session session = await Sv2Session.ConnectAsync(current, Miner);
            connections++;
            await session.Connection.RunAsync(new RecordingHandler()).WaitAsync(ScriptedPeer.Patience);
            next = policy.Decide(current, session.Connection.ReconnectRequest!.Value).Target;
        }

        Assert.Equal(ReconnectPolicy.DefaultHopsMax + 1, connections);
    }

    [Fact]
    [Trait("spec", "248")]
    [Trait("spec", "249")]
    [Trait("spec", "399")]
    public async Task A_target_of_another_authority_or_without_encryption_is_refused()
    {
        var policy = new ReconnectPolicy(Configured);
        using ServerCredentials other = Keys.NewCredentials(TimeProvider.System, Keys.OtherAuthority);
        await using var hijacker = await EchoServer.StartAsync(options => options with { Credentials = other });
        var e = await Assert.ThrowsAsync<ConnectException>(() => FollowAsync(hijacker));
        Assert.Equal(NoiseFailureKind.WrongAuthority, e.Failure!.Kind);

        await using var plain = await EchoServer.StartAsync(encrypted: false);
        e = await Assert.ThrowsAsync<ConnectException>(() => FollowAsync(plain));
        Assert.Equal(ConnectStep.Handshake, e.Step);

        Task<Sv2Session> FollowAsync(EchoServer target)
        {
            var request = new Reconnect { NewHost = "127.0.0.1", NewPort = (ushort)target.ConnectionString.Port };
            // Even where a keyless target would be allowed, a configured key is never dropped.
            return Sv2Session.ConnectAsync(policy.Decide(Configured, in request).Target!, Miner, new ConnectorOptions { WithoutKey = KeylessPolicy.Plain });
        }
    }

    [Fact]
    public void Backoff_grows_with_jitter_up_to_its_bound_and_starts_over()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), random: new Random(1));
        double[] bounds = [1, 2, 4, 8, 16, 32, 60, 60, 60];
        foreach (double bound in bounds) Assert.InRange(backoff.Next().TotalSeconds, bound / 2, bound);
        Assert.Equal(bounds.Length, backoff.Attempts);
        for (int i = 0; i < 10_000; i++) Assert.InRange(backoff.Next().TotalSeconds, 30, 60);
        backoff.Reset();
        Assert.InRange(backoff.Next().TotalSeconds, 0.5, 1);
    }

    [Fact]
    public async Task Backoff_waits_on_its_clock()
    {
        var clock = new ManualTimeProvider();
        Task waiting = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), clock).WaitAsync();
        clock.Advance(TimeSpan.FromSeconds(0.4));
        Assert.False(waiting.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(0.7));
        await waiting.WaitAsync(ScriptedPeer.Patience);
    }

    private static async Task<Sv2Listener> RedirectingAsync(Func<int> port) => await Sv2Listener.StartAsync(
        new ListenerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0), Credentials = Keys.Credentials },
        async (connection, cancellation) =>
        {
            if (!(await new ServerSetup { Protocol = Subprotocol.Mining }.RunAsync(connection, cancellation)).Succeeded) return;
            connection.TrySend(new Reconnect { NewHost = "127.0.0.1", NewPort = (ushort)port() });
            await connection.RunAsync(new RecordingHandler(), cancellation);
        });
}
