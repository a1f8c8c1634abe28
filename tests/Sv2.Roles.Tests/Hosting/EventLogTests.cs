using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Roles.Hosting;
using Sv2.TestKit;

namespace Sv2.Roles.Tests.Hosting;

public class EventLogTests
{
    private readonly ManualTimeProvider _time = new();

    private EventLog NewLog(int capacity) => new(capacity, _time, NullLogger.Instance);

    private static async Task<List<RoleEvent>> ReadAsync(EventLog log, long after, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var seen = new List<RoleEvent>();
        await foreach (RoleEvent e in log.ReadAsync(after, patience.Token))
        {
            seen.Add(e);
            if (seen.Count == count)
                break;
        }

        return seen;
    }

    [Fact]
    public async Task The_ring_keeps_the_newest_and_tells_a_gap_to_those_who_resume()
    {
        EventLog log = NewLog(3);
        long first = log.LastId + 1;
        for (int i = 0; i < 5; i++)
            log.Publish("a", "x", RoleEventSeverity.Info, $"{i}");

        Assert.Equal(["2", "3", "4"], (await ReadAsync(log, 0, 3)).Select(e => e.Message));
        Assert.Equal([RoleEventTypes.Gap, "x", "x", "x"], (await ReadAsync(log, first, 4)).Select(e => e.Type));
        Assert.Equal(["3", "4"], (await ReadAsync(log, first + 2, 2)).Select(e => e.Message));
    }

    [Fact]
    public async Task A_reader_waits_for_what_comes()
    {
        EventLog log = NewLog(3);
        Task<List<RoleEvent>> reading = ReadAsync(log, 0, 1);
        Assert.False(reading.IsCompleted);
        log.Publish(null, "x", RoleEventSeverity.Info, "now");
        Assert.Equal("now", (await reading)[0].Message);
    }

    [Fact]
    public async Task An_id_from_the_future_is_taken_as_now()
    {
        EventLog log = NewLog(3);
        log.Publish(null, "x", RoleEventSeverity.Info, "old");
        Task<List<RoleEvent>> reading = ReadAsync(log, long.MaxValue, 1);
        log.Publish(null, "x", RoleEventSeverity.Info, "new");
        Assert.Equal("new", (await reading)[0].Message);
    }

    [Fact]
    public async Task Ids_of_a_later_run_are_higher()
    {
        EventLog first = NewLog(3);
        first.Publish(null, "x", RoleEventSeverity.Info, "a");
        _time.Advance(TimeSpan.FromSeconds(1));
        EventLog second = NewLog(3);
        second.Publish(null, "x", RoleEventSeverity.Info, "b");
        Assert.True((await ReadAsync(second, 0, 1))[0].Id > first.LastId);
    }

    [Fact]
    public async Task Data_that_is_no_json_is_left_out()
    {
        EventLog log = NewLog(3);
        log.Publish(null, "x", RoleEventSeverity.Info, "a", new { Type = typeof(string) });
        Assert.Null((await ReadAsync(log, 0, 1))[0].Data);
    }
}
