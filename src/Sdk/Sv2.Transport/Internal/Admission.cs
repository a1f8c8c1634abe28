using System.Net;

namespace Sv2.Transport.Internal;

/// <summary>
/// Who is connected to a listener: keeps the limits on all, half-open and per-address connections. Bounded by those
/// limits itself.
/// </summary>
internal sealed class Admission(int connectionsMax, int halfOpenMax, int perAddressMax)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _perAddress = [];
    private readonly LinkedList<Ticket> _halfOpen = [];
    private int _connections;

    internal int Connections
    {
        get { lock (_gate) return _connections; }
    }

    internal int HalfOpen
    {
        get { lock (_gate) return _halfOpen.Count; }
    }

    /// <summary>
    /// Lets a connection in, or says which limit keeps it out. Where there are too many half-open ones the oldest is
    /// given up: an honest client is through in a moment, one that stalls becomes the oldest.
    /// </summary>
    /// <param name="address">The peer; null where the transport has no addresses.</param>
    /// <param name="giveUp">Cuts the connection when it is given up later.</param>
    /// <param name="refusal">The limit, in words.</param>
    internal Ticket? TryEnter(IPAddress? address, Action giveUp, out string? refusal)
    {
        IPAddress? peer = address is null ? null : PrivateNetworks.PeerOf(address);
        Ticket? oldest = null;
        Ticket ticket;
        lock (_gate)
        {
            int fromPeer = peer is null ? 0 : _perAddress.GetValueOrDefault(peer);
            refusal = _connections >= connectionsMax ? $"ConnectionsMax of {connectionsMax} reached"
                : fromPeer >= perAddressMax ? $"PerAddressMax of {perAddressMax} reached"
                : null;
            if (refusal is not null) return null;
            if (_halfOpen.Count >= halfOpenMax) oldest = TakeOldest();
            ticket = new Ticket(this, peer, giveUp);
            _connections++;
            if (peer is not null) _perAddress[peer] = fromPeer + 1;
            _halfOpen.AddLast(ticket.Node);
        }

        oldest?.GiveUp();
        return ticket;
    }

    private Ticket? TakeOldest()
    {
        if (_halfOpen.First is not { } first) return null;
        _halfOpen.RemoveFirst();
        return first.Value;
    }

    /// <summary>One connection's place.</summary>
    internal sealed class Ticket
    {
        private readonly Admission _admission;
        private readonly IPAddress? _peer;
        private readonly Action _giveUp;
        private bool _hasLeft;

        internal Ticket(Admission admission, IPAddress? peer, Action giveUp)
        {
            _admission = admission;
            _peer = peer;
            _giveUp = giveUp;
            Node = new LinkedListNode<Ticket>(this);
        }

        internal LinkedListNode<Ticket> Node { get; }

        /// <summary>Whether the connection was given up in favour of a newer one.</summary>
        internal bool WasGivenUp { get; private set; }

        internal void GiveUp()
        {
            WasGivenUp = true;
            _giveUp();
        }

        /// <summary>The session is set up: no longer half-open.</summary>
        internal void Establish()
        {
            lock (_admission._gate) LeaveHalfOpen();
        }

        /// <summary>The connection is closed.</summary>
        internal void Leave()
        {
            lock (_admission._gate)
            {
                if (_hasLeft) return;
                _hasLeft = true;
                LeaveHalfOpen();
                _admission._connections--;
                if (_peer is null) return;
                int left = _admission._perAddress[_peer] - 1;
                if (left == 0) _admission._perAddress.Remove(_peer);
                else _admission._perAddress[_peer] = left;
            }
        }

        private void LeaveHalfOpen()
        {
            if (Node.List is not null) _admission._halfOpen.Remove(Node);
        }
    }
}
