using System.Diagnostics.CodeAnalysis;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Roles.JobDeclaration;

/// <summary>
/// The outputs that a pool asks for with a token (6.4.3), and the rules that follow from them: the first is the payout, found
/// by its script wherever the client puts it; the client gives it value, may add outputs and reorder all, and removes none.
/// Immutable.
/// </summary>
public sealed class PoolOutputs
{
    private PoolOutputs(Seq<TxOutput> outputs)
    {
        Outputs = outputs;
        UInt128[] digests = new UInt128[outputs.Count];
        for (int i = 0; i < digests.Length; i++)
            digests[i] = TokenDigest.OfScript(outputs[i].Script);
        ScriptDigests = digests;
    }

    /// <summary>The outputs as the server gave them, values zero; the payout first.</summary>
    public Seq<TxOutput> Outputs { get; }

    /// <summary>Digests of their scripts, in their order, as tokens carry them.</summary>
    public Seq<UInt128> ScriptDigests { get; }

    /// <summary>The locking script of the pool payout output.</summary>
    public Script Payout => Outputs[0].Script;

    /// <summary>What a server asks for.</summary>
    /// <param name="payout">The payout's script.</param>
    /// <param name="further">Scripts of further outputs, which will be worth nothing.</param>
    public static PoolOutputs Of(Script payout, params ReadOnlySpan<Script> further)
    {
        TxOutput[] outputs = new TxOutput[further.Length + 1];
        outputs[0] = new TxOutput(0, payout);
        for (int i = 0; i < further.Length; i++)
            outputs[i + 1] = new TxOutput(0, further[i]);
        return new PoolOutputs(outputs);
    }

    /// <summary>Reads <c>AllocateMiningJobToken.Success.coinbase_tx_outputs</c>.</summary>
    /// <param name="wire">The field; anything a server can send.</param>
    /// <param name="outputs">The outputs, when the result is true.</param>
    /// <param name="error">What is wrong, when the result is false.</param>
    public static bool TryRead(ReadOnlySpan<byte> wire, [NotNullWhen(true)] out PoolOutputs? outputs, [NotNullWhen(false)] out string? error)
    {
        outputs = null;
        if (!TxOutput.TryReadPrefixed(wire, out TxOutput[] read, out error))
            return false;
        if (read.Length == 0)
        {
            error = "there is no output, but the first is the pool's payout";
            return false;
        }
        outputs = new PoolOutputs(read);
        return true;
    }

    /// <summary><c>AllocateMiningJobToken.Success.coinbase_tx_outputs</c>: a CompactSize count and the outputs.</summary>
    public ByteString ToWire() => TxOutput.SerializePrefixed(Outputs.AsSpan());

    /// <summary>The room that a template must leave for these outputs and the client's own (7.1).</summary>
    /// <param name="own">Outputs that the client adds; values do not matter.</param>
    public CoinbaseOutputConstraints Constraints(params ReadOnlySpan<TxOutput> own)
    {
        (uint size, ushort sigops) = CoinbaseRules.Constraints((TxOutput[])[.. Outputs.AsSpan(), .. own]);
        return new CoinbaseOutputConstraints { CoinbaseOutputMaxAdditionalSize = size, CoinbaseOutputMaxAdditionalSigops = sigops };
    }

    /// <summary>The coinbase outputs of a job: the pool's, with all that is left of the revenue in the payout; the client's own; the template's own last (7.2).</summary>
    /// <param name="revenue"><c>NewTemplate.coinbase_tx_value_remaining</c>.</param>
    /// <param name="own">Outputs that the client adds, with their values.</param>
    /// <param name="template">Outputs of the template.</param>
    /// <param name="outputs">All of them, when the result is true.</param>
    /// <param name="error">Why not, when the result is false.</param>
    public bool TryAssemble(
        ulong revenue, ReadOnlySpan<TxOutput> own, ReadOnlySpan<TxOutput> template, out Seq<TxOutput> outputs, [NotNullWhen(false)] out string? error)
    {
        outputs = default;
        UInt128 spent = 0;
        foreach (ref readonly TxOutput output in own)
            spent += output.Value;
        if (spent >= revenue)
        {
            error = $"coinbase_tx_value_remaining: the client's own outputs take {spent} satoshi of {revenue}: nothing is left for the pool's payout";
            return false;
        }
        TxOutput[] all = [.. Outputs.AsSpan(), .. own, .. template];
        all[0] = all[0] with { Value = revenue - (ulong)spent };
        for (int i = 1; i < Outputs.Count; i++)
            all[i] = all[i] with { Value = 0 };
        outputs = all;
        error = null;
        return true;
    }

    /// <summary>Satoshi that a coinbase pays to the payout's script, at whatever places.</summary>
    /// <param name="coinbase">The outputs of the coinbase.</param>
    public ulong PayoutValue(ReadOnlySpan<TxOutput> coinbase) => OutputRules.ValueOf(coinbase, Payout);

    /// <summary>What a coinbase lacks of what the pool asked for.</summary>
    /// <param name="coinbase">The outputs of the coinbase, in any order.</param>
    /// <returns>One sentence; null when nothing is missing.</returns>
    public string? FindFault(ReadOnlySpan<TxOutput> coinbase) => OutputRules.FindFault(ScriptDigests.AsSpan(), coinbase);
}
