using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Sv2.Protocol;

namespace Sv2.Bitcoin;

/// <summary>An immutable transaction, legacy or segwit (BIP 144). Safe for use from several threads.</summary>
public sealed class Transaction
{
    /// <summary>Most bytes a serialized transaction may have here: the weight limit of a whole block.</summary>
    public const int SizeMax = 4_000_000;

    private const int WitnessScaleFactor = 4;
    private const byte SegwitMarker = 0;
    private const byte SegwitFlag = 1;

    private readonly TxInput[] _inputs;
    private readonly TxOutput[] _outputs;
    private Ids? _ids;

    /// <summary>Makes a transaction.</summary>
    /// <param name="version">nVersion.</param>
    /// <param name="inputs">The inputs with their witnesses; copied.</param>
    /// <param name="outputs">The outputs; copied.</param>
    /// <param name="lockTime">nLockTime.</param>
    public Transaction(uint version, ReadOnlySpan<TxInput> inputs, ReadOnlySpan<TxOutput> outputs, uint lockTime)
        : this(version, inputs.ToArray(), outputs.ToArray(), lockTime)
    {
    }

    private Transaction(uint version, TxInput[] inputs, TxOutput[] outputs, uint lockTime)
    {
        Version = version;
        _inputs = inputs;
        _outputs = outputs;
        LockTime = lockTime;
        HasWitness = Array.Exists(inputs, static input => input.Witness.Count > 0);
        StrippedSize = MeasureStripped();
        Size = StrippedSize + (HasWitness ? MeasureWitness() : 0);
    }

    /// <summary>nVersion.</summary>
    public uint Version { get; }

    /// <summary>The inputs, in order.</summary>
    public ReadOnlySpan<TxInput> Inputs => _inputs;

    /// <summary>The outputs, in order.</summary>
    public ReadOnlySpan<TxOutput> Outputs => _outputs;

    /// <summary>nLockTime.</summary>
    public uint LockTime { get; }

    /// <summary>Whether any input has a witness, hence whether marker and flag are serialized.</summary>
    public bool HasWitness { get; }

    /// <summary>Whether this is a coinbase: one input, which spends nothing.</summary>
    public bool IsCoinbase => _inputs.Length == 1 && _inputs[0].PreviousOutput == OutPoint.Null;

    /// <summary>Bytes when serialized with witnesses.</summary>
    public int Size { get; }

    /// <summary>Bytes when serialized without marker, flag and witnesses.</summary>
    public int StrippedSize { get; }

    /// <summary>Weight units (BIP 141): three times the stripped size plus the whole size.</summary>
    public int Weight => StrippedSize * (WitnessScaleFactor - 1) + Size;

    /// <summary>The id: hash of the stripped serialization, wire order.</summary>
    public U256 Txid => (_ids ??= ComputeIds()).Txid;

    /// <summary>The witness id: hash of the whole serialization, wire order. Equals <see cref="Txid"/> without witnesses.</summary>
    public U256 Wtxid => (_ids ??= ComputeIds()).Wtxid;

    /// <summary>Sum of the output values in satoshis; saturates, so that absurd values cannot wrap to small ones.</summary>
    public ulong OutputValue
    {
        get
        {
            ulong sum = 0;
            foreach (ref readonly TxOutput output in Outputs)
                sum = sum + output.Value < sum ? ulong.MaxValue : sum + output.Value;
            return sum;
        }
    }

    /// <summary>Signature operations in this transaction's own scripts, counted the old way (BIP 141 counts each four times).</summary>
    public int LegacySigops
    {
        get
        {
            long count = 0;
            foreach (ref readonly TxInput input in Inputs)
                count += input.ScriptSig.CountSigops(accurate: false);
            foreach (ref readonly TxOutput output in Outputs)
                count += output.Script.CountSigops(accurate: false);
            return (int)Math.Min(count, int.MaxValue);
        }
    }

    /// <summary>Parses exactly one transaction.</summary>
    /// <param name="source">The transaction and nothing else. Copied once; never more is allocated than the bytes justify.</param>
    /// <param name="transaction">The transaction, when the result is <see langword="true"/>.</param>
    /// <param name="error">Field and place of the fault, when the result is <see langword="false"/>.</param>
    /// <returns>Whether the bytes were exactly one well-formed transaction.</returns>
    public static bool TryParse(ReadOnlySpan<byte> source, [NotNullWhen(true)] out Transaction? transaction, [NotNullWhen(false)] out string? error)
    {
        transaction = null;
        if (source.Length > SizeMax)
        {
            error = $"transaction: {source.Length} bytes exceed {SizeMax}";
            return false;
        }
        ByteReader reader = new(source.ToArray());
        Transaction? read = Read(ref reader);
        if (reader.Ok && reader.Remaining > 0)
            reader.Fail("transaction", $"{reader.Remaining} bytes too many");
        error = reader.Fault;
        transaction = error is null ? read : null;
        return error is null;
    }

    /// <summary>Parses exactly one transaction.</summary>
    /// <param name="source">The transaction and nothing else. Copied once.</param>
    /// <returns>The transaction.</returns>
    /// <exception cref="FormatException">The bytes are not exactly one well-formed transaction; the message names field and place.</exception>
    public static Transaction Parse(ReadOnlySpan<byte> source) =>
        TryParse(source, out Transaction? transaction, out string? error) ? transaction : throw new FormatException(error);

    /// <summary>Serializes the transaction.</summary>
    /// <param name="includeWitness"><see langword="false"/> leaves out marker, flag and witnesses (3.7).</param>
    /// <returns>A new array.</returns>
    public byte[] ToBytes(bool includeWitness = true)
    {
        byte[] bytes = new byte[includeWitness ? Size : StrippedSize];
        Write(bytes, includeWitness);
        return bytes;
    }

    /// <summary>Serializes the transaction into <paramref name="destination"/>.</summary>
    /// <param name="destination">At least <see cref="Size"/> (or <see cref="StrippedSize"/>) bytes.</param>
    /// <param name="includeWitness"><see langword="false"/> leaves out marker, flag and witnesses.</param>
    /// <returns>Bytes written.</returns>
    public int Write(Span<byte> destination, bool includeWitness = true)
    {
        bool witness = includeWitness && HasWitness;
        ByteWriter writer = new(destination);
        writer.U32(Version);
        if (witness)
        {
            writer.U8(SegwitMarker);
            writer.U8(SegwitFlag);
        }
        writer.Count(_inputs.Length);
        foreach (ref readonly TxInput input in Inputs)
        {
            writer.U256(input.PreviousOutput.Txid);
            writer.U32(input.PreviousOutput.Index);
            writer.VarBytes(input.ScriptSig.Span);
            writer.U32(input.Sequence);
        }
        writer.Count(_outputs.Length);
        foreach (ref readonly TxOutput output in Outputs)
            output.Write(ref writer);
        if (witness)
            WriteWitnesses(ref writer);
        writer.U32(LockTime);
        return writer.Position;
    }

    internal static Transaction? Read(ref ByteReader reader)
    {
        uint version = reader.U32("version");
        // A zero where the number of inputs stands can only be the segwit marker: no transaction has zero inputs.
        bool segwit = reader.Remaining >= 2 && reader.Peek(0) == SegwitMarker && reader.Peek(1) == SegwitFlag;
        if (segwit)
            reader.Bytes(2, "segwit marker");
        TxInput[] inputs = new TxInput[reader.Count(TxInput.SizeMin, "inputs")];
        for (int i = 0; i < inputs.Length && reader.Ok; i++)
        {
            OutPoint previous = new(reader.U256("previous txid"), reader.U32("previous index"));
            inputs[i] = new TxInput(previous, new Script(reader.VarBytes("scriptSig")), reader.U32("sequence"), default);
        }
        TxOutput[] outputs = new TxOutput[reader.Count(TxOutput.SizeMin, "outputs")];
        for (int i = 0; i < outputs.Length && reader.Ok; i++)
            outputs[i] = TxOutput.Read(ref reader);
        if (segwit)
            ReadWitnesses(ref reader, inputs);
        uint lockTime = reader.U32("lock time");
        if (inputs.Length == 0)
            reader.Fail("inputs", "a transaction has at least one");
        return reader.Ok ? new Transaction(version, inputs, outputs, lockTime) : null;
    }

    private static void ReadWitnesses(ref ByteReader reader, TxInput[] inputs)
    {
        bool any = false;
        for (int i = 0; i < inputs.Length && reader.Ok; i++)
        {
            int count = reader.Count(1, "witness items");
            if (count == 0)
                continue;
            any = true;
            ByteString[] items = new ByteString[count];
            for (int j = 0; j < count && reader.Ok; j++)
                items[j] = reader.VarBytes("witness item");
            inputs[i] = inputs[i] with { Witness = items };
        }
        // Such bytes would serialize differently, hence have another size and weight than they claim.
        if (reader.Ok && !any)
            reader.Fail("witness", "marker and flag are there, but every witness is empty");
    }

    private void WriteWitnesses(ref ByteWriter writer)
    {
        foreach (ref readonly TxInput input in Inputs)
        {
            writer.Count(input.Witness.Count);
            foreach (ByteString item in input.Witness.AsSpan())
                writer.VarBytes(item.Span);
        }
    }

    private int MeasureStripped()
    {
        int size = sizeof(uint) + CompactSize.SizeOf((ulong)_inputs.Length) + CompactSize.SizeOf((ulong)_outputs.Length) + sizeof(uint);
        foreach (ref readonly TxInput input in Inputs)
            size += input.StrippedSize;
        foreach (ref readonly TxOutput output in Outputs)
            size += output.Size;
        return size;
    }

    private int MeasureWitness()
    {
        int size = 2;
        foreach (ref readonly TxInput input in Inputs)
            size += input.WitnessSize;
        return size;
    }

    private Ids ComputeIds()
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Size);
        try
        {
            U256 txid = Sha256d.Hash(buffer.AsSpan(0, Write(buffer, includeWitness: false)));
            return new Ids(txid, HasWitness ? Sha256d.Hash(buffer.AsSpan(0, Write(buffer))) : txid);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // A class, so that publishing both ids to other threads is one reference write.
    private sealed record Ids(U256 Txid, U256 Wtxid);
}
