using System.Net;
using System.Net.Sockets;
using Sv2.Noise;
using Sv2.Protocol.Common;
using Sv2.TestKit;
using Sv2.Transport.Setup;
using Sv2.Transport.Tests.Support;

namespace Sv2.Transport.Tests;

/// <summary>Listener and connector over real sockets on loopback.</summary>
public class ListenerTests
{
    private static readonly IPEndPoint Loopback = new(IPAddress.Loopback, 0);
    private static readonly ServerSetup Pool = new() { Protocol = Subprotocol.Mining };
    private static readonly ClientSetup Miner = new() { Protocol = Subprotocol.Mining, Vendor = "test" };

    [Fact]
    public async Task Serves_an_encrypted_session_and_ends_it_in_good_order()
    {
        await using var server = await EchoServer.StartAsync();
        await using (Sv2Session session = await Sv2Session.ConnectAsync(server.ConnectionString, Miner))
        {
            Assert.True(session.Connection.IsEncrypted);
            Assert.True(session.Setup.Succeeded);
            Assert.True(session.Connection.ConnectTime > TimeSpan.Zero);
            await RoundTripAsync(session.Connection);
            Assert.Equal(1, server.Listener.Connections);
            Assert.Equal(0, server.Listener.HalfOpen);
        }

        await server.WaitForAsync(listener => listener.Connections == 0);
        Assert.Equal(CloseKind.PeerClosed, (await server.NextReasonAsync()).Kind);
    }

    [Fact]
    [Trait("spec", "77")]
    public async Task Serves_a_plain_session_where_both_sides_say_so()
    {
        await using var server = await EchoServer.StartAsync(encrypted: false);
        await using Sv2Session session = await Sv2Session.ConnectAsync(
            server.ConnectionString, Miner, new ConnectorOptions { WithoutKey = KeylessPolicy.Plain });
        Assert.False(session.Connection.IsEncrypted);
        await RoundTripAsync(session.Connection);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("8.8.8.8")]
    [InlineData("::")]
    [Trait("spec", "76")]
    public async Task Refuses_to_listen_plainly_on_public_addresses(string address)
    {
        var options = new ListenerOptions { EndPoint = new IPEndPoint(IPAddress.Parse(address), 0), AllowPlain = true };
        var e = await Assert.ThrowsAsync<ListenException>(() => Sv2Listener.StartAsync(options, (_, _) => Task.CompletedTask));
        Assert.Contains("without encryption", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("spec", "76")]
    public async Task Refuses_to_listen_plainly_unless_it_was_asked_for()
    {
        var e = await Assert.ThrowsAsync<ListenException>(() => Sv2Listener.StartAsync(new ListenerOptions { EndPoint = Loopback }, (_, _) => Task.CompletedTask));
        Assert.Contains("AllowPlain", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_in_one_line_that_a_port_is_in_use()
    {
        await using var server = await EchoServer.StartAsync();
        var options = new ListenerOptions { EndPoint = (IPEndPoint)server.Listener.BoundEndPoint, Credentials = Keys.Credentials };
        var e = await Assert.ThrowsAsync<ListenException>(() => Sv2Listener.StartAsync(options, (_, _) => Task.CompletedTask));
        Assert.Contains("another program uses this port", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public async Task Says_in_one_line_that_an_address_is_not_ours()
    {
        var options = new ListenerOptions { EndPoint = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 0), Credentials = Keys.Credentials };
        var e = await Assert.ThrowsAsync<ListenException>(() => Sv2Listener.StartAsync(options, (_, _) => Task.CompletedTask));
        Assert.Contains("192.0.2.1", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("spec", "94")]
    public async Task Refuses_a_server_of_another_authority_before_setup()
    {
        await using var server = await EchoServer.StartAsync();
        ConnectionString wrong = server.ConnectionString with { AuthorityPublicKey = Keys.OtherAuthority.PublicKey };
        var e = await Assert.ThrowsAsync<ConnectException>(() => Sv2Session.ConnectAsync(wrong, Miner));
        Assert.Equal(ConnectStep.Handshake, e.Step);
        Assert.Equal(NoiseFailureKind.WrongAuthority, e.Failure!.Kind);
    }

    [Fact]
    [Trait("spec", "108")]
    public async Task Refuses_a_server_without_a_key_unless_told_otherwise()
    {
        await using var server = await EchoServer.StartAsync();
        ConnectionString keyless = server.ConnectionString with { AuthorityPublicKey = null };
        var e = await Assert.ThrowsAsync<ConnectException>(() => Sv2Connector.ConnectAsync(keyless));
        Assert.Equal(ConnectStep.Policy, e.Step);

        await using Sv2Session insecure = await Sv2Session.ConnectAsync(
            keyless, Miner, new ConnectorOptions { WithoutKey = KeylessPolicy.EncryptWithoutAuthentication });
        Assert.True(insecure.Connection.IsEncrypted);
    }

    [Fact]
    [Trait("spec", "76")]
    public async Task Refuses_to_connect_plainly_to_public_addresses()
    {
        var server = new ConnectionString("192.0.2.1", 34254, null);
        var e = await Assert.ThrowsAsync<ConnectException>(() => Sv2Connector.ConnectAsync(server, new ConnectorOptions { WithoutKey = KeylessPolicy.Plain }));
        Assert.Equal(ConnectStep.Policy, e.Step);
    }

    [Fact]
    public async Task Says_that_nothing_listens()
    {
        ConnectionString gone;
        await using (var server = await EchoServer.StartAsync()) gone = server.ConnectionString;
        var e = await Assert.ThrowsAsync<ConnectException>(() => Sv2Connector.ConnectAsync(gone));
        Assert.Equal(ConnectStep.Tcp, e.Step);
        Assert.Contains("nothing listens", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_that_a_name_cannot_be_resolved()
    {
        var e = await Assert.ThrowsAsync<ConnectException>(() => Sv2Connector.ConnectAsync(new ConnectionString("no-such-host.invalid", 1, Keys.Authority.PublicKey)));
        Assert.Equal(ConnectStep.NameResolution, e.Step);
    }

    [Fact]
    public async Task Tells_a_refused_setup_with_its_flags()
    {
        await using var server = await EchoServer.StartAsync();
        var e = await Assert.ThrowsAsync<ConnectException>(() => Sv2Session.ConnectAsync(server.ConnectionString, Miner with { Flags = ClientSetup.ProbeFlags }));
        Assert.Equal(ConnectStep.Setup, e.Step);
        Assert.Equal(ClientSetup.ProbeFlags, e.Setup!.UnsupportedFlags);
    }

    [Fact]
    public async Task One_callback_that_throws_touches_no_other_connection()
    {
        int calls = 0;
        await using Sv2Listener listener = await Sv2Listener.StartAsync(
            new ListenerOptions { EndPoint = Loopback, Credentials = Keys.Credentials },
            async (connection, cancellation) =>
            {
                if (Interlocked.Increment(ref calls) == 1) throw new InvalidOperationException("our bug");
                await Pool.RunAsync(connection, cancellation);
                await connection.RunAsync(new EchoHandler(connection), cancellation);
            });
        ConnectionString server = Keys.StringFor(listener.BoundEndPoint, Keys.Authority.PublicKey);
        await using (Sv2Connection first = await Sv2Connector.ConnectAsync(server)) await first.RunAsync(new RecordingHandler()).WaitAsync(ScriptedPeer.Patience);
        await using Sv2Session second = await Sv2Session.ConnectAsync(server, Miner);
        await RoundTripAsync(second.Connection);
    }

    [Fact]
    public async Task Takes_no_more_connections_than_allowed()
    {
        await using var server = await EchoServer.StartAsync(options => options with { ConnectionsMax = 2 });
        await using Sv2Session first = await Sv2Session.ConnectAsync(server.ConnectionString, Miner);
        Sv2Session second = await Sv2Session.ConnectAsync(server.ConnectionString, Miner);
        await Assert.ThrowsAsync<ConnectException>(() => Sv2Session.ConnectAsync(server.ConnectionString, Miner));
        await second.DisposeAsync();
        await server.WaitForAsync(listener => listener.Connections == 1);
        await using Sv2Session third = await Sv2Session.ConnectAsync(server.ConnectionString, Miner);
        await RoundTripAsync(first.Connection);
        await RoundTripAsync(third.Connection);
    }

    [Fact]
    public async Task Server_that_resets_the_connection_at_once_is_a_connect_error()
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        server.Bind(Loopback);
        server.Listen();
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.LocalEndPoint!);
        using (Socket accepted = await server.AcceptAsync()) accepted.LingerState = new LingerOption(enable: true, seconds: 0);
        // Returns when the reset has arrived: from then on the socket no longer knows its addresses.
        Assert.True(socket.Poll(ScriptedPeer.Patience, SelectMode.SelectRead));

        ConnectException e = await Assert.ThrowsAsync<ConnectException>(() => Sv2Connector.SecureAsync(
            socket, Keys.StringFor((IPEndPoint)server.LocalEndPoint!, Keys.Authority.PublicKey), new ConnectorOptions(), TimeProvider.System, 0, null, default));
        Assert.Equal(ConnectStep.Tcp, e.Step);
    }

    [Fact]
    public async Task Takes_no_more_connections_from_one_address_than_allowed()
    {
        await using var server = await EchoServer.StartAsync(options => options with { PerAddressMax = 1 });
        await using Sv2Session first = await Sv2Session.ConnectAsync(server.ConnectionString, Miner);
        await Assert.ThrowsAsync<ConnectException>(() => Sv2Session.ConnectAsync(server.ConnectionString, Miner));
        await RoundTripAsync(first.Connection);
    }

    [Fact]
    [Trait("spec", "109")]
    public async Task The_oldest_unfinished_connection_makes_room_for_the_next()
    {
        await using var server = await EchoServer.StartAsync(options => options with { HalfOpenMax = 2, HandshakeTimeout = Timeout.InfiniteTimeSpan });
        await using ScriptedPeer oldest = await ScriptedPeer.ConnectAsync(server.Listener.BoundEndPoint);
        await server.WaitForAsync(listener => listener.HalfOpen == 1);
        await using ScriptedPeer older = await ScriptedPeer.ConnectAsync(server.Listener.BoundEndPoint);
        await server.WaitForAsync(listener => listener.HalfOpen == 2);
        await using Sv2Session good = await Sv2Session.ConnectAsync(server.ConnectionString, Miner);
        await oldest.ExpectCloseAsync();
        await RoundTripAsync(good.Connection);
    }

    [Fact]
    public async Task Stops_with_connections_in_every_stage()
    {
        var server = await EchoServer.StartAsync();
        await using ScriptedPeer silent = await ScriptedPeer.ConnectAsync(server.Listener.BoundEndPoint);
        await using Sv2Connection secured = await Sv2Connector.ConnectAsync(server.ConnectionString);
        await using Sv2Session session = await Sv2Session.ConnectAsync(server.ConnectionString, Miner);
        await server.WaitForAsync(listener => listener.Connections == 3);
        Task receiving = session.Connection.RunAsync(new RecordingHandler());
        await server.Listener.StopAsync().WaitAsync(ScriptedPeer.Patience);
        await receiving.WaitAsync(ScriptedPeer.Patience);
        await silent.ExpectCloseAsync();
        Assert.Equal(0, server.Listener.Connections);
        await Assert.ThrowsAsync<ConnectException>(() => Sv2Connector.ConnectAsync(server.ConnectionString));
        await server.DisposeAsync();
    }

    [Fact]
    [Trait("spec", "252")]
    public async Task Drains_every_client_with_a_reconnect()
    {
        await using var server = await EchoServer.StartAsync();
        Sv2Session[] sessions = [.. await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Sv2Session.ConnectAsync(server.ConnectionString, Miner)))];
        Task[] receiving = [.. sessions.Select(session => session.Connection.RunAsync(new RecordingHandler()).WaitAsync(ScriptedPeer.Patience))];
        await server.WaitForAsync(listener => listener.HalfOpen == 0);
        await server.Listener.DrainAsync("standby.example", 34255).WaitAsync(ScriptedPeer.Patience);
        await Task.WhenAll(receiving);
        foreach (Sv2Session session in sessions)
        {
            Assert.Equal(CloseKind.ReconnectRequested, session.Connection.Reason!.Kind);
            Assert.Equal(new Reconnect { NewHost = "standby.example", NewPort = 34255 }, session.Connection.ReconnectRequest);
            await session.DisposeAsync();
        }
    }

    private static async Task RoundTripAsync(Sv2Connection connection)
    {
        var handler = new RecordingHandler { Decide = _ => FrameVerdict.HandOver };
        byte[] frame = ScriptedPeer.ToFrame(0, 0x10, 1, 2, 3, 4);
        Assert.True(connection.TrySendFrame(frame));
        await connection.RunAsync(handler).WaitAsync(ScriptedPeer.Patience);
        Assert.Null(connection.Reason);
        Assert.Equal([1, 2, 3, 4], (await handler.NextAsync()).Payload);
    }
}
