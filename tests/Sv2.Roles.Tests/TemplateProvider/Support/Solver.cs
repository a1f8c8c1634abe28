using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Roles.Tests.TemplateProvider.Support;

/// <summary>Solves templates, as a pool and its miner would together. For trivial difficulties.</summary>
internal static class Solver
{
    /// <summary>P2WPKH of nobody: 22 bytes, hence an output of 31.</summary>
    public static readonly Script Payout = Script.PayToWitness(0, new byte[20]);

    /// <summary>The coinbase of a template with these outputs before the template's own.</summary>
    public static CoinbaseTemplate Coinbase(in NewTemplate template, params TxOutput[] outputs)
    {
        Assert.True(TxOutput.TryReadUnprefixed(template.CoinbaseTxOutputs.Span, template.CoinbaseTxOutputsCount, out TxOutput[] own, out string? error), error);
        return new CoinbaseTemplate
        {
            Version = template.CoinbaseTxVersion,
            CoinbasePrefix = template.CoinbasePrefix,
            Sequence = template.CoinbaseTxInputSequence,
            Outputs = (TxOutput[])[.. outputs, .. own],
            LockTime = template.CoinbaseTxLocktime,
        };
    }

    /// <summary>A solution that pays the whole value to <see cref="Payout"/>.</summary>
    public static SubmitSolution Solve(in NewTemplate template, in SetNewPrevHash tip, ulong extranonce = 0) =>
        Solve(template, tip, Coinbase(template, new TxOutput(template.CoinbaseTxValueRemaining, Payout)), extranonce);

    /// <summary>A solution with any coinbase.</summary>
    public static SubmitSolution Solve(
        in NewTemplate template, in SetNewPrevHash tip, CoinbaseTemplate coinbase, ulong extranonce = 0, uint? version = null, uint? time = null, bool wanted = true) =>
        Grind(template, tip, coinbase.Split(8).Full(BitConverter.GetBytes(extranonce), []), version, time, wanted);

    /// <summary>Finds a nonce whose hash meets the target (or, where it is not wanted, one that does not).</summary>
    public static SubmitSolution Grind(in NewTemplate template, in SetNewPrevHash tip, byte[] coinbase, uint? version = null, uint? time = null, bool wanted = true)
    {
        U256 root = MerklePath.Fold(Transaction.Parse(coinbase).Txid, template.MerklePath.AsSpan());
        BlockHeader header = new(version ?? template.Version, tip.PrevHash, root, time ?? tip.HeaderTimestamp, tip.NBits, 0);
        while (header.Hash() <= tip.Target != wanted)
            header = header with { Nonce = header.Nonce + 1 };
        return new SubmitSolution
        {
            TemplateId = template.TemplateId,
            Version = header.Version,
            HeaderTimestamp = header.NTime,
            HeaderNonce = header.Nonce,
            CoinbaseTx = coinbase,
        };
    }

    /// <summary>Hash of the block that a solution makes.</summary>
    public static U256 BlockHash(in NewTemplate template, in SetNewPrevHash tip, in SubmitSolution solution)
    {
        U256 root = MerklePath.Fold(Transaction.Parse(solution.CoinbaseTx.Span).Txid, template.MerklePath.AsSpan());
        return new BlockHeader(solution.Version, tip.PrevHash, root, solution.HeaderTimestamp, tip.NBits, solution.HeaderNonce).Hash();
    }
}
