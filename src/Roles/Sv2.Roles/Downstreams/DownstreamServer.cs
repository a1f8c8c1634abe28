using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Sv2.Mining.Server;
using Sv2.Noise;
using Sv2.Protocol.Common;
using Sv2.Roles.Keys;
using Sv2.Roles.Listening;
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
    public EndpointInfo Endpoint => RoleListener.Describe("mining", _listener!, Options.PublicAddress, _credentials!);

    /// <summary>What it authenticates itself with; null before <see cref="StartAsync"/>. It stays the server's own: do not dispose it.</summary>
    public ServerCredentials? Credentials => _credentials;

    /// <summary>Reads or makes the keys, and listens.</summary>
    /// <exception cref="ConfigurationException">The address or a key file cannot be used.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        _credentials = ServerKeys.LoadOrCreate(_context, Options.AuthorityKeyFile, Options.CertificateValidity);
        _listener = await RoleListener.StartAsync(Options.Limits.ListenAt(Options.Listen, _credentials), ServeAsync, _context, cancellation).ConfigureAwait(false);
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
            SideBySide.ForEach([.. _connections.Values], action);
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

    [LoggerMessage(Level = LogLevel.Error, Message = "The timer of the miners' connections failed; it goes on with the next tick")]
    private partial void LogTickFailed(Exception e);
}
