using System.IO.Pipelines;
using Sv2.TestKit;

namespace Sv2.Transport.Tests.Support;

/// <summary>A connection under test and the peer at its other end, inside the process.</summary>
internal sealed class Pair : IAsyncDisposable
{
    private Pair(Sv2Connection connection, ScriptedPeer peer, ManualTimeProvider clock)
    {
        Connection = connection;
        Peer = peer;
        Clock = clock;
    }

    /// <summary>The server side, under test.</summary>
    internal Sv2Connection Connection { get; }

    /// <summary>The client side, scripted.</summary>
    internal ScriptedPeer Peer { get; }

    internal ManualTimeProvider Clock { get; }

    internal RecordingHandler Handler { get; } = new();

    internal static async Task<Pair> CreateAsync(
        bool encrypted, ConnectionOptions? options = null, Func<IDuplexPipe, IDuplexPipe>? wrap = null, int pauseBytes = 64 * 1024, bool isEstablished = true)
    {
        var clock = new ManualTimeProvider();
        (InMemoryDuplex client, InMemoryDuplex server) = InMemoryDuplex.CreatePair(pauseBytes);
        IDuplexPipe transport = wrap is null ? server : wrap(server);
        var peer = new ScriptedPeer(client);
        Sv2Connection connection;
        if (encrypted)
        {
            Task<Sv2Connection> accepting = Sv2Connection.AcceptAsync(transport, Keys.Credentials, options, clock);
            await peer.HandshakeAsClientAsync(Keys.Authority.PublicKey);
            connection = await accepting;
        }
        else
        {
            connection = Sv2Connection.StartPlain(transport, options, clock);
        }

        if (isEstablished) connection.MarkEstablished();
        return new Pair(connection, peer, clock);
    }

    /// <summary>Runs the connection with <see cref="Handler"/>.</summary>
    internal Task RunAsync() => Connection.RunAsync(Handler).WaitAsync(ScriptedPeer.Patience);

    /// <summary>Moves the clock on until <paramref name="task"/> is done: for limits whose start the test cannot see.</summary>
    internal async Task AdvanceUntilAsync(Task task, TimeSpan step)
    {
        using var patience = new CancellationTokenSource(ScriptedPeer.Patience);
        while (!task.IsCompleted)
        {
            patience.Token.ThrowIfCancellationRequested();
            Clock.Advance(step);
            await Task.Yield();
        }

        await task;
    }

    public async ValueTask DisposeAsync()
    {
        await Peer.DisposeAsync();
        await Connection.DisposeAsync();
    }
}
