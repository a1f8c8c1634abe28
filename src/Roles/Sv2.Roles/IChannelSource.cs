namespace Sv2.Roles;

/// <summary>A role that has mining channels open, towards miners or towards a pool.</summary>
public interface IChannelSource
{
    /// <summary>A snapshot, ordered by connection and channel id. Must not hold up the data plane.</summary>
    ValueTask<Page<ChannelInfo>> ListChannelsAsync(ListQuery query, CancellationToken cancellationToken);
}

/// <summary>A mining channel.</summary>
public sealed record ChannelInfo
{
    /// <summary>The role instance; the host fills it in.</summary>
    public string Instance { get; init; } = "";

    /// <summary>Number of the connection in its role.</summary>
    public required long ConnectionId { get; init; }

    /// <summary>The channel's id on its connection.</summary>
    public required uint ChannelId { get; init; }

    /// <summary><c>standard</c> or <c>extended</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Whether the channel comes from a miner (true) or goes to a pool (false).</summary>
    public required bool IsDownstream { get; init; }

    /// <summary>user_identity of the open request.</summary>
    public required string UserIdentity { get; init; }

    /// <summary>The peer's address.</summary>
    public required string RemoteAddress { get; init; }

    /// <summary>Vendor, hardware and firmware of the peer as it gave them; null if it gave none.</summary>
    public string? Device { get; init; }

    /// <summary>Extranonce prefix, lower-case hex.</summary>
    public required string ExtranoncePrefix { get; init; }

    /// <summary>Hash rate that the miner stated, in H/s.</summary>
    public required double NominalHashRate { get; init; }

    /// <summary>Hash rate estimated from accepted shares, in H/s.</summary>
    public required double HashRate { get; init; }

    /// <summary>Difficulty of the channel's present target.</summary>
    public required double Difficulty { get; init; }

    public required long SharesAccepted { get; init; }

    public required long SharesRejected { get; init; }

    public required DateTimeOffset OpenedAt { get; init; }

    public DateTimeOffset? LastShareAt { get; init; }
}
