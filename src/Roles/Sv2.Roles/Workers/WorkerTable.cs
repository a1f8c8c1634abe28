using System.Collections.Concurrent;
using System.Text;

namespace Sv2.Roles.Workers;

/// <summary>All worker names, as lists show them. Bounded: names beyond it go together, and names long gone are forgotten.</summary>
internal sealed class WorkerTable(int namesMax, TimeProvider time)
{
    private const string Other = "(other)";
    private static readonly TimeSpan KeptAfterLeaving = TimeSpan.FromDays(1);
    private static readonly TimeSpan ForgetInterval = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, Worker> _workers = new();
    private readonly Lock _gate = new();
    private long _forgotAt = time.GetTimestamp();

    /// <summary>A connection or channel opened under the name. Gives its worker, and whether it is the first that is open now.</summary>
    public (Worker Worker, bool IsFirst) Join(string name)
    {
        lock (_gate)
        {
            Worker worker = Find(name);
            worker.WasOpen = true;
            return (worker, ++worker.Open == 1);
        }
    }

    /// <summary>One closed. Gives whether it was the last under the name.</summary>
    public bool Leave(Worker worker)
    {
        lock (_gate)
        {
            worker.SeenAt = time.GetUtcNow();
            return --worker.Open == 0;
        }
    }

    /// <summary>
    /// The worker that a share names by itself (extension 0x0002): a further proxy's miner, under the account of that proxy's
    /// channel. Allocates nothing for a name that is known.
    /// </summary>
    /// <param name="identity">The channel's <c>user_identity</c>.</param>
    /// <param name="name">The worker's name.</param>
    public Worker Named(ReadOnlySpan<byte> identity, ReadOnlySpan<byte> name)
    {
        int point = identity.IndexOf((byte)'.');
        ReadOnlySpan<byte> account = point < 0 ? identity : identity[..point];
        Span<char> full = stackalloc char[byte.MaxValue + 1 + WorkerTlv.NameBytesMax];
        int length = Encoding.UTF8.GetChars(account, full);
        full[length++] = '.';
        length += Encoding.UTF8.GetChars(name, full[length..]);
        if (_workers.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(full[..length], out Worker? known))
            return known;
        lock (_gate)
            return Find(full[..length].ToString());
    }

    /// <summary>A page of the list, by name.</summary>
    public Page<WorkerInfo> List(ListQuery query)
    {
        DateTimeOffset now = time.GetUtcNow();
        IEnumerable<WorkerInfo> workers = _workers.Values.OrderBy(static worker => worker.Name, StringComparer.Ordinal).Select(worker => worker.Describe(now));
        return Page.Of(workers, query, static worker => worker.Name);
    }

    /// <summary>Now and then forgets names that nobody has used for a day. To be called every second or so, by one thread at a time.</summary>
    public void Tick()
    {
        if (time.GetElapsedTime(_forgotAt) < ForgetInterval)
            return;
        _forgotAt = time.GetTimestamp();
        DateTimeOffset now = time.GetUtcNow();
        lock (_gate)
        {
            foreach ((string name, Worker worker) in _workers)
            {
                if (worker.Open == 0 && now - worker.SeenAt > KeptAfterLeaving && !(now - worker.LastShareAt < KeptAfterLeaving))
                    _workers.TryRemove(name, out _);
            }
        }
    }

    private Worker Find(string name)
    {
        if (_workers.TryGetValue(name, out Worker? worker))
            return worker;
        string key = _workers.Count < namesMax ? name : Other;
        return _workers.GetOrAdd(key, static (key, now) => new Worker(key) { SeenAt = now }, time.GetUtcNow());
    }
}
