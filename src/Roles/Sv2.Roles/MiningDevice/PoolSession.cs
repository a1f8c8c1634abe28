using System.Reflection;
using Microsoft.Extensions.Logging;
using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Mining.Client;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Extensions.WorkerHashrateTracking;
using Sv2.Protocol.Mining;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Roles.MiningDevice;

/// <summary>
/// One connection to a pool with one open channel. Follows the pool's jobs, submits shares, and tells the device.
/// </summary>
internal sealed partial class PoolSession : IFrameHandler, IMiningOutput, IMiningClientEvents, IPoolSession
{
    private const ushort ExtranonceSizeMin = 4;
    private static readonly TimeSpan OpenTimeout = TimeSpan.FromSeconds(10);
    private static readonly string Version = typeof(PoolSession).Assembly.GetName().Version?.ToString(3) ?? "";

    private readonly MiningDeviceOptions _options;
    private readonly DeviceCounters _counters;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Sv2Connection _connection;
    private readonly MiningClientSession _mining;
    private readonly NegotiatedExtensions _extensions;
    private readonly byte[] _workerTlv;
    private readonly Lock _gate = new();
    private readonly WorkOutlet _outlet;
    private readonly TaskCompletionSource<ClientChannel> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _receiving = Task.CompletedTask;
    private ClientChannel? _channel;

    private PoolSession(ConnectionString pool, Sv2Connection connection, SetupResult setup, MiningDeviceOptions options, DeviceServices services)
    {
        Pool = pool;
        _outlet = new WorkOutlet(_gate);
        _options = options;
        _counters = services.Counters;
        _time = services.Time;
        _logger = services.Logger;
        _connection = connection;
        _mining = new MiningClientSession(this, this, _time, (MiningSetupSuccessFlags)setup.ServerFlags);
        _extensions = setup.Extensions;
        _workerTlv = WorkerTlv(options);
        OpenedAt = _time.GetUtcNow();
    }

    /// <summary>Where it is connected to.</summary>
    public DevicePool Pool { get; }

    /// <summary>When the connection was set up.</summary>
    public DateTimeOffset OpenedAt { get; }

    /// <summary>Completes when the connection has ended.</summary>
    public Task Ended => _receiving;

    /// <summary>Why the connection ended; null while it is there.</summary>
    public string? EndReason => _connection.Reason?.Message;

    /// <summary>The pool's wish that the device go elsewhere; null for none.</summary>
    public Reconnect? ReconnectRequest => _connection.ReconnectRequest;

    /// <summary>Number of the connection in this process.</summary>
    public long ConnectionId => _connection.Id;

    /// <summary>The peer's address.</summary>
    public string RemoteAddress => _connection.RemoteEndPoint?.ToString() ?? $"{Pool.Host}:{Pool.Port}";

    /// <summary>Connects, sets the session up and opens a channel.</summary>
    /// <param name="pool">Where to.</param>
    /// <param name="hashRate">The hash rate to state, in hashes a second.</param>
    /// <param name="options">Which channel to open, and for whom.</param>
    /// <param name="services">Clock, logs, counters.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="PoolUnavailableException">It did not come about; the message says why.</exception>
    public static async Task<PoolSession> OpenAsync(
        ConnectionString pool, double hashRate, MiningDeviceOptions options, DeviceServices services, CancellationToken cancellation)
    {
        Sv2Connection connection;
        try
        {
            connection = await Sv2Connector.ConnectAsync(pool, null, services.Time, services.Loggers, cancellation).ConfigureAwait(false);
        }
        catch (ConnectException e)
        {
            throw new PoolUnavailableException(e.Message, PoolUnavailableException.NeedsPerson(e), e);
        }

        PoolSession? session = null;
        try
        {
            SetupResult setup = await Setup(pool, options).RunAsync(connection, cancellation).ConfigureAwait(false);
            if (setup.Failure is { } failure)
                throw new PoolUnavailableException(failure.Reason.Message, failure.Reason.Party == CloseParty.Incompatible);
            if (options.Channel == DeviceChannel.Standard && ((MiningSetupSuccessFlags)setup.ServerFlags).HasFlag(MiningSetupSuccessFlags.RequiresExtendedChannels))
                throw new PoolUnavailableException("the pool opens extended channels only; set channel to extended", needsPerson: true);
            session = new PoolSession(pool, connection, setup, options, services);
            await session.OpenChannelAsync(hashRate, cancellation).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await (session?.DisposeAsync() ?? connection.DisposeAsync()).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Begins to tell about work, at once with what there is by now.</summary>
    /// <param name="onWork">Called under the session's lock; null work means to rest.</param>
    public void Attach(Action<MiningWork?> onWork) => _outlet.Attach(onWork);

    /// <summary>Stops telling about work.</summary>
    public void Detach() => _outlet.Detach();

    /// <summary>Submits a share of this session's. False when its job has ended meanwhile: the pool would only refuse it.</summary>
    public bool TrySubmit(in FoundShare share)
    {
        lock (_gate)
            return _mining.TrySubmit(share.Work, share.Header.Nonce, share.Header.NTime, share.Header.Version, share.Extranonce.Span, out _, ShareTlvs);
    }

    /// <summary>What goes behind each share: the worker's name, as long as the pool agrees to extension 0x0002.</summary>
    private ReadOnlySpan<byte> ShareTlvs => _workerTlv.Length > 0 && _extensions.Contains(UserIdentityTlv.Info.ExtensionType) ? _workerTlv : default;

    private static byte[] WorkerTlv(MiningDeviceOptions options)
    {
        if (options.WorkerName.Length == 0 || options.Channel != DeviceChannel.Extended)
            return [];
        var tlv = new UserIdentityTlv { Value = options.WorkerName };
        byte[] bytes = new byte[tlv.Length];
        var writer = new TlvWriter(bytes, options.TlvByteOrder);
        tlv.Write(ref writer);
        return bytes;
    }

    /// <summary>Tells the pool of a hash rate that differs much from what was stated before.</summary>
    public void Restate(double hashRate)
    {
        lock (_gate)
        {
            if (_channel is not { IsClosed: false } channel || hashRate <= 0)
                return;
            double ratio = hashRate / Math.Max(channel.NominalHashRate, 1);
            if (ratio is < 0.67 or > 1.5)
                _mining.UpdateChannel(channel, (float)hashRate, channel.MaxTarget);
        }
    }

    /// <summary>How the channel is now; null before it is open.</summary>
    public ChannelInfo? Describe(double hashRate)
    {
        lock (_gate)
        {
            if (_channel is not { } channel)
                return null;
            return new ChannelInfo
            {
                ConnectionId = _connection.Id,
                ChannelId = channel.Id,
                Kind = channel.Kind == ChannelKind.Standard ? "standard" : "extended",
                IsDownstream = false,
                UserIdentity = _options.UserIdentity,
                RemoteAddress = RemoteAddress,
                ExtranoncePrefix = channel.ExtranoncePrefix.ToString(),
                NominalHashRate = channel.NominalHashRate,
                HashRate = hashRate,
                Difficulty = Target.Difficulty(channel.Target),
                SharesAccepted = channel.Accepted,
                SharesRejected = channel.Rejected,
                OpenedAt = OpenedAt,
                LastShareAt = _lastShareAt,
            };
        }
    }

    /// <summary>Whether there is work at the moment.</summary>
    public bool HasWork => _outlet.HasWork;

    /// <summary>Closes the channel, then the connection, once all that is queued was sent.</summary>
    public async ValueTask DisposeAsync()
    {
        Detach();
        lock (_gate)
        {
            if (_channel is { } channel)
                _mining.CloseChannel(channel);
        }
        _connection.Close(CloseReason.LocalShutdown);
        await _connection.DisposeAsync().ConfigureAwait(false);
        await _receiving.ConfigureAwait(false);
    }

    private static ClientSetup Setup(ConnectionString pool, MiningDeviceOptions options) => new()
    {
        Protocol = Subprotocol.Mining,
        Flags = options.Channel == DeviceChannel.Standard ? (uint)MiningSetupFlags.RequiresStandardJobs : 0,
        Vendor = $"sv2-dotnet {Version}",
        Firmware = $"mining-device {Version}",
        DeviceId = options.DeviceId,
        RequestedExtensions = WorkerTlv(options).Length > 0 ? [UserIdentityTlv.Info.ExtensionType] : [],
        EndpointHost = pool.Host,
        EndpointPort = (ushort)pool.Port,
    };

    private async Task OpenChannelAsync(double hashRate, CancellationToken cancellation)
    {
        _receiving = _connection.RunAsync(this, CancellationToken.None);
        lock (_gate)
        {
            if (_options.Channel == DeviceChannel.Standard)
                _mining.OpenStandardChannel(_options.UserIdentity, (float)hashRate, U256.MaxValue, tag: this);
            else
                _mining.OpenExtendedChannel(_options.UserIdentity, (float)hashRate, U256.MaxValue, ExtranonceSizeMin, tag: this);
        }
        using var patience = new CancellationTokenSource(OpenTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token, _connection.Closed);
        try
        {
            _channel = await _opened.Task.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new PoolUnavailableException(EndReason ?? $"the pool did not open a channel within {OpenTimeout.TotalSeconds} s", needsPerson: false);
        }
    }
}
