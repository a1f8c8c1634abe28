using System.Diagnostics.CodeAnalysis;
using Sv2.Bitcoin;
using Sv2.Protocol.Mining;

namespace Sv2.Mining.Server;

/// <summary>
/// What can be said about a custom job without knowing its token: each field by itself, and the coinbase it makes (5.3.18,
/// item 237). The refusals name the field.
/// </summary>
public static class CustomJobRules
{
    /// <summary>More steps than a block of any size has; each costs a hash at every share.</summary>
    public const int MerklePathMax = 24;

    // Consensus refuses lower versions since BIP 65; the field is a signed number there.
    private const int BlockVersionMin = 4;

    /// <summary>Checks every field but the token and <c>prev_hash</c>, and lays out the coinbase.</summary>
    /// <param name="message">The job.</param>
    /// <param name="tip">The tip it is for.</param>
    /// <param name="fullExtranonceSize">Bytes of prefix and extranonce of its channels.</param>
    /// <param name="nTimeWindow">How far min_ntime may be from the tip's and from now.</param>
    /// <param name="unixNow">Now.</param>
    /// <param name="coinbase">The coinbase, when there is no fault.</param>
    /// <returns>The name of the first field with a wrong value; <see langword="null"/> when all are right.</returns>
    public static string? FindFault(
        in SetCustomMiningJob message,
        ChainTip tip,
        int fullExtranonceSize,
        TimeSpan nTimeWindow,
        long unixNow,
        out CoinbaseTemplate? coinbase)
    {
        ArgumentNullException.ThrowIfNull(tip);
        coinbase = null;
        if (unchecked((int)message.Version) < BlockVersionMin)
            return "version";
        if (message.NBits != tip.NBits)
            return "nbits";
        // The client's template provider may have another idea of the time than ours, so this bound is wide (item 398).
        long window = (long)nTimeWindow.TotalSeconds;
        if (message.MinNTime + window < tip.MinNTime || message.MinNTime > Math.Max(tip.MinNTime, unixNow) + window)
            return "min_ntime";
        int scriptSigSize = message.CoinbasePrefix.Length + fullExtranonceSize;
        if (message.CoinbasePrefix.Length > CoinbaseTemplate.CoinbasePrefixMax || scriptSigSize > CoinbaseTemplate.ScriptSigMax)
            return "coinbase_prefix";
        if (!TryReadOutputs(message, out TxOutput[]? outputs))
            return "coinbase_tx_outputs";
        if (message.MerklePath.Count > MerklePathMax)
            return "merkle_path";
        coinbase = new CoinbaseTemplate
        {
            Version = message.CoinbaseTxVersion,
            CoinbasePrefix = message.CoinbasePrefix,
            Sequence = message.CoinbaseTxInputNSequence,
            Outputs = outputs,
            LockTime = message.CoinbaseTxLocktime,
        };
        return null;
    }

    /// <summary>
    /// Whether some output, at whatever place (item 378), pays this script at least so much: the pool's share of the job.
    /// </summary>
    /// <param name="message">The job.</param>
    /// <param name="script">The pool's script.</param>
    /// <param name="valueMin">Satoshis it must get; at least 1 makes sure it gets anything.</param>
    /// <returns>Whether it does.</returns>
    public static bool Pays(in SetCustomMiningJob message, Script script, ulong valueMin)
    {
        if (!TryReadOutputs(message, out TxOutput[]? outputs))
            return false;
        foreach (TxOutput output in outputs)
        {
            if (output.Value >= valueMin && output.Script.Span.SequenceEqual(script.Span))
                return true;
        }
        return false;
    }

    private static bool TryReadOutputs(in SetCustomMiningJob message, [NotNullWhen(true)] out TxOutput[]? outputs)
    {
        if (!TxOutput.TryReadPrefixed(message.CoinbaseTxOutputs.Span, out outputs, out _))
            return false;
        UInt128 sum = 0;
        foreach (TxOutput output in outputs)
            sum += output.Value;
        return outputs.Length > 0 && sum <= TxOutput.ValueMax;
    }
}
