using Sv2.Mining;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Extensions.WorkerHashrateTracking;
using Sv2.Protocol.Mining;
using Sv2.Roles.Ledger;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Roles.Pool;

/// <summary>
/// One miner's connection: brings its frames to its session, its shares to the ledger, the ledger's word back to the
/// session, and jobs to the miner. Everything that touches the session goes through one lock, this connection's own.
/// </summary>
/// <remarks>
/// <code>
/// receive loop ──► batch ──► session ──► OnAccepted ──► ledger queue   (no acknowledgement yet)
/// ledger's notifier ──► Committed ──► session.AcknowledgeThrough ──► SubmitShares.Success
/// template client  ──► Refresh    ──► session.Refresh            ──► jobs
/// timer            ──► Tick       ──► session.Tick               ──► late acknowledgements, targets
/// </code>
/// </remarks>
internal sealed class PoolConnection : IFrameHandler, IMiningOutput, IShareSink, ILedgerSink
{
    // However many workers a channel names: twenty shares a second of one channel are enough.
    private static readonly TimeSpan WorkerIntervalMin = TimeSpan.FromMilliseconds(50);
    private static readonly ushort[] TlvExtensions = [UserIdentityTlv.Info.ExtensionType];

    private readonly Lock _gate = new();
    private readonly PoolServices _pool;
    private readonly Sv2Connection _connection;
    private readonly SetupResult _setup;
    private readonly MiningServerSession _session;
    private readonly PendingShares _pending = new();
    private readonly List<BlockCandidate> _found = [];
    private readonly RejectionGuard _rejections;
    private readonly ShareBatch _batch = new();
    private long _withoutChannelSince;
    private bool _isClosed;

    public PoolConnection(PoolServices pool, Sv2Connection connection, SetupResult setup)
    {
        _pool = pool;
        _connection = connection;
        _setup = setup;
        _session = pool.Server.CreateSession((MiningSetupFlags)setup.ClientFlags, this, this);
        _withoutChannelSince = pool.Time.GetTimestamp();
        _rejections = new RejectionGuard(pool.Options.Limits.RejectedPercent, pool.Options.Limits.RejectedSample);
    }

    /// <summary>Number of the connection in this process.</summary>
    public long Id => _connection.Id;

    /// <inheritdoc />
    public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (IsSoundExtendedShare(header, payload))
        {
            if (_batch.TryAdd(payload)) return FrameVerdict.Continue;
            CheckBatch();
            if (_batch.TryAdd(payload)) return FrameVerdict.Continue;
        }

        // Whatever this is, it comes after the shares before it.
        CheckBatch();
        FrameVerdict verdict;
        lock (_gate) verdict = Dispatch(header, payload);
        // Only this loop finds blocks, and sending one may write to disk: not under the lock.
        if (_found.Count > 0) PublishBlocks();
        return verdict;
    }

    /// <inheritdoc />
    public void OnBatchEnd() => CheckBatch();

    /// <summary>Sends the channels what they lack of the newest jobs.</summary>
    public void Refresh() => Guarded(static self => self._session.Refresh());

    /// <summary>Does what is due by the clock.</summary>
    public void Tick() => Guarded(static self =>
    {
        self._session.Tick();
        self.CloseWithoutChannel();
    });

    /// <summary>The ledger has put shares on disk.</summary>
    public void Committed(long sequence) => Guarded(sequence, static (self, sequence) =>
    {
        if (self._pending.CommitThrough(sequence, self._pool.Time) is { } shareNumber) self._session.AcknowledgeThrough(shareNumber);
    });

    /// <summary>Acknowledges all that is on disk, batch or no batch, because the connection is about to be closed.</summary>
    public void AcknowledgeAll(long sequence) => Guarded(sequence, static (self, sequence) =>
    {
        if (self._pending.CommitThrough(sequence, self._pool.Time) is { } shareNumber) self._session.AcknowledgeThrough(shareNumber);
        self._session.FlushAcknowledgements();
    });

    /// <summary>The connection is gone.</summary>
    public void Close()
    {
        // The last read may have ended with the connection: a block among its shares is a block all the same.
        CheckBatch();
        lock (_gate)
        {
            _isClosed = true;
            foreach (ServerChannel channel in _session.Channels) OnClosed(channel);
            _session.Dispose();
        }
    }

    /// <summary>Adds the open channels as pages show them.</summary>
    public void List(List<ChannelInfo> channels)
    {
        lock (_gate)
        {
            foreach (ServerChannel channel in _session.Channels) channels.Add(Describe(channel));
        }
    }

    /// <summary>Open channels.</summary>
    public int ChannelCount
    {
        get { lock (_gate) return _session.Channels.Count; }
    }

    bool IMiningOutput.Send(ReadOnlySpan<byte> frame)
    {
        bool sent = _connection.TrySendFrame(frame);
        if (FrameHeader.TryRead(frame, out FrameHeader header))
        {
            NoteOpened(header, frame[FrameHeader.Size..]);
            NoteAcknowledged(header, frame[FrameHeader.Size..]);
        }

        return sent;
    }

    bool IShareSink.OnAccepted(in AcceptedShare share)
    {
        var channel = (PoolChannel)share.Channel.Tag!;
        PoolWorker worker = WorkerOf(channel, share.Tlvs);
        long now = _pool.Time.GetUtcNow().ToUnixTimeSeconds();
        double achieved = Bitcoin.Target.Difficulty(share.Hash);
        var entry = new ShareEntry
        {
            Name = worker.Name,
            AcceptedAt = now,
            Difficulty = share.Difficulty,
            Work = share.Job.Tag is CustomJobCredit credit ? credit.Of(share.Work) : share.Work,
            AchievedDifficulty = achieved,
        };
        if (!_pool.Ledger.TryAppend(entry, this, out long sequence)) return false;

        long accepted = _pool.Time.GetTimestamp();
        _pending.Add(share.ShareNumber, sequence, accepted);
        channel.Waiting.Add(accepted);
        worker.Accept(share.Work, achieved, now);
        _pool.Totals.Accept(achieved);
        PoolMetrics.Accept();
        Judge(isRefused: false);
        if (channel.HasNewNames(out int names)) share.Channel.SetShareInterval(IntervalFor(names));
        return true;
    }

    void IShareSink.OnRejected(in RejectedShare share)
    {
        _pool.Totals.Reject(share.Reason);
        PoolMetrics.Reject(share.Reason);
        // A share that could not be recorded is our fault, not the miner's.
        if (share.Reason != ShareRejection.NotRecorded) Judge(isRefused: true);
        if (share.Channel?.Tag is PoolChannel channel)
            WorkerOf(channel, share.Tlvs).Reject(share.Reason, _pool.Time.GetUtcNow().ToUnixTimeSeconds());
    }

    void IShareSink.OnBlockFound(BlockCandidate block) => _found.Add(block);

    /// <summary>A share that can wait for the others of its read: one that holds together, and whose TLVs are no reason to refuse it.</summary>
    private bool IsSoundExtendedShare(in FrameHeader header, ReadOnlySpan<byte> payload) =>
        header.ExtensionType == 0 && header.MessageType == SubmitSharesExtended.Info.MessageType
        && SubmitSharesExtendedView.TryRead(payload, out SubmitSharesExtendedView share, out _) && !HasBadName(share.Tlvs);

    /// <summary>Checks the shares that wait. On the receive loop only, like everything that adds to them.</summary>
    private void CheckBatch()
    {
        if (_batch.Count == 0) return;
        lock (_gate) _session.OnManySubmitSharesExtended(_batch.Payloads, _batch.Lengths);
        _batch.Clear();
        if (_found.Count > 0) PublishBlocks();
    }

    private FrameVerdict Dispatch(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.ExtensionType == 0)
        {
            if (header.MessageType == CloseChannel.Info.MessageType) NoteClosing(payload);
            if (header.MessageType == SubmitSharesExtended.Info.MessageType && RefusesTlvs(payload)) return FrameVerdict.Continue;
        }

        DispatchResult result = IsShare(header) && PoolMetrics.MeasuresVerdicts ? Measure(header, payload) : MiningDispatcher.DispatchToServer(header, payload, _session);
        // A message of no known kind is ignored (3.4.1); one that does not hold together says the peer cannot be understood.
        return result.Outcome == DispatchOutcome.Malformed
            ? FrameVerdict.Close(CloseReason.Malformed(result.Message!.Name, result.Error.ToString()))
            : FrameVerdict.Continue;
    }

    private DispatchResult Measure(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        long began = _pool.Time.GetTimestamp();
        DispatchResult result = MiningDispatcher.DispatchToServer(header, payload, _session);
        PoolMetrics.Judged(_pool.Time.GetElapsedTime(began));
        return result;
    }

    private static bool IsShare(in FrameHeader header) => header.ExtensionType == 0
        && (header.MessageType == SubmitSharesExtended.Info.MessageType || header.MessageType == SubmitSharesStandard.Info.MessageType);

    /// <summary>A worker's name above its 32 bytes makes the share unusable (3.4.3): refused at once, never counted.</summary>
    private bool RefusesTlvs(ReadOnlySpan<byte> payload)
    {
        if (!SubmitSharesExtendedView.TryRead(payload, out SubmitSharesExtendedView share, out _) || !HasBadName(share.Tlvs)) return false;

        _connection.TrySend(new SubmitSharesError
        {
            ChannelId = share.ChannelId,
            SequenceNumber = share.SequenceNumber,
            ErrorCode = MiningErrorCodes.InvalidShare,
        });
        _pool.Totals.RejectInvalid();
        Judge(isRefused: true);
        return true;
    }

    /// <summary>Counts a share's verdict, and parts with a miner that sends hardly anything but bad ones.</summary>
    private void Judge(bool isRefused)
    {
        if (!_rejections.Count(isRefused)) return;
        PoolLimits limits = _pool.Options.Limits;
        string text = $"{_rejections.RefusedInSample} of its last {limits.RejectedSample} shares were refused, more than {limits.RejectedPercent:0.#}% (limits.rejectedPercent)";
        _connection.Close(new CloseReason(CloseKind.OperatorLimit, text));
        _pool.Events.Publish(RoleEventTypes.PeerCutOff, RoleEventSeverity.Warning, $"The connection from {_connection.RemoteEndPoint} was closed: {text}");
    }

    /// <summary>
    /// A channel that speaks for several workers needs as many more shares, or the pool would not hear each of them (extension
    /// 0x0002, 4.1).
    /// </summary>
    private TimeSpan IntervalFor(int workers)
    {
        TimeSpan interval = _pool.Options.ShareInterval / workers;
        return interval > WorkerIntervalMin ? interval : WorkerIntervalMin;
    }

    private PoolWorker WorkerOf(PoolChannel channel, ReadOnlySpan<byte> tlvs)
    {
        if (tlvs.IsEmpty || !_setup.Extensions.Contains(UserIdentityTlv.Info.ExtensionType)) return channel.Worker;
        return FindName(tlvs, out ReadOnlySpan<byte> name) == TlvOutcome.Found && name.Length > 0
            ? channel.Named(name, _pool.Workers, _pool.Options.Limits.WorkersPerChannel)
            : channel.Worker;
    }

    private bool HasBadName(ReadOnlySpan<byte> tlvs) =>
        !tlvs.IsEmpty && _setup.Extensions.Contains(UserIdentityTlv.Info.ExtensionType) && FindName(tlvs, out _) == TlvOutcome.Malformed;

    private static TlvOutcome FindName(ReadOnlySpan<byte> tlvs, out ReadOnlySpan<byte> name) =>
        UserIdentityTlv.Find(TlvReader.Detect(tlvs, TlvExtensions), out name, out _);

    /// <summary>The session tells of a new channel by what it sends; this is where the pool hears it too.</summary>
    private void NoteOpened(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.ExtensionType != 0) return;
        uint? opened = null;
        if (header.MessageType == OpenStandardMiningChannelSuccess.Info.MessageType
            && OpenStandardMiningChannelSuccessView.TryRead(payload, out OpenStandardMiningChannelSuccessView standard, out _)) opened = standard.ChannelId;
        if (header.MessageType == OpenExtendedMiningChannelSuccess.Info.MessageType
            && OpenExtendedMiningChannelSuccessView.TryRead(payload, out OpenExtendedMiningChannelSuccessView extended, out _)) opened = extended.ChannelId;
        if (opened is { } id && _session.FindChannel(id) is { } channel) OnOpened(channel);
    }

    /// <summary>How long the oldest of the shares waited for this acknowledgement.</summary>
    private void NoteAcknowledged(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.ExtensionType != 0 || header.MessageType != SubmitSharesSuccess.Info.MessageType) return;
        if (!SubmitSharesSuccessView.TryRead(payload, out SubmitSharesSuccessView message, out _)) return;
        if (_session.FindChannel(message.ChannelId)?.Tag is PoolChannel channel && channel.Waiting.Take((int)message.NewSubmitsAcceptedCount) is { } oldest)
            PoolMetrics.Acknowledged(_pool.Time.GetElapsedTime(oldest));
    }

    private void NoteClosing(ReadOnlySpan<byte> payload)
    {
        if (!CloseChannelView.TryRead(payload, out CloseChannelView message, out _)) return;
        if (_session.FindChannel(message.ChannelId) is { } single)
        {
            OnClosed(single);
            RememberWithoutChannel(_session.Channels.Count - 1);
            return;
        }

        int left = _session.Channels.Count;
        foreach (ServerChannel channel in _session.Channels)
        {
            if (channel.GroupChannelId != message.ChannelId) continue;
            OnClosed(channel);
            left--;
        }

        RememberWithoutChannel(left);
    }

    private void OnOpened(ServerChannel channel)
    {
        var tag = (PoolChannel)channel.Tag!;
        PoolMetrics.Channels.Add(1);
        if (tag.Lease is { } lease) _pool.Solo.Open(lease);
        if (tag.Worker.Open())
            _pool.Events.Publish(RoleEventTypes.WorkerOnline, RoleEventSeverity.Info, $"{tag.Identity} began to mine");
    }

    private void OnClosed(ServerChannel channel)
    {
        var tag = (PoolChannel)channel.Tag!;
        PoolMetrics.Channels.Add(-1);
        if (tag.Lease is { } lease) _pool.Solo.Close(lease);
        if (tag.Worker.Close(_pool.Time.GetUtcNow().ToUnixTimeSeconds()))
            _pool.Events.Publish(RoleEventTypes.WorkerOffline, RoleEventSeverity.Info, $"{tag.Identity} stopped mining");
    }

    private void RememberWithoutChannel(int channelsLeft)
    {
        if (channelsLeft == 0) _withoutChannelSince = _pool.Time.GetTimestamp();
    }

    private void CloseWithoutChannel()
    {
        TimeSpan limit = _pool.Options.Limits.WithoutChannel;
        if (_session.Channels.Count > 0 || _pool.Time.GetElapsedTime(_withoutChannelSince) < limit) return;
        _connection.Close(new CloseReason(CloseKind.IdleTimeout, $"no channel was open for {limit.TotalSeconds} s"));
    }

    private void PublishBlocks()
    {
        foreach (BlockCandidate block in _found) _pool.Blocks.OnFound(block, (PoolChannel)block.Channel.Tag!);
        _found.Clear();
    }

    private ChannelInfo Describe(ServerChannel channel)
    {
        PeerInfo client = _setup.Client;
        string device = string.Join(' ', new[] { client.Vendor, client.HardwareVersion, client.Firmware }.Where(part => part.Length > 0));
        return new ChannelInfo
        {
            ConnectionId = Id,
            ChannelId = channel.Id,
            Kind = channel.Kind == ChannelKind.Standard ? "standard" : "extended",
            IsDownstream = true,
            UserIdentity = ((PoolChannel)channel.Tag!).Identity,
            RemoteAddress = _connection.RemoteEndPoint?.ToString() ?? "",
            Device = device.Length > 0 ? device : null,
            ExtranoncePrefix = channel.ExtranoncePrefix.ToString(),
            NominalHashRate = channel.NominalHashRate,
            HashRate = channel.HashRate(_pool.Time.GetTimestamp()),
            Difficulty = Bitcoin.Target.Difficulty(channel.Target),
            SharesAccepted = channel.AcceptedShares,
            SharesRejected = channel.RejectedShares,
            OpenedAt = channel.OpenedAt,
            LastShareAt = channel.LastShareAt,
        };
    }

    private void Guarded(Action<PoolConnection> action) => Guarded(action, static (self, action) => action(self));

    /// <summary>
    /// Runs something that the pool does to all its connections. A fault here ends this connection and no other.
    /// </summary>
    private void Guarded<TState>(TState state, Action<PoolConnection, TState> action)
    {
        try
        {
            lock (_gate)
            {
                if (_isClosed) return;
                using (_connection.BeginBatch()) action(this, state);
            }
        }
        catch (Exception e)
        {
            _connection.Close(new CloseReason(CloseKind.LocalFailure, $"our side failed: {e.GetType().Name}", e));
        }
    }
}
