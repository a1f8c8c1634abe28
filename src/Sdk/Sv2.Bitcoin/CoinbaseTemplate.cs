using Sv2.Protocol;

namespace Sv2.Bitcoin;

/// <summary>
/// A coinbase without its extranonce: what a template (7.2) or a custom job (5.3.18) plus payout outputs make of it.
/// <see cref="Split"/> lays it out as two constant pieces around the extranonce.
/// </summary>
public sealed record CoinbaseTemplate
{
    /// <summary>Consensus limit of a coinbase's scriptSig, in bytes.</summary>
    public const int ScriptSigMax = 100;

    /// <summary>Consensus minimum of a coinbase's scriptSig, in bytes.</summary>
    public const int ScriptSigMin = 2;

    /// <summary>Most bytes of <c>coinbase_prefix</c> (5.3.18, 7.2).</summary>
    public const int CoinbasePrefixMax = 8;

    /// <summary>nVersion of the coinbase.</summary>
    public required uint Version { get; init; }

    /// <summary><c>coinbase_prefix</c>: starts the scriptSig, with the BIP 34 height in it. At most 8 bytes.</summary>
    public required ByteString CoinbasePrefix { get; init; }

    /// <summary>
    /// Free bytes between <see cref="CoinbasePrefix"/> and the extranonce, such as a pool's signature. Must be empty for a
    /// custom job, whose scriptSig is exactly <c>coinbase_prefix</c> and extranonce.
    /// </summary>
    public ByteString Tag { get; init; }

    /// <summary>nSequence of the only input.</summary>
    public required uint Sequence { get; init; }

    /// <summary>All outputs in order: payouts first, the template's own last (7.2).</summary>
    public required Seq<TxOutput> Outputs { get; init; }

    /// <summary>nLockTime.</summary>
    public required uint LockTime { get; init; }

    /// <summary>
    /// Whether the full coinbase has marker, flag and the witness reserved value: exactly when an output commits to
    /// witnesses (3.7). Consensus refuses one without the other.
    /// </summary>
    public bool HasWitness
    {
        get
        {
            foreach (ref readonly TxOutput output in Outputs.AsSpan())
                if (WitnessCommitment.IsCommitment(output.Script))
                    return true;
            return false;
        }
    }

    /// <summary>Bytes that the extranonce may have at most with this prefix and tag.</summary>
    public int ExtranonceMax => Math.Max(0, ScriptSigMax - CoinbasePrefix.Length - Tag.Length);

    /// <summary>Lays the coinbase out around an extranonce of the given size.</summary>
    /// <param name="extranonceSize">Bytes of the whole extranonce: the channel's prefix and what the miner rolls.</param>
    /// <returns>The two pieces, stripped and full.</returns>
    /// <exception cref="ArgumentException">
    /// <c>coinbase_prefix</c> is longer than 8 bytes, or the scriptSig would leave the range of 2 to 100 bytes.
    /// </exception>
    public CoinbaseSplit Split(int extranonceSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(extranonceSize);
        if (CoinbasePrefix.Length > CoinbasePrefixMax)
            throw new ArgumentException($"coinbase_prefix: {CoinbasePrefix.Length} bytes exceed {CoinbasePrefixMax}");
        int scriptSigSize = CoinbasePrefix.Length + Tag.Length + extranonceSize;
        if (scriptSigSize is < ScriptSigMin or > ScriptSigMax)
            throw new ArgumentException($"coinbase scriptSig: {scriptSigSize} bytes are not in {ScriptSigMin}..{ScriptSigMax}");
        return new CoinbaseSplit(WritePrefix(scriptSigSize), WriteSuffix(), extranonceSize, HasWitness);
    }

    private ByteString WritePrefix(int scriptSigSize)
    {
        byte[] bytes = new byte[CoinbaseSplit.ScriptSigOffset + CoinbasePrefix.Length + Tag.Length];
        ByteWriter writer = new(bytes);
        writer.U32(Version);
        writer.Count(1);
        writer.U256(OutPoint.Null.Txid);
        writer.U32(OutPoint.Null.Index);
        writer.U8((byte)scriptSigSize);
        writer.Bytes(CoinbasePrefix.Span);
        writer.Bytes(Tag.Span);
        return ByteString.Wrap(bytes);
    }

    private ByteString WriteSuffix()
    {
        ByteString outputs = TxOutput.SerializePrefixed(Outputs.AsSpan());
        byte[] bytes = new byte[sizeof(uint) + outputs.Length + sizeof(uint)];
        ByteWriter writer = new(bytes);
        writer.U32(Sequence);
        writer.Bytes(outputs.Span);
        writer.U32(LockTime);
        return ByteString.Wrap(bytes);
    }
}
