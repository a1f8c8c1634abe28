using System.Text.Json;

namespace Sv2.Roles;

/// <summary>
/// Where a role announces what an operator wants to see as it happens: a block, a new tip, a worker that came or went.
/// Never called per share. Thread-safe, never blocks, never throws; the host keeps a bounded number of the newest.
/// </summary>
public interface IRoleEvents
{
    /// <summary>Publishes one event.</summary>
    /// <param name="type">What happened, see <see cref="RoleEventTypes"/>; kebab-case.</param>
    /// <param name="severity">How much it matters.</param>
    /// <param name="message">One sentence in plain words.</param>
    /// <param name="data">Plain serialisable details (a record such as <see cref="BlockInfo"/>); null for none.</param>
    void Publish(string type, RoleEventSeverity severity, string message, object? data = null);
}

/// <summary>An event as subscribers see it.</summary>
/// <param name="Id">Increases by one with every event of a host; larger than any id of an earlier run of it.</param>
/// <param name="Time">When it was published.</param>
/// <param name="Instance">The role instance it is about; null when it is about the host.</param>
/// <param name="Type">What happened.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Message">One sentence in plain words.</param>
/// <param name="Data">Details; null for none.</param>
public sealed record RoleEvent(
    long Id,
    DateTimeOffset Time,
    string? Instance,
    string Type,
    RoleEventSeverity Severity,
    string Message,
    JsonElement? Data);

/// <summary>How much an event matters.</summary>
public enum RoleEventSeverity
{
    /// <summary>Normal life.</summary>
    Info,

    /// <summary>Good news worth a mark, such as a block.</summary>
    Success,

    /// <summary>Something is missing or late.</summary>
    Warning,

    /// <summary>Something failed.</summary>
    Error,
}

/// <summary>The event types that pages and alarms know.</summary>
public static class RoleEventTypes
{
    /// <summary>A role changed its state. Published by the host.</summary>
    public const string RoleState = "role-state";

    /// <summary>A role's definition was created, changed or deleted. Published by the host.</summary>
    public const string RoleDefinition = "role-definition";

    /// <summary>A block was found or changed its state; data is a <see cref="BlockInfo"/>.</summary>
    public const string Block = "block";

    /// <summary>The best chain has a new tip; data is a <see cref="TipInfo"/>.</summary>
    public const string NewTip = "new-tip";

    /// <summary>A worker opened its first channel.</summary>
    public const string WorkerOnline = "worker-online";

    /// <summary>A worker closed its last channel.</summary>
    public const string WorkerOffline = "worker-offline";

    /// <summary>A peer that kept to the protocol was disconnected for going beyond a limit of the configuration.</summary>
    public const string PeerCutOff = "peer-cut-off";

    /// <summary>A connection to an upstream was set up or lost; data is an <see cref="UpstreamInfo"/>.</summary>
    public const string Upstream = "upstream";

    /// <summary>Something needs an operator, or does no longer. Published by the control plane.</summary>
    public const string Alarm = "alarm";

    /// <summary>Events were dropped because the reader was too far behind. Published by the host.</summary>
    public const string Gap = "gap";
}
