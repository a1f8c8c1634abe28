using System.Net.Sockets;
using System.Text;
using Sv2.ControlPlane.Cli;
using Sv2.Roles.Tests.Hosting;
using Sv2.TestKit;

namespace Sv2.ControlPlane.Tests.Cli;

/// <summary>What a systemd unit with Type=notify and WatchdogSec= gets to hear.</summary>
public sealed class ServiceManagerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();

    private string Address => Path.Combine(_folder.Path, "notify");

    public void Dispose() => _folder.Dispose();

    private Socket Listen()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Address));
        return socket;
    }

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        using var patience = new CancellationTokenSource(Patience);
        byte[] buffer = new byte[1024];
        return Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, SocketFlags.None, patience.Token));
    }

    [Fact]
    public async Task It_tells_the_start_the_stop_and_signs_of_life()
    {
        if (!OperatingSystem.IsLinux())
            return;
        using Socket socket = Listen();
        var manager = new ServiceManager(Address, TimeSpan.FromSeconds(20), _time);

        manager.Ready("Running.");
        Assert.Equal("READY=1\nSTATUS=Running.", await ReceiveAsync(socket));

        using var end = new CancellationTokenSource();
        int looks = 0;
        Task watching = manager.WatchAsync(
            _ =>
            {
                looks++;
                return Task.CompletedTask;
            },
            end.Token);
        Assert.Equal("WATCHDOG=1", await ReceiveAsync(socket));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("WATCHDOG=1", await ReceiveAsync(socket));
        Assert.Equal(2, looks);
        await end.CancelAsync();
        await watching.WaitAsync(Patience);

        manager.Stopping();
        Assert.Equal("STOPPING=1\nSTATUS=Stopping.", await ReceiveAsync(socket));
    }

    [Fact]
    public async Task Without_a_service_manager_it_does_nothing()
    {
        var none = new ServiceManager(null, TimeSpan.FromSeconds(1), _time);
        none.Ready("Running.");
        await none.WatchAsync(_ => throw new InvalidOperationException("nobody asked"), CancellationToken.None);

        // One that has gone is no reason to stop.
        new ServiceManager(Address, null, _time).Ready("Running.");
    }
}
