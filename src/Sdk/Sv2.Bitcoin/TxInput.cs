using Sv2.Protocol;

namespace Sv2.Bitcoin;

/// <summary>The output that an input spends.</summary>
/// <param name="Txid">Id of the transaction that made the output, wire order.</param>
/// <param name="Index">Its place among that transaction's outputs.</param>
public readonly record struct OutPoint(U256 Txid, uint Index)
{
    /// <summary>What a coinbase input names: no transaction at all.</summary>
    public static readonly OutPoint Null = new(U256.Zero, uint.MaxValue);
}

/// <summary>A transaction input.</summary>
/// <param name="PreviousOutput">The output spent.</param>
/// <param name="ScriptSig">The unlocking script; in a coinbase the BIP 34 height, the extranonce and free bytes.</param>
/// <param name="Sequence">nSequence.</param>
/// <param name="Witness">The witness stack (BIP 141); empty for none.</param>
public readonly record struct TxInput(OutPoint PreviousOutput, Script ScriptSig, uint Sequence, Seq<ByteString> Witness)
{
    /// <summary>Bytes of the smallest input: outpoint, empty script, sequence.</summary>
    internal const int SizeMin = Sha256d.HashSize + sizeof(uint) + 1 + sizeof(uint);

    internal int StrippedSize => SizeMin - 1 + CompactSize.SizeOf((ulong)ScriptSig.Length) + ScriptSig.Length;

    internal int WitnessSize
    {
        get
        {
            int size = CompactSize.SizeOf((ulong)Witness.Count);
            foreach (ByteString item in Witness.AsSpan())
                size += CompactSize.SizeOf((ulong)item.Length) + item.Length;
            return size;
        }
    }
}
