using System.Diagnostics.CodeAnalysis;
using Sv2.Protocol;

namespace Sv2.Bitcoin;

/// <summary>A block: a header and its transactions, coinbase first. Immutable; whether it is valid is <see cref="BlockCheck"/>'s question.</summary>
public sealed class Block
{
    /// <summary>Consensus limit of a block's weight (BIP 141).</summary>
    public const int WeightMax = 4_000_000;

    /// <summary>Consensus limit of a block's signature operation cost (BIP 141).</summary>
    public const int SigopCostMax = 80_000;

    /// <summary>Most bytes a block within the weight limit can have.</summary>
    public const int SizeMax = WeightMax;

    private const int WitnessScaleFactor = 4;

    // Version, counts and lock time, one empty input, one empty output.
    private const int TransactionSizeMin = 10 + TxInput.SizeMin;

    private readonly Transaction[] _transactions;

    /// <summary>Makes a block.</summary>
    /// <param name="header">The header.</param>
    /// <param name="transactions">The transactions in block order, coinbase first; copied.</param>
    public Block(in BlockHeader header, ReadOnlySpan<Transaction> transactions)
        : this(header, transactions.ToArray())
    {
    }

    private Block(in BlockHeader header, Transaction[] transactions)
    {
        Header = header;
        _transactions = transactions;
    }

    /// <summary>The header.</summary>
    public BlockHeader Header { get; }

    /// <summary>The transactions, coinbase first.</summary>
    public ReadOnlySpan<Transaction> Transactions => _transactions;

    /// <summary>Bytes when serialized with witnesses.</summary>
    public int Size
    {
        get
        {
            int size = BlockHeader.Size + CompactSize.SizeOf((ulong)_transactions.Length);
            foreach (Transaction transaction in _transactions)
                size += transaction.Size;
            return size;
        }
    }

    /// <summary>Weight units (BIP 141), header and count included.</summary>
    public long Weight
    {
        get
        {
            long weight = WitnessScaleFactor * (BlockHeader.Size + CompactSize.SizeOf((ulong)_transactions.Length));
            foreach (Transaction transaction in _transactions)
                weight += transaction.Weight;
            return weight;
        }
    }

    /// <summary>The block hash, wire order.</summary>
    /// <returns>Double SHA-256 of the header.</returns>
    public U256 Hash() => Header.Hash();

    /// <summary>The transaction ids in block order.</summary>
    /// <returns>A new array, wire order each.</returns>
    public U256[] Txids() => Array.ConvertAll(_transactions, static transaction => transaction.Txid);

    /// <summary>Parses exactly one block.</summary>
    /// <param name="source">The block and nothing else. Copied once; never more is allocated than the bytes justify.</param>
    /// <param name="block">The block, when the result is <see langword="true"/>.</param>
    /// <param name="error">Field and place of the fault, when the result is <see langword="false"/>.</param>
    /// <returns>Whether the bytes were exactly one well-formed block.</returns>
    public static bool TryParse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out Block? block, [NotNullWhen(false)] out string? error)
    {
        block = null;
        if (source.Length > SizeMax)
        {
            error = $"block: {source.Length} bytes exceed {SizeMax}";
            return false;
        }
        ByteReader reader = new(source.ToArray());
        BlockHeader.TryRead(reader.Bytes(BlockHeader.Size, "header").Span, out BlockHeader header);
        Transaction[] transactions = new Transaction[reader.Count(TransactionSizeMin, "transactions")];
        for (int i = 0; i < transactions.Length && reader.Ok; i++)
            transactions[i] = Transaction.Read(ref reader)!;
        if (reader.Ok && reader.Remaining > 0)
            reader.Fail("block", $"{reader.Remaining} bytes too many");
        error = reader.Fault;
        block = error is null ? new Block(header, transactions) : null;
        return error is null;
    }

    /// <summary>Parses exactly one block.</summary>
    /// <param name="source">The block and nothing else. Copied once.</param>
    /// <returns>The block.</returns>
    /// <exception cref="FormatException">The bytes are not exactly one well-formed block; the message names field and place.</exception>
    public static Block Parse(ReadOnlySpan<byte> source) =>
        TryParse(source, out Block? block, out string? error) ? block : throw new FormatException(error);

    /// <summary>Serializes the block with witnesses.</summary>
    /// <returns>A new array.</returns>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Size];
        Header.Write(bytes);
        int position = BlockHeader.Size;
        position += CompactSize.Write(bytes.AsSpan(position), (ulong)_transactions.Length);
        foreach (Transaction transaction in _transactions)
            position += transaction.Write(bytes.AsSpan(position));
        return bytes;
    }
}
