using Sv2.Protocol;

namespace Sv2.Bitcoin;

/// <summary>What the chain says about the place where a block wants to stand.</summary>
public sealed record BlockContext
{
    /// <summary>The network's parameters.</summary>
    public required Network Network { get; init; }

    /// <summary>Height of the block.</summary>
    public required uint Height { get; init; }

    /// <summary>Hash of the block before it, wire order.</summary>
    public required U256 PrevHash { get; init; }

    /// <summary><c>nbits</c> that the block must have.</summary>
    public required uint NBits { get; init; }

    /// <summary>Median time of the eleven blocks before it; its own time must be later.</summary>
    public required uint MedianTimePast { get; init; }

    /// <summary>The time now; the block's time may be at most two hours later.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>
    /// Finds the output that an input spends, for fees and exact signature operation cost. Where it is
    /// <see langword="null"/>, the coinbase's value and the cost of spent outputs are not checked; where it returns
    /// <see langword="null"/>, the block spends what is not there.
    /// Outputs made earlier in the same block need not be known to it.
    /// </summary>
    public Func<OutPoint, TxOutput?>? FindOutput { get; init; }

    /// <summary>Whether the block is one that is still to be mined (BIP 23): then only its proof of work is not checked.</summary>
    public bool IsProposal { get; init; }
}

/// <summary>
/// The checks a block must pass, apart from executing scripts: form, proof of work, merkle root, witness commitment,
/// height, time, value, weight and signature operations. The first fault found is the answer, with the code that
/// Bitcoin Core uses for it.
/// </summary>
public static class BlockCheck
{
    /// <summary>How far a block's time may be ahead of the clock.</summary>
    public static readonly TimeSpan MaxFutureBlockTime = TimeSpan.FromHours(2);

    private const int WitnessScaleFactor = 4;

    /// <summary>Checks what the block alone tells: form, proof of work for its own nbits, merkle root, weight, signature operations.</summary>
    /// <param name="block">The block.</param>
    /// <param name="network">The network, for the easiest target allowed.</param>
    /// <returns>The fault, or <see langword="null"/> for none.</returns>
    public static BlockFault? ContextFree(Block block, Network network)
    {
        ArgumentNullException.ThrowIfNull(block);
        ArgumentNullException.ThrowIfNull(network);
        return ProofOfWork(block.Header, network) ?? MerkleRoot(block) ?? Form(block);
    }

    /// <summary>Checks everything: <see cref="ContextFree"/>, and whether the block fits its place in the chain.</summary>
    /// <param name="block">The block.</param>
    /// <param name="context">The place.</param>
    /// <returns>The fault, or <see langword="null"/> for none.</returns>
    public static BlockFault? Full(Block block, BlockContext context)
    {
        ArgumentNullException.ThrowIfNull(block);
        ArgumentNullException.ThrowIfNull(context);
        BlockFault? fault = context.IsProposal ? MerkleRoot(block) ?? Form(block) : ContextFree(block, context.Network);
        return fault ?? Place(block.Header, context) ?? Height(block, context)
            ?? Witness(block, context) ?? Spending(block, context);
    }

    /// <summary>Checks the header's hash against its own nbits, and nbits against the network's limit.</summary>
    /// <param name="header">The header.</param>
    /// <param name="network">The network.</param>
    /// <returns>The fault, or <see langword="null"/> for none.</returns>
    public static BlockFault? ProofOfWork(in BlockHeader header, Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        CompactTarget compact = new(header.NBits);
        if (!compact.TryToTarget(out U256 target) || target > network.PowLimit)
            return new("bad-diffbits", $"nbits {compact} is no target, or easier than {network.Name} allows");
        U256 hash = header.Hash();
        return hash <= target ? null : new("high-hash", $"hash {hash.ToDisplayString()} is above target {target.ToDisplayString()}");
    }

    private static BlockFault? MerkleRoot(Block block)
    {
        U256 root = MerkleTree.Root(block.Txids(), out bool mutated);
        if (root != block.Header.MerkleRoot)
            return new("bad-txnmrklroot", $"merkle root {block.Header.MerkleRoot} in the header, {root} over the transactions");
        // CVE-2012-2459: the same root fits a list without the repeated transactions.
        return mutated ? new("bad-txns-duplicate", "transactions are repeated so that the merkle root stays the same") : null;
    }

    private static BlockFault? Form(Block block)
    {
        if (block.Transactions.IsEmpty)
            return new("bad-blk-length", "the block has no transactions");
        if (block.Weight > Block.WeightMax)
            return new("bad-blk-weight", $"weight {block.Weight} exceeds {Block.WeightMax}");
        if (CoinbaseRules.Fault(block.Transactions[0]) is { } coinbaseFault)
            return new(block.Transactions[0].IsCoinbase ? "bad-cb-length" : "bad-cb-missing", coinbaseFault);
        long sigops = 0;
        for (int i = 0; i < block.Transactions.Length; i++)
        {
            Transaction transaction = block.Transactions[i];
            if (i > 0 && transaction.IsCoinbase)
                return new("bad-cb-multiple", $"transaction {i} is another coinbase");
            if (TransactionFault(transaction) is { } fault)
                return fault;
            sigops += transaction.LegacySigops;
        }
        return sigops * WitnessScaleFactor > Block.SigopCostMax
            ? new("bad-blk-sigops", $"signature operation cost {sigops * WitnessScaleFactor} exceeds {Block.SigopCostMax}")
            : null;
    }

    private static BlockFault? TransactionFault(Transaction transaction)
    {
        if (transaction.Outputs.IsEmpty)
            return new("bad-txns-vout-empty", $"transaction {transaction.Txid.ToDisplayString()} has no outputs");
        if (transaction.OutputValue > TxOutput.ValueMax)
            return new("bad-txns-txouttotal-toolarge", $"outputs of {transaction.Txid.ToDisplayString()} exceed 21 million bitcoin");
        if (transaction.IsCoinbase)
            return null;
        HashSet<OutPoint> spent = new(transaction.Inputs.Length);
        foreach (ref readonly TxInput input in transaction.Inputs)
        {
            if (input.PreviousOutput == OutPoint.Null)
                return new("bad-txns-prevout-null", $"transaction {transaction.Txid.ToDisplayString()} spends nothing");
            if (!spent.Add(input.PreviousOutput))
                return new("bad-txns-inputs-duplicate", $"transaction {transaction.Txid.ToDisplayString()} spends an output twice");
        }
        return null;
    }

    private static BlockFault? Place(in BlockHeader header, BlockContext context)
    {
        if (header.PrevHash != context.PrevHash)
            return new("bad-prevblk", $"previous block {header.PrevHash.ToDisplayString()}, the tip is {context.PrevHash.ToDisplayString()}");
        if (header.NBits != context.NBits)
            return new("bad-diffbits", $"nbits {new CompactTarget(header.NBits)}, {new CompactTarget(context.NBits)} expected");
        if (header.NTime <= context.MedianTimePast)
            return new("time-too-old", $"ntime {header.NTime} is not later than the median time past {context.MedianTimePast}");
        return header.NTime > (context.Now + MaxFutureBlockTime).ToUnixTimeSeconds()
            ? new("time-too-new", $"ntime {header.NTime} is more than two hours ahead of the clock")
            : null;
    }

    private static BlockFault? Height(Block block, BlockContext context)
    {
        if (context.Height < context.Network.Bip34Height || CoinbaseRules.StartsWithHeight(block.Transactions[0].Inputs[0].ScriptSig, context.Height))
            return null;
        return new("bad-cb-height", $"coinbase scriptSig {block.Transactions[0].Inputs[0].ScriptSig} does not start with height {context.Height}");
    }

    private static BlockFault? Witness(Block block, BlockContext context)
    {
        Transaction coinbase = block.Transactions[0];
        if (context.Height < context.Network.SegwitHeight || !WitnessCommitment.TryFind(coinbase, out U256 commitment))
        {
            foreach (Transaction transaction in block.Transactions)
                if (transaction.HasWitness)
                    return new("unexpected-witness", $"transaction {transaction.Txid.ToDisplayString()} has a witness, the coinbase commits to none");
            return null;
        }
        if (coinbase.Inputs[0].Witness is not { Count: 1 } witness || witness[0].Length != Sha256d.HashSize)
            return new("bad-witness-nonce-size", "the coinbase's witness is not one item of 32 bytes");
        U256[] wtxids = new U256[block.Transactions.Length - 1];
        for (int i = 0; i < wtxids.Length; i++)
            wtxids[i] = block.Transactions[i + 1].Wtxid;
        U256 computed = WitnessCommitment.Compute(wtxids, U256.FromWire(witness[0].Span));
        return computed == commitment
            ? null
            : new("bad-witness-merkle-match", $"witness commitment {commitment} in the coinbase, {computed} over the transactions");
    }

    private static BlockFault? Spending(Block block, BlockContext context)
    {
        if (context.FindOutput is null)
            return null;
        ulong fees = 0;
        long sigopCost = block.Transactions[0].LegacySigops * (long)WitnessScaleFactor;
        Dictionary<OutPoint, TxOutput> made = [];
        HashSet<OutPoint> spent = [];
        foreach (Transaction transaction in block.Transactions)
        {
            if (!transaction.IsCoinbase)
            {
                if (Spend(transaction, context, made, spent, ref fees, ref sigopCost) is { } fault)
                    return fault;
                // A coinbase matures after 100 blocks only, so its outputs cannot be spent in its own block.
                for (int i = 0; i < transaction.Outputs.Length; i++)
                    made[new OutPoint(transaction.Txid, (uint)i)] = transaction.Outputs[i];
            }
        }
        if (sigopCost > Block.SigopCostMax)
            return new("bad-blk-sigops", $"signature operation cost {sigopCost} exceeds {Block.SigopCostMax}");
        ulong allowed = context.Network.Subsidy(context.Height) + fees;
        ulong paid = block.Transactions[0].OutputValue;
        return paid > allowed ? new("bad-cb-amount", $"the coinbase pays {paid} satoshis, subsidy and fees are {allowed}") : null;
    }

    private static BlockFault? Spend(
        Transaction transaction,
        BlockContext context,
        Dictionary<OutPoint, TxOutput> made,
        HashSet<OutPoint> spent,
        ref ulong fees,
        ref long sigopCost)
    {
        ulong value = 0;
        sigopCost += transaction.LegacySigops * (long)WitnessScaleFactor;
        foreach (ref readonly TxInput input in transaction.Inputs)
        {
            TxOutput? found = made.TryGetValue(input.PreviousOutput, out TxOutput earlier) ? earlier : context.FindOutput!(input.PreviousOutput);
            if (found is not { } output || !spent.Add(input.PreviousOutput))
                return new("bad-txns-inputs-missingorspent", $"transaction {transaction.Txid.ToDisplayString()} spends what is not there");
            value += output.Value;
            sigopCost += SigopCost.OfInput(input, output.Script);
        }
        if (value < transaction.OutputValue)
            return new("bad-txns-in-belowout", $"transaction {transaction.Txid.ToDisplayString()} pays out more than it spends");
        fees += value - transaction.OutputValue;
        return null;
    }
}
