using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Sv2.Protocol.Common;
using Sv2.Transport.Internal;

namespace Sv2.Transport;

/// <summary>
/// Takes Stratum V2 connections on a TCP port, through the socket transport of Kestrel, and hands each to a callback
/// once its handshake is done.
/// </summary>
/// <remarks>
/// <para>
/// Limits keep strangers from using the process up: on all connections, on those per address, and on those that have
/// not finished handshake and setup; see <see cref="ListenerOptions"/>. A connection beyond the first two is closed at
/// once; at the third the oldest half-open one makes room.
/// </para>
/// <para>One connection's fault, or its callback's, ends that connection and nothing else.</para>
/// </remarks>
public sealed class Sv2Listener : IAsyncDisposable
{
    private readonly ListenerOptions _options;
    private readonly IConnectionListener _listener;
    private readonly Func<Sv2Connection, CancellationToken, Task> _onConnection;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Admission _admission;
    private readonly ConcurrentDictionary<long, ServedConnection> _served = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;
    private long _nextServed;
    private int _isUnbound;

    private Sv2Listener(
        ListenerOptions options, IConnectionListener listener, Func<Sv2Connection, CancellationToken, Task> onConnection, TimeProvider clock, ILogger logger)
    {
        _options = options;
        _listener = listener;
        _onConnection = onConnection;
        _clock = clock;
        _logger = logger;
        _admission = new Admission(options.ConnectionsMax, options.HalfOpenMax, options.PerAddressMax);
        TransportLog.Listening(logger, BoundEndPoint, options.Credentials is not null);
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens, with the port that was chosen where 0 was asked for.</summary>
    public EndPoint BoundEndPoint => _listener.EndPoint;

    /// <summary>Connections at the moment, half-open ones included.</summary>
    public int Connections => _admission.Connections;

    /// <summary>Connections that have not finished handshake and setup.</summary>
    public int HalfOpen => _admission.HalfOpen;

    /// <summary>Starts to listen.</summary>
    /// <param name="options">Where, how secured, and how many.</param>
    /// <param name="onConnection">
    /// Serves one connection: sets the session up, receives, and returns when done. The listener disposes the
    /// connection then. The token is cancelled when the listener stops. An exception is logged and ends that connection.
    /// </param>
    /// <param name="clock">The clock for time limits; null for the system's.</param>
    /// <param name="loggers">Where to log; null for nowhere.</param>
    /// <param name="cancellation">Gives up binding.</param>
    /// <exception cref="ListenException">The address is in use, is not of this machine, is not permitted, or is not private and encryption is off.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static async Task<Sv2Listener> StartAsync(
        ListenerOptions options, Func<Sv2Connection, CancellationToken, Task> onConnection, TimeProvider? clock = null,
        ILoggerFactory? loggers = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(onConnection);
        options.Validate();
        RequireSecurity(options);
        loggers ??= NullLoggerFactory.Instance;
        var factory = new SocketTransportFactory(Options.Create(new SocketTransportOptions { Backlog = options.Backlog }), loggers);
        IConnectionListener listener = await BindAsync(factory, options.EndPoint, cancellation).ConfigureAwait(false);
        return new Sv2Listener(options, listener, onConnection, clock ?? TimeProvider.System, loggers.CreateLogger<Sv2Listener>());
    }

    /// <summary>
    /// Stops: takes no more connections, closes those there are (what is queued is still sent), and waits until all
    /// callbacks have returned.
    /// </summary>
    /// <param name="cancellation">Stops waiting and cuts what is left.</param>
    public async Task StopAsync(CancellationToken cancellation = default)
    {
        await UnbindAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (ServedConnection served in _served.Values) served.Close(CloseReason.LocalShutdown);
        await WhenServedAsync(cancellation).ConfigureAwait(false);
        await _listener.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Drains for maintenance (§3.3): takes no more connections, sends every client a <c>Reconnect</c> and closes its
    /// connection, then waits until all callbacks have returned.
    /// </summary>
    /// <param name="newHost">Where the clients shall go; empty for the same host. The server there must have a certificate of the same authority.</param>
    /// <param name="newPort">The port there; 0 for the same.</param>
    /// <param name="cancellation">Stops waiting and cuts what is left.</param>
    public async Task DrainAsync(string newHost = "", ushort newPort = 0, CancellationToken cancellation = default)
    {
        await UnbindAsync().ConfigureAwait(false);
        var reconnect = new Reconnect { NewHost = newHost, NewPort = newPort };
        var reason = new CloseReason(CloseKind.Drained, "this server drains its connections for maintenance");
        foreach (ServedConnection served in _served.Values) served.Drain(in reconnect, reason);
        await WhenServedAsync(cancellation).ConfigureAwait(false);
        await StopAsync(cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private static void RequireSecurity(ListenerOptions options)
    {
        if (options.Credentials is not null) return;
        if (!options.AllowPlain)
            throw new ListenException($"cannot listen on {options.EndPoint}: no keys are configured, and connections without encryption were not allowed (AllowPlain)");
        if (!PrivateNetworks.Contains(options.EndPoint.Address))
            throw new ListenException($"cannot listen on {options.EndPoint} without encryption: only loopback and private addresses may do so");
    }

    private static async Task<IConnectionListener> BindAsync(SocketTransportFactory factory, IPEndPoint endPoint, CancellationToken cancellation)
    {
        try
        {
            return await factory.BindAsync(endPoint, cancellation).ConfigureAwait(false);
        }
        catch (AddressInUseException e)
        {
            throw new ListenException($"cannot listen on {endPoint}: another program uses this port", e);
        }
        catch (SocketException e)
        {
            throw new ListenException($"cannot listen on {endPoint}: " + e.SocketErrorCode switch
            {
                SocketError.AddressNotAvailable => "this machine has no such address",
                SocketError.AccessDenied => "not permitted (ports below 1024 need a privilege)",
                SocketError.AddressFamilyNotSupported => "this machine does not support this kind of address",
                _ => e.Message,
            }, e);
        }
    }

    private async Task UnbindAsync()
    {
        if (Interlocked.Exchange(ref _isUnbound, 1) != 0) return;
        await _listener.UnbindAsync().ConfigureAwait(false);
        await _accepting.ConfigureAwait(false);
        TransportLog.StoppedListening(_logger, BoundEndPoint);
    }

    private async Task AcceptAsync()
    {
        // Off the caller's stack.
        await Task.Yield();
        try
        {
            while (await _listener.AcceptAsync().ConfigureAwait(false) is { } context) Admit(context);
        }
        catch (Exception e)
        {
            TransportLog.AcceptFailed(_logger, e, BoundEndPoint);
        }
    }

    private void Admit(ConnectionContext context)
    {
        IPAddress? address = (context.RemoteEndPoint as IPEndPoint)?.Address;
        var served = new ServedConnection(this, context, Interlocked.Increment(ref _nextServed));
        if (_options.Credentials is null && (address is null || !PrivateNetworks.Contains(address)))
        {
            _ = served.RefuseAsync("not-private", "connections without encryption are taken from private addresses only");
            return;
        }

        if (_admission.TryEnter(address, served.GiveUp, out string? refusal) is not { } ticket)
        {
            _ = served.RefuseAsync("limit", refusal!);
            return;
        }

        _served[served.Number] = served;
        served.Start(ticket);
    }

    private async Task WhenServedAsync(CancellationToken cancellation)
    {
        var all = Task.WhenAll(_served.Values.Select(served => served.Completion));
        try
        {
            await all.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            foreach (ServedConnection served in _served.Values) served.Cut();
        }
    }

    /// <summary>One accepted connection, from the socket to the end of its callback.</summary>
    private sealed class ServedConnection(Sv2Listener listener, ConnectionContext context, long number)
    {
        private readonly Lock _gate = new();
        private Sv2Connection? _connection;
        private CloseReason? _earlyReason;
        private Admission.Ticket? _ticket;

        internal long Number => number;

        internal Task Completion { get; private set; } = Task.CompletedTask;

        internal void Start(Admission.Ticket ticket)
        {
            _ticket = ticket;
            Completion = ServeAsync();
        }

        internal async Task RefuseAsync(string limit, string reason)
        {
            TransportMetrics.Refused(limit);
            TransportLog.Refused(listener._logger, context.RemoteEndPoint, reason);
            context.Abort(new ConnectionAbortedException(reason));
            await context.DisposeAsync().ConfigureAwait(false);
        }

        internal void GiveUp()
        {
            TransportMetrics.Refused("half-open");
            Close(new CloseReason(CloseKind.ConnectionLimit, $"HalfOpenMax of {listener._options.HalfOpenMax} reached; the oldest unfinished connection makes room"));
        }

        internal void Drain(in Reconnect reconnect, CloseReason reason)
        {
            lock (_gate)
            {
                if (_connection is { IsEstablished: true }) _connection.TrySend(in reconnect);
            }

            Close(reason);
        }

        /// <summary>Closes the connection; where the handshake still runs, cuts it.</summary>
        internal void Close(CloseReason reason)
        {
            Sv2Connection? connection;
            lock (_gate)
            {
                connection = _connection;
                _earlyReason ??= reason;
            }

            if (connection is not null) connection.Close(reason);
            else Cut();
        }

        internal void Cut() => context.Abort(new ConnectionAbortedException("the listener stops"));

        private async Task ServeAsync()
        {
            await Task.Yield();
            try
            {
                if (await SecureAsync().ConfigureAwait(false) is { } connection) await ServeAsync(connection).ConfigureAwait(false);
            }
            finally
            {
                _ticket!.Leave();
                listener._served.TryRemove(number, out _);
            }
        }

        private async Task<Sv2Connection?> SecureAsync()
        {
            try
            {
                Sv2Connection connection = listener._options.Credentials is { } credentials
                    ? await Sv2Connection.AcceptAsync(context.Transport, context, credentials, listener._options, listener._clock, listener._logger, listener._stopping.Token).ConfigureAwait(false)
                    : new Sv2Connection(context.Transport, context, session: null, listener._options, listener._clock, listener._logger);
                connection.OnEstablished(_ticket!.Establish);
                CloseReason? early;
                lock (_gate)
                {
                    _connection = connection;
                    early = _earlyReason;
                }

                if (early is not null) connection.Close(early);
                TransportLog.Opened(listener._logger, connection.Id, connection.RemoteEndPoint, connection.IsEncrypted);
                return connection;
            }
            catch (HandshakeException e)
            {
                CloseReason reason = _earlyReason ?? e.Reason;
                TransportLog.HandshakeFailed(listener._logger, context.RemoteEndPoint, reason.Kind, reason.Message);
                return null;
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }

        private async Task ServeAsync(Sv2Connection connection)
        {
            await using (connection.ConfigureAwait(false))
            {
                try
                {
                    await listener._onConnection(connection, listener._stopping.Token).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (listener._stopping.IsCancellationRequested)
                {
                    connection.Close(CloseReason.LocalShutdown);
                }
                catch (Exception e)
                {
                    TransportLog.HandlerFailed(listener._logger, e, connection.Id, connection.RemoteEndPoint);
                    connection.Close(new CloseReason(CloseKind.LocalFailure, $"our handler failed: {e.GetType().Name}", e));
                }
            }
        }
    }
}
