using Microsoft.Extensions.Logging;
using Sv1;
using Sv2.Bitcoin;
using Sv2.Mining.Client;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Roles.Workers;

namespace Sv2.Roles.Translator;

/// <summary>
/// One Stratum V1 miner: its session, its difficulty, and the feed it mines on. Everything goes through one lock, under
/// which the upstream connection's lock may be taken, never the other way round.
/// </summary>
internal sealed partial class TranslatorMiner : ISv1LineHandler, ISv1ServerEvents
{
    /// <summary>A share that no pool can be given: its pool is not connected any more.</summary>
    public static readonly Sv1Error NoPool = new(Sv1Error.JobNotFoundCode, "No pool is connected at the moment");

    /// <summary>A share whose job the pool has ended a moment ago.</summary>
    public static readonly Sv1Error JobEnded = new(Sv1Error.JobNotFoundCode, "Job ended");

    private const double VardiffStepMax = 16;

    private readonly Lock _gate = new();
    private readonly TranslatorServices _services;
    private readonly WorkRoute _route;
    private readonly Action<TranslatorMiner> _established;
    private readonly Sv1ServerSession _session;
    private readonly Vardiff _vardiff;
    private readonly Dictionary<string, (Worker Worker, byte[] Tlv)> _workers = [];
    private readonly byte[] _extranonce = new byte[SubscribeResult.SizeMax];
    private WorkFeed? _feed;
    private U256 _wanted;
    private U256? _suggested;
    private bool _wantsJob;
    private bool _isGone;
    private long _jobSentAt;
    private DateTimeOffset? _lastShareAt;

    public TranslatorMiner(TranslatorServices services, WorkRoute route, Sv1Connection connection, byte[] local, Action<TranslatorMiner> established)
    {
        _services = services;
        _route = route;
        _established = established;
        Connection = connection;
        Local = local;
        ConnectedAt = services.Time.GetUtcNow();
        TranslatorDifficulty difficulty = services.Options.Difficulty;
        _session = new Sv1ServerSession(Convert.ToHexStringLower(local), connection, this, services.Time, new Sv1ServerOptions
        {
            VersionMask = services.Options.VersionRolling ? Sv1ServerOptions.UsualVersionMask : 0,
            PowerOfTwoDifficulty = difficulty.PowerOfTwo,
            WorkersMax = services.Options.Limits.WorkersPerConnection,
        });
        _vardiff = new Vardiff(difficulty.ShareInterval, services.Time, new VardiffOptions
        {
            UnknownHashRate = difficulty.InitialHashRate,
            EasiestTarget = EasiestTarget,
            StepMax = VardiffStepMax,
        });
    }

    /// <summary>The connection.</summary>
    public Sv1Connection Connection { get; }

    /// <summary>The extranonce bytes that are this miner's alone.</summary>
    public byte[] Local { get; }

    public DateTimeOffset ConnectedAt { get; }

    /// <summary>Its shares.</summary>
    public ShareTally Tally { get; } = new();

    /// <summary>What the route keeps for it.</summary>
    public object? RouteState { get; set; }

    /// <summary>Whether it is subscribed and authorised.</summary>
    public bool IsReady
    {
        get
        {
            lock (_gate)
                return _session.IsReady && !_isGone;
        }
    }

    /// <summary>User name of its first worker; empty before it is authorised.</summary>
    public string User
    {
        get
        {
            lock (_gate)
                return _session.Workers.Count > 0 ? _session.Workers[0] : "";
        }
    }

    /// <summary>Hash rate by its shares, in H/s; 0 before any.</summary>
    public double HashRate
    {
        get
        {
            lock (_gate)
                return _session.IsReady ? _vardiff.HashRate(_services.Time.GetTimestamp()) : 0;
        }
    }

    private U256 EasiestTarget => Target.FromDifficulty(_services.Options.Difficulty.Minimum);

    /// <inheritdoc/>
    public Sv1CloseReason? OnLine(ReadOnlySpan<byte> line)
    {
        lock (_gate)
        {
            string? fault = _session.Receive(line);
            return fault is null ? null : new Sv1CloseReason(Sv1CloseKind.ProtocolViolation, fault);
        }
    }

    /// <summary>Gives it a job of a feed, which it mines on from now on.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="job">The job.</param>
    /// <param name="keepsEarlierJobs">Whether shares of its jobs before are still of use.</param>
    public void Give(WorkFeed feed, Sv1Job job, bool keepsEarlierJobs = false)
    {
        lock (_gate)
        {
            if (_isGone)
                return;
            // What waits for its extranonce gets it now.
            if (!_session.IsReady && !_services.Jobs.HasPrefixInSubscription)
                return;
            Send(feed, job, keepsEarlierJobs);
        }
    }

    /// <summary>The target of its feed has changed: its own must not be harder.</summary>
    public void FollowTarget(WorkFeed feed)
    {
        lock (_gate)
        {
            if (_isGone || !ReferenceEquals(_feed, feed) || !ApplyTarget())
                return;
            _wantsJob = true;
            SendWantedJob();
        }
    }

    /// <summary>Its jobs have ended and there are no others: shares are refused from now on.</summary>
    public void EndJobs()
    {
        lock (_gate)
            _session.EndJobs();
    }

    /// <summary>Does what is due by the clock: another difficulty after silence, a job that waited for its time, a sign of life.</summary>
    public void Tick()
    {
        lock (_gate)
        {
            if (_isGone || !_session.IsReady || _feed is not { } feed || _session.CurrentJob is null)
                return;
            Retarget();
            if (_services.Time.GetElapsedTime(_jobSentAt) >= _services.Options.KeepAlive)
                _wantsJob = true;
            SendWantedJob();
        }
    }

    /// <summary>The connection has ended.</summary>
    public void Leave()
    {
        List<Worker> workers;
        lock (_gate)
        {
            _isGone = true;
            _session.EndJobs();
            workers = [.. _workers.Values.Select(static worker => worker.Worker)];
        }
        foreach (Worker worker in workers)
        {
            if (_services.Workers.Leave(worker))
                _services.Events.Publish(RoleEventTypes.WorkerOffline, RoleEventSeverity.Info, $"{LogText.Sanitise(worker.Name)} went away: {Connection.Reason?.Message}");
        }
        _route.OnLeft(this);
    }

    /// <summary>How it is; null before it is authorised.</summary>
    public ChannelInfo? Describe()
    {
        lock (_gate)
        {
            if (!_session.IsReady)
                return null;
            return new ChannelInfo
            {
                ConnectionId = Connection.Id,
                ChannelId = 0,
                Kind = "sv1",
                IsDownstream = true,
                UserIdentity = LogText.Sanitise(_session.Workers[0]),
                RemoteAddress = Connection.RemoteEndPoint?.ToString() ?? "",
                Device = _session.UserAgent.Length > 0 ? LogText.Sanitise(_session.UserAgent) : null,
                ExtranoncePrefix = _session.Extranonce1.ToString(),
                NominalHashRate = 0,
                HashRate = _vardiff.HashRate(_services.Time.GetTimestamp()),
                Difficulty = _session.Difficulty,
                SharesAccepted = Tally.Accepted,
                SharesRejected = Tally.Refused,
                OpenedAt = ConnectedAt,
                LastShareAt = _lastShareAt,
            };
        }
    }

    private void Send(WorkFeed feed, Sv1Job job, bool keepsEarlierJobs)
    {
        if (ReferenceEquals(_session.CurrentJob, job) || !TakeExtranonce(feed, job))
            return;
        _feed = feed;
        ApplyTarget();
        // Being told its extranonce may have made it ready, and then it has the job.
        if (!_session.IsReady || ReferenceEquals(_session.CurrentJob, job))
            return;
        _session.SendJob(job, keepsEarlierJobs);
        _wantsJob = false;
        _jobSentAt = _services.Time.GetTimestamp();
    }

    /// <summary>False when the miner's extranonce must change and it cannot be told: it connects again.</summary>
    private bool TakeExtranonce(WorkFeed feed, Sv1Job job)
    {
        MiningWork work = ((SentWork)job.Tag!).Work;
        ByteString extranonce1 = _services.Jobs.Extranonce1(feed.Channel, work.Job.ExtranoncePrefix, Local);
        if (_session.SetExtranonce(extranonce1, _services.Jobs.Extranonce2Size))
            return true;
        _session.SendReconnect();
        Connection.Close(new Sv1CloseReason(Sv1CloseKind.Reconnect, "the extranonce prefix changed, and the miner did not ask for mining.set_extranonce"));
        return false;
    }

    /// <summary>Sets the difficulty for jobs to come. True when the miner has another one now.</summary>
    private bool ApplyTarget() =>
        _session.SetTarget(Target.Easier(_route.HasOwnTargets ? _wanted : U256.Zero, _feed?.Target ?? U256.Zero)) && _session.CurrentJob is not null;

    private void Retarget()
    {
        long now = _services.Time.GetTimestamp();
        if (!_route.HasOwnTargets || !_vardiff.TryRetarget(_session.Target, now, out U256 proposed))
            return;
        _wanted = proposed;
        _wantsJob |= ApplyTarget();
        _vardiff.OnTarget(_session.Target, now);
    }

    // A difficulty counts from the next job on. That job must have a newer time, or the miner would repeat its work.
    private void SendWantedJob()
    {
        if (!_wantsJob || _feed is not { } feed)
            return;
        Sv1Job? job = feed.Refresh() ?? feed.Job;
        if (job is not null)
            Send(feed, job, keepsEarlierJobs: false);
    }
}
