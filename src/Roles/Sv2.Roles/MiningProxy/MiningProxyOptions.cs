using System.ComponentModel.DataAnnotations;
using System.Net;
using Sv2.Roles.Downstreams;
using Sv2.Roles.Upstreams;

namespace Sv2.Roles.MiningProxy;

/// <summary>Configuration of a mining proxy: many Stratum V2 devices on few connections to pools.</summary>
public sealed record MiningProxyOptions
{
    /// <summary>Where miners connect. Port 0 takes a free port.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 34265);

    /// <summary>
    /// Host name or address to show in the connection string that miners are given, where it differs from the one listened
    /// on (a public name, a forwarded port as <c>host:port</c>). Empty: the one listened on.
    /// </summary>
    [StringLength(255)]
    public string PublicAddress { get; init; } = "";

    /// <summary>File of the authority key. It is made on first use. Empty: <c>authority.key</c> in the role's folder.</summary>
    public string AuthorityKeyFile { get; init; } = "";

    /// <summary>How long a certificate for new connections is valid. It is renewed without a restart.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan CertificateValidity { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Pools in order of preference.</summary>
    [MinLength(1), MaxLength(16)]
    public IReadOnlyList<UpstreamPoolOptions> Pools { get; init; } = [];

    /// <summary>How the proxy goes from one pool to another.</summary>
    [Required]
    public SwitchingOptions Switching { get; init; } = new();

    /// <summary>Whether all miners share one channel of the pool, or each has its own there.</summary>
    public ProxyMode Mode { get; init; } = ProxyMode.Aggregated;

    /// <summary>
    /// Who mines, as the pools want it, for pools that have no identity of their own in the list. In transparent mode empty
    /// means that each miner's own identity is passed on.
    /// </summary>
    [StringLength(255)]
    public string UserIdentity { get; init; } = "";

    /// <summary>
    /// Whether pools that can (extension 0x0002) are told which miner found each share. Off by default: it shows the pool the
    /// make-up of the farm.
    /// </summary>
    public bool ReportWorkers { get; init; }

    /// <summary>
    /// Aggregated mode: bytes of the extranonce that tell the proxy's channels apart. 2 are enough for 65 536 channels between
    /// two blocks.
    /// </summary>
    [Range(1, 8)]
    public int ChannelBytes { get; init; } = 4;

    /// <summary>
    /// Aggregated mode: bytes of extranonce for a miner that asks for no more. Miners that ask for more get it, as far as the
    /// pool has given so many.
    /// </summary>
    [Range(1, 24)]
    public int ExtranonceSize { get; init; } = 8;

    /// <summary>Aggregated mode: wanted mean time between two shares of a miner's channel. Only those that are hard enough go to the pool.</summary>
    [Range(typeof(TimeSpan), "00:00:00.0100000", "00:10:00")]
    public TimeSpan ShareInterval { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>Aggregated mode: the smallest difficulty that a miner is given, whatever hash rate it states; 0 for none.</summary>
    [Range(0.0, 1e15)]
    public double ShareDifficultyMin { get; init; }

    /// <summary>
    /// Whether every standard channel is sent standard jobs, finished for it, and not only those of miners that ask for them
    /// (REQUIRES_STANDARD_JOBS). For firmware that knows no extended jobs and does not say so. Costs a message for each channel
    /// and job in place of one for each connection.
    /// </summary>
    public bool StandardJobsForAll { get; init; }

    /// <summary>Worker names that are told apart in lists; of more, the rest is shown as <c>(other)</c>.</summary>
    [Range(1, 1_000_000)]
    public int WorkersMax { get; init; } = 50_000;

    /// <summary>Bounds of what miners can make grow.</summary>
    [Required]
    public DownstreamLimits Limits { get; init; } = new();
}

/// <summary>How miners' channels become channels of the pool.</summary>
public enum ProxyMode
{
    /// <summary>All miners share one extended channel of the pool: least traffic; shares are checked and counted by the proxy.</summary>
    Aggregated,

    /// <summary>Each channel of a miner has its own at the pool, which knows and counts every miner.</summary>
    Transparent,
}
