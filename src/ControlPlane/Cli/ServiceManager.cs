using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Sv2.ControlPlane.Cli;

/// <summary>
/// Tells the service manager how the program is, by the protocol of sd_notify(3): a unit with <c>Type=notify</c> counts as
/// started once everything serves, and one with <c>WatchdogSec=</c> is restarted when it hangs. Does nothing where no service
/// manager listens. Never throws: that nobody listens any more is no reason to stop mining.
/// </summary>
/// <param name="address">The socket's path; <c>@name</c> for one in the abstract namespace; null for none.</param>
/// <param name="watchdog">How often a sign of life is wanted at least; null for never.</param>
/// <param name="time">The clock.</param>
internal sealed class ServiceManager(string? address, TimeSpan? watchdog, TimeProvider time)
{
    /// <summary>The service manager that started this process, as the environment tells.</summary>
    public static ServiceManager FromEnvironment(TimeProvider time)
    {
        // The variables are inherited: only the process that they name is meant.
        bool isMeant = Environment.GetEnvironmentVariable("WATCHDOG_PID") is not { Length: > 0 } pid
            || pid == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        TimeSpan? watchdog = isMeant && long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds) && microseconds > 0
            ? TimeSpan.FromMicroseconds(microseconds)
            : null;
        string? socket = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");
        return new ServiceManager(OperatingSystem.IsWindows() || socket is not ['/' or '@', ..] ? null : socket, watchdog, time);
    }

    /// <summary>Everything serves.</summary>
    public void Ready(string status) => Send($"READY=1\nSTATUS={status}");

    /// <summary>The stop has begun.</summary>
    public void Stopping() => Send("STOPPING=1\nSTATUS=Stopping.");

    /// <summary>Gives signs of life at half the time in which one is wanted, each after a look whether the program still answers.</summary>
    /// <param name="look">Completes when the program answers; a hang in it is what the watchdog is for.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task WatchAsync(Func<CancellationToken, Task> look, CancellationToken cancellationToken)
    {
        if (address is null || watchdog is not { } interval)
            return;
        using var timer = new PeriodicTimer(interval / 2, time);
        try
        {
            do
            {
                await look(cancellationToken);
                Send("WATCHDOG=1");
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The program stops.
        }
    }

    private void Send(string message)
    {
        if (address is null)
            return;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(address[0] == '@' ? "\0" + address[1..] : address));
            socket.Send(Encoding.UTF8.GetBytes(message));
        }
        catch (SocketException)
        {
            // The service manager has gone, or the socket is not ours to write to.
        }
    }
}
