using Sv1;
using Sv2.Mining.Client;
using Sv2.Roles.Upstreams;

namespace Sv2.Roles.Translator;

/// <summary>The newest job of one channel of a pool, translated once for all miners that mine on it. Thread-safe.</summary>
internal sealed class WorkFeed(UpstreamSession session, JobTranslation translation, TimeProvider time)
{
    private readonly Lock _gate = new();
    private SentWork? _sent;
    private Sv1Job? _job;
    private long _madeAt;

    /// <summary>The connection to the pool.</summary>
    public UpstreamSession Session { get; } = session;

    /// <summary>The channel; null before its first work.</summary>
    public ClientChannel? Channel { get; private set; }

    /// <summary>The newest job for miners; null while there is no work.</summary>
    public Sv1Job? Job
    {
        get
        {
            lock (_gate)
                return _job;
        }
    }

    /// <summary>The target of the newest job: miners' own must not be harder.</summary>
    public Sv2.Protocol.U256? Target
    {
        get
        {
            lock (_gate)
                return _sent?.Work.Target;
        }
    }

    /// <summary>Takes work of the pool.</summary>
    /// <returns>The job to give to miners, or null when only the target of the present one changed.</returns>
    public Sv1Job? Take(MiningWork work)
    {
        lock (_gate)
        {
            Channel = work.Channel;
            if (_sent is { } sent && ReferenceEquals(sent.Work.Job, work.Job))
            {
                sent.Work = work;
                return null;
            }
            bool isClean = _sent is null || _sent.Work.PrevHash != work.PrevHash;
            _sent = new SentWork(Session, work);
            return Make(isClean);
        }
    }

    /// <summary>The present work once more, to begin with it: all that miners had before is of another pool.</summary>
    public Sv1Job? Restart()
    {
        lock (_gate)
            return _sent is null ? null : Make(isClean: true);
    }

    /// <summary>
    /// The present work with a newer time, so that nothing is hashed twice by those who begin it anew; null while its time
    /// has not moved on.
    /// </summary>
    public Sv1Job? Refresh()
    {
        lock (_gate)
            return _sent is not null && _job is not null && translation.NTime(_sent.Work) > _job.Message.NTime ? Make(isClean: false) : null;
    }

    /// <summary>There is no work any more.</summary>
    public void End()
    {
        lock (_gate)
            (_sent, _job) = (null, null);
    }

    /// <summary>Time since the newest job was made.</summary>
    public TimeSpan Age
    {
        get
        {
            lock (_gate)
                return time.GetElapsedTime(_madeAt);
        }
    }

    private Sv1Job Make(bool isClean)
    {
        _madeAt = time.GetTimestamp();
        return _job = translation.Translate(_sent!, isClean);
    }
}
