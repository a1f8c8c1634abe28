using System.Diagnostics.CodeAnalysis;
using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Roles.JobDeclaration;

/// <summary>
/// The coinbase of a declared job, taken apart: what <c>coinbase_tx_prefix</c> and <c>coinbase_tx_suffix</c> say (6.4.4), and the
/// hole for the extranonce between them. Immutable.
/// </summary>
public sealed class DeclaredCoinbase
{
    /// <summary>Most bytes of an extranonce: what <c>PushSolution.extranonce</c> can carry (6.4.9).</summary>
    public const int ExtranonceMax = 32;

    private const string PrefixField = "coinbase_tx_prefix";
    private const string SuffixField = "coinbase_tx_suffix";

    // Version, [marker, flag,] input count, null outpoint, length of the scriptSig.
    private const int LegacyStart = sizeof(uint) + 1 + 36 + 1;
    private const int SegwitStart = LegacyStart + 2;

    private DeclaredCoinbase(CoinbaseTemplate template, CoinbaseSplit split)
    {
        Template = template;
        Split = split;
    }

    /// <summary>Its fields.</summary>
    public CoinbaseTemplate Template { get; }

    /// <summary>Its two pieces, full and stripped.</summary>
    public CoinbaseSplit Split { get; }

    /// <summary>All its outputs in order.</summary>
    public ReadOnlySpan<TxOutput> Outputs => Template.Outputs.AsSpan();

    /// <summary>Bytes of extranonce that the scriptSig leaves open: its length less what is there already (item 276).</summary>
    public int ExtranonceSize => Split.ExtranonceSize;

    /// <summary>Takes a declared coinbase apart.</summary>
    /// <param name="prefix"><c>coinbase_tx_prefix</c>; anything a client can send.</param>
    /// <param name="suffix"><c>coinbase_tx_suffix</c>; anything a client can send.</param>
    /// <param name="coinbase">The coinbase, when the result is true.</param>
    /// <param name="field">The field that is wrong, when the result is false.</param>
    /// <param name="error">What is wrong with it, when the result is false.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> prefix,
        ReadOnlySpan<byte> suffix,
        [NotNullWhen(true)] out DeclaredCoinbase? coinbase,
        [NotNullWhen(false)] out string? field,
        [NotNullWhen(false)] out string? error)
    {
        coinbase = null;
        field = PrefixField;
        if (!TryFindHole(prefix, out ReadOnlySpan<byte> start, out int extranonceSize, out error))
            return false;
        if (!CoinbaseSplit.TryFromFull(prefix, suffix, extranonceSize, out CoinbaseSplit? split, out error))
        {
            field = error.StartsWith(PrefixField, StringComparison.Ordinal) || error.Contains("scriptSig", StringComparison.Ordinal) ? PrefixField : SuffixField;
            return false;
        }
        Transaction transaction = Transaction.Parse(split.Full(new byte[extranonceSize], default));
        CoinbaseTemplate template = new()
        {
            Version = transaction.Version,
            CoinbasePrefix = ByteString.CopyOf(start),
            Sequence = transaction.Inputs[0].Sequence,
            Outputs = transaction.Outputs.ToArray(),
            LockTime = transaction.LockTime,
        };
        // Without one another they make an invalid block, and the pool rebuilds the coinbase from its fields alone.
        if (template.HasWitness != transaction.HasWitness)
        {
            field = SuffixField;
            error = template.HasWitness
                ? "there is a witness commitment, but the BIP 141 fields are stripped (6.4.4)"
                : "there is a witness, but no output commits to witnesses";
            return false;
        }
        coinbase = new DeclaredCoinbase(template, split);
        field = null;
        return true;
    }

    private static bool TryFindHole(ReadOnlySpan<byte> prefix, out ReadOnlySpan<byte> start, out int extranonceSize, [NotNullWhen(false)] out string? error)
    {
        start = default;
        extranonceSize = 0;
        bool segwit = prefix.Length > 5 && prefix[4] == 0 && prefix[5] == 1;
        int startOffset = segwit ? SegwitStart : LegacyStart;
        if (prefix.Length < startOffset)
        {
            error = $"{prefix.Length} bytes end before the scriptSig";
            return false;
        }
        start = prefix[startOffset..];
        int scriptSigSize = prefix[startOffset - 1];
        extranonceSize = scriptSigSize - start.Length;
        error = scriptSigSize > CoinbaseTemplate.ScriptSigMax ? $"a scriptSig of {scriptSigSize} bytes exceeds {CoinbaseTemplate.ScriptSigMax}"
            : start.Length > CoinbaseTemplate.CoinbasePrefixMax ? $"{start.Length} bytes before the extranonce exceed the {CoinbaseTemplate.CoinbasePrefixMax} of coinbase_prefix"
            : extranonceSize is < 0 or > ExtranonceMax ? $"the scriptSig leaves {extranonceSize} bytes for the extranonce; 0..{ExtranonceMax} are possible"
            : null;
        return error is null;
    }
}
