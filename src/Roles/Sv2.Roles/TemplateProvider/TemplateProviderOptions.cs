using System.ComponentModel.DataAnnotations;
using System.Net;
using Sv2.Roles.TemplateProvider.BitcoinCore;
using Sv2.Roles.TemplateProvider.EmbeddedChain;

namespace Sv2.Roles.TemplateProvider;

/// <summary>Configuration of a template provider.</summary>
public sealed class TemplateProviderOptions
{
    /// <summary>Address and port to listen on; port 0 takes a free one.</summary>
    [Required]
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 8442);

    /// <summary>Host, or <c>host:port</c>, for the connection string that clients are given; empty for what is listened on.</summary>
    public string PublicAddress { get; init; } = "";

    /// <summary>File with the authority key, made when it is missing; null for <c>authority.key</c> in the data folder.</summary>
    public string? AuthorityKeyFile { get; init; }

    /// <summary>Where the templates come from.</summary>
    [Required]
    public TemplateSourceOptions Source { get; init; } = new();

    /// <summary>Shortest time between two templates on the same tip. New tips never wait.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "01:00:00")]
    public TimeSpan TemplateInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How much a template must be worth more than the last one, in satoshi, to be sent before <see cref="TemplateRefresh"/>.</summary>
    [Range(0L, 2_100_000_000_000_000L)]
    public long FeeRise { get; init; } = 1000;

    /// <summary>A template of this age is replaced as soon as the candidates are not the same any more, whatever they are worth.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan TemplateRefresh { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Whether clients get an empty template for the block after the next one beforehand, so that on a new tip a SetNewPrevHash
    /// alone starts them; the full template follows in the same write.
    /// </summary>
    public bool TemplatesAhead { get; init; } = true;

    /// <summary>Templates kept for solutions and transaction requests; beyond it the oldest is forgotten.</summary>
    [Range(16, 100_000)]
    public int TemplatesKept { get; init; } = 512;

    /// <summary>How long templates of an earlier tip are kept: a block found on one may still be wanted.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan StaleTemplateLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Most clients at a time.</summary>
    [Range(1, 10_000)]
    public int ClientsMax { get; init; } = 64;

    /// <summary>Most bytes that may wait for one client; must hold the transactions of a full block.</summary>
    [Range(8 * 1024 * 1024, 1024 * 1024 * 1024)]
    public int ClientOutboundBytesMax { get; init; } = 12 * 1024 * 1024;
}

/// <summary>Where templates come from.</summary>
public sealed class TemplateSourceOptions
{
    /// <summary>What kind of source it is.</summary>
    public TemplateSourceKind Kind { get; init; } = TemplateSourceKind.Embedded;

    /// <summary>The embedded chain; used when <see cref="Kind"/> is <c>embedded</c>.</summary>
    public EmbeddedChainOptions Embedded { get; init; } = new();

    /// <summary>The Bitcoin Core nodes; needed when <see cref="Kind"/> is <c>bitcoin-core</c>.</summary>
    public BitcoinCoreOptions? BitcoinCore { get; init; }
}

/// <summary>The kinds of sources.</summary>
public enum TemplateSourceKind
{
    /// <summary>A chain in this process, for trying out and tests.</summary>
    Embedded,

    /// <summary>Bitcoin Core nodes by JSON-RPC.</summary>
    BitcoinCore,
}
