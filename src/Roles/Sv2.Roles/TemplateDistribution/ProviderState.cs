using Sv2.Noise;

namespace Sv2.Roles.TemplateDistribution;

/// <summary>How one provider of a <see cref="TemplateClient"/>'s list is.</summary>
/// <param name="Provider">Its connection string.</param>
/// <param name="State">The state of the connection.</param>
/// <param name="Reason">Why it is down, in plain words; null while it is connected or has not been tried.</param>
/// <param name="Since">When <paramref name="State"/> began.</param>
/// <param name="NextAttempt">When it is tried again; null when no attempt is due.</param>
public sealed record ProviderState(
    ConnectionString Provider,
    UpstreamState State,
    string? Reason,
    DateTimeOffset Since,
    DateTimeOffset? NextAttempt)
{
    /// <summary>The form that reports use.</summary>
    public UpstreamInfo ToUpstreamInfo() => new("template-distribution", Provider.ToString(), State, Reason, Since);
}
