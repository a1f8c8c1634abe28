using Sv2.Mining.Client;
using Sv2.Protocol;
using Sv2.Roles.Upstreams;

namespace Sv2.Roles.Translator;

/// <summary>One miner's channels: on the pool in use, and on those that stand by. Thread-safe.</summary>
internal sealed class MinerChannels(TranslatorMiner miner, TranslatorServices services)
{
    // A pool that refuses a channel is asked again after 1, 2, 4 … seconds, at most a minute.
    private const int DoublingsMax = 6;

    private readonly Lock _gate = new();
    private readonly Dictionary<UpstreamSession, Seat> _seats = [];
    private bool _isClosed;

    /// <summary>The feed of the channel on a connection; null when it was not asked for or not granted.</summary>
    public WorkFeed? Find(UpstreamSession session)
    {
        lock (_gate)
            return _seats.TryGetValue(session, out Seat? seat) ? seat.Feed : null;
    }

    /// <summary>Asks for a channel, unless that was done; again when it was refused a while ago.</summary>
    public void Open(UpstreamSession session, Text identity)
    {
        lock (_gate)
        {
            if (_isClosed || session.IsClosed || session.IsLeaving || identity.Length == 0)
                return;
            if (_seats.TryGetValue(session, out Seat? seat) && !IsDue(seat))
                return;
            _seats[session] = new Seat(new WorkFeed(session, services.Jobs, services.Time)) { Refusals = seat?.Refusals ?? 0 };
            session.Invoke(mining => mining.OpenExtendedChannel(identity, 0, U256.MaxValue, (ushort)services.Jobs.MinExtranonceSize, tag: miner));
        }
    }

    public void OnOpened(UpstreamSession session, ClientChannel channel)
    {
        lock (_gate)
        {
            if (!_isClosed && _seats.TryGetValue(session, out Seat? seat))
                seat.Channel = channel;
            else
                session.CloseChannel(channel);
        }
    }

    public void OnRefused(UpstreamSession session)
    {
        lock (_gate)
        {
            if (_seats.TryGetValue(session, out Seat? seat))
            {
                seat.RefusedAt = services.Time.GetTimestamp();
                seat.Refusals++;
                seat.Channel = null;
                seat.Feed.End();
            }
        }
    }

    public void OnEnded(UpstreamSession session)
    {
        lock (_gate)
            _seats.Remove(session);
    }

    /// <summary>Tells the pool the miner's hash rate where it differs by more than a part of what it was told.</summary>
    public void Restate(UpstreamSession session, double hashRate, double newsMin)
    {
        lock (_gate)
        {
            if (!_seats.TryGetValue(session, out Seat? seat) || seat.Channel is not { IsClosed: false } channel || Math.Abs(hashRate - seat.Told) <= newsMin * seat.Told)
                return;
            seat.Told = hashRate;
            session.Restate(channel, hashRate);
        }
    }

    /// <summary>The miner has gone: pools are told (5.3.9).</summary>
    public void CloseAll()
    {
        lock (_gate)
        {
            _isClosed = true;
            foreach ((UpstreamSession session, Seat seat) in _seats)
            {
                if (seat.Channel is { } channel)
                    session.CloseChannel(channel);
            }
            _seats.Clear();
        }
    }

    private bool IsDue(Seat seat) =>
        seat.RefusedAt is { } refusedAt && services.Time.GetElapsedTime(refusedAt) >= TimeSpan.FromSeconds(1 << Math.Min(seat.Refusals - 1, DoublingsMax));

    private sealed class Seat(WorkFeed feed)
    {
        public WorkFeed Feed { get; } = feed;

        public ClientChannel? Channel { get; set; }

        public long? RefusedAt { get; set; }

        public int Refusals { get; set; }

        public double Told { get; set; }
    }
}
