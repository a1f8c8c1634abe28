using Sv2.Bitcoin;
using Sv2.Protocol;
using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Roles.TemplateProvider;

/// <summary>A template as it was handed out: the message, and what is needed to make a block of it.</summary>
internal sealed class BlockTemplate
{
    // Not final, so that the lock time counts.
    private const uint CoinbaseSequence = 0xfffffffe;
    private const uint CoinbaseVersion = 2;

    private BlockTemplate(ulong id, NodeView view, int height, long subsidy, CandidateTransaction[] transactions, DateTimeOffset createdAt)
    {
        Id = id;
        Height = height;
        NBits = view.NBits;
        Transactions = transactions;
        CreatedAt = createdAt;
        Fees = transactions.Sum(transaction => transaction.Fee);
        Value = subsidy + Fees;
        TxOutput commitment = WitnessCommitment.Output(WitnessCommitment.Compute(Array.ConvertAll(transactions, t => t.Wtxid)));
        Message = new NewTemplate
        {
            TemplateId = id,
            FutureTemplate = true,
            Version = view.Version,
            CoinbaseTxVersion = CoinbaseVersion,
            CoinbasePrefix = CoinbaseRules.HeightPush((uint)height),
            CoinbaseTxInputSequence = CoinbaseSequence,
            CoinbaseTxValueRemaining = (ulong)Value,
            CoinbaseTxOutputsCount = 1,
            CoinbaseTxOutputs = TxOutput.SerializeUnprefixed([commitment]),
            // As Bitcoin Core sets it, so that no two coinbases of different heights can be equal.
            CoinbaseTxLocktime = (uint)height - 1,
            MerklePath = MerklePath.OfCoinbase(Array.ConvertAll(transactions, t => t.Txid)),
        };
    }

    /// <summary>template_id, strictly increasing over all templates of the provider.</summary>
    public ulong Id { get; }

    /// <summary>The block it builds on; null while it was made ahead, for whichever block comes next.</summary>
    public U256? PrevHash { get; private set; }

    public int Height { get; }

    /// <summary>Compact target of the block; of a template made ahead only known when its block has come.</summary>
    public uint NBits { get; private set; }

    /// <summary>The transactions in block order, without the coinbase.</summary>
    public CandidateTransaction[] Transactions { get; }

    public DateTimeOffset CreatedAt { get; }

    /// <summary>Satoshi.</summary>
    public long Fees { get; }

    /// <summary>Subsidy and fees, satoshi.</summary>
    public long Value { get; }

    /// <summary>The message that announces it as a future template.</summary>
    public NewTemplate Message { get; }

    /// <summary>The best template on the view's tip that leaves room for what the client adds.</summary>
    public static BlockTemplate OnTip(ulong id, NodeView view, TemplateConstraints constraints, DateTimeOffset now) =>
        new(id, view, view.Height, view.Subsidy, Select(view.Candidates, constraints), now) { PrevHash = view.TipHash };

    /// <summary>
    /// A template for the block after the next one, whichever that will be. Nobody knows which transactions the next block
    /// will take, so it has none.
    /// </summary>
    public static BlockTemplate Ahead(ulong id, NodeView view, long nextSubsidy, DateTimeOffset now) =>
        new(id, view, view.Height + 1, nextSubsidy, [], now);

    /// <summary>The block that a template made ahead was waiting for has come.</summary>
    public void BuildOn(NodeView view)
    {
        PrevHash = view.TipHash;
        NBits = view.NBits;
    }

    /// <summary>
    /// Takes candidates in their order as long as weight and sigops allow, and leaves out those whose parents were left out.
    /// </summary>
    private static CandidateTransaction[] Select(IReadOnlyList<CandidateTransaction> candidates, TemplateConstraints constraints)
    {
        long weight = constraints.TransactionsWeightMax;
        long sigops = constraints.TransactionsSigopCostMax;
        bool[] taken = new bool[candidates.Count];
        List<CandidateTransaction> selected = new(candidates.Count);
        for (int i = 0; i < candidates.Count; i++)
        {
            CandidateTransaction candidate = candidates[i];
            if (candidate.Weight > weight || candidate.SigopCost > sigops || !candidate.Depends.All(parent => taken[parent]))
                continue;
            taken[i] = true;
            weight -= candidate.Weight;
            sigops -= candidate.SigopCost;
            selected.Add(candidate);
        }
        return [.. selected];
    }
}
