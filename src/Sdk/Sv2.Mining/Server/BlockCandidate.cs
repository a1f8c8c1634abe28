using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Mining.Server;

/// <summary>
/// A header that meets the network's target, with what is needed to publish it:
/// the fields of <c>SubmitSolution</c> (7.7) and <c>PushSolution</c> (6.4.9).
/// </summary>
public sealed record BlockCandidate
{
    /// <summary>Channel that found it.</summary>
    public required ServerChannel Channel { get; init; }

    /// <summary>Sequence number of the share.</summary>
    public required uint SequenceNumber { get; init; }

    /// <summary>The job it was found on.</summary>
    public required uint JobId { get; init; }

    /// <summary>The template behind the job; <see langword="null"/> for a custom job, whose client publishes the block itself.</summary>
    public required ulong? TemplateId { get; init; }

    /// <summary>Token of the custom job; <see langword="null"/> for the server's own jobs.</summary>
    public ByteString? CustomJobToken { get; init; }

    /// <summary>The header that was found.</summary>
    public required BlockHeader Header { get; init; }

    /// <summary>Its hash, wire order.</summary>
    public required U256 Hash { get; init; }

    /// <summary>The whole coinbase transaction, with its BIP 141 fields where the job has them (3.7); empty where an upstream gave a merkle root only.</summary>
    public required ByteString Coinbase { get; init; }

    /// <summary>The whole extranonce: prefix and the client's part.</summary>
    public required ByteString FullExtranonce { get; init; }

    /// <summary>Whether the job had been retired by a newer block: a sibling of the tip, unlikely but not impossible to win.</summary>
    public required bool IsStale { get; init; }
}
