using Sv2.Roles;

namespace Sv2.ControlPlane.Api;

/// <summary>A peer that a role connects to.</summary>
public sealed record UpstreamView
{
    /// <summary>The role instance that connects.</summary>
    public required string Instance { get; init; }

    /// <summary>The subprotocol in words.</summary>
    public required string Protocol { get; init; }

    /// <summary>The configured connection string or address.</summary>
    public required string Address { get; init; }

    public required UpstreamState State { get; init; }

    /// <summary>Why it is not connected, in plain words; null while it is.</summary>
    public string? Reason { get; init; }

    /// <summary>When the state began.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Smoothed time from a share or request to its answer, in milliseconds; null where nothing was measured.</summary>
    public double? LatencyMilliseconds { get; init; }

    /// <summary>Shares that it acknowledged since the role's start.</summary>
    public required long SharesAccepted { get; init; }

    /// <summary>Shares that it refused since the role's start.</summary>
    public required long SharesRejected { get; init; }

    /// <summary>Refused shares by the protocol's error code.</summary>
    public required IReadOnlyDictionary<string, long> Rejections { get; init; }

    internal static UpstreamView Of(string instance, UpstreamInfo upstream) => new()
    {
        Instance = instance,
        Protocol = upstream.Protocol,
        Address = upstream.Address,
        State = upstream.State,
        Reason = upstream.Reason,
        Since = upstream.Since,
        LatencyMilliseconds = upstream.LatencyMilliseconds,
        SharesAccepted = upstream.SharesAccepted,
        SharesRejected = upstream.SharesRejected,
        Rejections = upstream.Rejections,
    };
}
