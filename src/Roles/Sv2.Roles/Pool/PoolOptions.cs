using System.ComponentModel.DataAnnotations;
using System.Net;
using Sv2.Roles.Downstreams;
using Sv2.Roles.Ledger;

namespace Sv2.Roles.Pool;

/// <summary>Configuration of a pool.</summary>
public sealed record PoolOptions
{
    /// <summary>Where miners connect. Port 0 takes a free port.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 34254);

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

    /// <summary>Template providers in order of preference: <c>stratum2+tcp://host:port/authority-key</c>.</summary>
    [MinLength(1), MaxLength(16)]
    public IReadOnlyList<string> TemplateProviders { get; init; } = [];

    /// <summary>The Bitcoin network that addresses belong to.</summary>
    [AllowedValues("main", "testnet4", "signet", "regtest")]
    public string Network { get; init; } = "main";

    /// <summary>Who is paid by the coinbase: an address of the network, or a descriptor such as <c>addr(…)</c>, <c>wpkh(…)</c> or <c>raw(…)</c>.</summary>
    [Required]
    public string Payout { get; init; } = "";

    /// <summary>Text that the pool leaves in the coinbase of its blocks; printable ASCII.</summary>
    [StringLength(32), RegularExpression("[ -~]*")]
    public string PoolSignature { get; init; } = "";

    /// <summary>Mining for the miner's own address.</summary>
    [Required]
    public SoloOptions Solo { get; init; } = new();

    /// <summary>Wanted mean time between two shares of a channel. The difficulty follows the hash rate.</summary>
    [Range(typeof(TimeSpan), "00:00:00.0100000", "00:10:00")]
    public TimeSpan ShareInterval { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>The smallest difficulty that a channel is given, whatever hash rate it states; 0 for none.</summary>
    [Range(0.0, 1e15)]
    public double ShareDifficultyMin { get; init; }

    /// <summary>One difficulty for all channels, for tests and private pools; null lets it follow the hash rate.</summary>
    [Range(1e-12, 1e15)]
    public double? ShareDifficulty { get; init; }

    /// <summary>A channel's accepted shares are acknowledged together when so many are on disk …</summary>
    [Range(1, 10_000)]
    public int AckBatch { get; init; } = 10;

    /// <summary>… or when the first of them has been on disk for this long.</summary>
    [Range(typeof(TimeSpan), "00:00:00.0100000", "00:01:00")]
    public TimeSpan AckDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether standard channels may be opened. Without them clients are told REQUIRES_EXTENDED_CHANNELS.</summary>
    public bool StandardChannels { get; init; } = true;

    /// <summary>Whether miners may roll version bits. Without it clients are told REQUIRES_FIXED_VERSION.</summary>
    public bool VersionRolling { get; init; } = true;

    /// <summary>Jobs that miners choose themselves.</summary>
    [Required]
    public JobDeclarationOptions JobDeclaration { get; init; } = new();

    /// <summary>This pool's part in a larger one; leave it out for a pool of its own.</summary>
    public FrontEndOptions? FrontEnd { get; init; }

    /// <summary>Bounds of what peers can make grow.</summary>
    [Required]
    public PoolLimits Limits { get; init; } = new();

    /// <summary>Where shares and blocks are booked.</summary>
    [Required]
    public LedgerOptions Ledger { get; init; } = new();
}

/// <summary>
/// One of several front ends of one logical pool: same payout, same accounts, and a search space of its own, so that no two
/// front ends ever hand out the same work.
/// </summary>
public sealed record FrontEndOptions
{
    /// <summary>Name of the logical pool.</summary>
    [Required, RegularExpression("[a-z][a-z0-9-]{0,39}")]
    public string Pool { get; init; } = "";

    /// <summary>Number of this front end, different for each: the first byte of every extranonce prefix that it gives out.</summary>
    [Range(0, 255)]
    public int Number { get; init; }

    /// <summary>
    /// Whether front ends with the same template providers have one connection to them together, where their host can carry
    /// templates from one to the others. Otherwise each has its own.
    /// </summary>
    public bool ShareTemplates { get; init; } = true;
}

/// <summary>Solo mining: a miner whose account is an address of the network is paid there when it finds a block.</summary>
public sealed record SoloOptions
{
    /// <summary>Whether an address as account means solo mining. Otherwise it is a name like any other.</summary>
    public bool Enabled { get; init; }

    /// <summary>Part of a solo block's reward that goes to the pool's payout, in percent.</summary>
    [Range(0.0, 100.0)]
    public double FeePercent { get; init; }

    /// <summary>Most different addresses that may be mined for at a time. Each costs one coinbase a template.</summary>
    [Range(1, 100_000)]
    public int AddressesMax { get; init; } = 1_000;
}

/// <summary>Bounds of what miners can make grow, and of what they can make wait.</summary>
public sealed record PoolLimits : DownstreamLimits
{
    /// <summary>
    /// A connection is closed when more than this part of its last <see cref="RejectedSample"/> shares was refused, in
    /// percent; 100 never closes one.
    /// </summary>
    [Range(1.0, 100.0)]
    public double RejectedPercent { get; init; } = 90;

    /// <summary>Shares of one connection that are judged together by <see cref="RejectedPercent"/>.</summary>
    [Range(10, 1_000_000)]
    public int RejectedSample { get; init; } = 500;

    /// <summary>Worker names that one channel may use by extension 0x0002; shares of others are booked as <c>(other)</c>.</summary>
    [Range(1, 100_000)]
    public int WorkersPerChannel { get; init; } = 4_096;
}
