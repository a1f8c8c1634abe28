using Sv2.ControlPlane.Api;
using Sv2.Roles;

namespace Sv2.ControlPlane.History;

/// <summary>Something that an operator should look at.</summary>
public sealed record Alarm
{
    /// <summary>Names the alarm as long as it is on: what it is, and where.</summary>
    public required string Id { get; init; }

    /// <summary>The role instance that it is about; null where it is about the stack or the machine.</summary>
    public string? Instance { get; init; }

    /// <summary>How much it matters.</summary>
    public required RoleEventSeverity Severity { get; init; }

    /// <summary>What it is, in a few words.</summary>
    public required string Title { get; init; }

    /// <summary>What is wrong, in plain words.</summary>
    public required string Message { get; init; }

    /// <summary>What to do.</summary>
    public string? Advice { get; init; }

    /// <summary>Since when.</summary>
    public DateTimeOffset Since { get; init; }
}

/// <summary>The alarms that are on. What an alarm says may change while it is on; that makes no new event.</summary>
internal sealed class AlarmBoard(IRoleHost host, TimeProvider time)
{
    private volatile IReadOnlyList<Alarm> _active = [];

    /// <summary>The gravest first, then the oldest.</summary>
    public IReadOnlyList<Alarm> Active => _active;

    /// <summary>Takes what is wrong now; tells what is new and what is over.</summary>
    public async Task UpdateAsync(IReadOnlyList<Alarm> found)
    {
        Dictionary<string, Alarm> before = _active.ToDictionary(a => a.Id, StringComparer.Ordinal);
        DateTimeOffset now = time.GetUtcNow();
        List<Alarm> present = [.. found.DistinctBy(a => a.Id).Select(a => a with { Since = before.TryGetValue(a.Id, out Alarm? old) ? old.Since : now })];
        _active = [.. present.OrderByDescending(a => a.Severity).ThenBy(a => a.Since).ThenBy(a => a.Id, StringComparer.Ordinal)];
        foreach (Alarm alarm in present.Where(a => !before.ContainsKey(a.Id)))
            await TellAsync(alarm, isActive: true);
        HashSet<string> still = [.. present.Select(a => a.Id)];
        foreach (Alarm alarm in before.Values.Where(a => !still.Contains(a.Id)))
            await TellAsync(alarm, isActive: false);
    }

    private ValueTask TellAsync(Alarm alarm, bool isActive) => host.PublishAsync(
        alarm.Instance,
        RoleEventTypes.Alarm,
        isActive ? alarm.Severity : RoleEventSeverity.Info,
        isActive ? $"{alarm.Title}: {alarm.Message}" : $"Over: {alarm.Title}",
        new AlarmEvent(alarm.Id, alarm.Instance, alarm.Severity, alarm.Title, alarm.Message, alarm.Advice, alarm.Since, isActive));

    private sealed record AlarmEvent(string Id, string? Instance, RoleEventSeverity Severity, string Title, string Message, string? Advice, DateTimeOffset Since, bool IsActive);
}
