using Sv2.Mining;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.Roles.Workers;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Roles.Downstreams;

/// <summary>
/// One miner's connection: its mining session behind one lock, this connection's own. Thread-safe.
/// </summary>
public sealed class DownstreamConnection : IFrameHandler, IMiningOutput, IShareSink
{
    private readonly Lock _gate = new();
    private readonly DownstreamServer _server;
    private readonly IDownstreamHandler _handler;
    private readonly Sv2Connection _connection;
    private readonly MiningServerSession _session;
    private readonly List<BlockCandidate> _found = [];
    private readonly TimeProvider _time;
    private long _withoutChannelSince;
    private bool _isClosed;

    internal DownstreamConnection(DownstreamServer server, Sv2Connection connection, SetupResult setup, IDownstreamHandler handler, MiningServer mining)
    {
        _server = server;
        _handler = handler;
        _connection = connection;
        _time = mining.Time;
        Setup = setup;
        _session = mining.CreateSession((MiningSetupFlags)setup.ClientFlags, this, this);
        _withoutChannelSince = _time.GetTimestamp();
        string[] parts = [setup.Client.Vendor, setup.Client.HardwareVersion, setup.Client.Firmware];
        Device = string.Join(' ', parts.Where(static part => part.Length > 0));
    }

    /// <summary>Number of the connection in this process.</summary>
    public long Id => _connection.Id;

    /// <summary>What was agreed at setup.</summary>
    public SetupResult Setup { get; }

    /// <summary>The peer's address.</summary>
    public string RemoteAddress => _connection.RemoteEndPoint?.ToString() ?? "";

    /// <summary>Vendor, hardware and firmware as the miner gave them; empty if it gave none.</summary>
    public string Device { get; }

    /// <summary>Whether the connection is closed or about to be.</summary>
    public bool IsClosed => _connection.Reason is not null;

    /// <summary>Bytes received and sent so far.</summary>
    public (long Received, long Sent) Bytes => (_connection.BytesReceived, _connection.BytesSent);

    /// <summary>Open channels.</summary>
    public int ChannelCount
    {
        get { lock (_gate) return _session.Channels.Count; }
    }

    /// <summary>
    /// Does something with the mining session under the connection's lock; what it sends goes out together. Nothing happens on a
    /// connection that is gone. A fault in here ends this connection and no other.
    /// </summary>
    public void Invoke(Action<MiningServerSession> action) => Invoke(action, static (session, action) => action(session));

    /// <inheritdoc cref="Invoke(Action{MiningServerSession})"/>
    public void Invoke<TState>(TState state, Action<MiningServerSession, TState> action)
    {
        try
        {
            lock (_gate)
            {
                if (_isClosed)
                    return;
                using (_connection.BeginBatch())
                    action(_session, state);
            }
        }
        catch (Exception e)
        {
            _connection.Close(new CloseReason(CloseKind.LocalFailure, $"our side failed: {e.GetType().Name}", e));
        }
    }

    /// <summary>Sends a message that the mining session does not know.</summary>
    public bool TrySend<T>(in T message) where T : IMessage<T> => _connection.TrySend(message);

    /// <summary>Sends a frame as it is.</summary>
    public bool TrySendFrame(ReadOnlySpan<byte> frame) => _connection.TrySendFrame(frame);

    /// <summary>Closes the connection.</summary>
    public void Close(CloseReason reason) => _connection.Close(reason);

    /// <summary>Sends the channels what they lack of the newest jobs.</summary>
    public void Refresh() => Invoke(static session => session.Refresh());

    /// <summary>The worker that a share names by extension 0x0002, where the connection has negotiated it.</summary>
    /// <param name="tlvs">The share's TLV area.</param>
    /// <param name="name">The name: 1 to 32 bytes.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryFindWorker(ReadOnlySpan<byte> tlvs, out ReadOnlySpan<byte> name) =>
        WorkerTlv.TryFind(tlvs, Setup.Extensions, out name) && name.Length is > 0 and <= WorkerTlv.NameBytesMax;

    /// <inheritdoc/>
    public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        DispatchResult result;
        lock (_gate)
        {
            if (RefusesWorker(header, payload))
                return FrameVerdict.Continue;
            result = MiningDispatcher.DispatchToServer(header, payload, _session);
            NoteChannels();
        }
        if (_found.Count > 0)
            TellBlocks();
        if (result.Outcome == DispatchOutcome.Malformed)
            return FrameVerdict.Close(CloseReason.Malformed(result.Message!.Name, result.Error.ToString()));
        if (result.Outcome == DispatchOutcome.Unknown)
            _handler.OnUnknownFrame(this, header, payload);
        return FrameVerdict.Continue;
    }

    /// <inheritdoc/>
    public void OnBatchEnd() => _handler.OnBatchEnd(this);

    bool IMiningOutput.Send(ReadOnlySpan<byte> frame) => _connection.TrySendFrame(frame);

    bool IShareSink.OnAccepted(in AcceptedShare share) => _handler.OnAccepted(this, share);

    void IShareSink.OnRejected(in RejectedShare share) => _handler.OnRejected(this, share);

    void IShareSink.OnBlockFound(BlockCandidate block) => _found.Add(block);

    void IShareSink.OnChannelOpened(ServerChannel channel) => _handler.OnChannelOpened(this, channel);

    void IShareSink.OnChannelClosed(ServerChannel channel) => _handler.OnChannelClosed(this, channel);

    void IShareSink.OnChannelUpdated(ServerChannel channel) => _handler.OnChannelUpdated(this, channel);

    void IShareSink.OnOpenDeferred(DeferredOpen open) => _handler.OnOpenDeferred(this, open);

    /// <summary>Does what is due by the clock.</summary>
    internal void Tick() => Invoke(this, static (session, self) =>
    {
        session.Tick();
        self.CloseWithoutChannel();
    });

    /// <summary>Sends all acknowledgements that wait for their batch to fill.</summary>
    internal void FlushAcknowledgements() => Invoke(static session => session.FlushAcknowledgements());

    /// <summary>The connection is gone.</summary>
    internal void End()
    {
        lock (_gate)
        {
            _isClosed = true;
            _session.Dispose();
        }
    }

    internal void List(List<ChannelInfo> channels)
    {
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            foreach (ServerChannel channel in _session.Channels)
                channels.Add(Describe(channel, now));
        }
    }

    internal double HashRate()
    {
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            double sum = 0;
            foreach (ServerChannel channel in _session.Channels)
                sum += channel.HashRate(now);
            return sum;
        }
    }

    /// <summary>A worker's name above its 32 bytes makes the share unusable (3.4.3): refused at once, never counted.</summary>
    private bool RefusesWorker(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.ExtensionType != 0 || header.MessageType != SubmitSharesExtended.Info.MessageType || !Setup.Extensions.Contains(WorkerTlv.Extension))
            return false;
        if (!SubmitSharesExtendedView.TryRead(payload, out SubmitSharesExtendedView share, out _) || share.Tlvs.IsEmpty)
            return false;
        if (!WorkerTlv.TryFind(share.Tlvs, Setup.Extensions, out ReadOnlySpan<byte> name) || name.Length <= WorkerTlv.NameBytesMax)
            return false;
        _connection.TrySend(new SubmitSharesError
        {
            ChannelId = share.ChannelId,
            SequenceNumber = share.SequenceNumber,
            ErrorCode = MiningErrorCodes.InvalidShare,
        });
        return true;
    }

    private void TellBlocks()
    {
        // Only the receive loop finds blocks.
        foreach (BlockCandidate block in _found)
            _handler.OnBlockFound(this, block);
        _found.Clear();
    }

    private void NoteChannels()
    {
        if (_session.Channels.Count > 0)
            _withoutChannelSince = _time.GetTimestamp();
    }

    private void CloseWithoutChannel()
    {
        TimeSpan limit = _server.Options.Limits.WithoutChannel;
        if (_session.Channels.Count == 0 && _time.GetElapsedTime(_withoutChannelSince) >= limit)
            _connection.Close(new CloseReason(CloseKind.IdleTimeout, $"no channel was open for {limit.TotalSeconds} s"));
        else
            NoteChannels();
    }

    private ChannelInfo Describe(ServerChannel channel, long now) => new()
    {
        ConnectionId = Id,
        ChannelId = channel.Id,
        Kind = channel.Kind == ChannelKind.Standard ? "standard" : "extended",
        IsDownstream = true,
        UserIdentity = LogText.Sanitise(channel.UserIdentity),
        RemoteAddress = RemoteAddress,
        Device = Device.Length > 0 ? Device : null,
        ExtranoncePrefix = channel.ExtranoncePrefix.ToString(),
        NominalHashRate = channel.NominalHashRate,
        HashRate = channel.HashRate(now),
        Difficulty = Bitcoin.Target.Difficulty(channel.Target),
        SharesAccepted = channel.AcceptedShares,
        SharesRejected = channel.RejectedShares,
        OpenedAt = channel.OpenedAt,
        LastShareAt = channel.LastShareAt,
    };
}
