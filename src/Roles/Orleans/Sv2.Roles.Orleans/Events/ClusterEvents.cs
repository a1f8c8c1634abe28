using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Sv2.Roles.Orleans.Grains;
using Sv2.Roles.Orleans.Supervision;

namespace Sv2.Roles.Orleans.Events;

/// <summary>
/// The cluster's events for the readers of this silo. However many read here, the log's grain is asked for news four times a
/// second at most.
/// </summary>
internal sealed partial class ClusterEvents(IGrainFactory grains, EventForwarder own, TimeProvider time, ILogger<ClusterEvents> log)
{
    private const int EventsPerRead = 512;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private Task<EventBatch>? _poll;
    private long _pollAfter;
    private int _waiting;

    /// <summary>See <see cref="IRoleHost.SubscribeAsync"/>.</summary>
    public async IAsyncEnumerable<RoleEvent> ReadAsync(long afterId, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // An id of a log to come: the clock was set back. Better to begin anew than to be silent for ever.
        long last = Math.Min(afterId, await GetLastIdAsync(cancellation).ConfigureAwait(false));
        bool isResumed = afterId > 0;
        while (true)
        {
            EventBatch batch = await NextAsync(last, cancellation).ConfigureAwait(false);
            if (isResumed && last + 1 < batch.FirstId)
                yield return new RoleEvent(batch.FirstId - 1, time.GetUtcNow(), null, RoleEventTypes.Gap, RoleEventSeverity.Warning, "Some events are no longer kept. Read the lists again to be up to date.", null);
            isResumed = true;
            last = Math.Max(last, batch.FirstId - 1);
            foreach (RoleEvent item in batch.Events)
            {
                if (item.Id <= last) continue;
                last = item.Id;
                yield return item;
            }
        }
    }

    /// <summary>The id of the newest event, with all that this silo has published.</summary>
    public async Task<long> GetLastIdAsync(CancellationToken cancellation)
    {
        await own.FlushAsync(cancellation).ConfigureAwait(false);
        return (await AskAsync(long.MaxValue, 0, cancellation).ConfigureAwait(false)).LastId;
    }

    /// <summary>All events that are kept, the oldest first.</summary>
    public async Task<IReadOnlyList<RoleEvent>> ListAsync(CancellationToken cancellation)
    {
        await own.FlushAsync(cancellation).ConfigureAwait(false);
        return (await AskAsync(0, int.MaxValue, cancellation).ConfigureAwait(false)).Events;
    }

    private Task<EventBatch> AskAsync(long afterId, int max, CancellationToken cancellation) =>
        time.ReadAsync(() => grains.GetGrain<IEventLogGrain>(0).ReadAsync(afterId, max), cancellation);

    /// <summary>Events after an id; those who wait for the same ones share one question.</summary>
    private async Task<EventBatch> NextAsync(long afterId, CancellationToken cancellation)
    {
        while (true)
        {
            Task<EventBatch> poll;
            lock (_gate)
            {
                // Who is behind the others catches up alone.
                if (_poll is { IsCompleted: false } && afterId < _pollAfter) poll = AskAsync(afterId, EventsPerRead, cancellation);
                else poll = _poll is { IsCompleted: false } running ? running : _poll = PollAsync(_pollAfter = afterId);
                _waiting++;
            }

            try
            {
                EventBatch batch = await poll.WaitAsync(cancellation).ConfigureAwait(false);
                if (batch.LastId > afterId && (batch.Events.Length > 0 || batch.FirstId > afterId + 1)) return batch;
            }
            finally
            {
                lock (_gate) _waiting--;
            }
        }
    }

    /// <summary>Asks until there is something new, or until nobody waits for it any more.</summary>
    private async Task<EventBatch> PollAsync(long afterId)
    {
        await Task.Yield();
        while (true)
        {
            try
            {
                EventBatch batch = await AskAsync(afterId, EventsPerRead, CancellationToken.None).ConfigureAwait(false);
                if (batch.LastId > afterId) return batch;
                lock (_gate)
                {
                    if (_waiting == 0) return batch;
                }
            }
            catch (Exception e)
            {
                LogFailed(log, e.Message);
                lock (_gate)
                {
                    if (_waiting == 0) return new EventBatch([], 0, 0);
                }
            }

            await Task.Delay(PollInterval, time).ConfigureAwait(false);
        }
    }

    [LoggerMessage(LogLevel.Debug, "The cluster's events could not be read and are asked for again: {Reason}")]
    private static partial void LogFailed(ILogger log, string reason);
}
