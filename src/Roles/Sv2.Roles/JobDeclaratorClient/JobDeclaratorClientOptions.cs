using System.ComponentModel.DataAnnotations;
using System.Net;
using Sv2.Roles.Downstreams;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>Configuration of a job declarator client.</summary>
public sealed record JobDeclaratorClientOptions
{
    /// <summary>Address and port to listen on for miners. Port 0 takes any free one.</summary>
    [Required]
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

    /// <summary>Template providers in order of preference: <c>stratum2+tcp://host:port/authority-key</c>. Use your own node's.</summary>
    [MinLength(1), MaxLength(16)]
    public IReadOnlyList<string> TemplateProviders { get; init; } = [];

    /// <summary>The Bitcoin network that addresses belong to.</summary>
    [AllowedValues("main", "testnet4", "signet", "regtest")]
    public string Network { get; init; } = "main";

    /// <summary>How much of a template the server is shown (6.3). Any upstream may say otherwise for itself.</summary>
    public DeclarationMode Mode { get; init; } = DeclarationMode.FullTemplate;

    /// <summary>Who the pools are to credit: <c>user_identity</c> of the channel and <c>user_identifier</c> of tokens.</summary>
    [StringLength(255)]
    public string UserIdentity { get; init; } = "sv2.jdc";

    /// <summary>Pools with their job declarator servers, in order of preference. None: solo mining alone.</summary>
    [MaxLength(8)]
    public IReadOnlyList<UpstreamOptions> Upstreams { get; init; } = [];

    /// <summary>Mining for oneself when no upstream is left.</summary>
    [Required]
    public SoloOptions Solo { get; init; } = new();

    /// <summary>Outputs of one's own in every coinbase, beside the pool's. The pool may credit such jobs with less (6.4.3).</summary>
    [MaxLength(16)]
    public IReadOnlyList<OwnOutputOptions> OwnOutputs { get; init; } = [];

    /// <summary>Wanted mean time between two shares of a channel. No channel gets a harder target than the pool asks for.</summary>
    [Range(typeof(TimeSpan), "00:00:00.0100000", "00:10:00")]
    public TimeSpan ShareInterval { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>The smallest difficulty that a channel is given, whatever hash rate it states; 0 for none.</summary>
    [Range(0.0, 1e15)]
    public double ShareDifficultyMin { get; init; }

    /// <summary>One difficulty for all channels; null lets it follow the hash rate.</summary>
    [Range(1e-12, 1e15)]
    public double? ShareDifficulty { get; init; }

    /// <summary>A channel's accepted shares are acknowledged together when there are so many …</summary>
    [Range(1, 10_000)]
    public int AckBatch { get; init; } = 10;

    /// <summary>… or when the first of them has waited for this long.</summary>
    [Range(typeof(TimeSpan), "00:00:00.0100000", "00:01:00")]
    public TimeSpan AckDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether pools that can (extension 0x0002) are told which miner found each share. Off by default: it shows the pool the
    /// make-up of the farm.
    /// </summary>
    public bool ReportWorkers { get; init; }

    /// <summary>Whether miners may roll version bits. Without it they are told REQUIRES_FIXED_VERSION.</summary>
    public bool VersionRolling { get; init; } = true;

    /// <summary>
    /// Bytes of extranonce that a miner's extended channel rolls. Four more tell the channels apart; a pool must grant the sum.
    /// </summary>
    [Range(4, 12)]
    public int ExtranonceSize { get; init; } = 8;

    /// <summary>Tokens, declarations and what waits for them.</summary>
    [Required]
    public DeclarationOptions Declaration { get; init; } = new();

    /// <summary>When to leave an upstream, and when to come back.</summary>
    [Required]
    public FallbackOptions Fallback { get; init; } = new();

    /// <summary>Bounds of what miners can make grow.</summary>
    [Required]
    public DownstreamLimits Limits { get; init; } = new();
}

/// <summary>How much of a template the server is shown (6.3).</summary>
public enum DeclarationMode
{
    /// <summary>Every transaction is declared, so that the server can check the job and send its block as well (6.3.2).</summary>
    FullTemplate,

    /// <summary>Nothing but the coinbase is shown; the miner's transactions stay private (6.3.1).</summary>
    CoinbaseOnly,
}

/// <summary>A pool together with its job declarator server.</summary>
public sealed record UpstreamOptions
{
    /// <summary>The pool: <c>stratum2+tcp://host:port/authority-key</c>.</summary>
    [Required]
    public string Pool { get; init; } = "";

    /// <summary>Its job declarator server: <c>stratum2+tcp://host:port/authority-key</c>.</summary>
    [Required]
    public string DeclaratorServer { get; init; } = "";

    /// <summary>Mode for this upstream; null for the client's own.</summary>
    public DeclarationMode? Mode { get; init; }

    /// <summary>Identity for this upstream; empty for the client's own.</summary>
    [StringLength(255)]
    public string UserIdentity { get; init; } = "";
}

/// <summary>Mining for oneself when no upstream is left.</summary>
public sealed record SoloOptions
{
    /// <summary>Who is paid: an address of the network or a descriptor. Empty: no solo mining, the last job is mined on instead.</summary>
    public string Payout { get; init; } = "";

    /// <summary>How long to wait for the first upstream after the start before mining solo.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan After { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>An output of one's own.</summary>
public sealed record OwnOutputOptions
{
    /// <summary>An address of the network, or a descriptor such as <c>raw(6a…)</c>.</summary>
    [Required]
    public string Output { get; init; } = "";

    /// <summary>Part of the template's revenue that it gets, in percent. The pool's payout gets what all of these leave.</summary>
    [Range(0.0, 99.0)]
    public double Percent { get; init; }
}

/// <summary>Tokens, declarations and what waits for them.</summary>
public sealed record DeclarationOptions
{
    /// <summary>Tokens kept ready for the next jobs.</summary>
    [Range(1, 16)]
    public int TokensInStock { get; init; } = 3;

    /// <summary>A token older than this is not used any more: the server may have forgotten it.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "1.00:00:00")]
    public TimeSpan TokenAgeMax { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Longest wait for a token. There is no error message for tokens, so silence is the refusal.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1000000", "00:10:00")]
    public TimeSpan TokenTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest wait for the answer to a declaration, the transactions it asks for included.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1000000", "00:10:00")]
    public TimeSpan DeclarationTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest wait for the pool's word on a custom job.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1000000", "00:10:00")]
    public TimeSpan CustomJobTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Least time between two jobs on the same block when templates come faster; the newest template is taken then.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan TemplateInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// For this long after a new block a refusal may only mean that the other side does not know it yet: the job is
    /// declared again instead of leaving the upstream.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan TipGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Most shares kept while jobs wait for the pool's word; later ones are refused, with <c>try-again-later</c>.</summary>
    [Range(1, 1_000_000)]
    public int CachedSharesMax { get; init; } = 20_000;
}

/// <summary>When to leave an upstream, and when to come back.</summary>
public sealed record FallbackOptions
{
    /// <summary>Valid shares that a pool may refuse within a minute; one more and it is left.</summary>
    [Range(0, 10_000)]
    public int RejectedSharesMax { get; init; } = 5;

    /// <summary>
    /// A pool that leaves shares without any answer for so long is left. Some pools answer every tenth share only, however long
    /// that takes, so this must be longer than ten shares take.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1000000", "01:00:00")]
    public TimeSpan ShareAnswerTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>First wait before a lost upstream is connected again; doubles with each failure.</summary>
    [Range(typeof(TimeSpan), "00:00:00.0500000", "00:10:00")]
    public TimeSpan ReconnectDelayMin { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest such wait.</summary>
    [Range(typeof(TimeSpan), "00:00:00.0500000", "01:00:00")]
    public TimeSpan ReconnectDelayMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an upstream that refused a job is left alone; doubles with each refusal.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1000000", "1.00:00:00")]
    public TimeSpan RefusalDelayMin { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Longest such rest.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1000000", "7.00:00:00")]
    public TimeSpan RefusalDelayMax { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// How long a preferred upstream must have been back before it is tried with a job. When it has acknowledged that, the
    /// miners change over.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan ReturnAfter { get; init; } = TimeSpan.FromSeconds(30);
}
