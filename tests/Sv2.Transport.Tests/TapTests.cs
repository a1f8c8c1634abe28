using System.Net;
using System.Net.Sockets;
using Sv2.Protocol.Common;
using Sv2.TestKit;
using Sv2.Transport.Setup;
using Sv2.Transport.Tests.Support;

namespace Sv2.Transport.Tests;

/// <summary>What stands on the wire, and what the test kit's tap makes of it.</summary>
public class TapTests
{
    [Fact]
    [Trait("spec", "56")]
    public async Task The_tap_sees_an_encrypted_session_in_order()
    {
        await using var server = await EchoServer.StartAsync(setup: new ServerSetup { Protocol = Subprotocol.Mining, SupportedExtensions = [2] });
        await using DecryptingTap tap = await DecryptingTap.StartAsync(server.ConnectionString);
        var setup = new ClientSetup { Protocol = Subprotocol.Mining, Vendor = "tapped", RequestedExtensions = [2] };
        await using Sv2Session session = await Sv2Session.ConnectAsync(tap.ConnectionString, setup);
        session.Connection.TrySendFrame(ScriptedPeer.ToFrame(0, 0x10, 1));
        await tap.WaitForAsync(frame => frame is { Direction: TapDirection.ToClient, Header.MessageType: 0x10 });
        Assert.Equal(
            [
                (TapDirection.ToServer, 0, 0x00), (TapDirection.ToClient, 0, 0x01),
                (TapDirection.ToServer, 1, 0x00), (TapDirection.ToClient, 1, 0x01),
                (TapDirection.ToServer, 0, 0x10), (TapDirection.ToClient, 0, 0x10),
            ],
            tap.Frames.Select(frame => (frame.Direction, (int)frame.Header.ExtensionType, (int)frame.Header.MessageType)));
    }

    [Fact]
    [Trait("spec", "75")]
    [Trait("spec", "77")]
    public async Task Nothing_readable_stands_on_the_wire_of_an_encrypted_link()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        Task<Socket> accepting = server.AcceptSocketAsync();
        Task<Sv2Connection> connecting = Sv2Connector.ConnectAsync(Keys.StringFor(server.LocalEndpoint, Keys.Authority.PublicKey));
        using Socket socket = await accepting;
        using var responder = new Sv2.Noise.NoiseResponder(Keys.Credentials);
        byte[] act1 = new byte[64];
        await ReceiveAsync(socket, act1);
        // The first 64 bytes are all there is: no SetupConnection travels with the key.
        Assert.Equal(0, socket.Available);
        byte[] act2 = new byte[234];
        using Sv2.Noise.NoiseSession session = responder.ReadAct1AndWriteAct2(act1, act2);
        await socket.SendAsync(act2);
        await using Sv2Connection connection = await connecting;
        Assert.True(connection.TrySend(new Reconnect { NewHost = "readable-secret", NewPort = 1 }));
        byte[] wire = new byte[22 + 18 + 16];
        await ReceiveAsync(socket, wire);
        Assert.Equal(-1, wire.AsSpan().IndexOf("readable"u8));
        Assert.Equal(-1, wire.AsSpan().IndexOf((ReadOnlySpan<byte>)[0, 0, 4, 18, 0, 0]));
    }

    private static async Task ReceiveAsync(Socket socket, Memory<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int count = await socket.ReceiveAsync(buffer).AsTask().WaitAsync(ScriptedPeer.Patience);
            Assert.NotEqual(0, count);
            buffer = buffer[count..];
        }
    }
}
