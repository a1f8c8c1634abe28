using System.ComponentModel.DataAnnotations;

namespace Sv2.Roles.Upstreams;

/// <summary>How a role goes from one pool of its list to another.</summary>
public sealed record SwitchingOptions
{
    /// <summary>
    /// Whether the next pool of the list is kept connected, with a channel open and its jobs at hand, so that a switch takes
    /// no time. Without it a switch takes as long as connecting does.
    /// </summary>
    public bool Standby { get; init; } = true;

    /// <summary>
    /// How long a pool before the one in use must have been back, without a break, before it is used again. Keeps a pool that
    /// comes and goes from taking the miners with it.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan ReturnAfter { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>While no pool is in use: how long a later one waits for those before it that are still being connected.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan PreferenceWait { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a pool that was left stays connected, so that shares found for it just before still reach it.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A pool that opens no channel for so long is given up.</summary>
    [Range(typeof(TimeSpan), "00:00:00.5000000", "00:05:00")]
    public TimeSpan OpenTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A pool that leaves shares without any answer for so long is given up. Some pools answer every tenth share only, however
    /// long that takes, so this must be longer than ten shares take.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A pool that sends nothing at all for so long is given up.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "1.00:00:00")]
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Longest wait between two attempts to connect. The waits double from half a second up to this.</summary>
    [Range(typeof(TimeSpan), "00:00:00.5000000", "01:00:00")]
    public TimeSpan ReconnectDelayMax { get; init; } = TimeSpan.FromSeconds(30);
}
