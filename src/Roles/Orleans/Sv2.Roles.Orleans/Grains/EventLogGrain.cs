namespace Sv2.Roles.Orleans.Grains;

internal sealed class EventLogGrain(TimeProvider time) : Grain, IEventLogGrain
{
    private const int EventsMax = 4096;

    private readonly Queue<RoleEvent> _events = new();
    private readonly Dictionary<string, long> _sources = [];

    // Above the ids of every earlier activation, and exact as a JavaScript number.
    private long _nextId = time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;

    public Task AppendAsync(string silo, RoleEvent[] events)
    {
        long seen = _sources.GetValueOrDefault(silo);
        foreach (RoleEvent item in events)
        {
            if (item.Id <= seen) continue;
            if (_events.Count == EventsMax) _events.Dequeue();
            _events.Enqueue(item with { Id = _nextId++ });
            seen = item.Id;
        }

        _sources[silo] = seen;
        return Task.CompletedTask;
    }

    public Task<EventBatch> ReadAsync(long afterId, int max)
    {
        RoleEvent[] after = [.. _events.SkipWhile(item => item.Id <= afterId).Take(max)];
        long first = _events.TryPeek(out RoleEvent? oldest) ? oldest.Id : _nextId;
        return Task.FromResult(new EventBatch(after, _nextId - 1, first));
    }
}
