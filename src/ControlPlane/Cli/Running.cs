using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Cli;

/// <summary>What every long-running verb does between its banner and its end.</summary>
internal static class Running
{
    private static readonly TimeSpan WebGrace = TimeSpan.FromMilliseconds(700);

    /// <summary>Prints events until a stop is asked for, then stops roles and web server, within five seconds in all.</summary>
    public static async Task UntilStoppedAsync(InProcessRoleHost host, ControlPlaneServer? server, ControlPlaneOptions options, LineLog log, long seenEvent, StopSignal stop)
    {
        using var printing = new CancellationTokenSource();
        Task printer = Task.WhenAll(
            EventPrinter.PrintAsync(host, log, seenEvent, printing.Token),
            ProgressPrinter.PrintAsync(host, options, log, TimeProvider.System, printing.Token));
        await stop.WaitAsync();
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
