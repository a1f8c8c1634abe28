using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Sv2.Roles.Hosting;

/// <summary>
/// The newest events of a host, in a ring. Readers pull, so that a slow one costs nothing: what it misses it is told of as a
/// gap.
/// </summary>
public sealed partial class EventLog
{
    private const int MessageCharsMax = 500;

    private readonly RoleEvent[] _ring;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private readonly long _firstId;
    private long _nextId;
    private TaskCompletionSource _arrival = NewArrival();

    /// <param name="capacity">How many events are kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Where a broken event is reported.</param>
    public EventLog(int capacity, TimeProvider time, ILogger log)
    {
        _ring = new RoleEvent[capacity];
        _time = time;
        _log = log;
        // Above the ids of every earlier run, and exact as a JavaScript number for some centuries.
        _firstId = _nextId = time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
    }

    /// <summary>The id that the newest event has.</summary>
    public long LastId
    {
        get
        {
            lock (_lock)
                return _nextId - 1;
        }
    }

    /// <summary>The events that are kept, the oldest first.</summary>
    public IReadOnlyList<RoleEvent> Kept()
    {
        long next = 0;
        return Take(ref next, tellGap: false, out _);
    }

    /// <summary>Adds an event and wakes the readers.</summary>
    public void Publish(string? instance, string type, RoleEventSeverity severity, string message, object? data = null)
    {
        JsonElement? json = ToJson(type, data);
        if (message.Length > MessageCharsMax)
            message = message[..MessageCharsMax] + "…";
        TaskCompletionSource arrival;
        lock (_lock)
        {
            _ring[_nextId % _ring.Length] = new RoleEvent(_nextId, _time.GetUtcNow(), instance, type, severity, message, json);
            _nextId++;
            arrival = _arrival;
            _arrival = NewArrival();
        }

        arrival.SetResult();
    }

    /// <summary>See <see cref="IRoleHost.SubscribeAsync"/>.</summary>
    public async IAsyncEnumerable<RoleEvent> ReadAsync(long afterId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // An id of a run to come: the clock was set back. Better to begin anew than to be silent for ever.
        long next = afterId > LastId ? LastId + 1 : afterId + 1;
        bool isResumed = afterId > 0;
        while (true)
        {
            List<RoleEvent> batch = Take(ref next, isResumed, out Task arrival);
            foreach (RoleEvent item in batch)
                yield return item;
            isResumed = true;
            if (batch.Count == 0)
                await arrival.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The kept events from <paramref name="next"/> on, moved behind the last of them.</summary>
    private List<RoleEvent> Take(ref long next, bool tellGap, out Task arrival)
    {
        var batch = new List<RoleEvent>();
        lock (_lock)
        {
            arrival = _arrival.Task;
            long oldest = Math.Max(_firstId, _nextId - _ring.Length);
            if (next < oldest)
            {
                if (tellGap)
                    batch.Add(new RoleEvent(oldest - 1, _time.GetUtcNow(), null, RoleEventTypes.Gap, RoleEventSeverity.Warning, "Some events are no longer kept. Read the lists again to be up to date.", null));
                next = oldest;
            }

            for (; next < _nextId; next++)
                batch.Add(_ring[next % _ring.Length]);
        }

        return batch;
    }

    private JsonElement? ToJson(string type, object? data)
    {
        if (data is null)
            return null;
        try
        {
            return JsonSerializer.SerializeToElement(data, data.GetType(), RoleJson.Wire);
        }
        catch (Exception e) when (e is NotSupportedException or JsonException or InvalidOperationException)
        {
            LogBrokenData(_log, type, e);
            return null;
        }
    }

    private static TaskCompletionSource NewArrival() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(LogLevel.Error, "The data of event {Type} cannot be written as JSON and was left out")]
    private static partial void LogBrokenData(ILogger log, string type, Exception e);
}
