using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Server;

/// <summary>A submitted share, of either kind.</summary>
internal readonly ref struct SubmittedShare
{
    public required ChannelKind Kind { get; init; }

    public required uint ChannelId { get; init; }

    public required uint SequenceNumber { get; init; }

    public required uint JobId { get; init; }

    public required uint Nonce { get; init; }

    public required uint NTime { get; init; }

    public required uint Version { get; init; }

    public ReadOnlySpan<byte> Extranonce { get; init; }

    public ReadOnlySpan<byte> Tlvs { get; init; }

    /// <summary>The merkle root of an extended share, where it was computed beforehand with those of others.</summary>
    public U256? MerkleRoot { get; init; }

    /// <summary>A share of a standard channel. Borrows from the message.</summary>
    public static SubmittedShare Of(in SubmitSharesStandardView message) => new()
    {
        Kind = ChannelKind.Standard,
        ChannelId = message.ChannelId,
        SequenceNumber = message.SequenceNumber,
        JobId = message.JobId,
        Nonce = message.Nonce,
        NTime = message.NTime,
        Version = message.Version,
        Tlvs = message.Tlvs,
    };

    /// <summary>A share of an extended channel. Borrows from the message.</summary>
    /// <param name="message">The share.</param>
    /// <param name="merkleRoot">The root, where it is known already.</param>
    public static SubmittedShare Of(in SubmitSharesExtendedView message, U256? merkleRoot = null) => new()
    {
        Kind = ChannelKind.Extended,
        ChannelId = message.ChannelId,
        SequenceNumber = message.SequenceNumber,
        JobId = message.JobId,
        Nonce = message.Nonce,
        NTime = message.NTime,
        Version = message.Version,
        Extranonce = message.Extranonce,
        Tlvs = message.Tlvs,
        MerkleRoot = merkleRoot,
    };
}
