using System.Collections.Concurrent;
using Sv2.Roles.Ledger;

namespace Sv2.Roles.Pool;

/// <summary>
/// All workers that are online or have been within the last hour. Names come from miners, so their number is bounded;
/// who comes beyond is booked like everybody, but not shown.
/// </summary>
internal sealed class PoolWorkers(int workersMax)
{
    private readonly ConcurrentDictionary<WorkerName, PoolWorker> _workers = new();

    /// <summary>A snapshot.</summary>
    public IEnumerable<PoolWorker> All => _workers.Values;

    /// <summary>The worker of a name.</summary>
    public PoolWorker Get(WorkerName name)
    {
        if (_workers.TryGetValue(name, out PoolWorker? worker)) return worker;
        return _workers.Count < workersMax ? _workers.GetOrAdd(name, static key => new PoolWorker(key)) : new PoolWorker(name);
    }

    /// <summary>Forgets who has been away for an hour.</summary>
    public void Forget(long now)
    {
        foreach ((WorkerName name, PoolWorker worker) in _workers)
        {
            if (!worker.IsFresh(now)) _workers.TryRemove(name, out _);
        }
    }
}
