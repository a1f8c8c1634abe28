using System.Net;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.TestKit;
using Sv2.Transport.Setup;
using Sv2.Transport.Tests.Support;

namespace Sv2.Transport.Tests.Setup;

/// <summary>A server that does not know extension 0x0001 and stays silent.</summary>
public class MuteServerTests
{
    [Theory]
    [InlineData(new ushort[] { 2 }, 3, false)]
    [InlineData(new ushort[0], 1, true)]
    [Trait("spec", "67")]
    public async Task A_client_ends_up_without_extensions_after_a_bounded_number_of_connections(ushort[] requested, int expectedConnections, bool answered)
    {
        int connections = 0;
        await using Sv2Listener listener = await Sv2Listener.StartAsync(
            new ListenerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0), Credentials = Keys.Credentials },
            async (connection, cancellation) =>
            {
                Interlocked.Increment(ref connections);
                await connection.RunAsync(new MuteHandler(connection), cancellation);
            });
        var setup = new ClientSetup
        {
            Protocol = Subprotocol.Mining,
            Vendor = "test",
            RequestedExtensions = requested,
            ExtensionsTimeoutMin = TimeSpan.FromMilliseconds(50),
        };
        await using Sv2Session session = await Sv2Session.ConnectAsync(Keys.StringFor(listener.BoundEndPoint, Keys.Authority.PublicKey), setup);
        Assert.True(session.Setup.Succeeded);
        Assert.Equal(answered, session.Setup.ExtensionsAnswered);
        Assert.Empty(session.Setup.Extensions.List);
        Assert.Equal(expectedConnections, connections);

        // And it works.
        var handler = new RecordingHandler { Decide = _ => FrameVerdict.HandOver };
        session.Connection.TrySendFrame(ScriptedPeer.ToFrame(0, 0x10, 7));
        await session.Connection.RunAsync(handler).WaitAsync(ScriptedPeer.Patience);
        Assert.Equal([7], (await handler.NextAsync()).Payload);
    }

    /// <summary>Accepts every setup, ignores extension 0x0001, echoes the rest.</summary>
    private sealed class MuteHandler(Sv2Connection connection) : IFrameHandler
    {
        private readonly EchoHandler _echo = new(connection);

        public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
        {
            if (header.ExtensionType != 0) return FrameVerdict.Continue;
            if (header.MessageType != SetupConnection.Info.MessageType) return _echo.OnFrame(in header, payload);
            connection.TrySend(new SetupConnectionSuccess { UsedVersion = 2, Flags = 0 });
            connection.MarkEstablished();
            return FrameVerdict.Continue;
        }

        public void OnBatchEnd()
        {
        }
    }
}
