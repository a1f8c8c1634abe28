using System.Reflection;
using Microsoft.Extensions.Logging;
using Sv2.Mining;
using Sv2.Mining.Client;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Mining;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Roles.Upstreams;

/// <summary>
/// One connection to a pool that is set up, with the channels on it. Thread-safe: everything that touches the mining session
/// goes through one lock, this connection's own, under which nothing of the role's is ever called.
/// </summary>
public sealed partial class UpstreamSession : IAsyncDisposable
{
    private static readonly string Version = typeof(UpstreamSession).Assembly.GetName().Version?.ToString(3) ?? "";

    private readonly Lock _gate = new();
    private readonly UpstreamListOptions _options;
    private readonly IUpstreamHub _hub;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Sv2Connection _connection;
    private readonly MiningClientSession _mining;
    private readonly TaskCompletionSource<ClientChannel> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _working = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _leaving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ClientChannel? _channel;
    private volatile MiningWork? _work;
    private Task _receiving = Task.CompletedTask;
    private bool _isOver;

    private UpstreamSession(UpstreamSeat seat, ConnectionString address, Sv2Session session, UpstreamListOptions options, IUpstreamHub hub)
    {
        Seat = seat;
        Address = address;
        Setup = session.Setup;
        _options = options;
        _hub = hub;
        _time = hub.Time;
        _logger = hub.Logger;
        _connection = session.Connection;
        _mining = new MiningClientSession(this, this, _time, (MiningSetupSuccessFlags)session.Setup.ServerFlags);
        OpenedAt = _time.GetUtcNow();
        ReadySince = OpenedAt;
        _lastAnswer = _time.GetTimestamp();
    }

    /// <summary>The pool as configured.</summary>
    public UpstreamPool Pool => Seat.Pool;

    /// <summary>The pool's place in the order of preference, from 0.</summary>
    public int Index => Seat.Index;

    /// <summary>Where it is connected to: the pool's address, or where its <c>Reconnect</c> led.</summary>
    public ConnectionString Address { get; }

    /// <summary>What was agreed at setup.</summary>
    public SetupResult Setup { get; }

    /// <summary>When the connection was set up.</summary>
    public DateTimeOffset OpenedAt { get; }

    /// <summary>Number of the connection in this process.</summary>
    public long ConnectionId => _connection.Id;

    /// <summary>The peer's address.</summary>
    public string RemoteAddress => _connection.RemoteEndPoint?.ToString() ?? $"{Address.Host}:{Address.Port}";

    /// <summary>The connection's own channel (<see cref="UpstreamListOptions.Channel"/>); null where there is none, and before it is open.</summary>
    public ClientChannel? Channel => _channel;

    /// <summary>The newest work of <see cref="Channel"/>; null before the first.</summary>
    public MiningWork? Work => _work;

    /// <summary>Whether the connection is closed or about to be.</summary>
    public bool IsClosed => _connection.Reason is not null;

    /// <summary>Whether the pool has asked to go elsewhere. It still takes shares until it closes.</summary>
    public bool IsLeaving => _leaving.Task.IsCompleted;

    /// <summary>Why the connection ended; null while it is there.</summary>
    public CloseReason? EndReason => _connection.Reason;

    /// <summary>Completes when the connection has ended and the observer was told.</summary>
    public Task Ended => _receiving;

    /// <summary>Bytes received and sent so far.</summary>
    public (long Received, long Sent) Bytes => (_connection.BytesReceived, _connection.BytesSent);

    internal UpstreamSeat Seat { get; }

    internal Task Leaving => _leaving.Task;

    internal Reconnect? ReconnectRequest { get; private set; }

    internal DateTimeOffset ReadySince { get; private set; }

    /// <summary>Whether the list has no more use for it but late shares.</summary>
    internal bool IsRetired { get; set; }

    /// <summary>Whether it is being let go.</summary>
    internal bool IsLingering { get; set; }

    /// <summary>Whether an extension was negotiated.</summary>
    public bool Supports(ushort extension) => Setup.Extensions.Contains(extension);

    /// <summary>Does something with the mining session under the connection's lock. It must be short, and call nothing that waits.</summary>
    public void Invoke(Action<MiningClientSession> action)
    {
        lock (_gate)
            action(_mining);
    }

    /// <inheritdoc cref="Invoke(Action{MiningClientSession})"/>
    public T Invoke<T>(Func<MiningClientSession, T> function)
    {
        lock (_gate)
            return function(_mining);
    }

    /// <summary>Submits a share found on work of this connection. Never waits; allocates nothing.</summary>
    /// <param name="work">The work.</param>
    /// <param name="nonce">The nonce.</param>
    /// <param name="nTime">nTime.</param>
    /// <param name="version">Full nVersion.</param>
    /// <param name="extranonce">Exactly as many bytes as the channel takes.</param>
    /// <param name="sequenceNumber">The share's number on its channel.</param>
    /// <param name="tlvs">TLV area to follow the message.</param>
    /// <returns>False when nothing was sent, because the connection, the channel or the job has ended: the share is worth nothing any more.</returns>
    /// <exception cref="ArgumentException">A value is outside the work's limits.</exception>
    public bool TrySubmit(
        MiningWork work, uint nonce, uint nTime, uint version, ReadOnlySpan<byte> extranonce, out uint sequenceNumber, ReadOnlySpan<byte> tlvs = default)
    {
        lock (_gate)
        {
            sequenceNumber = 0;
            if (_isOver || IsClosed || !_mining.TrySubmit(work, nonce, nTime, version, extranonce, out sequenceNumber, tlvs))
                return false;
            NoteSubmitted(work.Channel, sequenceNumber);
            return true;
        }
    }

    /// <summary>Closes a channel. Shares on it that have no answer will get none: they are counted as such.</summary>
    /// <param name="channel">A channel of this connection, closed ones included.</param>
    public void CloseChannel(ClientChannel channel)
    {
        lock (_gate)
        {
            if (channel.IsClosed)
                return;
            NoteClosed(channel);
            _mining.CloseChannel(channel);
        }
    }

    /// <summary>A channel here, as pages show it.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="hashRate">What mines on it as the role measures it; null for what the pool was told.</param>
    public ChannelInfo Describe(ClientChannel channel, double? hashRate = null) => Invoke(_ => new ChannelInfo
    {
        ConnectionId = ConnectionId,
        ChannelId = channel.Id,
        Kind = channel.Kind == ChannelKind.Standard ? "standard" : "extended",
        IsDownstream = false,
        UserIdentity = LogText.Sanitise(channel.UserIdentity),
        RemoteAddress = RemoteAddress,
        ExtranoncePrefix = channel.ExtranoncePrefix.ToString(),
        NominalHashRate = channel.NominalHashRate,
        HashRate = hashRate ?? channel.NominalHashRate,
        Difficulty = Bitcoin.Target.Difficulty(channel.Target),
        SharesAccepted = channel.Accepted,
        SharesRejected = channel.Rejected,
        OpenedAt = OpenedAt,
    });

    /// <summary>Sends a frame as it is: for what the mining session does not know.</summary>
    /// <param name="frame">Header and payload.</param>
    /// <returns>False when the connection is closed.</returns>
    public bool TrySendFrame(ReadOnlySpan<byte> frame) => _connection.TrySendFrame(frame);

    /// <summary>Gives the pool up, for a reason of the role's own. The list switches at once where it is the one in use.</summary>
    /// <param name="reason">What the pool did or did not do, in plain words.</param>
    public void Fail(string reason) => _connection.Close(CloseReason.Violation(reason));

    /// <summary>Closes its channels and then the connection, once all that is queued was sent.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (ClientChannel channel in Invoke(static mining => mining.Channels.ToArray()))
            CloseChannel(channel);
        _connection.Close(CloseReason.LocalShutdown);
        await _connection.DisposeAsync().ConfigureAwait(false);
        await _receiving.ConfigureAwait(false);
    }

    /// <summary>Connects, sets the session up, and opens the own channel where one is asked for.</summary>
    /// <exception cref="UpstreamUnavailableException">It did not come about; the message says why.</exception>
    internal static async Task<UpstreamSession> OpenAsync(
        UpstreamSeat seat, ConnectionString address, UpstreamListOptions options, IUpstreamHub hub, CancellationToken cancellation)
    {
        UpstreamSession? session = null;
        try
        {
            var limits = new ConnectorOptions { IdleTimeout = options.Switching.SilenceTimeout };
            Sv2Session connected = await Sv2Session.ConnectAsync(address, ClientSetup(options), limits, hub.Time, hub.Loggers, cancellation).ConfigureAwait(false);
            session = new UpstreamSession(seat, address, connected, options, hub);
            session.NoteLatency(connected.Setup.SetupTime);
            session._receiving = session.ReceiveAsync();
            if (options.Channel is { } channel)
                await session.OpenOwnAsync(channel, cancellation).ConfigureAwait(false);
            return session;
        }
        catch (ConnectException e)
        {
            throw UpstreamUnavailableException.From(e);
        }
        catch
        {
            if (session is not null)
                await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Completes when the own channel has work, or the connection has ended; at once where there is no own channel.</summary>
    internal async Task<bool> WaitForWorkAsync(CancellationToken cancellation)
    {
        if (_options.Channel is not null)
            await Task.WhenAny(_working.Task, _receiving).WaitAsync(cancellation).ConfigureAwait(false);
        ReadySince = _time.GetUtcNow();
        return !IsClosed;
    }

    private static ClientSetup ClientSetup(UpstreamListOptions options) => new()
    {
        Protocol = Subprotocol.Mining,
        Flags = (uint)options.Flags,
        Vendor = $"sv2-dotnet {Version}",
        Firmware = $"{options.Role} {Version}",
        DeviceId = options.DeviceId,
        RequestedExtensions = options.RequestedExtensions,
        ClosesOnReconnect = false,
    };

    private async Task OpenOwnAsync(OwnChannel channel, CancellationToken cancellation)
    {
        if (channel.Kind == ChannelKind.Standard && ((MiningSetupSuccessFlags)Setup.ServerFlags).HasFlag(MiningSetupSuccessFlags.RequiresExtendedChannels))
            throw new UpstreamUnavailableException("the pool opens extended channels only", needsPerson: true);
        long started = _time.GetTimestamp();
        // Nothing mines here before the pool is in use; then it is told how much (5.3.2).
        Invoke(mining => channel.Kind == ChannelKind.Standard
            ? mining.OpenStandardChannel(Pool.UserIdentity, 0, channel.MaxTarget, tag: this)
            : mining.OpenExtendedChannel(Pool.UserIdentity, 0, channel.MaxTarget, channel.MinExtranonceSize, tag: this));
        TimeSpan limit = _options.Switching.OpenTimeout;
        using var patience = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token, _connection.Closed);
        try
        {
            await _opened.Task.WaitAsync(either.Token).ConfigureAwait(false);
            NoteLatency(_time.GetElapsedTime(started));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new UpstreamUnavailableException(EndReason?.Message ?? $"the pool did not open a channel within {limit.TotalSeconds} s", needsPerson: false);
        }
    }

    private async Task ReceiveAsync()
    {
        // The caller has more to do before the first frame is handled.
        await Task.Yield();
        await _connection.RunAsync(this, CancellationToken.None).ConfigureAwait(false);
        long unanswered;
        lock (_gate)
        {
            _isOver = true;
            unanswered = _unanswered;
        }
        _hub.OnEnded(this, unanswered);
        await _connection.DisposeAsync().ConfigureAwait(false);
    }
}
