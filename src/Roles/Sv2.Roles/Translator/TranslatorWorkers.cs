using System.Collections.Concurrent;
using Sv2.Protocol;

namespace Sv2.Roles.Translator;

/// <summary>All worker names, as lists show them. Bounded: names beyond it go together, and names long gone are forgotten.</summary>
internal sealed class TranslatorWorkers(int namesMax, TimeProvider time)
{
    private const string Other = "(other)";
    private static readonly TimeSpan KeptAfterLeaving = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<string, TranslatorWorker> _workers = new();
    private readonly Lock _gate = new();

    public IEnumerable<TranslatorWorker> All => _workers.Values;

    /// <summary>A miner authorised the name. Gives it, and whether it is the first miner under it.</summary>
    public (TranslatorWorker Worker, bool IsFirst) Join(string name)
    {
        lock (_gate)
        {
            if (!_workers.TryGetValue(name, out TranslatorWorker? worker))
            {
                string key = _workers.Count < namesMax ? name : Other;
                worker = _workers.GetOrAdd(key, static key => new TranslatorWorker(key));
            }
            return (worker, ++worker.Miners == 1);
        }
    }

    /// <summary>A miner left. Gives whether it was the last one under the name.</summary>
    public bool Leave(TranslatorWorker worker)
    {
        lock (_gate)
        {
            worker.LeftAt = time.GetUtcNow();
            return --worker.Miners == 0;
        }
    }

    /// <summary>Forgets names that nobody has used for a day.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            foreach ((string name, TranslatorWorker worker) in _workers)
            {
                if (worker.Miners == 0 && time.GetUtcNow() - worker.LeftAt > KeptAfterLeaving)
                    _workers.TryRemove(name, out _);
            }
        }
    }
}

/// <summary>One worker name and what was submitted under it.</summary>
internal sealed class TranslatorWorker(string name)
{
    private long _lastShareTicks;

    public string Name { get; } = name;

    public ShareTally Tally { get; } = new();

    /// <summary>Miners that have authorised the name and are connected. Changed under the lock of the list.</summary>
    public int Miners { get; set; }

    /// <summary>When the last miner left.</summary>
    public DateTimeOffset LeftAt { get; set; }

    public DateTimeOffset? LastShareAt => Interlocked.Read(ref _lastShareTicks) is > 0 and long ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    public void Accept(in U256 hash, DateTimeOffset now)
    {
        Tally.Accept(hash);
        Interlocked.Exchange(ref _lastShareTicks, now.UtcTicks);
    }
}
