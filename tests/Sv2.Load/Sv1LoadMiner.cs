using System.Security.Cryptography;
using Sv1;

namespace Sv2.Load;

/// <summary>
/// One Stratum V1 miner: a connection, and shares that take a few hashes each. It asks for version rolling as ASICs do, and
/// for the extranonce it is given.
/// </summary>
internal sealed class Sv1LoadMiner(int number, LoadOptions options, LoadStatistics statistics) : ILoadMiner, ISv1LineHandler, ISv1ClientEvents
{
    // The job of a bad share; no server has it.
    private const string BadJobId = "ffffffffffff";

    private readonly Lock _gate = new();
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly TaskCompletionSource _working = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<long, long> _sentAt = [];
    private readonly string _user = $"load.m{number}";
    private Sv1Connection? _connection;
    private Sv1ClientSession? _session;
    private Task _receiving = Task.CompletedTask;
    private byte[] _extranonce2 = [];
    private uint _nonce;
    private long _badId = -1;
    private int _badWaiting;
    private bool _isStopping;

    public bool IsConnected => _connection is { Reason: null } && _working.Task.IsCompletedSuccessfully;

    public long BytesSent => _connection?.BytesSent ?? 0;

    public long BytesReceived => _connection?.BytesReceived ?? 0;

    public int Waiting
    {
        get { lock (_gate) return (_session?.PendingShares ?? 0) + _badWaiting; }
    }

    public async Task ConnectAsync(string pool, CancellationToken cancellation)
    {
        long started = _time.GetTimestamp();
        var address = new Uri(pool);
        try
        {
            _connection = await Sv1Connector.ConnectAsync(address.Host, address.Port, cancellation: cancellation);
        }
        catch (Sv1ConnectException e)
        {
            throw new IOException(e.Message, e);
        }

        _session = new Sv1ClientSession(_connection, this, new Sv1ClientOptions { User = _user, UserAgent = "sv2-load" });
        lock (_gate) _session.Start();
        _receiving = ReceiveAsync();
        await _working.Task.WaitAsync(TimeSpan.FromSeconds(60), cancellation);
        statistics.Connect.Record(_time.GetElapsedTime(started));
    }

    public bool TrySubmit(bool isBad)
    {
        lock (_gate)
        {
            if (_session?.Work is not { } work || _connection is not { Reason: null } || _session.PendingShares >= options.Window) return false;
            return isBad ? SubmitBad(work) : SubmitGood(work);
        }
    }

    public async Task DisconnectAsync()
    {
        _isStopping = true;
        if (_connection is not null) await _connection.DisposeAsync();
        await _receiving;
    }

    public Sv1CloseReason? OnLine(ReadOnlySpan<byte> line)
    {
        lock (_gate)
        {
            if (TakesBadAnswer(line)) return null;
            return _session!.Receive(line) is { } fault ? new Sv1CloseReason(Sv1CloseKind.ProtocolViolation, fault) : null;
        }
    }

    void ISv1ClientEvents.OnWork(Sv1Work work)
    {
        // The first job is the miner's own beginning, whenever that is.
        if (work.Message.CleanJobs && _working.Task.IsCompleted) statistics.SawTip(work.Message.PrevHash, _time.GetTimestamp());
        _extranonce2 = new byte[work.Extranonce2Size];
        RandomNumberGenerator.Fill(_extranonce2);
        _nonce = 0;
        _working.TrySetResult();
    }

    void ISv1ClientEvents.OnRefused(string request, Sv1Error error) => _working.TrySetException(new IOException($"{request} refused: {error.Message}"));

    void ISv1ClientEvents.OnShareAccepted(long id)
    {
        statistics.CountAcknowledged(1);
        if (_sentAt.Remove(id, out long sentAt)) statistics.Acknowledgement.Record(_time.GetElapsedTime(sentAt));
    }

    void ISv1ClientEvents.OnShareRejected(long id, Sv1Error error)
    {
        _sentAt.Remove(id);
        if (error.Code == Sv1Error.JobNotFoundCode) statistics.CountStale();
        else statistics.Error($"share: {error.Message}");
    }

    void ISv1ClientEvents.OnViolation(string fault) => statistics.Error($"protocol: {fault}");

    private bool SubmitGood(Sv1Work work)
    {
        uint nonce = _nonce;
        while (work.Header(_extranonce2, work.Message.Version, work.Message.NTime, nonce).Hash() > work.Target) nonce++;
        _nonce = nonce + 1;
        if (!_session!.TrySubmit(work, _extranonce2, work.Message.Version, work.Message.NTime, nonce, out long id)) return false;
        _sentAt[id] = _time.GetTimestamp();
        statistics.CountSent();
        return true;
    }

    private bool SubmitBad(Sv1Work work)
    {
        // Not through the session, which would not send it. Its ids count up from one, these down.
        var writer = new Sv1Writer();
        writer.Submit(_badId, _user, BadJobId, _extranonce2, work.Message.NTime, 0, null);
        if (!_connection!.Send(writer.Lines)) return false;
        _sentAt[_badId--] = _time.GetTimestamp();
        _badWaiting++;
        statistics.CountSent();
        return true;
    }

    private bool TakesBadAnswer(ReadOnlySpan<byte> line)
    {
        if (!Sv1Line.TryParse(line, out Sv1Line parsed, out _) || parsed.Kind != Sv1LineKind.Response) return false;
        if (!long.TryParse(parsed.Id, out long id) || id >= 0) return false;
        _badWaiting--;
        if (_sentAt.Remove(id, out long sentAt)) statistics.Verdict.Record(_time.GetElapsedTime(sentAt));
        if (parsed.Error.IsNull) statistics.Error("share: a bad one was accepted");
        else statistics.CountRefusedAsMeant();
        return true;
    }

    private async Task ReceiveAsync()
    {
        await _connection!.RunAsync(this, CancellationToken.None);
        if (!_isStopping) statistics.Error($"connection: {_connection.Reason?.Kind}");
        _working.TrySetException(new IOException($"the connection ended: {_connection.Reason}"));
    }
}
