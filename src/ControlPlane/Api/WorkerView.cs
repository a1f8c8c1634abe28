using Sv2.Roles;

namespace Sv2.ControlPlane.Api;

/// <summary>A worker as REST clients see it.</summary>
public sealed record WorkerView
{
    /// <summary>The name made fit for a path.</summary>
    public required string Id { get; init; }

    /// <summary>The role instance that books its shares.</summary>
    public required string Instance { get; init; }

    /// <summary>The whole user_identity, such as <c>bc1q….rig1</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The account that it belongs to: the name up to its first point.</summary>
    public required string Account { get; init; }

    /// <summary>Whether it has a channel open.</summary>
    public required bool IsOnline { get; init; }

    /// <summary>Open channels.</summary>
    public required int Channels { get; init; }

    /// <summary>Hash rate estimated from accepted shares, in H/s.</summary>
    public required double HashRate { get; init; }

    public required long SharesAccepted { get; init; }

    public required long SharesRejected { get; init; }

    /// <summary>Rejected shares by the protocol's error code.</summary>
    public required IReadOnlyDictionary<string, long> Rejections { get; init; }

    /// <summary>Rejected shares in percent of all.</summary>
    public required double RejectedPercent { get; init; }

    /// <summary>Best share difficulty.</summary>
    public required double BestDifficulty { get; init; }

    public DateTimeOffset? LastShareAt { get; init; }

    /// <summary>Hash rate in H/s over the last hours in steps of five minutes, the oldest first; null unless asked for.</summary>
    public IReadOnlyList<double>? Sparkline { get; init; }

    internal static WorkerView Of(WorkerInfo worker, IReadOnlyList<double>? sparkline = null) => new()
    {
        Id = PathId.Of(worker.Name),
        Instance = worker.Instance,
        Name = worker.Name,
        Account = MiningBoard.AccountOf(worker.Name),
        IsOnline = worker.IsOnline,
        Channels = worker.Channels,
        HashRate = worker.HashRate,
        SharesAccepted = worker.SharesAccepted,
        SharesRejected = worker.SharesRejected,
        Rejections = worker.Rejections,
        RejectedPercent = PercentRejected(worker.SharesAccepted, worker.SharesRejected),
        BestDifficulty = worker.BestDifficulty,
        LastShareAt = worker.LastShareAt,
        Sparkline = sparkline,
    };

    internal static double PercentRejected(long accepted, long rejected) =>
        accepted + rejected == 0 ? 0 : Math.Round(100.0 * rejected / (accepted + rejected), 3);
}

/// <summary>A miner: all workers of one account.</summary>
public record MinerView
{
    /// <summary>The account made fit for a path.</summary>
    public required string Id { get; init; }

    /// <summary>The account: what stands before the first point of a user_identity.</summary>
    public required string Account { get; init; }

    /// <summary>Workers that are online or have been lately.</summary>
    public required int Workers { get; init; }

    public required int WorkersOnline { get; init; }

    /// <summary>Open channels.</summary>
    public required int Channels { get; init; }

    /// <summary>Hash rate estimated from accepted shares, in H/s.</summary>
    public required double HashRate { get; init; }

    public required long SharesAccepted { get; init; }

    public required long SharesRejected { get; init; }

    /// <summary>Rejected shares by the protocol's error code.</summary>
    public required IReadOnlyDictionary<string, long> Rejections { get; init; }

    /// <summary>Rejected shares in percent of all.</summary>
    public required double RejectedPercent { get; init; }

    /// <summary>Best share difficulty.</summary>
    public required double BestDifficulty { get; init; }

    public DateTimeOffset? LastShareAt { get; init; }

    /// <summary>Hash rate in H/s over the last hours in steps of five minutes, the oldest first; null unless asked for.</summary>
    public IReadOnlyList<double>? Sparkline { get; init; }

    /// <summary>Adds workers up by account, ordered by account.</summary>
    internal static List<MinerView> Of(IEnumerable<WorkerInfo> workers) =>
    [
        .. workers.GroupBy(w => MiningBoard.AccountOf(w.Name), StringComparer.Ordinal)
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => Sum(g.Key, [.. g])),
    ];

    internal static MinerView Sum(string account, IReadOnlyList<WorkerInfo> workers)
    {
        var rejections = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach ((string code, long count) in workers.SelectMany(w => w.Rejections))
            rejections[code] = rejections.GetValueOrDefault(code) + count;
        long accepted = workers.Sum(w => w.SharesAccepted);
        long rejected = workers.Sum(w => w.SharesRejected);
        return new MinerView
        {
            Id = PathId.Of(account),
            Account = account,
            Workers = workers.Count,
            WorkersOnline = workers.Count(w => w.IsOnline),
            Channels = workers.Sum(w => w.Channels),
            HashRate = workers.Sum(w => w.HashRate),
            SharesAccepted = accepted,
            SharesRejected = rejected,
            Rejections = rejections,
            RejectedPercent = WorkerView.PercentRejected(accepted, rejected),
            BestDifficulty = workers.Select(w => w.BestDifficulty).DefaultIfEmpty().Max(),
            LastShareAt = workers.Max(w => w.LastShareAt),
        };
    }
}

/// <summary>A miner with all that belongs to it.</summary>
public sealed record MinerDetail : MinerView
{
    /// <summary>Its workers, at most 1000.</summary>
    public required IReadOnlyList<WorkerView> WorkerList { get; init; }

    /// <summary>Its open channels, at most 1000.</summary>
    public required IReadOnlyList<ChannelInfo> ChannelList { get; init; }

    /// <summary>The blocks that it found, the newest 20.</summary>
    public required IReadOnlyList<BlockInfo> Blocks { get; init; }

    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    internal MinerDetail(MinerView miner, IReadOnlyList<WorkerView> workers, IReadOnlyList<ChannelInfo> channels, IReadOnlyList<BlockInfo> blocks)
        : base(miner) => (WorkerList, ChannelList, Blocks) = (workers, channels, blocks);
}
