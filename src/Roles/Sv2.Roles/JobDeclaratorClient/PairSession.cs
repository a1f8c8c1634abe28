using Microsoft.Extensions.Logging;
using Sv2.Mining;
using Sv2.Mining.Client;
using Sv2.Protocol;
using Sv2.Protocol.JobDeclaration;
using Sv2.Protocol.Mining;
using Sv2.Roles.Workers;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>
/// The two connections to one upstream, set up: the mining connection to the pool with its extended channel, and the one to
/// the job declarator server. They live and end together. Everything happens under the engine's lock.
/// </summary>
internal sealed partial class PairSession : IDeclaratorOutput, IMiningOutput, IMiningClientEvents, IAsyncDisposable
{
    // The pool's own jobs are remembered beside ours; ours must not be the ones that go.
    private const int JobsMax = 128;

    // A pool that leaves more shares than this without an answer gets no more before it has answered some.
    private const int UnansweredMax = 65_536;

    private readonly ClientEngine _engine;
    private readonly Sv2Session _pool;
    private readonly Sv2Session _server;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly MiningClientSession _mining;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PairCounters _counters;
    private readonly bool _namesWorkers;
    private Task _ended = Task.CompletedTask;
    private ClientChannel? _channel;
    private string? _endReason;
    private long _updatedAt;
    private long _answeredAt;

    public PairSession(UpstreamSettings settings, PairCounters counters, ClientEngine engine, Sv2Session pool, Sv2Session server, ILogger logger)
    {
        _counters = counters;
        _engine = engine;
        _pool = pool;
        _server = server;
        _time = engine.Time;
        _logger = logger;
        _mining = new MiningClientSession(
            this, this, _time, (MiningSetupSuccessFlags)pool.Setup.ServerFlags, new MiningClientOptions { JobsPerChannelMax = JobsMax });
        _namesWorkers = pool.Setup.Extensions.Contains(WorkerTlv.Extension);
        Declarator = new JobDeclarator(settings, this, _time);
        OpenedAt = _time.GetUtcNow();
    }

    /// <summary>Place of the upstream in the list.</summary>
    public int Index => Declarator.Settings.Index;

    /// <summary>Brings jobs to this upstream.</summary>
    public JobDeclarator Declarator { get; }

    /// <summary>When it was set up.</summary>
    public DateTimeOffset OpenedAt { get; }

    /// <summary>Completes when channel and first token are there.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Completes when both connections have ended.</summary>
    public Task Ended => _ended;

    /// <summary>The channel at the pool; null before it is open.</summary>
    public ClientChannel? Channel => _channel;

    /// <summary>Shares that the pool has not answered. Engine's lock held.</summary>
    public UnansweredShares Unanswered { get; } = new(UnansweredMax);

    /// <summary>The mining connection.</summary>
    public Sv2Connection PoolConnection => _pool.Connection;

    /// <summary>The job declaration connection.</summary>
    public Sv2Connection ServerConnection => _server.Connection;

    /// <summary>Why it ended, in words; null while it lives.</summary>
    public string? EndReason => Volatile.Read(ref _endReason);

    /// <summary>Begins to receive, opens the channel and asks for tokens.</summary>
    public void Start()
    {
        Task pool = ReceiveAsync(_pool.Connection, new PoolFrames(this), _server.Connection, "pool");
        Task server = ReceiveAsync(_server.Connection, new ServerFrames(this), _pool.Connection, "job declarator server");
        _ended = Task.WhenAll(pool, server);
        lock (_engine.Gate)
        {
            // Nothing hashes for it yet (item 159); the rate is told when it is mined for.
            _mining.OpenExtendedChannel(Declarator.Settings.UserIdentifier, 0, U256.MaxValue, (ushort)Declarator.Settings.LocalExtranonceSize);
            Declarator.Start();
        }
    }

    /// <summary>Sends a share of an acknowledged job. Engine's lock held.</summary>
    /// <param name="job">The job.</param>
    /// <param name="origin">The miner that waits for the answer.</param>
    /// <param name="version">Full nVersion.</param>
    /// <param name="nTime">nTime.</param>
    /// <param name="nonce">The nonce.</param>
    /// <param name="extranonce">As the pool takes it.</param>
    /// <param name="worker">Who found it, for pools that have negotiated extension 0x0002.</param>
    /// <returns>False when the pool would only refuse it, because its tip has changed.</returns>
    public bool TrySubmit(MinedJob job, in ShareOrigin origin, uint version, uint nTime, uint nonce, ReadOnlySpan<byte> extranonce, ReadOnlySpan<byte> worker)
    {
        if (job.Work is not { } work || nTime < work.MinNTime || ((version ^ work.Version) & ~work.VersionMask) != 0)
            return false;
        Span<byte> tlv = stackalloc byte[WorkerTlv.BytesMax];
        // Once it is negotiated every share names its worker, and otherwise none does.
        tlv = _namesWorkers ? tlv[..WorkerTlv.Write(worker, tlv)] : [];
        if (!_mining.TrySubmit(work, nonce, nTime, version, extranonce, out uint sequence, tlv))
            return false;
        long now = _time.GetTimestamp();
        if (Unanswered.Count == 0)
            _answeredAt = now;
        Unanswered.Add(sequence, new SentShare(origin, job, now));
        return true;
    }

    /// <summary>Does what is due by the clock. Engine's lock held.</summary>
    public void Tick()
    {
        Declarator.Tick();
        TimeSpan limit = Declarator.Settings.Fallback.ShareAnswerTimeout;
        if (Unanswered.Count > 0 && _time.GetElapsedTime(_answeredAt) >= limit)
            ((IDeclaratorOutput)this).OnFault($"{Unanswered.Count} shares had no answer for {limit.TotalSeconds:0.#} s", hangUp: true);
    }

    /// <summary>The connection is gone: nobody will ever say what became of these shares. Engine's lock held.</summary>
    public void GiveUpUnanswered()
    {
        while (Unanswered.TryTakeAny(out SentShare share))
            _engine.OnAnswered(new ShareAnswer(share.Origin, MiningErrorCodes.UpstreamLost));
    }

    /// <summary>Tells the pool of another hash rate, at most once a second unless it is urgent (item 170). Engine's lock held.</summary>
    public void Restate(double hashRate, bool isUrgent = false)
    {
        if (_channel is not { IsClosed: false } channel || (!isUrgent && _time.GetElapsedTime(_updatedAt) < TimeSpan.FromSeconds(1)))
            return;
        double before = channel.NominalHashRate;
        bool differs = before == 0 || hashRate == 0 ? hashRate != before : hashRate / before is < 0.67 or > 1.5;
        if (!differs)
            return;
        _updatedAt = _time.GetTimestamp();
        _mining.UpdateChannel(channel, (float)hashRate, channel.MaxTarget);
    }

    /// <summary>Hangs up, because of something that went wrong. Engine's lock held.</summary>
    private void Abort(string reason)
    {
        Interlocked.CompareExchange(ref _endReason, reason, null);
        Declarator.Close(reason);
        CloseReason close = CloseReason.Violation(reason);
        _pool.Connection.Close(close);
        _server.Connection.Close(close);
    }

    /// <summary>Says goodbye: closes the channel, then the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_engine.Gate)
        {
            if (_channel is { } channel)
                _mining.CloseChannel(channel);
            Declarator.Close("the upstream is not used any more");
        }
        _pool.Connection.Close(CloseReason.LocalShutdown);
        _server.Connection.Close(CloseReason.LocalShutdown);
        await _pool.DisposeAsync().ConfigureAwait(false);
        await _server.DisposeAsync().ConfigureAwait(false);
        await _ended.ConfigureAwait(false);
    }

    private async Task ReceiveAsync(Sv2Connection connection, IFrameHandler handler, Sv2Connection other, string peer)
    {
        await Task.Yield();
        await connection.RunAsync(handler, CancellationToken.None).ConfigureAwait(false);
        // Whoever ends first is the cause; the other is closed by us.
        Interlocked.CompareExchange(ref _endReason, $"{peer}: {connection.Reason?.Message ?? "the connection ended"}", null);
        other.Close(CloseReason.LocalShutdown);
        lock (_engine.Gate)
            Declarator.Close("the connection was lost");
    }
}
