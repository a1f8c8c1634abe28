namespace Sv2.Roles.Hosting;

/// <summary>Where and within which bounds an in-process host works.</summary>
public sealed record InProcessRoleHostOptions
{
    /// <summary>Absolute path of the data folder; the caller holds it (see <see cref="DataFolder"/>).</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Shares templates with instances on other machines; null where there are none.</summary>
    public ITemplateExchange? TemplateExchange { get; init; }

    /// <summary>Most instances.</summary>
    public int InstancesMax { get; init; } = 256;

    /// <summary>Events kept for those who resume.</summary>
    public int EventsMax { get; init; } = 4096;

    /// <summary>How long one instance may take to stop.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long all together may take to stop when the host ends.</summary>
    public TimeSpan StopAllGrace { get; init; } = TimeSpan.FromSeconds(4);
}
