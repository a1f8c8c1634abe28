using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>
/// One miner's connection: its frames go to its session, its shares to the engine, its blocks to everybody. Everything that
/// touches the session goes through this connection's own lock; the engine's is taken inside it, never the other way round.
/// </summary>
internal sealed class MinerConnection : IFrameHandler, IMiningOutput, IShareSink
{
    private readonly Lock _gate = new();
    private readonly MinerServices _services;
    private readonly Sv2Connection _connection;
    private readonly SetupResult _setup;
    private readonly MiningServerSession _session;
    private readonly List<BlockCandidate> _found = [];
    private long _lastShare;
    private long _withoutChannelSince;
    private bool _isClosed;

    public MinerConnection(MinerServices services, Sv2Connection connection, SetupResult setup)
    {
        _services = services;
        _connection = connection;
        _setup = setup;
        _session = services.Server.CreateSession((MiningSetupFlags)setup.ClientFlags, this, this);
        _withoutChannelSince = services.Time.GetTimestamp();
    }

    /// <summary>Number of the connection in this process.</summary>
    public long Id => _connection.Id;

    /// <summary>Open channels.</summary>
    public int ChannelCount
    {
        get
        {
            lock (_gate)
                return _session.Channels.Count;
        }
    }

    /// <inheritdoc/>
    public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        DispatchResult result;
        lock (_gate)
            result = MiningDispatcher.DispatchToServer(header, payload, _session);
        // Only this loop finds blocks, and sending one may write to disk: not under the lock.
        if (_found.Count > 0)
            SendBlocks();
        return result.Outcome == DispatchOutcome.Malformed
            ? FrameVerdict.Close(CloseReason.Malformed(result.Message!.Name, result.Error.ToString()))
            : FrameVerdict.Continue;
    }

    /// <inheritdoc/>
    public void OnBatchEnd() => Guarded(static self => self._session.AcknowledgeThrough(self._lastShare));

    /// <summary>Sends the channels what they lack of the newest jobs.</summary>
    public void Refresh() => Guarded(static self => self._session.Refresh());

    /// <summary>Does what is due by the clock.</summary>
    public void Tick() => Guarded(static self =>
    {
        self._session.Tick();
        self.CloseWithoutChannel();
    });

    /// <summary>The connection is gone.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _session.Dispose();
        }
    }

    /// <summary>Adds the open channels as pages show them.</summary>
    public void List(List<ChannelInfo> channels)
    {
        lock (_gate)
            foreach (ServerChannel channel in _session.Channels)
                channels.Add(Describe(channel));
    }

    /// <summary>Hash rate of all channels: measured, or stated where nothing was measured yet.</summary>
    public double HashRate()
    {
        long now = _services.Time.GetTimestamp();
        lock (_gate)
            return _session.Channels.Sum(channel => channel.HashRate(now));
    }

    bool IMiningOutput.Send(ReadOnlySpan<byte> frame) => _connection.TrySendFrame(frame);

    bool IShareSink.OnAccepted(in AcceptedShare share)
    {
        _services.Engine.OnShare(share);
        _services.Totals.Accept(Target.Difficulty(share.Hash));
        // This role's word is the miner's answer; what the pool makes of it shows in the report.
        _lastShare = share.ShareNumber;
        return true;
    }

    void IShareSink.OnRejected(in RejectedShare share) => _services.Totals.Reject(share.Reason);

    void IShareSink.OnBlockFound(BlockCandidate block) => _found.Add(block);

    void IShareSink.OnChannelClosed(ServerChannel channel)
    {
        if (_session.Channels.Count == 0)
            _withoutChannelSince = _services.Time.GetTimestamp();
    }

    private void SendBlocks()
    {
        foreach (BlockCandidate block in _found)
            _services.Blocks.OnFound(block);
        _found.Clear();
    }

    private void CloseWithoutChannel()
    {
        TimeSpan limit = _services.Options.Limits.WithoutChannel;
        if (_session.Channels.Count > 0 || _services.Time.GetElapsedTime(_withoutChannelSince) < limit)
            return;
        _connection.Close(new CloseReason(CloseKind.IdleTimeout, $"no channel was open for {limit.TotalSeconds} s"));
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
            UserIdentity = LogText.Sanitise(channel.UserIdentity),
            RemoteAddress = _connection.RemoteEndPoint?.ToString() ?? "",
            Device = device.Length > 0 ? device : null,
            ExtranoncePrefix = channel.ExtranoncePrefix.ToString(),
            NominalHashRate = channel.NominalHashRate,
            HashRate = channel.HashRate(_services.Time.GetTimestamp()),
            Difficulty = Target.Difficulty(channel.Target),
            SharesAccepted = channel.AcceptedShares,
            SharesRejected = channel.RejectedShares,
            OpenedAt = channel.OpenedAt,
            LastShareAt = channel.LastShareAt,
        };
    }

    /// <summary>Runs something that is done to all connections. A fault here ends this connection and no other.</summary>
    private void Guarded(Action<MinerConnection> action)
    {
        try
        {
            lock (_gate)
            {
                if (_isClosed)
                    return;
                using (_connection.BeginBatch())
                    action(this);
            }
        }
        catch (Exception e)
        {
            _connection.Close(new CloseReason(CloseKind.LocalFailure, $"our side failed: {e.GetType().Name}", e));
        }
    }
}
