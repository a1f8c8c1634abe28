using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Cli;

/// <summary>What every long-running verb does between its banner and its end.</summary>
internal static class Running
{
    private static readonly TimeSpan WebGrace = TimeSpan.FromMilliseconds(700);

    /// <summary>Prints events and tells the service manager that all is ready, until a stop is asked for; then stops roles and web server, within five seconds in all.</summary>
    public static async Task UntilStoppedAsync(InProcessRoleHost host, ControlPlaneServer? server, ControlPlaneOptions options, ILineLog log, long seenEvent, StopSignal stop)
    {
        ServiceManager manager = ServiceManager.FromEnvironment(TimeProvider.System);
        using var printing = new CancellationTokenSource();
        Task printer = Task.WhenAll(
            manager.WatchAsync(async cancellationToken => await host.ListAsync(cancellationToken), printing.Token),
            EventPrinter.PrintAsync(host, log, seenEvent, printing.Token),
            ProgressPrinter.PrintAsync(host, options, log, TimeProvider.System, printing.Token));
        manager.Ready(server is null ? "Running." : $"Running. Pages at {server.Url}");
        await stop.WaitAsync();
        manager.Stopping();
        log.Write("sv2", RoleEventSeverity.Info, "Stopping.");
        await host.StopAllAsync();
        if (server is not null)
        {
            using var grace = new CancellationTokenSource(WebGrace);
            await server.StopAsync(grace.Token);
        }

        await printing.CancelAsync();
        await printer;
        log.Write("sv2", RoleEventSeverity.Info, "Stopped.");
    }
}
