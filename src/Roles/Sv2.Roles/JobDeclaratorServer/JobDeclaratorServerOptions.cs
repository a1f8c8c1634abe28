using System.ComponentModel.DataAnnotations;
using System.Net;
using Sv2.Roles.Node;

namespace Sv2.Roles.JobDeclaratorServer;

/// <summary>Configuration of a job declarator server.</summary>
public sealed record JobDeclaratorServerOptions
{
    /// <summary>Where job declarator clients connect. Port 0 takes a free port.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 34264);

    /// <summary>
    /// Host name or address to show in the connection string that clients are given, where it differs from the one listened on
    /// (a public name, a forwarded port as <c>host:port</c>). Empty: the one listened on.
    /// </summary>
    [StringLength(255)]
    public string PublicAddress { get; init; } = "";

    /// <summary>
    /// File of the authority key that clients know this server by. It is made on first use. Empty: <c>authority.key</c> in the
    /// role's folder. Give the pool's file to have one key for both.
    /// </summary>
    public string AuthorityKeyFile { get; init; } = "";

    /// <summary>
    /// File of the key that signs tokens. Pools trust tokens of their own authority key and of those in their
    /// <c>jobDeclaration.tokenKeys</c>. Empty: the key of <see cref="AuthorityKeyFile"/>.
    /// </summary>
    public string TokenKeyFile { get; init; } = "";

    /// <summary>How long a certificate for new connections is valid. It is renewed without a restart.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan CertificateValidity { get; init; } = TimeSpan.FromHours(24);

    /// <summary>
    /// Which kinds of clients are served: <c>both</c>; <c>full-template</c>, which refuses clients that do not reveal their
    /// transactions; <c>coinbase-only</c>, which never sees a transaction and needs no node.
    /// </summary>
    public DeclarationMode Mode { get; init; } = DeclarationMode.Both;

    /// <summary>The Bitcoin network that addresses belong to.</summary>
    [AllowedValues("main", "testnet4", "signet", "regtest")]
    public string Network { get; init; } = "main";

    /// <summary>Who must be paid by declared coinbases: the pool's own payout, an address of the network or a descriptor.</summary>
    [Required]
    public string Payout { get; init; } = "";

    /// <summary>
    /// Further outputs that every declared coinbase must have, worth nothing, as descriptors such as <c>raw(6a0474657374)</c>.
    /// </summary>
    [MaxLength(8)]
    public IReadOnlyList<string> FurtherOutputs { get; init; } = [];

    /// <summary>
    /// Bitcoin nodes in order of preference: the first that answers is asked, blocks go to all. Needed unless
    /// <see cref="Mode"/> is <c>coinbase-only</c>.
    /// </summary>
    [MaxLength(16)]
    public IReadOnlyList<RpcNodeOptions> Nodes { get; init; } = [];

    /// <summary>How the nodes are followed.</summary>
    [Required]
    public NodeFollowOptions NodeFollowing { get; init; } = new();

    /// <summary>
    /// Who judges declared jobs after the server's own checks (coinbase, outputs, height, weight, signature operations,
    /// commitment): <c>proposal</c> has the node judge the whole block (BIP 23) where it can, <c>local</c> leaves it at them.
    /// </summary>
    public DeclarationValidation Validation { get; init; } = DeclarationValidation.Proposal;

    /// <summary>How tokens are given.</summary>
    [Required]
    public TokenOptions Tokens { get; init; } = new();

    /// <summary>Bounds of what peers can make grow, and of what they can make wait.</summary>
    [Required]
    public DeclaratorLimits Limits { get; init; } = new();
}

/// <summary>The kinds of job declaration (6.3).</summary>
public enum DeclarationMode
{
    /// <summary>What each client prefers, by its flag DECLARE_TX_DATA.</summary>
    Both,

    /// <summary>Clients declare all transactions.</summary>
    FullTemplate,

    /// <summary>Clients declare nothing but what the pool sees in the coinbase.</summary>
    CoinbaseOnly,
}

/// <summary>Who judges declared jobs.</summary>
public enum DeclarationValidation
{
    /// <summary>The node, by a block proposal, after our own checks.</summary>
    Proposal,

    /// <summary>Our own checks alone.</summary>
    Local,
}

/// <summary>How tokens are given.</summary>
public sealed record TokenOptions
{
    /// <summary>Tokens that a connection gets in a minute. A client needs one for each template, and one for each new block.</summary>
    [Range(1.0, 100_000.0)]
    public double PerMinute { get; init; } = 120;

    /// <summary>Tokens that a connection may ask for at once, before <see cref="PerMinute"/> applies. Requests beyond are not answered.</summary>
    [Range(1, 10_000)]
    public int Burst { get; init; } = 60;

    /// <summary>Unused tokens that a connection may hold; with one more, the oldest becomes worthless.</summary>
    [Range(1, 10_000)]
    public int OutstandingMax { get; init; } = 64;

    /// <summary>How long a token may wait for its use.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long the token of an accepted declaration may wait until the pool gets it.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan DeclaredLifetime { get; init; } = TimeSpan.FromMinutes(10);
}

/// <summary>Bounds of what peers can make grow, and of what they can make wait.</summary>
public sealed record DeclaratorLimits
{
    /// <summary>Most connections at a time.</summary>
    [Range(1, 100_000)]
    public int Connections { get; init; } = 1_000;

    /// <summary>Most connections from one address.</summary>
    [Range(1, 100_000)]
    public int ConnectionsPerAddress { get; init; } = 100;

    /// <summary>Most connections that have not finished handshake and setup.</summary>
    [Range(1, 100_000)]
    public int HalfOpen { get; init; } = 256;

    /// <summary>Longest time for the encrypted handshake, and again for the setup of the session.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1000000", "00:05:00")]
    public TimeSpan Handshake { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Undecided declarations of one connection; more are refused.</summary>
    [Range(1, 64)]
    public int PendingDeclarations { get; init; } = 4;

    /// <summary>Accepted declarations of one connection that are kept for solutions, the newest ones.</summary>
    [Range(1, 256)]
    public int AcceptedDeclarations { get; init; } = 8;

    /// <summary>How long a client may take to provide the transactions that it is asked for.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1000000", "00:10:00")]
    public TimeSpan MissingTransactions { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a declaration on a block that the node does not know yet waits for it.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan UnknownTip { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Megabytes of transactions that only clients provided, of all connections together; declarations that need more are refused.</summary>
    [Range(8, 1_000_000)]
    public int ProvidedMegabytes { get; init; } = 512;

    /// <summary>Megabytes of the node's mempool that are mirrored. What is left out is asked of clients.</summary>
    [Range(1, 1_000_000)]
    public int MempoolMegabytes { get; init; } = 512;

    /// <summary>Transactions of the node's mempool that are mirrored.</summary>
    [Range(1, 10_000_000)]
    public int MempoolTransactions { get; init; } = 1_000_000;

    /// <summary>Kilobytes that may wait for a client that reads slowly; beyond it the connection is closed.</summary>
    [Range(256, 65_536)]
    public int OutboundKilobytes { get; init; } = 2_048;

    /// <summary>Decided declarations that are remembered for the list.</summary>
    [Range(0, 100_000)]
    public int Remembered { get; init; } = 1_000;

    /// <summary>How long stopping waits for clients to take their Reconnect, and for blocks to reach a node.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(2);
}
