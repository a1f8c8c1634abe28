using System.Collections.Concurrent;
using Sv2.Roles.Ledger;

namespace Sv2.Roles.Pool;

/// <summary>
/// All workers that are online or have been within the last hour. Names come from miners, so their number is bounded;
/// what comes beyond is shown together as <c>(other)</c>. The ledger books every name as it is.
/// </summary>
internal sealed class PoolWorkers(int workersMax)
{
    private static readonly WorkerName Other = new("(other)", "");

    private readonly ConcurrentDictionary<WorkerName, PoolWorker> _workers = new();

    /// <summary>A snapshot.</summary>
    public IEnumerable<PoolWorker> All => _workers.Values;

    /// <summary>The worker of a name.</summary>
    public PoolWorker Get(WorkerName name)
    {
        if (_workers.TryGetValue(name, out PoolWorker? worker)) return worker;
        return _workers.GetOrAdd(_workers.Count < workersMax ? name : Other, static key => new PoolWorker(key));
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
