using Sv2.Roles.MiningProxy;

namespace Sv2.Load;

/// <summary>What a run does.</summary>
internal sealed record LoadOptions
{
    /// <summary>Connection string of the pool; null starts one in a process beside this.</summary>
    public string? Pool { get; init; }

    /// <summary>Whether the miners speak Stratum V1: to the address given, or to a translator started with two pools behind it.</summary>
    public bool Sv1 { get; init; }

    /// <summary>Whether the translator gives every miner a channel of its own.</summary>
    public bool PerMiner { get; init; }

    /// <summary>The mode of the mining proxy, with two pools behind it, that is started in place of a pool; null for none.</summary>
    public ProxyMode? Proxy { get; init; }

    /// <summary>Whether a translator or proxy stands between the miners and two pools.</summary>
    public bool IsFarm => Pool is null && (Sv1 || Proxy is not null);

    /// <summary>When the farm's pool stops, so that it switches to the other; zero for never.</summary>
    public TimeSpan SwitchAfter { get; init; }

    /// <summary>Time between two shares of a channel that the pools behind a translator or proxy aim at.</summary>
    public TimeSpan PoolShareInterval { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>Miners, each with a connection and a channel of its own.</summary>
    public int Miners { get; init; } = 100;

    /// <summary>Connections begun a second; 0 for all at once.</summary>
    public double Ramp { get; init; }

    /// <summary>Connections that may be in the making at a time.</summary>
    public int Concurrency { get; init; } = 128;

    /// <summary>Shares of one miner in a minute; 0 for none.</summary>
    public double SharesPerMinute { get; init; } = 10;

    /// <summary>Whether each miner sends as fast as its window allows, in place of a rate.</summary>
    public bool FullSpeed { get; init; }

    /// <summary>Shares of one miner that may wait for an answer.</summary>
    public int Window { get; init; } = 64;

    /// <summary>Part of the shares, in percent, that name a job that does not exist: their refusal tells how fast a verdict is.</summary>
    public double BadPercent { get; init; } = 1;

    /// <summary>Whether extended channels are opened.</summary>
    public bool Extended { get; init; }

    /// <summary>How long shares are sent, once all are connected.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Time between new tips; zero for none. Needs a pool started by this tool.</summary>
    public TimeSpan TipEvery { get; init; }

    /// <summary>Tips that follow one another at each such time.</summary>
    public int TipBurst { get; init; } = 1;

    /// <summary>Time between storms of reconnecting; zero for none.</summary>
    public TimeSpan ReconnectEvery { get; init; }

    /// <summary>Part of the miners, in percent, that a storm drops and connects again.</summary>
    public double ReconnectPercent { get; init; } = 50;

    /// <summary>Listeners of the event stream with which and without which the load is repeated, to compare; zero for none.</summary>
    public int EventListeners { get; init; }
}
