using System.ComponentModel.DataAnnotations;
using System.Net;
using Sv2.Protocol;
using Sv2.Roles.Upstreams;

namespace Sv2.Roles.Translator;

/// <summary>Configuration of a translator: Stratum V1 miners on one side, Stratum V2 pools on the other.</summary>
public sealed record TranslatorOptions
{
    /// <summary>Where Stratum V1 miners connect. Their protocol has no encryption: keep it inside the farm. Port 0 takes a free port.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 3333);

    /// <summary>
    /// Host name or address to show to miners' owners, where it differs from the one listened on (as <c>host</c> or
    /// <c>host:port</c>). Empty: the one listened on.
    /// </summary>
    [StringLength(255)]
    public string PublicAddress { get; init; } = "";

    /// <summary>
    /// Pools in order of preference. The first that is there is used; the next is kept ready, and takes over without a
    /// miner noticing more than a new job.
    /// </summary>
    [Required, MinLength(1), MaxLength(8)]
    public IReadOnlyList<UpstreamPoolOptions> Pools { get; init; } = [];

    /// <summary>
    /// Who mines, as pools want it: usually <c>account</c> or a payout address. Needed in aggregated mode. In per-miner mode
    /// the miner's own worker name is appended; empty, the miner's user name is used as it is.
    /// </summary>
    [StringLength(255)]
    public string UserIdentity { get; init; } = "";

    /// <summary>Whether all miners share one channel to the pool, or each has one of its own.</summary>
    public TranslatorMode Mode { get; init; } = TranslatorMode.Aggregated;

    /// <summary>
    /// Where the pool's extranonce prefix goes. In the coinbase it can change, also by a switch of pools, without any miner
    /// noticing. In the subscription it is part of extranonce1, as simple translators have it: then a change is told by
    /// <c>mining.set_extranonce</c> to miners that subscribed to it, and the others are asked to connect again.
    /// </summary>
    public ExtranoncePlacement Extranonce { get; init; } = ExtranoncePlacement.Coinbase;

    /// <summary>Bytes of extranonce that miners roll themselves. Firmware takes up to 8; 4 are plenty for any single machine.</summary>
    [Range(2, 8)]
    public int Extranonce2Size { get; init; } = 4;

    /// <summary>
    /// Whether shares carry the name of the miner's worker to the pool (extension 0x0002), where the pool agrees. Tells the
    /// pool which machine found what, as Stratum V1 always has.
    /// </summary>
    public bool WorkerNames { get; init; } = true;

    /// <summary>Order of the bytes in type and length of the worker's name. Deployed pools take the little end first; the specification's example has it the other way.</summary>
    public TlvByteOrder TlvByteOrder { get; init; } = TlvByteOrder.LittleEndian;

    /// <summary>Whether miners may roll version bits (BIP 310, mask 1fffe000), as far as the pool's jobs allow it.</summary>
    public bool VersionRolling { get; init; } = true;

    /// <summary>The difficulty of the miners.</summary>
    [Required]
    public TranslatorDifficulty Difficulty { get; init; } = new();

    /// <summary>A miner that had no new job for this long gets one with a newer time: some firmware takes silence for a dead pool.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How to go from one pool to another.</summary>
    [Required]
    public SwitchingOptions Switching { get; init; } = new();

    /// <summary>Bounds of what miners can make grow, and of what they can make wait.</summary>
    [Required]
    public TranslatorLimits Limits { get; init; } = new();
}

/// <summary>How miners are put on channels.</summary>
public enum TranslatorMode
{
    /// <summary>All miners share one extended channel. Shares below the channel's difficulty are counted here and go no further.</summary>
    Aggregated,

    /// <summary>Each miner has an extended channel of its own, over the same connection. The pool sets each one's difficulty.</summary>
    PerMiner,
}

/// <summary>Where the pool's extranonce prefix stands in what miners get.</summary>
public enum ExtranoncePlacement
{
    /// <summary>At the end of the job's first coinbase half.</summary>
    Coinbase,

    /// <summary>At the start of extranonce1.</summary>
    Subscription,
}

/// <summary>How the difficulty of miners is chosen. Never above the pool's: a share that the pool would take is never lost.</summary>
public sealed record TranslatorDifficulty
{
    /// <summary>Wanted mean time between two shares of a miner, in aggregated mode.</summary>
    [Range(typeof(TimeSpan), "00:00:00.0100000", "00:10:00")]
    public TimeSpan ShareInterval { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>Hash rate to assume of a miner that suggests no difficulty, until its shares tell, in H/s.</summary>
    [Range(1.0, 1e18)]
    public double InitialHashRate { get; init; } = 1e11;

    /// <summary>The smallest difficulty given out; 0 for none. The pool's own difficulty is followed even below it.</summary>
    [Range(0.0, 1e15)]
    public double Minimum { get; init; }

    /// <summary>Whether miners get powers of two only, below 1 as well. Some firmware rounds everything else, and rounds it up.</summary>
    public bool PowerOfTwo { get; init; } = true;

    /// <summary>Whether a miner begins with the difficulty it asks for (<c>mining.suggest_difficulty</c>, <c>suggest_target</c>, or <c>d=…</c> as its password).</summary>
    public bool AcceptSuggestions { get; init; } = true;
}

/// <summary>Bounds of what miners can make grow, and of what they can make wait.</summary>
public sealed record TranslatorLimits
{
    /// <summary>Most connections at a time.</summary>
    [Range(1, 1_000_000)]
    public int Connections { get; init; } = 20_000;

    /// <summary>Most connections from one address.</summary>
    [Range(1, 1_000_000)]
    public int ConnectionsPerAddress { get; init; } = 20_000;

    /// <summary>Most connections that have not subscribed and authorised. One more, and the oldest of them is closed.</summary>
    [Range(1, 100_000)]
    public int HalfOpen { get; init; } = 2_048;

    /// <summary>Time for a miner to subscribe and authorise.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1000000", "00:10:00")]
    public TimeSpan Setup { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A miner that sends nothing at all for this long is closed.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Time for a line from its first byte to its last.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1000000", "00:10:00")]
    public TimeSpan Line { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Most bytes of a line that a miner sends.</summary>
    [Range(512, 1_048_576)]
    public int LineBytes { get; init; } = 16_384;

    /// <summary>Kilobytes that may wait for a miner that reads slowly or not at all; beyond it the connection is closed.</summary>
    [Range(32, 65_536)]
    public int OutboundKilobytes { get; init; } = 256;

    /// <summary>Worker names that one connection may authorise.</summary>
    [Range(1, 10_000)]
    public int WorkersPerConnection { get; init; } = 64;

    /// <summary>Worker names that are told apart in lists; of more, the rest is shown as <c>(other)</c>.</summary>
    [Range(1, 1_000_000)]
    public int Workers { get; init; } = 50_000;

    /// <summary>How long stopping waits for what is left to send.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(2);
}
