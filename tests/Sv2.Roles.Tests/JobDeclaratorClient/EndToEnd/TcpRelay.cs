using System.Net;
using System.Net.Sockets;

namespace Sv2.Roles.Tests.JobDeclaratorClient.EndToEnd;

/// <summary>Stands between a client and a server, and can stop passing on what the client says.</summary>
internal sealed class TcpRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _running = [];
    private readonly Task _accepting;
    private volatile bool _swallows;

    public TcpRelay(IPEndPoint server)
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync(server);
    }

    public int Port { get; }

    /// <summary>From now on what the client sends is read and goes nowhere, on present and on new connections.</summary>
    public void Swallow() => _swallows = true;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_running);
        _stopping.Dispose();
    }

    private async Task AcceptAsync(IPEndPoint server)
    {
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptSocketAsync(_stopping.Token);
                _running.Add(ServeAsync(client, server));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(Socket client, IPEndPoint server)
    {
        using (client)
        {
            using Socket upstream = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await upstream.ConnectAsync(server, _stopping.Token);
                await Task.WhenAny(CopyAsync(client, upstream, isFromClient: true), CopyAsync(upstream, client, isFromClient: false));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // Either side has gone.
            }
        }
    }

    private async Task CopyAsync(Socket from, Socket to, bool isFromClient)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _stopping.Token) is > 0 and int count)
                if (!isFromClient || !_swallows)
                    await to.SendAsync(buffer.AsMemory(0, count), _stopping.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Either side has gone.
        }
    }
}
