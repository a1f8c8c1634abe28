using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Sv1;

/// <summary>Connects to a Stratum V1 server.</summary>
public static class Sv1Connector
{
    /// <summary>How long connecting may take where nothing else is said.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Connects.</summary>
    /// <param name="host">Name or address.</param>
    /// <param name="port">TCP port.</param>
    /// <param name="options">Limits; <see langword="null"/> for the defaults with lines up to 256 KiB, since servers send whole coinbases.</param>
    /// <param name="clock">The clock; <see langword="null"/> for the system's.</param>
    /// <param name="loggers">Where to log; <see langword="null"/> for nowhere.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The connection, which the caller disposes.</returns>
    /// <exception cref="Sv1ConnectException">It did not come about.</exception>
    public static async Task<Sv1Connection> ConnectAsync(
        string host, int port, Sv1ConnectionOptions? options = null, TimeProvider? clock = null,
        ILoggerFactory? loggers = null, CancellationToken cancellation = default)
    {
        clock ??= TimeProvider.System;
        using var patience = new CancellationTokenSource(DefaultTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, either.Token).ConfigureAwait(false);
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            ILogger logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger<SocketConnectionContextFactory>();
            var factory = new SocketConnectionContextFactory(new SocketConnectionFactoryOptions(), logger);
            var connection = new Sv1Connection(factory.Create(socket), options ?? new Sv1ConnectionOptions { LineBytesMax = 256 * 1024 }, clock);
            // A server does not introduce itself; how long to wait for its answers is the caller's to say.
            connection.Establish();
            return connection;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new Sv1ConnectException($"cannot connect to {host}:{port}: {e.Message}", e);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            socket.Dispose();
            throw new Sv1ConnectException($"cannot connect to {host}:{port}: no answer within {DefaultTimeout.TotalSeconds} s", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>A connection could not be made. The message says why, in one line.</summary>
/// <param name="message">Why.</param>
/// <param name="inner">The exception behind it.</param>
public sealed class Sv1ConnectException(string message, Exception? inner = null) : Exception(message, inner);
