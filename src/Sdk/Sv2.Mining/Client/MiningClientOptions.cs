namespace Sv2.Mining.Client;

/// <summary>Limits of a <see cref="MiningClientSession"/> towards its server.</summary>
public sealed record MiningClientOptions
{
    /// <summary>Most jobs remembered for a channel: future, active and past ones together.</summary>
    public int JobsPerChannelMax { get; init; } = 32;

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its limits.</exception>
    public void Validate() => ArgumentOutOfRangeException.ThrowIfLessThan(JobsPerChannelMax, 4);
}
