namespace Sv2.Roles.Orleans.Grains;

/// <summary>What a pool's grain stores of shares.</summary>
[GenerateSerializer, Alias("sv2.pool-totals-record")]
public sealed class PoolTotalsRecord
{
    /// <summary>By front end.</summary>
    [Id(0)]
    public Dictionary<string, FrontEndRecord> FrontEnds { get; set; } = [];
}

/// <summary>What one front end has booked.</summary>
[GenerateSerializer, Alias("sv2.front-end-record")]
public sealed class FrontEndRecord
{
    /// <summary>All its changes up to this second are in here.</summary>
    [Id(0)]
    public long Through { get; set; }

    /// <summary>By the worker's whole name.</summary>
    [Id(1)]
    public Dictionary<string, WorkerRecord> Workers { get; set; } = [];
}

/// <summary>What one front end has booked for one worker.</summary>
[GenerateSerializer, Alias("sv2.worker-record")]
public sealed class WorkerRecord
{
    [Id(0)]
    public string Account { get; set; } = "";

    [Id(1)]
    public string Worker { get; set; } = "";

    [Id(2)]
    public long Shares { get; set; }

    [Id(3)]
    public long Difficulty { get; set; }

    [Id(4)]
    public double Best { get; set; }

    /// <summary>Seconds since 1970.</summary>
    [Id(5)]
    public long LastShareAt { get; set; }

    /// <summary>Makes a record of what was sent.</summary>
    public static WorkerRecord Of(WorkerTotal total) => new()
    {
        Account = total.Account,
        Worker = total.Worker,
        Shares = total.Shares,
        Difficulty = total.Difficulty,
        Best = total.Best,
        LastShareAt = total.LastShareAt,
    };
}

/// <summary>What a pool's grain stores of blocks.</summary>
[GenerateSerializer, Alias("sv2.pool-blocks-record")]
public sealed class PoolBlocksRecord
{
    /// <summary>Blocks as JSON, by their hash.</summary>
    [Id(0)]
    public Dictionary<string, string> Blocks { get; set; } = [];
}
