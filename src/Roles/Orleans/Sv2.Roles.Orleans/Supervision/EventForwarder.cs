using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Sv2.Roles.Hosting;
using Sv2.Roles.Orleans.Grains;

namespace Sv2.Roles.Orleans.Supervision;

/// <summary>Sends this silo's events to the cluster's log, in batches of what has come together.</summary>
internal sealed partial class EventForwarder(
    IGrainFactory grains, InProcessRoleHost host, ILocalSiloDetails silo, TimeProvider time, ILogger<EventForwarder> log)
{
    private const int BatchMax = 256;
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a reader waits for what this silo has published; longer means that the log's grain is out of reach.</summary>
    private static readonly TimeSpan FlushPatience = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private TaskCompletionSource _progress = NewProgress();
    private long _sentId;

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

    /// <summary>Waits until all that this silo has published so far is in the cluster's log, so that whoever published it reads it there.</summary>
    public async Task FlushAsync(CancellationToken cancellation)
    {
        if (await host.ListEventsAsync(cancellation).ConfigureAwait(false) is not [.., { } newest]) return;
        long began = time.GetTimestamp();
        while (true)
        {
            Task progress;
            lock (_gate)
            {
                if (_sentId >= newest.Id) return;
                progress = _progress.Task;
            }

            TimeSpan left = FlushPatience - time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero) return;
            await progress.WaitAsync(left, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private async Task SendAsync(List<RoleEvent> batch, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await grains.GetGrain<IEventLogGrain>(0).AppendAsync(silo.Name, [.. batch]).WaitAsync(cancellation).ConfigureAwait(false);
                Note(batch[^1].Id);
                return;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(log, batch.Count, e.Message);
                await Task.Delay(RetryPause, time, cancellation).ConfigureAwait(false);
            }
        }
    }

    private void Note(long sentId)
    {
        TaskCompletionSource progress;
        lock (_gate)
        {
            _sentId = sentId;
            progress = _progress;
            _progress = NewProgress();
        }

        progress.SetResult();
    }

    private static TaskCompletionSource NewProgress() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(LogLevel.Debug, "{Count} events could not be sent and will be sent again: {Reason}")]
    private static partial void LogFailed(ILogger log, int count, string reason);
}
