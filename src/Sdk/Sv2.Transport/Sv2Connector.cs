using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Noise;
using Sv2.Transport.Internal;

namespace Sv2.Transport;

/// <summary>Connects to a Stratum V2 server over TCP, through the client side of Kestrel's socket transport.</summary>
public static class Sv2Connector
{
    private static readonly SocketConnectionContextFactory Sockets = new(new SocketConnectionFactoryOptions(), NullLogger.Instance);

    /// <summary>
    /// Resolves the host, connects, and secures the connection (§4.5): when the result is there, the server has proven
    /// that it is the one of the connection string's authority key. Nothing but the handshake was sent.
    /// </summary>
    /// <param name="server">Where to, with the authority key. Without a key, <see cref="ConnectorOptions.WithoutKey"/> decides.</param>
    /// <param name="options">Limits and policy; null for the defaults.</param>
    /// <param name="clock">The clock for time limits and certificates; null for the system's.</param>
    /// <param name="loggers">Where to log; null for nowhere.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The connection, owned by the caller.</returns>
    /// <exception cref="ConnectException">It did not come about; says at which step and why.</exception>
    /// <exception cref="OperationCanceledException">Given up.</exception>
    public static async Task<Sv2Connection> ConnectAsync(
        ConnectionString server, ConnectorOptions? options = null, TimeProvider? clock = null, ILoggerFactory? loggers = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        options ??= new ConnectorOptions();
        options.Validate();
        clock ??= TimeProvider.System;
        RequireKey(server, options);
        long started = clock.GetTimestamp();
        Socket socket = await ConnectTcpAsync(server, options, clock, cancellation).ConfigureAwait(false);
        return await SecureAsync(socket, server, options, clock, started, loggers, cancellation).ConfigureAwait(false);
    }

    /// <summary>Refuses a connection string without a key unless the options say what to do then.</summary>
    internal static void RequireKey(ConnectionString server, ConnectorOptions options)
    {
        if (server.AuthorityPublicKey is not null || options.WithoutKey != KeylessPolicy.Refuse) return;
        throw new ConnectException(ConnectStep.Policy,
            $"cannot connect to {Name(server)}: the connection string carries no authority key, so nobody could tell this server from another; add it as stratum2+tcp://host:port/key");
    }

    /// <summary>Secures a connected socket, or leaves it plain where the policy says so.</summary>
    internal static async Task<Sv2Connection> SecureAsync(
        Socket socket, ConnectionString server, ConnectorOptions options, TimeProvider clock, long started, ILoggerFactory? loggers,
        CancellationToken cancellation)
    {
        ILogger logger = loggers?.CreateLogger(typeof(Sv2Connector)) ?? NullLogger.Instance;
        ConnectionContext context = Adopt(socket, server);
        bool isPlain = server.AuthorityPublicKey is null && options.WithoutKey == KeylessPolicy.Plain;
        if (isPlain)
        {
            var plain = new Sv2Connection(context.Transport, context, session: null, options, clock, logger) { ConnectTime = clock.GetElapsedTime(started) };
            TransportLog.Opened(logger, plain.Id, plain.RemoteEndPoint, encrypted: false);
            return plain;
        }

        try
        {
            Sv2Connection connection = await Sv2Connection.ConnectAsync(
                context.Transport, context, server.AuthorityPublicKey, options, clock, started, logger, cancellation).ConfigureAwait(false);
            TransportLog.Opened(logger, connection.Id, connection.RemoteEndPoint, encrypted: true);
            return connection;
        }
        catch (HandshakeException e)
        {
            throw new ConnectException(ConnectStep.Handshake, $"handshake with {Name(server)} failed: {e.Message}", e, e.Failure);
        }
    }

    /// <summary>
    /// Hands the socket to the transport. A server that closes at once (one that is full, say) may have reset it by now,
    /// and then the transport cannot even read its addresses.
    /// </summary>
    private static ConnectionContext Adopt(Socket socket, ConnectionString server)
    {
        try
        {
            return Sockets.Create(socket);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new ConnectException(ConnectStep.Tcp, $"cannot connect to {Name(server)}: it closed the connection at once", e);
        }
    }

    /// <summary>Resolves the host and connects to the first of its addresses that answers.</summary>
    internal static async Task<Socket> ConnectTcpAsync(ConnectionString server, ConnectorOptions options, TimeProvider clock, CancellationToken cancellation)
    {
        using var limit = new TimeLimit(options.ConnectTimeout, clock, cancellation);
        try
        {
            IPAddress[] addresses = await ResolveAsync(server, limit.Token).ConfigureAwait(false);
            return await ConnectTcpAsync(server, addresses, options, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ConnectException(ConnectStep.Tcp, $"cannot connect to {Name(server)}: no answer within {options.ConnectTimeout.TotalSeconds} s");
        }
    }

    /// <summary>The addresses of the connection string's host.</summary>
    internal static async Task<IPAddress[]> ResolveAsync(ConnectionString server, CancellationToken cancellation)
    {
        if (IPAddress.TryParse(server.Host, out IPAddress? literal)) return [literal];
        try
        {
            IPAddress[] addresses = await Dns.GetHostAddressesAsync(server.Host, cancellation).ConfigureAwait(false);
            if (addresses.Length > 0) return addresses;
            throw new ConnectException(ConnectStep.NameResolution, $"cannot connect to {Name(server)}: the name has no address");
        }
        catch (SocketException e)
        {
            throw new ConnectException(ConnectStep.NameResolution, $"cannot connect to {Name(server)}: the name cannot be resolved ({e.SocketErrorCode})", e);
        }
    }

    /// <summary>Connects to the first address that answers, in the order given.</summary>
    internal static async Task<Socket> ConnectTcpAsync(ConnectionString server, IPAddress[] addresses, ConnectorOptions options, CancellationToken cancellation)
    {
        IPAddress[] permitted = Permitted(server, addresses, options);
        SocketException? last = null;
        foreach (IPAddress address in permitted)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.NoDelay = true;
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                await socket.ConnectAsync(new IPEndPoint(address, server.Port), cancellation).ConfigureAwait(false);
                return socket;
            }
            catch (SocketException e)
            {
                last = e;
                socket.Dispose();
            }
            catch (OperationCanceledException)
            {
                socket.Dispose();
                throw;
            }
        }

        throw new ConnectException(ConnectStep.Tcp, $"cannot connect to {Name(server)}: " + last!.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => "nothing listens there",
            SocketError.HostUnreachable or SocketError.NetworkUnreachable => "there is no route to it",
            SocketError.TimedOut => "no answer",
            _ => last.SocketErrorCode.ToString(),
        }, last);
    }

    private static IPAddress[] Permitted(ConnectionString server, IPAddress[] addresses, ConnectorOptions options)
    {
        if (server.AuthorityPublicKey is not null || options.WithoutKey != KeylessPolicy.Plain) return addresses;
        IPAddress[] near = Array.FindAll(addresses, PrivateNetworks.Contains);
        if (near.Length > 0) return near;
        throw new ConnectException(ConnectStep.Policy,
            $"cannot connect to {Name(server)} without encryption: {addresses[0]} is neither loopback nor a private address; use a connection string with the server's authority key");
    }

    private static string Name(ConnectionString server) => $"{server.Host}:{server.Port}";
}
