using Microsoft.Extensions.Logging;
using Sv2.Roles.Hosting;
using Sv2.Roles.Orleans.Grains;

namespace Sv2.Roles.Orleans.Supervision;

/// <summary>Sends this silo's events to the cluster's log, in batches of what has come together.</summary>
internal sealed partial class EventForwarder(IGrainFactory grains, InProcessRoleHost host, string silo, ILogger<EventForwarder> log)
{
    private const int BatchMax = 256;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var batch = new List<RoleEvent>();
        try
        {
            await using IAsyncEnumerator<RoleEvent> events = host.SubscribeAsync(0, cancellation).GetAsyncEnumerator(cancellation);
            Task<bool> next = events.MoveNextAsync().AsTask();
            while (true)
            {
                await next.ConfigureAwait(false);
                batch.Add(events.Current);
                next = events.MoveNextAsync().AsTask();
                while (next.IsCompletedSuccessfully && batch.Count < BatchMax)
                {
                    batch.Add(events.Current);
                    next = events.MoveNextAsync().AsTask();
                }

                await SendAsync(batch, cancellation).ConfigureAwait(false);
                batch.Clear();
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The normal end.
        }
    }

    private async Task SendAsync(List<RoleEvent> batch, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await grains.GetGrain<IEventLogGrain>(0).AppendAsync(silo, [.. batch]).WaitAsync(cancellation).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(log, batch.Count, e.Message);
                await Task.Delay(Pause, cancellation).ConfigureAwait(false);
            }
        }
    }

    [LoggerMessage(LogLevel.Debug, "{Count} events could not be sent and will be sent again: {Reason}")]
    private static partial void LogFailed(ILogger log, int count, string reason);
}
