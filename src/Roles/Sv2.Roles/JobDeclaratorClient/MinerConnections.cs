using System.Collections.Concurrent;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>The miners' connections that are set up, and what is done to all of them. Thread-safe.</summary>
internal sealed class MinerConnections
{
    private readonly ConcurrentDictionary<long, MinerConnection> _connections = new();

    /// <summary>Connections.</summary>
    public int Count => _connections.Count;

    /// <summary>Open channels of all connections.</summary>
    public int ChannelCount => _connections.Values.Sum(connection => connection.ChannelCount);

    /// <summary>Hash rate of all channels.</summary>
    public double HashRate => _connections.Values.Sum(connection => connection.HashRate());

    public void Add(MinerConnection connection) => _connections[connection.Id] = connection;

    public void Remove(MinerConnection connection) => _connections.TryRemove(connection.Id, out _);

    /// <summary>Sends new jobs to everyone; the frames were encoded once.</summary>
    public void Refresh()
    {
        foreach ((_, MinerConnection connection) in _connections)
            connection.Refresh();
    }

    /// <summary>Does what is due by the clock on every connection.</summary>
    public void Tick()
    {
        foreach ((_, MinerConnection connection) in _connections)
            connection.Tick();
    }

    /// <summary>Every channel, by connection and id.</summary>
    public List<ChannelInfo> ListChannels()
    {
        List<ChannelInfo> channels = [];
        foreach ((_, MinerConnection connection) in _connections)
            connection.List(channels);
        channels.Sort(static (a, b) => (a.ConnectionId, a.ChannelId).CompareTo((b.ConnectionId, b.ChannelId)));
        return channels;
    }
}
