using Sv2.Roles;

namespace Sv2.ControlPlane.Cli;

/// <summary>Prints the host's events into the progress log.</summary>
internal static class EventPrinter
{
    public static async Task PrintAsync(IRoleHost host, ILineLog log, long afterId, CancellationToken cancellationToken)
    {
        ToldTips told = new();
        try
        {
            await foreach (RoleEvent e in host.SubscribeAsync(afterId, cancellationToken))
            {
                if (told.IsRepeated(e) && log.IsForPeople) continue;
                log.Write(e.Instance ?? "sv2", e.Severity, e.Message, ("event", e.Type), ("eventId", e.Id), ("data", e.Data));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The program ends.
        }
    }
}
