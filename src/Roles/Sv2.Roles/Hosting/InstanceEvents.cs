namespace Sv2.Roles.Hosting;

/// <summary>The event sink of one instance.</summary>
internal sealed class InstanceEvents(string instance, EventLog log) : IRoleEvents
{
    public void Publish(string type, RoleEventSeverity severity, string message, object? data = null) =>
        log.Publish(instance, type, severity, message, data);
}
