using System.Collections.Concurrent;
using Sv2.Protocol;
using Sv2.Roles.Node;

namespace Sv2.Roles.JobDeclaratorServer;

/// <summary>
/// The node's mempool as far as it is needed: each transaction by its wtxid, which is how clients declare them. Bounded in
/// number and bytes; what does not fit is left out and asked of clients. Lookups are free of locks.
/// </summary>
internal sealed class MempoolMirror(int transactionsMax, long bytesMax)
{
    // Gone from the node's list this often in a row: one answer may be older than a transaction that came another way.
    private const int MissesMax = 2;

    private readonly ConcurrentDictionary<U256, KnownTransaction> _byWtxid = [];
    private readonly Dictionary<U256, Entry> _byTxid = [];
    private readonly Lock _gate = new();
    private long _bytes;
    private long _leftOut;

    public int Count => _byWtxid.Count;

    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Transactions that did not fit, since the start.</summary>
    public long LeftOut => Volatile.Read(ref _leftOut);

    public KnownTransaction? Find(in U256 wtxid) => _byWtxid.GetValueOrDefault(wtxid);

    public bool Contains(U256 wtxid) => _byWtxid.ContainsKey(wtxid);

    /// <summary>Those of a mempool that are not here yet, as many as there is room for.</summary>
    public IReadOnlyList<U256> FindUnknown(IReadOnlyList<U256> mempool)
    {
        List<U256> unknown = [];
        lock (_gate)
        {
            foreach (U256 txid in mempool)
                if (!_byTxid.ContainsKey(txid) && _byTxid.Count + unknown.Count < transactionsMax && _bytes < bytesMax)
                    unknown.Add(txid);
        }
        return unknown;
    }

    public void Add(IEnumerable<NodeTransaction> transactions)
    {
        // Parsed outside the lock: the first answer of a busy node brings thousands.
        foreach (NodeTransaction transaction in transactions)
            if (KnownTransaction.TryRead(transaction.Data, out KnownTransaction? known, out _))
                Add(known);
    }

    /// <summary>The mempool has these transactions now, and no others.</summary>
    public void Keep(IReadOnlyList<U256> mempool)
    {
        HashSet<U256> present = [.. mempool];
        lock (_gate)
        {
            List<Entry> gone = [];
            foreach ((U256 txid, Entry entry) in _byTxid)
            {
                if (present.Contains(txid))
                    entry.Misses = 0;
                else if (++entry.Misses >= MissesMax)
                    gone.Add(entry);
            }
            foreach (Entry entry in gone)
                Remove(entry.Transaction);
        }
    }

    private void Add(KnownTransaction transaction)
    {
        lock (_gate)
        {
            if (_byTxid.TryGetValue(transaction.Txid, out Entry? old))
            {
                if (old.Transaction.Wtxid == transaction.Wtxid)
                    return;
                // The same transaction with another witness took its place.
                Remove(old.Transaction);
            }
            if (_byTxid.Count >= transactionsMax || _bytes + transaction.Data.Length > bytesMax)
            {
                _leftOut++;
                return;
            }
            _byTxid.Add(transaction.Txid, new Entry(transaction));
            _byWtxid[transaction.Wtxid] = transaction;
            _bytes += transaction.Data.Length;
        }
    }

    private void Remove(KnownTransaction transaction)
    {
        _byTxid.Remove(transaction.Txid);
        _byWtxid.TryRemove(transaction.Wtxid, out _);
        _bytes -= transaction.Data.Length;
    }

    private sealed class Entry(KnownTransaction transaction)
    {
        public KnownTransaction Transaction { get; } = transaction;

        public int Misses { get; set; }
    }
}
