using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Roles.Downstreams;
using Sv2.Roles.Upstreams;
using Sv2.Roles.Workers;

namespace Sv2.Roles.MiningProxy;

/// <summary>One channel of a miner's in transparent mode, with its counterparts at the pools.</summary>
internal sealed class RelayChannel
{
    private readonly Dictionary<UpstreamSession, RelayLink> _links = [];
    private volatile RelayLink? _current;
    private volatile bool _carriesUnknown;

    /// <summary>The miner's connection. Set once, when the request comes.</summary>
    public DownstreamConnection Connection { get; set; } = null!;

    /// <summary>The miner's request. Set once, when it comes.</summary>
    public DeferredOpen Request { get; set; } = null!;

    /// <summary>Guards the links and what is asked for.</summary>
    public Lock Gate { get; } = new();

    /// <summary>The counterparts, one for each pool that is connected. Under <see cref="Gate"/>.</summary>
    public Dictionary<UpstreamSession, RelayLink> Links => _links;

    /// <summary>The miner's channel; null before it is open. Under the miner's lock.</summary>
    public ServerChannel? Channel { get; set; }

    /// <summary>The counterpart that the miner's channel is fed from; null before it is open.</summary>
    public RelayLink? Current
    {
        get => _current;
        set => _current = value;
    }

    /// <summary>Hash rate that the miner states. Under <see cref="Gate"/>.</summary>
    public float HashRate { get; set; }

    /// <summary>The easiest target that the miner takes. Under <see cref="Gate"/>.</summary>
    public U256 MaxTarget { get; set; }

    /// <summary>Bytes of extranonce that a counterpart must have. Under <see cref="Gate"/>.</summary>
    public int ExtranonceSize { get; set; }

    /// <summary>Whether the miner's channel is gone. Under <see cref="Gate"/>.</summary>
    public bool IsClosed { get; set; }

    /// <summary>Whether frames of extensions unknown here went over it: then miners must hear when its end moves (3.6.4).</summary>
    public bool CarriesUnknown
    {
        get => _carriesUnknown;
        set => _carriesUnknown = value;
    }
}

/// <summary>The counterpart of a miner's channel at one pool.</summary>
internal sealed class RelayLink(RelayChannel relay, UpstreamSession session)
{
    private readonly Lock _gate = new();
    private readonly List<SentShare> _unanswered = [];
    private volatile RelayFeed? _feed;

    public RelayChannel Relay { get; } = relay;

    public UpstreamSession Session { get; } = session;

    /// <summary>The channel's jobs; null before it is open.</summary>
    public RelayFeed? Feed
    {
        get => _feed;
        set => _feed = value;
    }

    public ClientChannel? Channel => _feed?.Channel;

    /// <summary>Sends a share and remembers it, so that its answer finds it however fast it comes.</summary>
    public bool TrySend(DownstreamConnection connection, in AcceptedShare share, RelayedJob job, Worker worker, ShareSender send)
    {
        lock (_gate)
        {
            if (!send(connection, share, job, out uint sequence))
                return false;
            _unanswered.Add(new SentShare(sequence, share.ShareNumber, worker));
            return true;
        }
    }

    /// <summary>Takes the shares up to a sequence number, oldest first.</summary>
    public SentShare[] TakeThrough(uint last)
    {
        lock (_gate)
        {
            int count = _unanswered.FindIndex(share => unchecked((int)(share.Sequence - last)) > 0);
            count = count < 0 ? _unanswered.Count : count;
            SentShare[] taken = [.. _unanswered[..count]];
            _unanswered.RemoveRange(0, count);
            return taken;
        }
    }

    /// <summary>Takes one share.</summary>
    public SentShare? Take(uint sequence)
    {
        lock (_gate)
        {
            int index = _unanswered.FindIndex(share => share.Sequence == sequence);
            if (index < 0)
                return null;
            SentShare taken = _unanswered[index];
            _unanswered.RemoveAt(index);
            return taken;
        }
    }

    /// <summary>Takes all that are left.</summary>
    public SentShare[] TakeAll()
    {
        lock (_gate)
        {
            SentShare[] taken = [.. _unanswered];
            _unanswered.Clear();
            return taken;
        }
    }
}

/// <summary>A share that was sent to a pool and has no answer yet.</summary>
/// <param name="Sequence">Its number on the pool's channel.</param>
/// <param name="Number">Its number on the miner's connection.</param>
/// <param name="Worker">Who found it.</param>
internal readonly record struct SentShare(uint Sequence, long Number, Worker Worker);

/// <summary>Sends a share to a pool.</summary>
internal delegate bool ShareSender(DownstreamConnection connection, in AcceptedShare share, RelayedJob job, out uint sequence);
