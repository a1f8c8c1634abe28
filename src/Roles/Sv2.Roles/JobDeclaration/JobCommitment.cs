using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Roles.JobDeclaration;

/// <summary>
/// What a declared job looks like, as far as <c>SetCustomMiningJob</c> repeats it (5.3.18): the fields, or digests of those
/// that are long. <c>prev_hash</c>, <c>nbits</c> and <c>min_ntime</c> are not among them: a declaration does not say them, and
/// the pool checks them against its own tip.
/// </summary>
public sealed record JobCommitment
{
    /// <summary>nVersion of the header.</summary>
    public required uint Version { get; init; }

    /// <summary>nVersion of the coinbase.</summary>
    public required uint CoinbaseVersion { get; init; }

    /// <summary>What starts the coinbase's scriptSig, at most 8 bytes.</summary>
    public required ByteString CoinbasePrefix { get; init; }

    /// <summary>nSequence of the coinbase's input.</summary>
    public required uint Sequence { get; init; }

    /// <summary>Digest of the outputs as they are serialized, order included (item 268).</summary>
    public required UInt128 Outputs { get; init; }

    /// <summary>nLockTime of the coinbase.</summary>
    public required uint LockTime { get; init; }

    /// <summary>Digest of the merkle path.</summary>
    public required UInt128 MerklePath { get; init; }

    /// <summary>The commitment to a job.</summary>
    /// <param name="version">nVersion of the header.</param>
    /// <param name="coinbase">Its coinbase.</param>
    /// <param name="merklePath">Its merkle path.</param>
    public static JobCommitment Of(uint version, CoinbaseTemplate coinbase, ReadOnlySpan<U256> merklePath) => new()
    {
        Version = version,
        CoinbaseVersion = coinbase.Version,
        CoinbasePrefix = coinbase.CoinbasePrefix,
        Sequence = coinbase.Sequence,
        Outputs = TokenDigest.Of(TxOutput.SerializePrefixed(coinbase.Outputs.AsSpan()).Span),
        LockTime = coinbase.LockTime,
        MerklePath = TokenDigest.OfPath(merklePath),
    };

    /// <summary>Compares a custom job with the declared one.</summary>
    /// <param name="job">The custom job.</param>
    /// <returns>The name of the first field that differs; null when it is the same job.</returns>
    public string? FindDifference(in SetCustomMiningJob job)
    {
        // The general purpose bits may be changed after the declaration (6.4.4).
        if ((job.Version & ~BlockHeader.VersionRollingMask) != (Version & ~BlockHeader.VersionRollingMask))
            return "version";
        if (job.CoinbaseTxVersion != CoinbaseVersion)
            return "coinbase_tx_version";
        if (job.CoinbasePrefix != CoinbasePrefix)
            return "coinbase_prefix";
        if (job.CoinbaseTxInputNSequence != Sequence)
            return "coinbase_tx_input_nSequence";
        if (TokenDigest.Of(job.CoinbaseTxOutputs.Span) != Outputs)
            return "coinbase_tx_outputs";
        if (job.CoinbaseTxLocktime != LockTime)
            return "coinbase_tx_locktime";
        return TokenDigest.OfPath(job.MerklePath.AsSpan()) != MerklePath ? "merkle_path" : null;
    }
}
