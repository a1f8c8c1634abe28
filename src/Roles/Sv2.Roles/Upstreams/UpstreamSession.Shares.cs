using Sv2.Mining.Client;
using Sv2.Protocol;
using Sv2.Transport;

namespace Sv2.Roles.Upstreams;

// What is told to the pool by the clock, and how long its answers take.
public sealed partial class UpstreamSession
{
    /// <summary>UpdateChannel is sent no more often than this for one channel (5.3.7).</summary>
    public static readonly TimeSpan UpdateInterval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<ClientChannel, Statement> _statements = [];
    private readonly List<ClientChannel> _dueStatements = [];
    private readonly List<ClientChannel> _closedStatements = [];
    private long _unanswered;
    private long _lastAnswer;
    private ClientChannel? _probe;
    private uint _probeSequence;
    private long _probeSent;

    /// <summary>Shares submitted that have no answer yet.</summary>
    public long Unanswered
    {
        get
        {
            lock (_gate)
                return _unanswered;
        }
    }

    /// <summary>
    /// Tells the pool how much mines on a channel now, by <c>UpdateChannel</c>: at once or, when it was told less than
    /// <see cref="UpdateInterval"/> ago, as soon as that has passed, and then the newest figures only. Nothing is sent for
    /// figures that it has.
    /// </summary>
    /// <param name="channel">An open channel of this connection.</param>
    /// <param name="hashRate">Hashes a second of everything that mines on the channel.</param>
    /// <param name="maxTarget">The easiest target they can work with; null for what was told before.</param>
    public void Restate(ClientChannel channel, double hashRate, U256? maxTarget = null)
    {
        lock (_gate)
        {
            if (channel.IsClosed)
                return;
            bool isKnown = _statements.TryGetValue(channel, out Statement statement);
            statement = new Statement((float)hashRate, maxTarget ?? (isKnown ? statement.MaxTarget : channel.MaxTarget), statement.SentAt);
            if (!isKnown || statement.SentAt is not { } sentAt || _time.GetElapsedTime(sentAt) >= UpdateInterval)
                statement = Send(channel, statement);
            _statements[channel] = statement;
        }
    }

    /// <summary>Does what is due by the clock.</summary>
    internal void Tick()
    {
        lock (_gate)
        {
            SendDueStatements();
            TimeSpan limit = _options.Switching.AnswerTimeout;
            if (_unanswered > 0 && _time.GetElapsedTime(_lastAnswer) >= limit)
                _connection.Close(new CloseReason(CloseKind.IdleTimeout, $"{_unanswered} shares had no answer for {limit.TotalSeconds} s"));
        }
    }

    /// <summary>Takes a measured time from a request to its answer into the average.</summary>
    internal void NoteLatency(TimeSpan measured) => Seat.NoteLatency(measured);

    private void SendDueStatements()
    {
        foreach ((ClientChannel channel, Statement statement) in _statements)
        {
            if (channel.IsClosed)
                _closedStatements.Add(channel);
            else if (IsDue(channel, statement))
                _dueStatements.Add(channel);
        }
        foreach (ClientChannel channel in _dueStatements)
            _statements[channel] = Send(channel, _statements[channel]);
        _dueStatements.Clear();
        foreach (ClientChannel channel in _closedStatements)
            _statements.Remove(channel);
        _closedStatements.Clear();
    }

    private bool IsDue(ClientChannel channel, in Statement statement) =>
        IsNew(channel, statement) && (statement.SentAt is not { } sentAt || _time.GetElapsedTime(sentAt) >= UpdateInterval);

    private static bool IsNew(ClientChannel channel, in Statement statement) =>
        channel.NominalHashRate != statement.HashRate || channel.MaxTarget != statement.MaxTarget;

    private Statement Send(ClientChannel channel, in Statement statement)
    {
        if (!IsNew(channel, statement))
            return statement;
        _mining.UpdateChannel(channel, statement.HashRate, statement.MaxTarget);
        return statement with { SentAt = _time.GetTimestamp() };
    }

    private void NoteSubmitted(ClientChannel channel, uint sequenceNumber)
    {
        if (_unanswered++ == 0)
            _lastAnswer = _time.GetTimestamp();
        Seat.CountSubmitted();
        if (_probe is not null)
            return;
        // One share at a time is timed: enough for an average.
        _probe = channel;
        _probeSequence = sequenceNumber;
        _probeSent = _time.GetTimestamp();
    }

    private void NoteAccepted(ClientChannel channel, in AcceptedBatch batch)
    {
        _unanswered = Math.Max(0, _unanswered - batch.Count);
        Seat.CountAccepted(batch.Count);
        NoteAnswer(channel, batch.LastSequenceNumber);
    }

    private void NoteRejected(ClientChannel channel, uint sequenceNumber, string errorCode)
    {
        _unanswered = Math.Max(0, _unanswered - 1);
        Seat.CountRejected(errorCode);
        NoteAnswer(channel, sequenceNumber);
    }

    // Otherwise the pool would seem to owe answers for ever, and be given up for it.
    private void NoteClosed(ClientChannel channel)
    {
        // With the connection all of them were counted.
        if (_isOver)
            return;
        long lost = channel.Pending;
        _unanswered = Math.Max(0, _unanswered - lost);
        Seat.CountUnanswered(lost);
        if (ReferenceEquals(channel, _probe))
            _probe = null;
    }

    private void NoteAnswer(ClientChannel channel, uint sequenceNumber)
    {
        _lastAnswer = _time.GetTimestamp();
        if (!ReferenceEquals(channel, _probe) || unchecked((int)(sequenceNumber - _probeSequence)) < 0)
            return;
        NoteLatency(_time.GetElapsedTime(_probeSent));
        _probe = null;
    }

    private readonly record struct Statement(float HashRate, U256 MaxTarget, long? SentAt);
}
