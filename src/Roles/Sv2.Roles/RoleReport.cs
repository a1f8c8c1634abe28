namespace Sv2.Roles;

/// <summary>How a role is, in its own words. Plain data: it goes to REST clients and across machines as it stands.</summary>
public sealed record RoleReport
{
    /// <summary>Overall health.</summary>
    public required RoleHealth Health { get; init; }

    /// <summary>
    /// One sentence in plain words that says what the role does or what is wrong and what to do, such as
    /// "Waiting for the template provider at 127.0.0.1:8442: connection refused. Miners stay connected."
    /// </summary>
    public required string Message { get; init; }

    /// <summary>Where the role listens, with bound ports.</summary>
    public IReadOnlyList<EndpointInfo> Endpoints { get; init; } = [];

    /// <summary>The peers it connects to, in order of preference.</summary>
    public IReadOnlyList<UpstreamInfo> Upstreams { get; init; } = [];

    /// <summary>Figures of the moment. See <see cref="FigureNames"/> for the ones that pages add up over roles.</summary>
    public IReadOnlyList<Figure> Figures { get; init; } = [];

    /// <summary>Rejected shares since the start by the protocol's error code; bounded by the number of codes.</summary>
    public IReadOnlyDictionary<string, long> Rejections { get; init; } = new Dictionary<string, long>();

    /// <summary>A report with nothing but a health and a message.</summary>
    public static RoleReport Of(RoleHealth health, string message) => new() { Health = health, Message = message };
}

/// <summary>How well a role does its work.</summary>
public enum RoleHealth
{
    /// <summary>It does all of its work.</summary>
    Healthy,

    /// <summary>It serves, but something that it needs is missing or late.</summary>
    Degraded,

    /// <summary>It cannot do its work.</summary>
    Unhealthy,
}

/// <summary>A place where a role listens.</summary>
/// <param name="Protocol">The subprotocol in words: <c>mining</c>, <c>template-distribution</c>, <c>job-declaration</c>, <c>stratum-v1</c>.</param>
/// <param name="Address">The bound address, <c>127.0.0.1:34254</c> or <c>[::1]:34254</c>.</param>
/// <param name="ConnectionString">What to give to a client: <c>stratum2+tcp://host:port/authority-key</c>; null where there is none.</param>
/// <param name="Encrypted">Whether the Noise handshake is asked for.</param>
public sealed record EndpointInfo(string Protocol, string Address, string? ConnectionString, bool Encrypted);

/// <summary>A peer that a role connects to.</summary>
/// <param name="Protocol">The subprotocol in words, as in <see cref="EndpointInfo"/>.</param>
/// <param name="Address">The configured connection string or address.</param>
/// <param name="State">How the connection is.</param>
/// <param name="Reason">Why it is not connected, in plain words; null while it is.</param>
/// <param name="Since">When <paramref name="State"/> began.</param>
public sealed record UpstreamInfo(string Protocol, string Address, UpstreamState State, string? Reason, DateTimeOffset Since)
{
    /// <summary>Smoothed time from a share or request to its answer, in milliseconds; null where nothing was measured.</summary>
    public double? LatencyMilliseconds { get; init; }

    /// <summary>Shares that this upstream acknowledged since the role's start.</summary>
    public long SharesAccepted { get; init; }

    /// <summary>Shares that this upstream refused since the role's start.</summary>
    public long SharesRejected { get; init; }

    /// <summary>Refused shares by the protocol's error code; bounded by the number of codes.</summary>
    public IReadOnlyDictionary<string, long> Rejections { get; init; } = new Dictionary<string, long>();
}

/// <summary>How a connection to an upstream is.</summary>
public enum UpstreamState
{
    /// <summary>Not connected and not in use: a fallback in waiting, or the role is stopped.</summary>
    Standby,

    /// <summary>Connecting, or in the handshake or the setup.</summary>
    Connecting,

    /// <summary>Set up and in use.</summary>
    Connected,

    /// <summary>Set up with an open channel, ready to take over at once, but not in use.</summary>
    Ready,

    /// <summary>Lost or refused; the next attempt is scheduled.</summary>
    BackingOff,

    /// <summary>Refused for good (wrong authority key, unsupported protocol); a person must change something.</summary>
    Failed,
}

/// <summary>One figure of a report.</summary>
/// <param name="Name">camelCase name, see <see cref="FigureNames"/>.</param>
/// <param name="Value">The value in <paramref name="Unit"/>.</param>
/// <param name="Unit">Unit: <c>H/s</c>, <c>shares</c>, <c>blocks</c>, <c>connections</c>, <c>s</c>, … or empty.</param>
public sealed record Figure(string Name, double Value, string Unit);

/// <summary>Names of the figures that are the same for every kind that has them.</summary>
public static class FigureNames
{
    /// <summary>Hash rate in H/s: measured by a device, estimated from accepted shares by a pool or proxy.</summary>
    public const string HashRate = "hashRate";

    /// <summary>Shares accepted since the start.</summary>
    public const string SharesAccepted = "sharesAccepted";

    /// <summary>Shares rejected since the start.</summary>
    public const string SharesRejected = "sharesRejected";

    /// <summary>Blocks found since the start.</summary>
    public const string BlocksFound = "blocksFound";

    /// <summary>Best share difficulty since the start.</summary>
    public const string BestDifficulty = "bestDifficulty";

    /// <summary>Open downstream connections.</summary>
    public const string Connections = "connections";

    /// <summary>Open channels.</summary>
    public const string Channels = "channels";

    /// <summary>Height of the best block known.</summary>
    public const string Height = "height";

    /// <summary>Transactions waiting in the mempool.</summary>
    public const string MempoolTransactions = "mempoolTransactions";
}
