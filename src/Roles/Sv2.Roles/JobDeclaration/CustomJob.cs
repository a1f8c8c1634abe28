using System.Diagnostics.CodeAnalysis;
using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;
using Sv2.Protocol.Mining;
using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Roles.JobDeclaration;

/// <summary>
/// A job that a client makes of its own template and a pool's outputs: what it declares, what it asks the pool to reward, and
/// what it gives its miners, all from the same fields. Immutable.
/// </summary>
public sealed class CustomJob
{
    private CustomJob(uint version, CoinbaseTemplate coinbase, CoinbaseSplit split, Seq<U256> merklePath)
    {
        Version = version;
        Coinbase = coinbase;
        Split = split;
        MerklePath = merklePath;
    }

    /// <summary>nVersion of the header.</summary>
    public uint Version { get; }

    /// <summary>The coinbase without its extranonce.</summary>
    public CoinbaseTemplate Coinbase { get; }

    /// <summary>The coinbase laid out around its extranonce.</summary>
    public CoinbaseSplit Split { get; }

    /// <summary>The coinbase's merkle path, from the deepest step.</summary>
    public Seq<U256> MerklePath { get; }

    /// <summary>Makes a job of a template.</summary>
    /// <param name="template">The template.</param>
    /// <param name="pool">The outputs of the token.</param>
    /// <param name="own">Outputs that the client adds, with their values.</param>
    /// <param name="extranonceSize">Bytes of the whole extranonce: the upstream channel's prefix and what follows it.</param>
    /// <param name="job">The job, when the result is true.</param>
    /// <param name="error">What does not fit, when the result is false.</param>
    public static bool TryCreate(
        in NewTemplate template,
        PoolOutputs pool,
        ReadOnlySpan<TxOutput> own,
        int extranonceSize,
        [NotNullWhen(true)] out CustomJob? job,
        [NotNullWhen(false)] out string? error)
    {
        job = null;
        if (!TxOutput.TryReadUnprefixed(template.CoinbaseTxOutputs.Span, template.CoinbaseTxOutputsCount, out TxOutput[] templateOutputs, out error))
            return false;
        if (!pool.TryAssemble(template.CoinbaseTxValueRemaining, own, templateOutputs, out Seq<TxOutput> outputs, out error))
            return false;
        return TryCreate(template, outputs, extranonceSize, out job, out error);
    }

    /// <summary>Makes a job of a template and outputs that are complete and in their order.</summary>
    /// <param name="template">The template.</param>
    /// <param name="outputs">All outputs of the coinbase.</param>
    /// <param name="extranonceSize">Bytes of the whole extranonce.</param>
    /// <param name="job">The job, when the result is true.</param>
    /// <param name="error">What does not fit, when the result is false.</param>
    public static bool TryCreate(
        in NewTemplate template, Seq<TxOutput> outputs, int extranonceSize, [NotNullWhen(true)] out CustomJob? job, [NotNullWhen(false)] out string? error)
    {
        job = null;
        CoinbaseTemplate coinbase = new()
        {
            Version = template.CoinbaseTxVersion,
            CoinbasePrefix = template.CoinbasePrefix,
            Sequence = template.CoinbaseTxInputSequence,
            Outputs = outputs,
            LockTime = template.CoinbaseTxLocktime,
        };
        int scriptSig = coinbase.CoinbasePrefix.Length + extranonceSize;
        error = coinbase.CoinbasePrefix.Length > CoinbaseTemplate.CoinbasePrefixMax
                ? $"coinbase_prefix: {coinbase.CoinbasePrefix.Length} bytes exceed {CoinbaseTemplate.CoinbasePrefixMax}"
            : extranonceSize is < 0 or > DeclaredCoinbase.ExtranonceMax
                ? $"extranonce: {extranonceSize} bytes are not in 0..{DeclaredCoinbase.ExtranonceMax}"
            : scriptSig is < CoinbaseTemplate.ScriptSigMin or > CoinbaseTemplate.ScriptSigMax
                ? $"coinbase scriptSig: {scriptSig} bytes are not in {CoinbaseTemplate.ScriptSigMin}..{CoinbaseTemplate.ScriptSigMax}"
            : null;
        if (error is null)
            job = new CustomJob(template.Version, coinbase, coinbase.Split(extranonceSize), template.MerklePath);
        return job is not null;
    }

    /// <summary>The declaration in full-template mode (6.4.4).</summary>
    /// <param name="requestId">For pairing the answer.</param>
    /// <param name="token">The token of <c>AllocateMiningJobToken.Success</c>.</param>
    /// <param name="wtxids">Wtxids of all transactions in block order, without the coinbase.</param>
    /// <param name="excessData"><c>RequestTransactionData.Success.excess_data</c>, as it came.</param>
    public DeclareMiningJob Declare(uint requestId, ByteString token, Seq<U256> wtxids, ByteString excessData) => new()
    {
        RequestId = requestId,
        MiningJobToken = token,
        Version = Version,
        CoinbaseTxPrefix = Split.FullPrefix,
        CoinbaseTxSuffix = Split.FullSuffix,
        WtxidList = wtxids,
        ExcessData = excessData,
    };

    /// <summary>The request to the pool (5.3.18).</summary>
    /// <param name="channelId">The extended (or group) channel.</param>
    /// <param name="requestId">For pairing the answer.</param>
    /// <param name="token">In full-template mode the token of <c>DeclareMiningJob.Success</c>, else that of <c>AllocateMiningJobToken.Success</c>.</param>
    /// <param name="prevHash">The block before it.</param>
    /// <param name="minNTime">Smallest nTime.</param>
    /// <param name="nBits">Compact network target.</param>
    public SetCustomMiningJob ToSetCustomMiningJob(uint channelId, uint requestId, ByteString token, U256 prevHash, uint minNTime, uint nBits) => new()
    {
        ChannelId = channelId,
        RequestId = requestId,
        MiningJobToken = token,
        Version = Version,
        PrevHash = prevHash,
        MinNTime = minNTime,
        NBits = nBits,
        CoinbaseTxVersion = Coinbase.Version,
        CoinbasePrefix = Coinbase.CoinbasePrefix,
        CoinbaseTxInputNSequence = Coinbase.Sequence,
        CoinbaseTxOutputs = TxOutput.SerializePrefixed(Coinbase.Outputs.AsSpan()),
        CoinbaseTxLocktime = Coinbase.LockTime,
        MerklePath = MerklePath,
    };

    /// <summary>The job as miners downstream get it: the coinbase's pieces stripped.</summary>
    /// <param name="versionRollingAllowed">Whether they may roll the version's general purpose bits.</param>
    public ExtendedJob ToExtendedJob(bool versionRollingAllowed = true) =>
        new(Version, versionRollingAllowed, MerklePath, Split.StrippedPrefix, Split.StrippedSuffix);
}
