using System.ComponentModel.DataAnnotations;

namespace Sv2.Roles.Node;

/// <summary>How nodes are followed.</summary>
public sealed class NodeFollowOptions
{
    /// <summary>
    /// Chain that the nodes must be on, as <c>getblockchaininfo</c> names it: <c>main</c>, <c>testnet4</c>, <c>signet</c>,
    /// <c>regtest</c>; null to accept any.
    /// </summary>
    public string? Chain { get; init; }

    /// <summary>Whether a node that is still in its initial block download is refused.</summary>
    public bool RefuseInitialBlockDownload { get; init; } = true;

    /// <summary>How often the mempool is compared. What came since is asked of clients, so it costs nothing but a round trip.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan MempoolInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest time for an answer to an ordinary call; judging a full block takes a slow node some seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest time for an answer to the long poll; it is asked again then.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "01:00:00")]
    public TimeSpan LongPollTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>First wait after all nodes failed; doubles with each further failure.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:10:00")]
    public TimeSpan BackoffMin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait between two attempts.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a preferred node is tried while a later one of the list serves.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan ReturnInterval { get; init; } = TimeSpan.FromSeconds(30);
}
