using System.Net;
using System.Net.Sockets;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.TestKit;
using Sv2.Transport.Setup;
using Sv2.Transport.Tests.Support;

namespace Sv2.Transport.Tests;

/// <summary>A thousand strangers on real sockets, and a hundred good clients between them.</summary>
public class FloodTests
{
    private const int Strangers = 1000;
    private const int GoodClients = 100;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>What a stranger does with its socket.</summary>
    public enum Manner
    {
        Silent,
        Dribble,
        Garbage,
    }

    [Theory]
    [InlineData(Manner.Silent)]
    [InlineData(Manner.Dribble)]
    [InlineData(Manner.Garbage)]
    [Trait("spec", "109")]
    public async Task All_strangers_are_closed_while_good_clients_work(Manner manner)
    {
        await using var server = await EchoServer.StartAsync(options => options with
        {
            HandshakeTimeout = Limit,
            SetupTimeout = Limit,
            HalfOpenMax = Strangers + GoodClients,
            PerAddressMax = 2 * (Strangers + GoodClients),
            Backlog = 2048,
        });
        using var stop = new CancellationTokenSource(Patience);
        Socket[] strangers = await ConnectAsync(server.Listener.BoundEndPoint, Strangers);
        Task[] misbehaving = [.. strangers.Select((socket, i) => MisbehaveAsync(socket, manner, i, stop.Token))];

        // Good clients come while all that goes on, in groups, as on a machine with few cores.
        for (int group = 0; group < GoodClients / 10; group++)
            await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => WorkAsync(server))).WaitAsync(Patience);

        // Every stranger sees its socket closed, and the listener forgets them.
        await Task.WhenAll(misbehaving).WaitAsync(Patience);
        await server.WaitForAsync(listener => listener.Connections == 0, Patience);
        Assert.Equal(0, server.Listener.HalfOpen);
        foreach (Socket socket in strangers) socket.Dispose();
        await WorkAsync(server);
    }

    [Fact]
    public async Task A_peer_that_never_reads_a_real_socket_is_closed_within_its_bound()
    {
        const int Bound = 256 * 1024;
        var closed = new TaskCompletionSource<CloseReason>(TaskCreationOptions.RunContinuationsAsynchronously);
        byte[] job = ScriptedPeer.ToFrame(0, 0x1f, new byte[1000]);
        await using Sv2Listener listener = await Sv2Listener.StartAsync(
            new ListenerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0), Credentials = Keys.Credentials, OutboundBytesMax = Bound },
            async (connection, cancellation) =>
            {
                connection.MarkEstablished();
                // The peer says when it has read the handshake, the last thing it ever reads.
                await connection.RunAsync(new RecordingHandler { Decide = _ => FrameVerdict.HandOver }, cancellation);
                Task receiving = connection.RunAsync(new RecordingHandler(), cancellation);
                // Once the kernel's and the pipe's buffers are full, the queue is all there is.
                while (connection.TrySendFrame(job))
                {
                    Assert.InRange(connection.QueuedBytes, 0, Bound);
                    if (connection.QueuedBytes > Bound / 2) await Task.Yield();
                }

                await receiving;
                closed.SetResult(connection.Reason!);
            });
        await using ScriptedPeer peer = await ScriptedPeer.ConnectAsync(listener.BoundEndPoint);
        await peer.HandshakeAsClientAsync(Keys.Authority.PublicKey);
        await peer.SendFrameAsync(0x4000, 1);
        Assert.Equal(CloseKind.SlowReader, (await closed.Task.WaitAsync(Patience)).Kind);
    }

    private static async Task WorkAsync(EchoServer server)
    {
        await using Sv2Session session = await Sv2Session.ConnectAsync(
            server.ConnectionString, new ClientSetup { Protocol = Subprotocol.Mining, Vendor = "good client" },
            // A busy test machine is no fault of the server's.
            new ConnectorOptions { HandshakeTimeout = Patience, SetupTimeout = Patience, ConnectTimeout = Patience });
        var handler = new RecordingHandler { Decide = frame => frame.Payload[0] == 2 ? FrameVerdict.HandOver : FrameVerdict.Continue };
        for (byte i = 0; i < 3; i++) Assert.True(session.Connection.TrySendFrame(ScriptedPeer.ToFrame(0, 0x10, i)));
        await session.Connection.RunAsync(handler).WaitAsync(Patience);
        Assert.Null(session.Connection.Reason);
        Assert.Equal(3, handler.Count);
    }

    private static async Task<Socket[]> ConnectAsync(EndPoint endPoint, int count)
    {
        var sockets = new Socket[count];
        for (int i = 0; i < count; i++)
        {
            sockets[i] = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await sockets[i].ConnectAsync(endPoint);
        }

        return sockets;
    }

    /// <summary>Behaves badly until the other side has closed; fails when that takes longer than the test's patience.</summary>
    private static async Task MisbehaveAsync(Socket socket, Manner manner, int seed, CancellationToken cancellation)
    {
        Task sending = manner switch
        {
            Manner.Dribble => DribbleAsync(socket, cancellation),
            Manner.Garbage => SendGarbageAsync(socket, seed, cancellation),
            _ => Task.CompletedTask,
        };
        byte[] buffer = new byte[512];
        try
        {
            while (await socket.ReceiveAsync(buffer, cancellation) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // Reset: closed as well.
        }

        socket.Close();
        await sending;
    }

    private static async Task DribbleAsync(Socket socket, CancellationToken cancellation)
    {
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            do await socket.SendAsync(new byte[1], cancellation);
            while (await second.WaitForNextTickAsync(cancellation));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed by the server, as it should be.
        }
    }

    private static async Task SendGarbageAsync(Socket socket, int seed, CancellationToken cancellation)
    {
        byte[] garbage = new byte[200];
        new Random(seed).NextBytes(garbage);
        try
        {
            await socket.SendAsync(garbage, cancellation);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed by the server already.
        }
    }
}
