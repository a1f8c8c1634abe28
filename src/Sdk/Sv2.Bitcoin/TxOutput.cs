using System.Diagnostics.CodeAnalysis;
using Sv2.Protocol;

namespace Sv2.Bitcoin;

/// <summary>A transaction output.</summary>
/// <param name="Value">Value in satoshis.</param>
/// <param name="Script">The locking script (scriptPubKey).</param>
public readonly record struct TxOutput(ulong Value, Script Script)
{
    /// <summary>Satoshis of one bitcoin.</summary>
    public const ulong SatoshisPerBitcoin = 100_000_000;

    /// <summary>Largest value an amount can have: 21 million bitcoin.</summary>
    public const ulong ValueMax = 21_000_000 * SatoshisPerBitcoin;

    /// <summary>Bytes of the smallest output: value and an empty script.</summary>
    internal const int SizeMin = sizeof(ulong) + 1;

    /// <summary>Bytes of this output when serialized.</summary>
    public int Size => sizeof(ulong) + CompactSize.SizeOf((ulong)Script.Length) + Script.Length;

    /// <summary>
    /// Serializes outputs one after another <b>without</b> a count, as <c>NewTemplate.coinbase_tx_outputs</c> carries them (7.2).
    /// </summary>
    /// <param name="outputs">The outputs, in order.</param>
    /// <returns>The bytes; empty for no outputs.</returns>
    public static ByteString SerializeUnprefixed(ReadOnlySpan<TxOutput> outputs) => Serialize(outputs, prefixed: false);

    /// <summary>
    /// Serializes outputs after their CompactSize count, as <c>SetCustomMiningJob</c> (5.3.18) and
    /// <c>AllocateMiningJobToken.Success</c> (6.4.3) carry them.
    /// </summary>
    /// <param name="outputs">The outputs, in order.</param>
    /// <returns>The bytes; a single zero byte for no outputs.</returns>
    public static ByteString SerializePrefixed(ReadOnlySpan<TxOutput> outputs) => Serialize(outputs, prefixed: true);

    /// <summary>Reads exactly <paramref name="count"/> outputs that are not preceded by a count (7.2).</summary>
    /// <param name="source">The outputs and nothing else. Copied.</param>
    /// <param name="count">How many there must be, <c>coinbase_tx_outputs_count</c>.</param>
    /// <param name="outputs">The outputs, when the result is <see langword="true"/>.</param>
    /// <param name="error">What is wrong, when the result is <see langword="false"/>.</param>
    /// <returns>Whether the bytes were exactly these outputs.</returns>
    public static bool TryReadUnprefixed(ReadOnlySpan<byte> source, uint count, out TxOutput[] outputs, [NotNullWhen(false)] out string? error)
    {
        outputs = [];
        if (count > (uint)(source.Length / SizeMin))
        {
            error = $"coinbase_tx_outputs_count: {count} outputs do not fit {source.Length} bytes";
            return false;
        }
        ByteReader reader = new(source.ToArray());
        return TryRead(ref reader, (int)count, out outputs, out error);
    }

    /// <summary>Reads outputs preceded by their CompactSize count (5.3.18, 6.4.3).</summary>
    /// <param name="source">Count and outputs and nothing else. Copied.</param>
    /// <param name="outputs">The outputs, when the result is <see langword="true"/>.</param>
    /// <param name="error">What is wrong, when the result is <see langword="false"/>.</param>
    /// <returns>Whether the bytes were exactly such a list.</returns>
    public static bool TryReadPrefixed(ReadOnlySpan<byte> source, out TxOutput[] outputs, [NotNullWhen(false)] out string? error)
    {
        ByteReader reader = new(source.ToArray());
        int count = reader.Count(SizeMin, "outputs");
        return TryRead(ref reader, count, out outputs, out error);
    }

    internal static TxOutput Read(ref ByteReader reader) => new(reader.U64("output value"), new Script(reader.VarBytes("output script")));

    internal void Write(ref ByteWriter writer)
    {
        writer.U64(Value);
        writer.VarBytes(Script.Span);
    }

    private static bool TryRead(ref ByteReader reader, int count, out TxOutput[] outputs, [NotNullWhen(false)] out string? error)
    {
        outputs = new TxOutput[count];
        for (int i = 0; i < count; i++)
            outputs[i] = Read(ref reader);
        if (reader.Ok && reader.Remaining > 0)
            reader.Fail("outputs", $"{reader.Remaining} bytes too many");
        error = reader.Fault;
        if (error is null)
            return true;
        outputs = [];
        return false;
    }

    private static ByteString Serialize(ReadOnlySpan<TxOutput> outputs, bool prefixed)
    {
        int size = prefixed ? CompactSize.SizeOf((ulong)outputs.Length) : 0;
        foreach (ref readonly TxOutput output in outputs)
            size += output.Size;
        byte[] bytes = new byte[size];
        ByteWriter writer = new(bytes);
        if (prefixed)
            writer.Count(outputs.Length);
        foreach (ref readonly TxOutput output in outputs)
            output.Write(ref writer);
        return ByteString.Wrap(bytes);
    }
}
