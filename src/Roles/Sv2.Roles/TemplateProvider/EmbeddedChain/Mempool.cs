using Sv2.Bitcoin;
using Sv2.Protocol;

namespace Sv2.Roles.TemplateProvider.EmbeddedChain;

/// <summary>
/// Transactions that wait for a block. Takes only what could stand in the next block: inputs exist and are unspent here and in
/// the chain, scripts unlock, fee at or above the relay minimum. Bounded in number. Not thread-safe.
/// </summary>
internal sealed class Mempool
{
    /// <summary>Satoshi per 1000 virtual bytes, as Bitcoin Core relays by default.</summary>
    public const int MinRelayFeeRate = 1000;

    /// <summary>Most unconfirmed ancestors of a transaction, itself included.</summary>
    public const int AncestorsMax = 25;

    private readonly int _transactionsMax;
    private readonly UtxoSet _coins;
    private readonly TransactionRules _rules;
    private readonly Dictionary<U256, MempoolEntry> _entries = [];
    private readonly Dictionary<OutPoint, MempoolEntry> _spenders = [];

    public Mempool(int transactionsMax, UtxoSet coins, TransactionRules rules)
    {
        _transactionsMax = transactionsMax;
        _coins = coins;
        _rules = rules;
    }

    public int Count => _entries.Count;

    public bool IsFull => _entries.Count >= _transactionsMax;

    /// <summary>Sum of the fees, satoshi.</summary>
    public long Fees { get; private set; }

    /// <summary>Sum of the weights.</summary>
    public long Weight { get; private set; }

    /// <summary>Grows with every change.</summary>
    public long Version { get; private set; }

    /// <summary>The waiting transactions, in no order.</summary>
    public IEnumerable<Transaction> Transactions => _entries.Values.Select(entry => entry.Transaction);

    public bool Contains(U256 txid) => _entries.ContainsKey(txid);

    public Transaction? Find(U256 txid) => _entries.GetValueOrDefault(txid)?.Transaction;

    /// <summary>The unspent coin behind an outpoint, confirmed or made by a waiting transaction.</summary>
    public bool TryGetUnspent(OutPoint outpoint, out Coin coin)
    {
        coin = default;
        if (_spenders.ContainsKey(outpoint))
            return false;
        if (_coins.TryGet(outpoint, out coin))
            return true;
        if (!_entries.TryGetValue(outpoint.Txid, out MempoolEntry? parent) || outpoint.Index >= parent.Transaction.Outputs.Length)
            return false;
        ref readonly TxOutput output = ref parent.Transaction.Outputs[(int)outpoint.Index];
        coin = new Coin(output.Value, output.Script, Coin.UnconfirmedHeight, IsCoinbase: false);
        return true;
    }

    /// <summary>Takes a transaction in.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="nextHeight">Height of the block that could take it first.</param>
    /// <param name="medianTimePast">Median time past of the tip.</param>
    /// <returns>Null when it was taken, else why not.</returns>
    public string? Add(Transaction transaction, int nextHeight, uint medianTimePast)
    {
        if (_entries.ContainsKey(transaction.Txid))
            return "txn-already-in-mempool";
        if (IsFull)
            return $"mempool-full: {_transactionsMax} transactions";
        foreach (ref readonly TxInput input in transaction.Inputs)
            if (_spenders.ContainsKey(input.PreviousOutput))
                return "txn-mempool-conflict";
        string? fault = _rules.Check(transaction, nextHeight, medianTimePast, TryGetUnspent, out TransactionCost cost);
        if (fault is not null)
            return fault;
        if (cost.Fee * 4000 < (long)MinRelayFeeRate * transaction.Weight)
            return $"min relay fee not met: {cost.Fee} satoshi for weight {transaction.Weight}";
        MempoolEntry entry = new(transaction, cost, Parents(transaction));
        if (entry.AncestorCount > AncestorsMax)
            return $"too-long-mempool-chain: {entry.AncestorCount} exceed {AncestorsMax}";
        Insert(entry);
        return null;
    }

    /// <summary>A block was added to the chain: what it took leaves, and so does what can no longer come.</summary>
    public void BlockConnected(ReadOnlySpan<Transaction> transactions)
    {
        foreach (Transaction transaction in transactions)
        {
            // Its children stay: their parent is confirmed now.
            if (_entries.TryGetValue(transaction.Txid, out MempoolEntry? entry))
                Remove(entry);
            foreach (ref readonly TxInput input in transaction.Inputs)
                if (_spenders.TryGetValue(input.PreviousOutput, out MempoolEntry? conflict))
                    RemoveWithDescendants(conflict);
        }
    }

    /// <summary>
    /// The chain changed in a way that may have taken coins away: everything is judged anew, and the transactions of
    /// blocks that were taken back get another chance.
    /// </summary>
    public void Rebuild(IEnumerable<Transaction> returned, int nextHeight, uint medianTimePast)
    {
        // Parents stand before their children in both lists: in blocks by consensus, here by the order of arrival.
        Transaction[] all = [.. returned, .. _entries.Values.OrderBy(entry => entry.Arrival).Select(entry => entry.Transaction)];
        _entries.Clear();
        _spenders.Clear();
        Fees = 0;
        Weight = 0;
        Version++;
        foreach (Transaction transaction in all)
            Add(transaction, nextHeight, medianTimePast);
    }

    /// <summary>Everything in the order in which a miner wants it: best fee rate first, with the ancestors each one needs before it.</summary>
    public CandidateTransaction[] Candidates()
    {
        List<CandidateTransaction> ordered = new(_entries.Count);
        Dictionary<MempoolEntry, int> positions = new(_entries.Count);
        foreach (MempoolEntry entry in _entries.Values.OrderByDescending(entry => entry.PackageFeeRate).ThenBy(entry => entry.Arrival))
            Place(entry, ordered, positions);
        return [.. ordered];
    }

    private static int Place(MempoolEntry entry, List<CandidateTransaction> ordered, Dictionary<MempoolEntry, int> positions)
    {
        if (positions.TryGetValue(entry, out int position))
            return position;
        int[] depends = [.. entry.Parents.Select(parent => Place(parent, ordered, positions))];
        position = ordered.Count;
        positions.Add(entry, position);
        ordered.Add(new CandidateTransaction
        {
            Data = entry.Serialized,
            Txid = entry.Transaction.Txid,
            Wtxid = entry.Transaction.Wtxid,
            Fee = entry.Cost.Fee,
            Weight = entry.Transaction.Weight,
            SigopCost = entry.Cost.Sigops,
            Depends = depends,
        });
        return position;
    }

    private HashSet<MempoolEntry> Parents(Transaction transaction)
    {
        HashSet<MempoolEntry> parents = [];
        foreach (ref readonly TxInput input in transaction.Inputs)
            if (_entries.TryGetValue(input.PreviousOutput.Txid, out MempoolEntry? parent))
                parents.Add(parent);
        return parents;
    }

    private void Insert(MempoolEntry entry)
    {
        _entries.Add(entry.Transaction.Txid, entry);
        foreach (ref readonly TxInput input in entry.Transaction.Inputs)
            _spenders.Add(input.PreviousOutput, entry);
        foreach (MempoolEntry parent in entry.Parents)
            parent.Children.Add(entry);
        entry.Arrival = ++Version;
        Fees += entry.Cost.Fee;
        Weight += entry.Transaction.Weight;
    }

    private void Remove(MempoolEntry entry)
    {
        _entries.Remove(entry.Transaction.Txid);
        foreach (ref readonly TxInput input in entry.Transaction.Inputs)
            _spenders.Remove(input.PreviousOutput);
        foreach (MempoolEntry parent in entry.Parents)
            parent.Children.Remove(entry);
        foreach (MempoolEntry child in entry.Children)
            child.Parents.Remove(entry);
        Version++;
        Fees -= entry.Cost.Fee;
        Weight -= entry.Transaction.Weight;
    }

    private void RemoveWithDescendants(MempoolEntry entry)
    {
        foreach (MempoolEntry child in entry.Children.ToArray())
            RemoveWithDescendants(child);
        if (_entries.ContainsKey(entry.Transaction.Txid))
            Remove(entry);
    }
}

/// <summary>A waiting transaction and its place among the others.</summary>
internal sealed class MempoolEntry
{
    public MempoolEntry(Transaction transaction, TransactionCost cost, HashSet<MempoolEntry> parents)
    {
        Transaction = transaction;
        Cost = cost;
        Parents = parents;
        Serialized = transaction.ToBytes();
    }

    public Transaction Transaction { get; }

    public TransactionCost Cost { get; }

    /// <summary>The transaction with its witness, as every template that takes it hands it out.</summary>
    public byte[] Serialized { get; }

    public HashSet<MempoolEntry> Parents { get; }

    public HashSet<MempoolEntry> Children { get; } = [];

    /// <summary>Place in the order of arrival.</summary>
    public long Arrival { get; set; }

    /// <summary>Number of waiting ancestors, itself included.</summary>
    public int AncestorCount => Ancestors().Count;

    /// <summary>Satoshi per weight unit of this transaction and all that must come before it.</summary>
    public double PackageFeeRate
    {
        get
        {
            if (Parents.Count == 0)
                return (double)Cost.Fee / Transaction.Weight;
            HashSet<MempoolEntry> package = Ancestors();
            return (double)package.Sum(entry => entry.Cost.Fee) / package.Sum(entry => entry.Transaction.Weight);
        }
    }

    private HashSet<MempoolEntry> Ancestors()
    {
        HashSet<MempoolEntry> found = [this];
        Queue<MempoolEntry> open = new([this]);
        while (open.TryDequeue(out MempoolEntry? entry))
            foreach (MempoolEntry parent in entry.Parents)
                if (found.Add(parent))
                    open.Enqueue(parent);
        return found;
    }
}
