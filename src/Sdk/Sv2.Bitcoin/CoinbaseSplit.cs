using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Sv2.Protocol;

namespace Sv2.Bitcoin;

/// <summary>
/// A coinbase cut in two around its extranonce. The stripped pieces make the txid and go into <c>NewExtendedMiningJob</c>
/// (3.7.1, 5.3.16); the full ones have marker, flag and witness and go into <c>DeclareMiningJob</c> (3.7.2) and, put
/// together, into <c>SubmitSolution</c> (3.7.3). Immutable.
/// </summary>
public sealed class CoinbaseSplit
{
    /// <summary>Where the scriptSig starts in a stripped coinbase: version, input count, null outpoint, length byte.</summary>
    internal const int ScriptSigOffset = sizeof(uint) + 1 + Sha256d.HashSize + sizeof(uint) + 1;

    private const int StackBytesMax = 2048;

    // One witness item of 32 zero bytes: count, length, the reserved value.
    private static ReadOnlySpan<byte> CoinbaseWitness =>
        [1, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    internal CoinbaseSplit(ByteString strippedPrefix, ByteString strippedSuffix, int extranonceSize, bool hasWitness)
    {
        StrippedPrefix = strippedPrefix;
        StrippedSuffix = strippedSuffix;
        ExtranonceSize = extranonceSize;
        HasWitness = hasWitness;
        FullPrefix = hasWitness ? AddMarkerAndFlag(strippedPrefix.Span) : strippedPrefix;
        FullSuffix = hasWitness ? AddWitness(strippedSuffix.Span) : strippedSuffix;
    }

    /// <summary><c>coinbase_tx_prefix</c> of <c>NewExtendedMiningJob</c>: all before the extranonce, without marker and flag.</summary>
    public ByteString StrippedPrefix { get; }

    /// <summary><c>coinbase_tx_suffix</c> of <c>NewExtendedMiningJob</c>: all after the extranonce, without witness.</summary>
    public ByteString StrippedSuffix { get; }

    /// <summary><c>coinbase_tx_prefix</c> of <c>DeclareMiningJob</c>: with marker and flag if the coinbase has a witness.</summary>
    public ByteString FullPrefix { get; }

    /// <summary><c>coinbase_tx_suffix</c> of <c>DeclareMiningJob</c>: with the witness if the coinbase has one.</summary>
    public ByteString FullSuffix { get; }

    /// <summary>Bytes of the whole extranonce that belongs between the pieces.</summary>
    public int ExtranonceSize { get; }

    /// <summary>Whether the full coinbase differs from the stripped one.</summary>
    public bool HasWitness { get; }

    /// <summary>Takes up the pieces of a received <c>NewExtendedMiningJob</c>.</summary>
    /// <param name="prefix"><c>coinbase_tx_prefix</c>; copied.</param>
    /// <param name="suffix"><c>coinbase_tx_suffix</c>; copied.</param>
    /// <param name="extranonceSize">Bytes of the channel's whole extranonce.</param>
    /// <param name="split">The split, when the result is <see langword="true"/>.</param>
    /// <param name="error">What is wrong, when the result is <see langword="false"/>.</param>
    /// <returns>Whether the pieces with such an extranonce between them are a well-formed, stripped coinbase.</returns>
    public static bool TryFromStripped(
        ReadOnlySpan<byte> prefix,
        ReadOnlySpan<byte> suffix,
        int extranonceSize,
        [NotNullWhen(true)] out CoinbaseSplit? split,
        [NotNullWhen(false)] out string? error)
    {
        split = null;
        if (!TryParseJoined(prefix, suffix, extranonceSize, out Transaction? coinbase, out error))
            return false;
        if (coinbase.HasWitness)
        {
            error = "coinbase_tx_prefix: the BIP 141 fields must be stripped";
            return false;
        }
        ByteString strippedPrefix = ByteString.CopyOf(prefix);
        ByteString strippedSuffix = ByteString.CopyOf(suffix);
        split = new CoinbaseSplit(strippedPrefix, strippedSuffix, extranonceSize, WitnessCommitment.TryFind(coinbase, out _));
        return true;
    }

    /// <summary>Takes up the pieces of a received <c>DeclareMiningJob</c>, with or without BIP 141 fields.</summary>
    /// <param name="prefix"><c>coinbase_tx_prefix</c>; copied.</param>
    /// <param name="suffix"><c>coinbase_tx_suffix</c>; copied.</param>
    /// <param name="extranonceSize">Bytes of the whole extranonce.</param>
    /// <param name="split">The split, when the result is <see langword="true"/>.</param>
    /// <param name="error">What is wrong, when the result is <see langword="false"/>.</param>
    /// <returns>Whether the pieces with such an extranonce between them are a well-formed coinbase.</returns>
    public static bool TryFromFull(
        ReadOnlySpan<byte> prefix,
        ReadOnlySpan<byte> suffix,
        int extranonceSize,
        [NotNullWhen(true)] out CoinbaseSplit? split,
        [NotNullWhen(false)] out string? error)
    {
        split = null;
        if (!TryParseJoined(prefix, suffix, extranonceSize, out Transaction? coinbase, out error))
            return false;
        if (!coinbase.HasWitness)
        {
            split = new CoinbaseSplit(ByteString.CopyOf(prefix), ByteString.CopyOf(suffix), extranonceSize, hasWitness: false);
            return true;
        }
        if (coinbase.Inputs[0].Witness is not { Count: 1 } witness || !witness[0].Span.SequenceEqual(CoinbaseWitness[2..]))
        {
            error = "coinbase_tx_suffix: the witness must be one item of 32 zero bytes";
            return false;
        }
        ReadOnlySpan<byte> lockTime = suffix[^sizeof(uint)..];
        ByteString strippedPrefix = ByteString.Wrap((byte[])[.. prefix[..sizeof(uint)], .. prefix[(sizeof(uint) + 2)..]]);
        ByteString strippedSuffix = ByteString.Wrap((byte[])[.. suffix[..^(CoinbaseWitness.Length + sizeof(uint))], .. lockTime]);
        split = new CoinbaseSplit(strippedPrefix, strippedSuffix, extranonceSize, hasWitness: true);
        return true;
    }

    /// <summary>The txid of the coinbase with this extranonce. Allocates nothing for coinbases up to 2 KiB.</summary>
    /// <param name="extranoncePrefix">The channel's extranonce prefix.</param>
    /// <param name="extranonce">What the miner appended; empty on a standard channel.</param>
    /// <returns>The txid, wire order: the leaf for <see cref="MerklePath.Fold(in U256, ReadOnlySpan{U256})"/>.</returns>
    /// <exception cref="ArgumentException">The two together are not <see cref="ExtranonceSize"/> bytes.</exception>
    public U256 Txid(ReadOnlySpan<byte> extranoncePrefix, ReadOnlySpan<byte> extranonce)
    {
        CheckExtranonce(extranoncePrefix.Length + extranonce.Length);
        return CoinbaseSplit.Txid(StrippedPrefix.Span, extranoncePrefix, extranonce, StrippedSuffix.Span);
    }

    /// <summary>The txid of a coinbase given in four pieces. Allocates nothing for coinbases up to 2 KiB.</summary>
    /// <param name="prefix">Stripped <c>coinbase_tx_prefix</c>.</param>
    /// <param name="extranoncePrefix">The channel's extranonce prefix.</param>
    /// <param name="extranonce">What the miner appended; empty on a standard channel.</param>
    /// <param name="suffix">Stripped <c>coinbase_tx_suffix</c>.</param>
    /// <returns>The txid, wire order.</returns>
    [SkipLocalsInit]
    public static U256 Txid(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> extranoncePrefix, ReadOnlySpan<byte> extranonce, ReadOnlySpan<byte> suffix)
    {
        int size = prefix.Length + extranoncePrefix.Length + extranonce.Length + suffix.Length;
        Span<byte> bytes = size <= StackBytesMax ? stackalloc byte[StackBytesMax] : new byte[size];
        Join(bytes, prefix, extranoncePrefix, extranonce, suffix);
        return Sha256d.Hash(bytes[..size]);
    }

    /// <summary>The whole coinbase with BIP 141 fields, as <c>SubmitSolution.coinbase_tx</c> and a block carry it (3.7.3).</summary>
    /// <param name="extranoncePrefix">The channel's extranonce prefix.</param>
    /// <param name="extranonce">What the miner appended; empty on a standard channel.</param>
    /// <returns>The serialized transaction, a new array.</returns>
    /// <exception cref="ArgumentException">The two together are not <see cref="ExtranonceSize"/> bytes.</exception>
    public byte[] Full(ReadOnlySpan<byte> extranoncePrefix, ReadOnlySpan<byte> extranonce)
    {
        CheckExtranonce(extranoncePrefix.Length + extranonce.Length);
        byte[] bytes = new byte[FullPrefix.Length + ExtranonceSize + FullSuffix.Length];
        Join(bytes, FullPrefix.Span, extranoncePrefix, extranonce, FullSuffix.Span);
        return bytes;
    }

    private static void Join(
        Span<byte> destination,
        ReadOnlySpan<byte> prefix,
        ReadOnlySpan<byte> extranoncePrefix,
        ReadOnlySpan<byte> extranonce,
        ReadOnlySpan<byte> suffix)
    {
        ByteWriter writer = new(destination);
        writer.Bytes(prefix);
        writer.Bytes(extranoncePrefix);
        writer.Bytes(extranonce);
        writer.Bytes(suffix);
    }

    private static bool TryParseJoined(
        ReadOnlySpan<byte> prefix,
        ReadOnlySpan<byte> suffix,
        int extranonceSize,
        [NotNullWhen(true)] out Transaction? coinbase,
        [NotNullWhen(false)] out string? error)
    {
        coinbase = null;
        if (extranonceSize is < 0 or > CoinbaseTemplate.ScriptSigMax)
        {
            error = $"extranonce: {extranonceSize} bytes are not in 0..{CoinbaseTemplate.ScriptSigMax}";
            return false;
        }
        if (!Transaction.TryParse((byte[])[.. prefix, .. new byte[extranonceSize], .. suffix], out coinbase, out error))
            return false;
        error = CoinbaseRules.Fault(coinbase);
        if (error is not null)
            return false;
        // The extranonce must be the last bytes of the scriptSig; otherwise the pieces were cut somewhere else.
        int marker = coinbase.HasWitness ? 2 : 0;
        if (ScriptSigOffset + marker + coinbase.Inputs[0].ScriptSig.Length != prefix.Length + extranonceSize)
            error = $"coinbase_tx_prefix: an extranonce of {extranonceSize} bytes after it does not end the scriptSig";
        return error is null;
    }

    private void CheckExtranonce(int size)
    {
        if (size != ExtranonceSize)
            throw new ArgumentException($"extranonce: {size} bytes given, {ExtranonceSize} expected");
    }

    private static ByteString AddMarkerAndFlag(ReadOnlySpan<byte> prefix) =>
        ByteString.Wrap((byte[])[.. prefix[..sizeof(uint)], 0, 1, .. prefix[sizeof(uint)..]]);

    private static ByteString AddWitness(ReadOnlySpan<byte> suffix) =>
        ByteString.Wrap((byte[])[.. suffix[..^sizeof(uint)], .. CoinbaseWitness, .. suffix[^sizeof(uint)..]]);
}
