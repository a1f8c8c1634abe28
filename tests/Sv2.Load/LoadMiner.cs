using Sv2.Bitcoin;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Mining;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Load;

/// <summary>
/// One miner: a connection, a channel, and shares that cost next to nothing, because it takes the first nonce whose hash
/// meets the target, and a pool under test gives the easiest one.
/// </summary>
internal sealed class LoadMiner(int number, LoadOptions options, LoadStatistics statistics) : ILoadMiner, IFrameHandler
{
    private const uint BadJobId = uint.MaxValue;

    // What becomes of shares that are on their way when the tip moves or, behind a proxy, the pool changes.
    private static readonly Text[] Late = ["stale-share", "upstream-lost", "try-again-later"];

    private readonly Lock _gate = new();
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly TaskCompletionSource _working = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<(uint Sequence, long SentAt, bool IsBad)> _waiting = [];
    private readonly Dictionary<uint, Job> _jobs = [];

    private Sv2Connection? _connection;
    private Task _receiving = Task.CompletedTask;
    private uint _channelId;
    private U256 _target;
    private byte[] _prefix = [];
    private byte[] _extranonce = [];
    private Job? _active;
    private SetNewPrevHash _tip;
    private uint _sequence;
    private uint _nonce;
    private bool _isStopping;

    public bool IsConnected => _connection is { Reason: null } && _working.Task.IsCompletedSuccessfully;

    public long BytesSent => _connection?.BytesSent ?? 0;

    public long BytesReceived => _connection?.BytesReceived ?? 0;

    /// <summary>Connects and returns when there is work.</summary>
    public async Task ConnectAsync(string pool, CancellationToken cancellation)
    {
        long started = _time.GetTimestamp();
        _connection = await Sv2Connector.ConnectAsync(ConnectionString.Parse(pool), cancellation: cancellation);
        SetupResult setup = await new ClientSetup { Protocol = Subprotocol.Mining, Vendor = "sv2-load" }.RunAsync(_connection, cancellation);
        if (!setup.Succeeded) throw new IOException($"setup: {setup.Failure!.Reason}");
        _receiving = ReceiveAsync();
        Open();
        await _working.Task.WaitAsync(TimeSpan.FromSeconds(60), cancellation);
        statistics.Connect.Record(_time.GetElapsedTime(started));
    }

    /// <summary>Sends a share unless too many wait for their answer.</summary>
    public bool TrySubmit(bool isBad)
    {
        lock (_gate)
        {
            if (_active is not { } job || _waiting.Count >= options.Window || _connection is not { Reason: null } connection) return false;
            uint sequence = ++_sequence;
            uint nonce = isBad ? 0 : NextNonce(job);
            _waiting.Enqueue((sequence, _time.GetTimestamp(), isBad));
            uint jobId = isBad ? BadJobId : job.Id;
            bool sent = options.Extended
                ? connection.TrySend(new SubmitSharesExtended { ChannelId = _channelId, SequenceNumber = sequence, JobId = jobId, Nonce = nonce, NTime = job.NTime, Version = job.Version, Extranonce = _extranonce })
                : connection.TrySend(new SubmitSharesStandard { ChannelId = _channelId, SequenceNumber = sequence, JobId = jobId, Nonce = nonce, NTime = job.NTime, Version = job.Version });
            if (sent) statistics.CountSent();
            return sent;
        }
    }

    /// <summary>Shares without an answer yet.</summary>
    public int Waiting
    {
        get { lock (_gate) return _waiting.Count; }
    }

    public async Task DisconnectAsync()
    {
        _isStopping = true;
        if (_connection is not null) await _connection.DisposeAsync();
        await _receiving;
    }

    public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        lock (_gate) Handle(header.MessageType, payload);
        return FrameVerdict.Continue;
    }

    public void OnBatchEnd()
    {
    }

    private void Open()
    {
        Text identity = $"load.m{number}";
        if (options.Extended)
            _connection!.TrySend(new OpenExtendedMiningChannel { RequestId = 1, UserIdentity = identity, NominalHashRate = 1, MaxTarget = U256.MaxValue, MinExtranonceSize = 4 });
        else
            _connection!.TrySend(new OpenStandardMiningChannel { RequestId = 1, UserIdentity = identity, NominalHashRate = 1, MaxTarget = U256.MaxValue });
    }

    private async Task ReceiveAsync()
    {
        await _connection!.RunAsync(this, CancellationToken.None);
        if (!_isStopping) statistics.Error($"connection: {_connection.Reason?.Kind}");
        _working.TrySetException(new IOException($"the connection ended: {_connection.Reason}"));
    }

    private void Handle(byte type, ReadOnlySpan<byte> payload)
    {
        if (type == SubmitSharesSuccess.Info.MessageType && SubmitSharesSuccessView.TryRead(payload, out var success, out _)) OnAcknowledged(success.LastSequenceNumber, success.NewSubmitsAcceptedCount);
        else if (type == SubmitSharesError.Info.MessageType && SubmitSharesError.TryRead(payload, out SubmitSharesError error, out _)) OnRefused(error);
        else if (type == SetNewPrevHash.Info.MessageType && SetNewPrevHash.TryRead(payload, out SetNewPrevHash tip, out _)) OnTip(tip);
        else if (type == NewExtendedMiningJob.Info.MessageType && NewExtendedMiningJob.TryRead(payload, out NewExtendedMiningJob extended, out _)) OnJob(extended);
        else if (type == NewMiningJob.Info.MessageType && NewMiningJob.TryRead(payload, out NewMiningJob standard, out _)) OnJob(standard);
        else if (type == SetTarget.Info.MessageType && SetTarget.TryRead(payload, out SetTarget target, out _)) _target = target.MaximumTarget;
        else if (type == OpenStandardMiningChannelSuccess.Info.MessageType && OpenStandardMiningChannelSuccess.TryRead(payload, out OpenStandardMiningChannelSuccess opened, out _))
            (_channelId, _target, _prefix) = (opened.ChannelId, opened.Target, opened.ExtranoncePrefix.Span.ToArray());
        else if (type == OpenExtendedMiningChannelSuccess.Info.MessageType && OpenExtendedMiningChannelSuccess.TryRead(payload, out OpenExtendedMiningChannelSuccess granted, out _))
            (_channelId, _target, _prefix, _extranonce) = (granted.ChannelId, granted.Target, granted.ExtranoncePrefix.Span.ToArray(), new byte[granted.ExtranonceSize]);
        else if (type == SetExtranoncePrefix.Info.MessageType && SetExtranoncePrefix.TryRead(payload, out SetExtranoncePrefix moved, out _))
            _prefix = moved.ExtranoncePrefix.Span.ToArray();
        else if (type == OpenMiningChannelError.Info.MessageType && OpenMiningChannelError.TryRead(payload, out OpenMiningChannelError refused, out _))
            _working.TrySetException(new IOException($"channel refused: {refused.ErrorCode}"));
    }

    private void OnJob(in NewExtendedMiningJob message)
    {
        byte[] coinbase = [.. message.CoinbaseTxPrefix.Span, .. _prefix, .. _extranonce, .. message.CoinbaseTxSuffix.Span];
        Keep(new Job(message.JobId, message.Version, MerklePath.Fold(Sha256d.Hash(coinbase), message.MerklePath.AsSpan())), message.MinNTime);
    }

    private void OnJob(in NewMiningJob message) => Keep(new Job(message.JobId, message.Version, message.MerkleRoot), message.MinNTime);

    private void Keep(Job job, uint? minNTime)
    {
        if (minNTime is not { } ntime)
        {
            _jobs[job.Id] = job;
            return;
        }

        Start(job, ntime);
    }

    private void OnTip(in SetNewPrevHash tip)
    {
        // The first one says when it came to us, not when it came.
        if (_active is not null && tip.PrevHash != _tip.PrevHash) statistics.SawTip(tip.PrevHash, _time.GetTimestamp());
        if (!_jobs.TryGetValue(tip.JobId, out Job? job))
        {
            statistics.Error("protocol: SetNewPrevHash names a job that was never sent");
            return;
        }

        _tip = tip;
        _jobs.Clear();
        Start(job, tip.MinNTime);
    }

    private void Start(Job job, uint ntime)
    {
        job.NTime = ntime;
        _active = job;
        _nonce = 0;
        _working.TrySetResult();
    }

    private uint NextNonce(Job job)
    {
        if (_target == U256.MaxValue) return _nonce++;
        while (true)
        {
            uint nonce = _nonce++;
            if (new BlockHeader(job.Version, _tip.PrevHash, job.MerkleRoot, job.NTime, _tip.NBits, nonce).Hash() <= _target) return nonce;
        }
    }

    /// <summary>An acknowledgement speaks for the oldest good shares; bad ones among them wait for their own answer.</summary>
    private void OnAcknowledged(uint lastSequence, uint count)
    {
        statistics.CountAcknowledged(count);
        long now = _time.GetTimestamp();
        for (int left = _waiting.Count; left > 0 && count > 0; left--)
        {
            (uint Sequence, long SentAt, bool IsBad) share = _waiting.Dequeue();
            if (share.IsBad || unchecked((int)(share.Sequence - lastSequence)) > 0)
            {
                _waiting.Enqueue(share);
                continue;
            }

            statistics.Acknowledgement.Record(_time.GetElapsedTime(share.SentAt, now));
            count--;
        }

        if (count > 0) statistics.Error("protocol: more shares acknowledged than sent");
    }

    private void OnRefused(in SubmitSharesError error)
    {
        long now = _time.GetTimestamp();
        for (int left = _waiting.Count; left > 0; left--)
        {
            (uint Sequence, long SentAt, bool IsBad) share = _waiting.Dequeue();
            if (share.Sequence != error.SequenceNumber)
            {
                _waiting.Enqueue(share);
                continue;
            }

            if (share.IsBad)
            {
                statistics.CountRefusedAsMeant();
                statistics.Verdict.Record(_time.GetElapsedTime(share.SentAt, now));
            }
            else if (Late.Contains(error.ErrorCode))
            {
                // That is nobody's fault.
                statistics.CountStale();
            }
            else
            {
                statistics.Error($"share: {error.ErrorCode}");
            }

            // The queue has been turned; bring the oldest to the front again.
            for (int rest = left - 1; rest > 0; rest--) _waiting.Enqueue(_waiting.Dequeue());
            return;
        }

        statistics.Error("protocol: a share refused that was never sent");
    }

    private sealed class Job(uint id, uint version, U256 merkleRoot)
    {
        public uint Id { get; } = id;

        public uint Version { get; } = version;

        public U256 MerkleRoot { get; } = merkleRoot;

        public uint NTime { get; set; }
    }
}
