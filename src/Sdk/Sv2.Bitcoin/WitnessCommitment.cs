using Sv2.Protocol;

namespace Sv2.Bitcoin;

/// <summary>The commitment to all witnesses of a block that its coinbase carries in an output (BIP 141).</summary>
public static class WitnessCommitment
{
    /// <summary>
    /// The witness reserved value that templates assume: 32 zero bytes, the coinbase's only witness item (3.7.4, 7.2).
    /// </summary>
    public static readonly U256 ReservedValue = U256.Zero;

    // OP_RETURN, push of 36 bytes, then the header 0xaa21a9ed.
    private static ReadOnlySpan<byte> ScriptStart => [0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed];

    /// <summary>Computes the commitment.</summary>
    /// <param name="wtxids">Wtxids of the block's transactions in block order <b>without the coinbase</b>.</param>
    /// <returns>Hash of the witness merkle root (the coinbase counts as zero) and <see cref="ReservedValue"/>.</returns>
    public static U256 Compute(ReadOnlySpan<U256> wtxids) => Compute(wtxids, ReservedValue);

    /// <summary>Computes the commitment.</summary>
    /// <param name="wtxids">Wtxids of the block's transactions in block order <b>without the coinbase</b>.</param>
    /// <param name="reservedValue">The coinbase's witness item.</param>
    /// <returns>Hash of the witness merkle root (the coinbase counts as zero) and <paramref name="reservedValue"/>.</returns>
    public static U256 Compute(ReadOnlySpan<U256> wtxids, in U256 reservedValue)
    {
        U256[] leaves = new U256[wtxids.Length + 1];
        wtxids.CopyTo(leaves.AsSpan(1));
        return Sha256d.HashPair(MerkleTree.Root(leaves), reservedValue);
    }

    /// <summary>The zero-value output that carries <paramref name="commitment"/>.</summary>
    /// <param name="commitment">As <see cref="Compute(ReadOnlySpan{U256})"/> gives it.</param>
    /// <returns>The output.</returns>
    public static TxOutput Output(in U256 commitment) =>
        new(0, new Script(ByteString.Wrap((byte[])[.. ScriptStart, .. commitment.AsSpan()])));

    /// <summary>Finds the commitment in a coinbase. Where several outputs have the form, the last one counts.</summary>
    /// <param name="coinbase">The coinbase.</param>
    /// <param name="commitment">The commitment, when the result is <see langword="true"/>.</param>
    /// <returns>Whether there is one.</returns>
    public static bool TryFind(Transaction coinbase, out U256 commitment)
    {
        ArgumentNullException.ThrowIfNull(coinbase);
        for (int i = coinbase.Outputs.Length - 1; i >= 0; i--)
        {
            Script script = coinbase.Outputs[i].Script;
            if (!IsCommitment(script))
                continue;
            commitment = U256.FromWire(script.Span.Slice(ScriptStart.Length, Sha256d.HashSize));
            return true;
        }
        commitment = default;
        return false;
    }

    /// <summary>Whether an output script has the form of a commitment.</summary>
    /// <param name="script">The output script.</param>
    /// <returns>Whether it has.</returns>
    public static bool IsCommitment(Script script) =>
        script.Length >= ScriptStart.Length + Sha256d.HashSize && script.Span.StartsWith(ScriptStart);
}
