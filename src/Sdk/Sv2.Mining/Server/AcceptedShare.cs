using Sv2.Protocol;

namespace Sv2.Mining.Server;

/// <summary>A share that passed every check, seen by <see cref="IShareSink.OnAccepted"/>.</summary>
public readonly ref struct AcceptedShare
{
    /// <summary>The channel it came on.</summary>
    public required ServerChannel Channel { get; init; }

    /// <summary>
    /// Counts the accepted shares of the session from 1 without gaps; the owner gives it back to
    /// <see cref="MiningServerSession.AcknowledgeThrough"/> once this share and all before it are durable.
    /// </summary>
    public required long ShareNumber { get; init; }

    /// <summary>The client's sequence number (5.3.11).</summary>
    public required uint SequenceNumber { get; init; }

    /// <summary>The job it was found on.</summary>
    public required uint JobId { get; init; }

    /// <summary>The same job, with its tag.</summary>
    public required SizedJob Job { get; init; }

    /// <summary>The extranonce prefix that the share was found with, which may be an earlier one of its channel.</summary>
    public required ByteString ExtranoncePrefix { get; init; }

    /// <summary>Header hash, wire order.</summary>
    public required U256 Hash { get; init; }

    /// <summary>The target the share is credited for, which its hash meets.</summary>
    public required U256 Target { get; init; }

    /// <summary>Difficulty of <see cref="Target"/>, at least 1: what <c>new_shares_sum</c> counts (5.3.13).</summary>
    public required ulong Difficulty { get; init; }

    /// <summary>Hashes that <see cref="Target"/> takes on average, exact: 2^256 / (target + 1) rounded down.</summary>
    public required ulong Work { get; init; }

    /// <summary>Full nVersion as submitted.</summary>
    public required uint Version { get; init; }

    /// <summary>nTime as submitted.</summary>
    public required uint NTime { get; init; }

    /// <summary>Nonce as submitted.</summary>
    public required uint Nonce { get; init; }

    /// <summary>Extranonce as submitted; empty on a standard channel.</summary>
    public ReadOnlySpan<byte> Extranonce { get; init; }

    /// <summary>TLV fields that followed the message (3.4.3), for example a worker's name (extension 0x0002); not parsed here.</summary>
    public ReadOnlySpan<byte> Tlvs { get; init; }

    /// <summary>Whether <see cref="IShareSink.OnBlockFound"/> was called for this header.</summary>
    public bool IsBlock { get; init; }
}
