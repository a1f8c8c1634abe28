using System.Net;
using System.Net.Sockets;

namespace Sv1;

/// <summary>Who is connected to a listener: keeps the limits on all, silent and per-address connections.</summary>
internal sealed class Admission(Sv1ListenerOptions options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private readonly LinkedList<Sv1Connection> _halfOpen = [];
    private readonly Dictionary<long, LinkedListNode<Sv1Connection>> _nodes = [];
    private int _connections;

    public int Connections
    {
        get
        {
            lock (_gate)
                return _connections;
        }
    }

    /// <summary>Lets a connection in, or says which limit keeps it out. May give up the oldest that has not introduced itself.</summary>
    public bool TryEnter(Sv1Connection connection, out string? refusal)
    {
        IPAddress? peer = PeerOf(connection);
        Sv1Connection? oldest = null;
        lock (_gate)
        {
            int fromPeer = peer is null ? 0 : _perAddress.GetValueOrDefault(peer);
            refusal = _connections >= options.ConnectionsMax ? $"the limit of {options.ConnectionsMax} connections is reached"
                : fromPeer >= options.PerAddressMax ? $"the limit of {options.PerAddressMax} connections from one address is reached"
                : null;
            if (refusal is not null)
                return false;
            if (_halfOpen.Count >= options.HalfOpenMax)
            {
                oldest = _halfOpen.First!.Value;
                LeaveHalfOpen(oldest.Id);
            }
            _connections++;
            if (peer is not null)
                _perAddress[peer] = fromPeer + 1;
            _nodes[connection.Id] = _halfOpen.AddLast(connection);
        }
        oldest?.Close(new Sv1CloseReason(Sv1CloseKind.ConnectionLimit, $"more than {options.HalfOpenMax} connections have not introduced themselves; the oldest makes room"));
        return true;
    }

    /// <summary>The peer has introduced itself.</summary>
    public void Establish(Sv1Connection connection)
    {
        lock (_gate)
            LeaveHalfOpen(connection.Id);
    }

    /// <summary>The connection is closed. Only for one that entered, and once.</summary>
    public void Leave(Sv1Connection connection)
    {
        IPAddress? peer = PeerOf(connection);
        lock (_gate)
        {
            LeaveHalfOpen(connection.Id);
            _connections--;
            if (peer is null)
                return;
            int left = _perAddress[peer] - 1;
            if (left == 0)
                _perAddress.Remove(peer);
            else
                _perAddress[peer] = left;
        }
    }

    private void LeaveHalfOpen(long id)
    {
        if (_nodes.Remove(id, out LinkedListNode<Sv1Connection>? node))
            _halfOpen.Remove(node);
    }

    private static IPAddress? PeerOf(Sv1Connection connection)
    {
        if ((connection.RemoteEndPoint as IPEndPoint)?.Address is not { } address)
            return null;
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return address;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        // Within a /64 network one host chooses its addresses freely.
        Span<byte> bytes = stackalloc byte[16];
        _ = address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}
