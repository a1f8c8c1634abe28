using System.ComponentModel.DataAnnotations;
using Sv2.Roles.Node;

namespace Sv2.Roles.TemplateProvider.BitcoinCore;

/// <summary>Bitcoin Core nodes as the source of templates.</summary>
public sealed class BitcoinCoreOptions
{
    /// <summary>The nodes in order of preference: the first one that is ready gives the templates, blocks go to all of them.</summary>
    [Required, MinLength(1), MaxLength(16)]
    public IReadOnlyList<RpcNodeOptions> Nodes { get; init; } = [];

    /// <summary>
    /// Chain that the nodes must be on, as <c>getblockchaininfo</c> names it: <c>main</c>, <c>test</c>, <c>testnet4</c>,
    /// <c>regtest</c>; null to accept any.
    /// </summary>
    public string? Chain { get; init; }

    /// <summary>
    /// Whether a node that is still in its initial block download is refused. Set it to false only for a private chain whose
    /// newest block is old, which Bitcoin Core takes for a download that has not ended.
    /// </summary>
    public bool RefuseInitialBlockDownload { get; init; } = true;

    /// <summary>How often the template is fetched between the answers to the long poll, to see fees rise.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Longest time for an answer to an ordinary call.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest time for an answer to the long poll; it is asked again then.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "01:00:00")]
    public TimeSpan LongPollTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>First wait after a node failed; doubles with each further failure.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:10:00")]
    public TimeSpan BackoffMin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait between two attempts at one node.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a preferred node is tried while a later one of the list serves.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan ReturnInterval { get; init; } = TimeSpan.FromSeconds(30);
}
