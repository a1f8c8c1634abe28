using Sv2.Roles;
using Sv2.Roles.Hosting;

namespace Sv2.ControlPlane.Security;

/// <summary>How long a browser stays signed in.</summary>
public sealed record SessionLimits
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    /// <summary>How long a session lasts at most, one minute to 365 days.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long it lasts without being used, one minute to 365 days.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromHours(12);

    /// <exception cref="ConfigurationException">A duration is outside its limits.</exception>
    public void Check()
    {
        Check("--session-lifetime", Lifetime);
        Check("--session-idle", Idle);
    }

    private static void Check(string option, TimeSpan value)
    {
        if (value < Shortest || value > Longest)
            throw new ConfigurationException(option, $"{DurationJsonConverter.Format(value)} is outside the limits", $"give {DurationJsonConverter.Format(Shortest)} to {DurationJsonConverter.Format(Longest)}");
    }
}
