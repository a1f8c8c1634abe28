namespace Sv2.Roles;

/// <summary>A role that accounts shares to workers.</summary>
public interface IWorkerSource
{
    /// <summary>Workers that are online or have been lately, ordered by name. Must not hold up the data plane.</summary>
    ValueTask<Page<WorkerInfo>> ListWorkersAsync(ListQuery query, CancellationToken cancellationToken);
}

/// <summary>A worker: everything that mines under one user_identity.</summary>
public sealed record WorkerInfo
{
    /// <summary>The role instance; the host fills it in.</summary>
    public string Instance { get; init; } = "";

    /// <summary>The whole user_identity, such as <c>bc1q….rig1</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it has a channel open.</summary>
    public required bool IsOnline { get; init; }

    /// <summary>Open channels.</summary>
    public required int Channels { get; init; }

    /// <summary>Hash rate estimated from accepted shares, in H/s.</summary>
    public required double HashRate { get; init; }

    public required long SharesAccepted { get; init; }

    public required long SharesRejected { get; init; }

    /// <summary>Rejected shares by the protocol's error code; bounded by the number of codes.</summary>
    public IReadOnlyDictionary<string, long> Rejections { get; init; } = new Dictionary<string, long>();

    /// <summary>Best share difficulty.</summary>
    public required double BestDifficulty { get; init; }

    public DateTimeOffset? LastShareAt { get; init; }
}
