namespace Sv2.Roles.Probe;

/// <summary>What a <see cref="ServiceProbe"/> asks for, and how long it waits.</summary>
public sealed record ServiceProbeOptions
{
    /// <summary>For whom a channel is opened or a token asked. Default: <c>sv2.doctor</c>; a solo pool wants an address.</summary>
    public string UserIdentity { get; init; } = "sv2.doctor";

    /// <summary>Whether to open a standard channel instead of an extended one. The setup must have asked for the same.</summary>
    public bool StandardChannel { get; init; }

    /// <summary>How long each step waits for the server. Default 10 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);
}
