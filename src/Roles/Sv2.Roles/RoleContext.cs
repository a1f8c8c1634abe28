using Microsoft.Extensions.Logging;

namespace Sv2.Roles;

/// <summary>What a host gives to one role instance: its name, its own folder, the clock, the logs and the event sink.</summary>
public sealed class RoleContext
{
    /// <summary>The instance's name, unique in its host, such as <c>pool</c>.</summary>
    public required string InstanceName { get; init; }

    /// <summary>
    /// The instance's own folder (absolute path). It exists, only its owner may read it, and it stays over restarts of the
    /// instance; no other instance writes there.
    /// </summary>
    public required string DataDirectory { get; init; }

    /// <summary>Makes loggers; messages carry the instance's name by themselves.</summary>
    public required ILoggerFactory LoggerFactory { get; init; }

    /// <summary>The clock. Roles read no other.</summary>
    public required TimeProvider TimeProvider { get; init; }

    /// <summary>Where the role announces what an operator wants to see as it happens.</summary>
    public required IRoleEvents Events { get; init; }

    /// <summary>Shares templates with instances on other machines; null where there are none.</summary>
    public ITemplateExchange? TemplateExchange { get; init; }

    /// <summary>
    /// The full path of a configured file: <paramref name="configured"/> as it is when absolute, inside
    /// <see cref="DataDirectory"/> when relative, and <paramref name="defaultName"/> inside it when nothing is configured.
    /// </summary>
    public string ResolvePath(string? configured, string defaultName) =>
        Path.GetFullPath(string.IsNullOrWhiteSpace(configured) ? defaultName : configured, DataDirectory);
}
