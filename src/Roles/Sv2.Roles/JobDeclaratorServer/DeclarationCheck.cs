using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Roles.JobDeclaration;
using Sv2.Roles.Node;

namespace Sv2.Roles.JobDeclaratorServer;

/// <summary>Why a declaration is refused.</summary>
/// <param name="Code">The protocol's code.</param>
/// <param name="Details">One sentence for people.</param>
internal sealed record DeclarationFault(string Code, string Details)
{
    public static DeclarationFault OfField(string field, string details) => new(DeclarationErrorCodes.ForField(field), $"{field}: {details}");
}

/// <summary>The checks of a declared job whose transactions are all known.</summary>
internal static class DeclarationCheck
{
    /// <summary>More than any block can have: the smallest transaction weighs 240.</summary>
    public const int TransactionsMax = Block.WeightMax / 240;

    private const int WitnessScaleFactor = 4;
    private const string WtxidList = "wtxid_list";
    private const string Suffix = "coinbase_tx_suffix";

    /// <summary>What can be said without a node: weight, signature operations, the witness commitment, the sum of the outputs.</summary>
    public static DeclarationFault? FindFault(DeclaredTemplate template)
    {
        Transaction coinbase = Transaction.Parse(template.Coinbase.Split.Full(new byte[template.Coinbase.ExtranonceSize], default));
        long weight = WitnessScaleFactor * (BlockHeader.Size + (template.Transactions.Length + 1 < 0xfd ? 1 : 3)) + (long)coinbase.Weight;
        long sigops = coinbase.LegacySigops;
        bool hasWitness = false;
        U256[] wtxids = new U256[template.Transactions.Length];
        for (int i = 0; i < wtxids.Length; i++)
        {
            KnownTransaction transaction = template.Transactions[i];
            weight += transaction.Weight;
            sigops += transaction.LegacySigops;
            hasWitness |= transaction.HasWitness;
            wtxids[i] = transaction.Wtxid;
        }
        if (weight > Block.WeightMax)
            return new DeclarationFault(DeclarationErrorCodes.InvalidJob, $"bad-blk-weight: weight {weight} exceeds {Block.WeightMax}");
        if (sigops * WitnessScaleFactor > Block.SigopCostMax)
            return new DeclarationFault(DeclarationErrorCodes.InvalidJob, $"bad-blk-sigops: signature operation cost {sigops * WitnessScaleFactor} exceeds {Block.SigopCostMax}");
        if (OutputRules.Total(template.Coinbase.Outputs) > TxOutput.ValueMax)
            return DeclarationFault.OfField(Suffix, "the outputs exceed 21 million bitcoin");
        return Commitment(coinbase, wtxids, hasWitness);
    }

    /// <summary>Has the node judge the whole block.</summary>
    /// <exception cref="NodeUnavailableException">It has not judged.</exception>
    public static async Task<DeclarationFault?> ProposeAsync(DeclaredTemplate template, NodeFollower node, NodeTip tip, CancellationToken cancellationToken)
    {
        byte[] block = template.Propose(tip.Hash, Math.Max(tip.MinTime, tip.CurrentTime), tip.NBits);
        string? word = await node.ProposeAsync(block, cancellationToken).ConfigureAwait(false);
        return word switch
        {
            null => null,
            "inconclusive-not-best-prevblk" => new DeclarationFault(DeclarationErrorCodes.StaleChainTip, "the node has another best block"),
            "bad-cb-amount" => DeclarationFault.OfField(Suffix, "bad-cb-amount: the outputs exceed subsidy and fees"),
            "bad-version" => DeclarationFault.OfField("version", "bad-version: the network refuses blocks of this version"),
            _ when word.StartsWith("bad-txns", StringComparison.Ordinal) => DeclarationFault.OfField(WtxidList, word),
            _ => new DeclarationFault(DeclarationErrorCodes.InvalidJob, $"the node refuses it: {word}"),
        };
    }

    private static DeclarationFault? Commitment(Transaction coinbase, U256[] wtxids, bool hasWitness)
    {
        if (!WitnessCommitment.TryFind(coinbase, out U256 found))
            return hasWitness ? DeclarationFault.OfField(Suffix, "transactions have witnesses, and no output commits to them") : null;
        U256 computed = WitnessCommitment.Compute(wtxids);
        return computed == found ? null : DeclarationFault.OfField(Suffix, $"the witness commitment is {found}, the transactions make {computed}");
    }
}
