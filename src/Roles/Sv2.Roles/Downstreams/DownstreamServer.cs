using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using Sv2.Mining.Server;
using Sv2.Noise;
using Sv2.Protocol.Common;
using Sv2.Roles.Keys;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Roles.Downstreams;

/// <summary>
/// Serves the Mining Protocol to miners: listener, setup, one session for each connection, a timer, and what is done to all of
/// them. What jobs there are, who may open channels and what becomes of shares is the role's, through its
/// <see cref="MiningServer"/> and <see cref="IDownstreamHandler"/>.
/// </summary>
public sealed partial class DownstreamServer : IAsyncDisposable
{
    // Below this many, handing them to several threads costs more than it brings.
    private const int ParallelMin = 128;
    private static readonly TimeSpan TickPeriod = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<long, DownstreamConnection> _connections = new();
    private readonly MiningServer _mining;
    private readonly IDownstreamHandler _handler;
    private readonly RoleContext _context;
    private readonly ILogger _logger;
    private readonly ServerSetup _setup;
    private readonly Lock _tickGate = new();
    private ServerCredentials? _credentials;
    private Sv2Listener? _listener;
    private ITimer? _timer;
    private long _bytesReceived;
    private long _bytesSent;

    /// <summary>Makes a server that does not listen yet.</summary>
    /// <param name="options">Where and how.</param>
    /// <param name="mining">Jobs, search space, policy.</param>
    /// <param name="handler">Who is told.</param>
    /// <param name="context">The role's folder, clock and logs.</param>
    public DownstreamServer(DownstreamServerOptions options, MiningServer mining, IDownstreamHandler handler, RoleContext context)
    {
        Options = options;
        _mining = mining;
        _handler = handler;
        _context = context;
        _logger = context.LoggerFactory.CreateLogger<DownstreamServer>();
        _setup = new ServerSetup
        {
            Protocol = Subprotocol.Mining,
            SupportedFlags = (uint)mining.SupportedFlags,
            SuccessFlags = options.SuccessFlags ?? (_ => (uint)mining.SuccessFlags),
            SupportedExtensions = options.Extensions,
        };
    }

    /// <summary>Where and how it serves.</summary>
    public DownstreamServerOptions Options { get; }

    /// <summary>The connections whose session is set up.</summary>
    public IEnumerable<DownstreamConnection> Connections => _connections.Values;

    /// <summary>How many connections there are.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>Open channels of all connections.</summary>
    public int ChannelCount => _connections.Values.Sum(static connection => connection.ChannelCount);

    /// <summary>Hash rate of all channels as measured, or claimed while nothing is measured yet.</summary>
    public double HashRate => _connections.Values.Sum(static connection => connection.HashRate());

    /// <summary>Bytes received from miners and sent to them since the start.</summary>
    public (long Received, long Sent) Bytes
    {
        get
        {
            (long received, long sent) = (Interlocked.Read(ref _bytesReceived), Interlocked.Read(ref _bytesSent));
            foreach (DownstreamConnection connection in _connections.Values)
                (received, sent) = (received + connection.Bytes.Received, sent + connection.Bytes.Sent);
            return (received, sent);
        }
    }

    /// <summary>Where it listens, with the connection string for miners. Only after <see cref="StartAsync"/>.</summary>
    public EndpointInfo Endpoint
    {
        get
        {
            var bound = (IPEndPoint)_listener!.BoundEndPoint;
            (string host, int port) = PublicAddress(Options.PublicAddress, bound);
            return new EndpointInfo("mining", bound.ToString(), new ConnectionString(host, port, _credentials!.AuthorityPublicKey).ToString(), Encrypted: true);
        }
    }

    /// <summary>Reads or makes the keys, and listens.</summary>
    /// <exception cref="ConfigurationException">The address or a key file cannot be used.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        _credentials = ServerKeys.LoadOrCreate(_context, Options.AuthorityKeyFile, Options.CertificateValidity);
        DownstreamLimits limits = Options.Limits;
        var listen = new ListenerOptions
        {
            EndPoint = Options.Listen,
            Credentials = _credentials,
            ConnectionsMax = limits.Connections,
            PerAddressMax = limits.ConnectionsPerAddress,
            HalfOpenMax = limits.HalfOpen,
            HandshakeTimeout = limits.Handshake,
            SetupTimeout = limits.Handshake,
            OutboundBytesMax = limits.OutboundKilobytes * 1_024,
            PayloadBytesMax = PayloadLimits.Mining,
        };
        try
        {
            _listener = await Sv2Listener.StartAsync(listen, ServeAsync, _context.TimeProvider, _context.LoggerFactory, cancellation).ConfigureAwait(false);
        }
        catch (ListenException e)
        {
            throw new ConfigurationException("listen", e.Message, "choose another address or port, or stop the program that uses it", e);
        }
        _timer = _context.TimeProvider.CreateTimer(static state => ((DownstreamServer)state!).Tick(), this, TickPeriod, TickPeriod);
    }

    /// <summary>Does something to every connection, on several threads where there are many.</summary>
    public void ForEach(Action<DownstreamConnection> action)
    {
        if (_connections.Count < ParallelMin)
        {
            foreach ((_, DownstreamConnection connection) in _connections)
                action(connection);
        }
        else
        {
            Parallel.ForEach(_connections.Values, action);
        }
    }

    /// <summary>Sends new jobs to everyone; the frames were encoded once.</summary>
    public void Refresh() => ForEach(static connection => connection.Refresh());

    /// <summary>Every channel, by connection and id.</summary>
    public List<ChannelInfo> ListChannels()
    {
        var channels = new List<ChannelInfo>();
        foreach ((_, DownstreamConnection connection) in _connections)
            connection.List(channels);
        channels.Sort(static (a, b) => (a.ConnectionId, a.ChannelId).CompareTo((b.ConnectionId, b.ChannelId)));
        return channels;
    }

    /// <summary>Acknowledges what can be acknowledged, sends every miner a <c>Reconnect</c> and closes.</summary>
    /// <param name="patience">Stops waiting and cuts what is left.</param>
    public async Task DrainAsync(CancellationToken patience)
    {
        ForEach(static connection => connection.FlushAcknowledgements());
        if (_listener is not null)
            await _listener.DrainAsync(cancellation: patience).ConfigureAwait(false);
        if (_timer is not null)
            await _timer.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_listener is not null)
            await _listener.DisposeAsync().ConfigureAwait(false);
        if (_timer is not null)
            await _timer.DisposeAsync().ConfigureAwait(false);
        _credentials?.Dispose();
    }

    private async Task ServeAsync(Sv2Connection connection, CancellationToken cancellation)
    {
        SetupResult setup = await _setup.RunAsync(connection, cancellation).ConfigureAwait(false);
        if (!setup.Succeeded)
            return;
        var miner = new DownstreamConnection(this, connection, setup, _handler, _mining);
        _connections[miner.Id] = miner;
        try
        {
            _handler.OnConnected(miner);
            await connection.RunAsync(miner, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _connections.TryRemove(miner.Id, out _);
            Interlocked.Add(ref _bytesReceived, miner.Bytes.Received);
            Interlocked.Add(ref _bytesSent, miner.Bytes.Sent);
            miner.End();
            _handler.OnDisconnected(miner);
        }
    }

    private void Tick()
    {
        // A tick that comes while the last one still runs has nothing to add.
        if (!_tickGate.TryEnter())
            return;
        try
        {
            foreach ((_, DownstreamConnection connection) in _connections)
                connection.Tick();
        }
        catch (Exception e)
        {
            LogTickFailed(e);
        }
        finally
        {
            _tickGate.Exit();
        }
    }

    private static (string Host, int Port) PublicAddress(string configured, IPEndPoint bound)
    {
        string host = bound.Address.Equals(IPAddress.Any) || bound.Address.Equals(IPAddress.IPv6Any) ? Dns.GetHostName() : bound.Address.ToString();
        if (configured.Length == 0)
            return (host, bound.Port);
        int colon = configured.LastIndexOf(':');
        bool hasPort = colon > 0 && configured.IndexOf(':', StringComparison.Ordinal) == colon;
        return hasPort && int.TryParse(configured.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            ? (configured[..colon], port)
            : (configured, bound.Port);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The timer of the miners' connections failed; it goes on with the next tick")]
    private partial void LogTickFailed(Exception e);
}
