using System.Collections.Concurrent;

namespace Sv2.Roles.Pool;

/// <summary>The connections that are set up, and what is done to all of them. Thread-safe.</summary>
internal sealed class PoolConnections(TimeProvider time)
{
    // Below this many, handing them to several threads costs more than it brings.
    private const int ParallelMin = 128;

    private readonly ConcurrentDictionary<long, PoolConnection> _connections = new();

    /// <summary>Connections.</summary>
    public int Count => _connections.Count;

    /// <summary>Open channels of all connections.</summary>
    public int ChannelCount => _connections.Values.Sum(connection => connection.ChannelCount);

    public void Add(PoolConnection connection)
    {
        _connections[connection.Id] = connection;
        PoolMetrics.Connections.Add(1);
    }

    public void Remove(PoolConnection connection)
    {
        if (_connections.TryRemove(connection.Id, out _)) PoolMetrics.Connections.Add(-1);
    }

    /// <summary>Sends new jobs to everyone; the frames were encoded once.</summary>
    public void Refresh(string cause)
    {
        long started = time.GetTimestamp();
        ICollection<PoolConnection> all = _connections.Values;
        if (all.Count < ParallelMin)
        {
            foreach (PoolConnection connection in all) connection.Refresh();
        }
        else
        {
            Parallel.ForEach(all, static connection => connection.Refresh());
        }

        PoolMetrics.FannedOut(cause, time.GetElapsedTime(started));
    }

    /// <summary>Does what is due by the clock on every connection.</summary>
    public void Tick()
    {
        foreach ((_, PoolConnection connection) in _connections) connection.Tick();
    }

    /// <summary>Acknowledges everything up to a sequence of the ledger, on every connection.</summary>
    public void AcknowledgeAll(long sequence)
    {
        foreach ((_, PoolConnection connection) in _connections) connection.AcknowledgeAll(sequence);
    }

    /// <summary>Every channel, by connection and id.</summary>
    public List<ChannelInfo> ListChannels()
    {
        var channels = new List<ChannelInfo>();
        foreach ((_, PoolConnection connection) in _connections.OrderBy(pair => pair.Key)) connection.List(channels);
        channels.Sort(static (a, b) => (a.ConnectionId, a.ChannelId).CompareTo((b.ConnectionId, b.ChannelId)));
        return channels;
    }
}
