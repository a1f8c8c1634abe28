using Sv2.Bitcoin;

namespace Sv2.Roles.JobDeclaration;

/// <summary>The rules of 6.4.3 on a job's coinbase outputs, for those who know the pool's outputs only by their digests.</summary>
public static class OutputRules
{
    /// <summary>What a coinbase lacks of what the pool asked for.</summary>
    /// <param name="required">Digests of the scripts asked for (<see cref="TokenDigest.OfScript"/>), the payout's first.</param>
    /// <param name="coinbase">The outputs of the coinbase, in any order.</param>
    /// <returns>One sentence; null when nothing is missing.</returns>
    public static string? FindFault(ReadOnlySpan<UInt128> required, ReadOnlySpan<TxOutput> coinbase)
    {
        List<(UInt128 Script, ulong Value)> left = new(coinbase.Length);
        foreach (ref readonly TxOutput output in coinbase)
            left.Add((TokenDigest.OfScript(output.Script), output.Value));
        // One output cannot stand for two that were asked for, so each is struck off. The payout takes one that pays.
        for (int i = 0; i < required.Length; i++)
        {
            UInt128 script = required[i];
            bool isPayout = i == 0;
            int place = left.FindIndex(output => output.Script == script && (!isPayout || output.Value > 0));
            if (place >= 0)
                left.RemoveAt(place);
            else if (!isPayout)
                return $"output {i} of those that the pool asked for is missing";
            else
                return left.Exists(output => output.Script == script) ? "the pool's payout output gets no value" : "the pool's payout output is missing";
        }
        return null;
    }

    /// <summary>Satoshi that a coinbase pays to a script, at whatever places.</summary>
    /// <param name="coinbase">The outputs of the coinbase.</param>
    /// <param name="script">The script.</param>
    public static ulong ValueOf(ReadOnlySpan<TxOutput> coinbase, Script script)
    {
        ulong value = 0;
        foreach (ref readonly TxOutput output in coinbase)
            if (output.Script.Span.SequenceEqual(script.Span))
                value += output.Value;
        return value;
    }

    /// <summary>Satoshi of all outputs; saturates.</summary>
    /// <param name="coinbase">The outputs of the coinbase.</param>
    public static ulong Total(ReadOnlySpan<TxOutput> coinbase)
    {
        UInt128 sum = 0;
        foreach (ref readonly TxOutput output in coinbase)
            sum += output.Value;
        return (ulong)UInt128.Min(sum, ulong.MaxValue);
    }
}
