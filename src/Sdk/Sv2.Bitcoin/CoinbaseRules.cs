namespace Sv2.Bitcoin;

/// <summary>What consensus asks of a coinbase's form, and the room a template must leave for it (7.1).</summary>
public static class CoinbaseRules
{
    /// <summary>Bitcoin Core never reserves less than this weight.</summary>
    public const int ReservedWeightMin = 2000;

    private const int SegwitFixedWeight = 1168;
    private const int LegacyFixedWeight = 944;
    private const int WitnessScaleFactor = 4;

    /// <summary>
    /// The BIP 34 push of a block's height: <c>coinbase_prefix</c> of a template. Where it would be a single byte
    /// (heights up to 16), one zero byte follows, because a scriptSig has at least two.
    /// </summary>
    /// <param name="height">Height of the block.</param>
    /// <returns>2 to 6 bytes.</returns>
    public static byte[] HeightPush(uint height)
    {
        byte[] push = Script.PushNumber(height);
        return push.Length >= CoinbaseTemplate.ScriptSigMin ? push : [.. push, 0];
    }

    /// <summary>Whether a coinbase's scriptSig starts with the push of <paramref name="height"/> (BIP 34).</summary>
    /// <param name="scriptSig">The scriptSig.</param>
    /// <param name="height">Height of the block.</param>
    /// <returns>Whether it does.</returns>
    public static bool StartsWithHeight(Script scriptSig, uint height) => scriptSig.Span.StartsWith(Script.PushNumber(height));

    /// <summary>
    /// Reads the height from the start of a coinbase's scriptSig (BIP 34).
    /// </summary>
    /// <param name="scriptSig">The scriptSig, or <c>coinbase_prefix</c>.</param>
    /// <param name="height">The height, when the result is <see langword="true"/>.</param>
    /// <returns>Whether it starts with a number pushed in its shortest form that fits 32 bits.</returns>
    public static bool TryReadHeight(ReadOnlySpan<byte> scriptSig, out uint height)
    {
        height = 0;
        ScriptReader reader = new(scriptSig);
        if (!reader.Next(out Opcode opcode, out ReadOnlySpan<byte> data) || data.Length > 5)
            return false;
        ulong value = 0;
        if (opcode is >= Opcode.One and <= Opcode.Sixteen)
            value = (ulong)(opcode - Opcode.One + 1);
        for (int i = data.Length - 1; i >= 0; i--)
            value = value << 8 | data[i];
        height = (uint)value;
        return value <= uint.MaxValue && scriptSig.StartsWith(Script.PushNumber(height));
    }

    /// <summary>Weight that a template keeps free for header, transaction count and coinbase (7.1).</summary>
    /// <param name="additionalSize"><c>coinbase_output_max_additional_size</c>: bytes of the client's own outputs.</param>
    /// <param name="segwit">Whether the coinbase has a witness and a commitment.</param>
    /// <returns>Weight units; saturates for absurd sizes.</returns>
    public static int ReservedWeight(uint additionalSize, bool segwit = true)
    {
        long weight = (segwit ? SegwitFixedWeight : LegacyFixedWeight) + WitnessScaleFactor * (long)additionalSize;
        return (int)Math.Clamp(weight, ReservedWeightMin, int.MaxValue);
    }

    /// <summary>What outputs need of <c>CoinbaseOutputConstraints</c> (7.1).</summary>
    /// <param name="outputs">All outputs the client may add, without the template's own.</param>
    /// <returns>Their serialized bytes, and their signature operations on the scale where a block has 80 000.</returns>
    public static (uint AdditionalSize, ushort AdditionalSigops) Constraints(ReadOnlySpan<TxOutput> outputs)
    {
        uint size = 0;
        int sigops = 0;
        foreach (ref readonly TxOutput output in outputs)
        {
            size += (uint)output.Size;
            sigops += WitnessScaleFactor * output.Script.CountSigops(accurate: false);
        }
        return (size, (ushort)Math.Min(sigops, ushort.MaxValue));
    }

    /// <summary>What is wrong with the form of a coinbase, or <see langword="null"/>.</summary>
    internal static string? Fault(Transaction transaction)
    {
        if (!transaction.IsCoinbase)
            return "coinbase: it must have one input that spends nothing";
        int scriptSig = transaction.Inputs[0].ScriptSig.Length;
        if (scriptSig is < CoinbaseTemplate.ScriptSigMin or > CoinbaseTemplate.ScriptSigMax)
            return $"coinbase scriptSig: {scriptSig} bytes are not in {CoinbaseTemplate.ScriptSigMin}..{CoinbaseTemplate.ScriptSigMax}";
        return transaction.Outputs.IsEmpty ? "coinbase: it has no outputs" : null;
    }
}
