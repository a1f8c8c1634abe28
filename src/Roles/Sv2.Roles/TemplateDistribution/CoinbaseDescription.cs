using Sv2.Bitcoin;
using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Roles.TemplateDistribution;

/// <summary>Puts coinbases into words: which output pays whom.</summary>
public static class CoinbaseDescription
{
    /// <summary>A finished coinbase.</summary>
    /// <param name="coinbase">The coinbase.</param>
    /// <param name="network">The network of its addresses; null where it is not known.</param>
    public static CoinbaseInfo Of(CoinbaseTemplate coinbase, Network? network) => new()
    {
        Version = coinbase.Version,
        Sequence = coinbase.Sequence,
        LockTime = coinbase.LockTime,
        Height = CoinbaseRules.TryReadHeight(coinbase.CoinbasePrefix.Span, out uint height) ? height : null,
        ScriptSigPrefix = Convert.ToHexStringLower(coinbase.CoinbasePrefix.Span) + Convert.ToHexStringLower(coinbase.Tag.Span),
        Tag = Readable(coinbase.Tag.Span),
        ValueSats = Sum(coinbase.Outputs.AsSpan()),
        Outputs = Outputs(coinbase.Outputs.AsSpan(), network),
    };

    /// <summary>What a template says of the coinbase: the rest is up to whoever completes it.</summary>
    public static CoinbaseInfo Of(in NewTemplate template, Network? network)
    {
        // A template that was used parses; one that does not shows no outputs.
        TxOutput.TryReadUnprefixed(template.CoinbaseTxOutputs.Span, template.CoinbaseTxOutputsCount, out TxOutput[] outputs, out _);
        long unassigned = (long)template.CoinbaseTxValueRemaining;
        return new CoinbaseInfo
        {
            Version = template.CoinbaseTxVersion,
            Sequence = template.CoinbaseTxInputSequence,
            LockTime = template.CoinbaseTxLocktime,
            Height = CoinbaseRules.TryReadHeight(template.CoinbasePrefix.Span, out uint height) ? height : null,
            ScriptSigPrefix = Convert.ToHexStringLower(template.CoinbasePrefix.Span),
            ValueSats = unassigned + Sum(outputs),
            UnassignedSats = unassigned,
            Outputs = Outputs(outputs ?? [], network),
        };
    }

    private static long Sum(ReadOnlySpan<TxOutput> outputs)
    {
        ulong sum = 0;
        foreach (ref readonly TxOutput output in outputs) sum += output.Value;
        return (long)sum;
    }

    private static List<CoinbaseOutputInfo> Outputs(ReadOnlySpan<TxOutput> outputs, Network? network)
    {
        var described = new List<CoinbaseOutputInfo>(outputs.Length);
        foreach (ref readonly TxOutput output in outputs)
        {
            described.Add(new CoinbaseOutputInfo
            {
                ValueSats = (long)output.Value,
                Script = output.Script.ToString(),
                Type = TypeOf(output.Script),
                Address = network is not null && Address.TryFormat(output.Script, network, out string? address) ? address : null,
            });
        }

        return described;
    }

    private static string TypeOf(Script script)
    {
        if (WitnessCommitment.IsCommitment(script)) return "witness-commitment";
        if (script.IsOpReturn) return "op-return";
        if (script.IsPayToScriptHash) return "p2sh";
        if (script.TryGetWitnessProgram(out int version, out ReadOnlySpan<byte> program))
        {
            return (version, program.Length) switch
            {
                (0, 20) => "p2wpkh",
                (0, 32) => "p2wsh",
                (1, 32) => "p2tr",
                _ => "other",
            };
        }

        return script.Length == 25 && script == Script.PayToPublicKeyHash(script.Span.Slice(3, 20)) ? "p2pkh" : "other";
    }

    private static string Readable(ReadOnlySpan<byte> bytes)
    {
        char[] text = new char[bytes.Length];
        for (int i = 0; i < bytes.Length; i++) text[i] = bytes[i] is >= 0x20 and < 0x7f ? (char)bytes[i] : '.';
        return new string(text);
    }
}
