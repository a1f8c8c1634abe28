using System.Diagnostics.CodeAnalysis;
using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.JobDeclaration;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>
/// How coinbases are made for one pool (or for oneself): which outputs, and which bytes of the extranonce stand fixed.
/// Immutable; a pool that changes its outputs or its prefix gets another plan.
/// </summary>
/// <remarks>
/// <code>
/// scriptSig:   coinbase_prefix | extranonce_prefix of the pool | zeros | channel's prefix | miner's extranonce
/// the pool:                      \______ prefix _____________/  \________ extranonce ____________________/
/// the miners:  \___________ in coinbase_tx_prefix _________________/  \________ full extranonce _________/
/// </code>
/// The pool's part stands in the job itself, not in the miners' prefixes: so a change of pool is one new job and nothing
/// else, whatever sizes the pools give.
/// </remarks>
internal sealed class CoinbasePlan
{
    private readonly PoolOutputs _outputs;
    private readonly IReadOnlyList<OwnOutput> _own;

    private CoinbasePlan(JobDeclarator? declarator, PoolOutputs outputs, ByteString outputBytes, IReadOnlyList<OwnOutput> own, ByteString prefix, int extranonceSize, ByteString fixedBytes)
    {
        Declarator = declarator;
        _outputs = outputs;
        OutputBytes = outputBytes;
        _own = own;
        ExtranoncePrefix = prefix;
        ExtranonceSize = extranonceSize;
        FixedExtranonce = fixedBytes;
        CoinbaseOutputConstraints room = outputs.Constraints([.. own.Select(output => new TxOutput(0, output.Script))]);
        (Size, Sigops) = (room.CoinbaseOutputMaxAdditionalSize, room.CoinbaseOutputMaxAdditionalSigops);
    }

    /// <summary>Where its jobs are declared; null for solo mining.</summary>
    public JobDeclarator? Declarator { get; }

    /// <summary><c>coinbase_tx_outputs</c> of the tokens that its jobs can be declared with.</summary>
    public ByteString OutputBytes { get; }

    /// <summary>The extranonce prefix that the pool gave the channel.</summary>
    public ByteString ExtranoncePrefix { get; }

    /// <summary>Bytes of extranonce in a share to the pool.</summary>
    public int ExtranonceSize { get; }

    /// <summary>The bytes of the whole extranonce that stand before the miners' own: the pool's prefix and the zeros.</summary>
    public ByteString FixedExtranonce { get; }

    /// <summary>Serialized bytes of all outputs but the template's own (7.1).</summary>
    public uint Size { get; }

    /// <summary>Their signature operations, on the scale where a block has 80 000.</summary>
    public ushort Sigops { get; }

    /// <summary>A plan for a pool.</summary>
    /// <param name="declarator">Where its jobs are declared.</param>
    /// <param name="token">A token: its outputs are those that the pool asks for.</param>
    /// <param name="own">Outputs of the miner's own.</param>
    /// <param name="prefix">The channel's extranonce prefix.</param>
    /// <param name="extranonceSize">The channel's extranonce size.</param>
    /// <param name="localSize">Bytes of the miners' whole extranonce.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="error">Why there is none.</param>
    public static bool TryForPool(
        JobDeclarator declarator,
        MiningToken token,
        IReadOnlyList<OwnOutput> own,
        ByteString prefix,
        int extranonceSize,
        int localSize,
        [NotNullWhen(true)] out CoinbasePlan? plan,
        [NotNullWhen(false)] out string? error)
    {
        plan = null;
        error = null;
        if (extranonceSize < localSize)
            error = $"extranonce_size: {extranonceSize} bytes are less than the {localSize} that the miners need";
        else if (prefix.Length + extranonceSize > DeclaredCoinbase.ExtranonceMax)
            error = $"extranonce: {prefix.Length} and {extranonceSize} bytes exceed the {DeclaredCoinbase.ExtranonceMax} that PushSolution can carry";
        if (error is not null)
            return false;
        byte[] fixedBytes = [.. prefix.Span, .. new byte[extranonceSize - localSize]];
        plan = new CoinbasePlan(declarator, token.Outputs, token.OutputBytes, own, prefix, extranonceSize, fixedBytes);
        return true;
    }

    /// <summary>A plan that pays the miner.</summary>
    public static CoinbasePlan ForSolo(Script payout, IReadOnlyList<OwnOutput> own, int localSize) =>
        new(null, PoolOutputs.Of(payout), default, own, default, localSize, default);

    /// <summary>The job that a template makes, as the pool sees it.</summary>
    public bool TryBuild(in NewTemplate template, [NotNullWhen(true)] out CustomJob? job, [NotNullWhen(false)] out string? error)
    {
        ulong revenue = template.CoinbaseTxValueRemaining;
        TxOutput[] own = [.. _own.Select(output => new TxOutput(output.ValueOf(revenue), output.Script))];
        return CustomJob.TryCreate(template, _outputs, own, ExtranoncePrefix.Length + ExtranonceSize, out job, out error);
    }

    /// <summary>A coinbase as the miners are given it: with the fixed bytes in place.</summary>
    public CoinbaseTemplate ForMiners(CoinbaseTemplate coinbase) => coinbase with { Tag = FixedExtranonce };

    /// <summary>What the pool calls the extranonce of a share: everything after its prefix.</summary>
    /// <param name="local">The miner's whole extranonce: prefix of the channel and what it rolled.</param>
    /// <param name="destination">Takes <see cref="ExtranonceSize"/> bytes.</param>
    public void WriteExtranonce(ReadOnlySpan<byte> local, Span<byte> destination)
    {
        ReadOnlySpan<byte> padding = FixedExtranonce.Span[ExtranoncePrefix.Length..];
        padding.CopyTo(destination);
        local.CopyTo(destination[padding.Length..]);
    }

    /// <summary>Whether coinbases of the other are the same byte for byte, and declared at the same place.</summary>
    public bool IsLike(CoinbasePlan other) =>
        ReferenceEquals(Declarator, other.Declarator) && OutputBytes == other.OutputBytes
        && ExtranoncePrefix == other.ExtranoncePrefix && ExtranonceSize == other.ExtranonceSize;

    /// <summary>Whether a template made with this room is fit for the plan's outputs (7.1).</summary>
    public bool Fits(in CoinbaseOutputConstraints room) =>
        Size <= room.CoinbaseOutputMaxAdditionalSize && Sigops <= room.CoinbaseOutputMaxAdditionalSigops;
}
