using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Sv1;

/// <summary>
/// Takes Stratum V1 connections on a TCP port, through the socket transport of Kestrel. One connection's fault, or its
/// callback's, ends that connection and nothing else.
/// </summary>
public sealed partial class Sv1Listener : IAsyncDisposable
{
    private readonly Sv1ListenerOptions _options;
    private readonly IConnectionListener _listener;
    private readonly Func<Sv1Connection, CancellationToken, Task> _serve;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Admission _admission;
    private readonly ConcurrentDictionary<long, (Sv1Connection Connection, Task Served)> _served = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;
    private int _isUnbound;

    private Sv1Listener(
        Sv1ListenerOptions options, IConnectionListener listener, Func<Sv1Connection, CancellationToken, Task> serve, TimeProvider clock, ILogger logger)
    {
        _options = options;
        _listener = listener;
        _serve = serve;
        _clock = clock;
        _logger = logger;
        _admission = new Admission(options);
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens, with the port that was chosen where 0 was asked for.</summary>
    public EndPoint BoundEndPoint => _listener.EndPoint;

    /// <summary>Connections at the moment.</summary>
    public int Connections => _admission.Connections;

    /// <summary>Starts to listen.</summary>
    /// <param name="options">Where, and how many.</param>
    /// <param name="serve">
    /// Serves one connection and returns when done; the connection is disposed then. The token is cancelled when the
    /// listener stops. An exception is logged and ends that connection.
    /// </param>
    /// <param name="clock">The clock; <see langword="null"/> for the system's.</param>
    /// <param name="loggers">Where to log; <see langword="null"/> for nowhere.</param>
    /// <param name="cancellation">Gives up binding.</param>
    /// <returns>The listener.</returns>
    /// <exception cref="Sv1ListenException">The address is in use, is not of this machine or is not permitted.</exception>
    public static async Task<Sv1Listener> StartAsync(
        Sv1ListenerOptions options, Func<Sv1Connection, CancellationToken, Task> serve, TimeProvider? clock = null,
        ILoggerFactory? loggers = null, CancellationToken cancellation = default)
    {
        options.Validate();
        loggers ??= NullLoggerFactory.Instance;
        var factory = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), loggers);
        try
        {
            IConnectionListener listener = await factory.BindAsync(options.EndPoint, cancellation).ConfigureAwait(false);
            return new Sv1Listener(options, listener, serve, clock ?? TimeProvider.System, loggers.CreateLogger<Sv1Listener>());
        }
        catch (AddressInUseException e)
        {
            throw new Sv1ListenException($"cannot listen on {options.EndPoint}: another program uses this port", e);
        }
        catch (SocketException e)
        {
            throw new Sv1ListenException($"cannot listen on {options.EndPoint}: {e.Message}", e);
        }
    }

    /// <summary>The peer of a connection has introduced itself: it no longer counts among the silent ones.</summary>
    /// <param name="connection">One of this listener's connections.</param>
    public void Establish(Sv1Connection connection)
    {
        connection.Establish();
        _admission.Establish(connection);
    }

    /// <summary>Stops: takes no more connections, closes those there are and waits until all callbacks have returned.</summary>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>Completes when all is over.</returns>
    public async Task StopAsync(CancellationToken cancellation = default)
    {
        if (Interlocked.Exchange(ref _isUnbound, 1) == 0)
        {
            await _listener.UnbindAsync(cancellation).ConfigureAwait(false);
            await _accepting.ConfigureAwait(false);
        }
        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach ((Sv1Connection connection, _) in _served.Values)
            connection.Close(Sv1CloseReason.LocalShutdown);
        await Task.WhenAll(_served.Values.Select(static served => served.Served)).WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _listener.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private async Task AcceptAsync()
    {
        // Off the caller's stack.
        await Task.Yield();
        try
        {
            while (await _listener.AcceptAsync().ConfigureAwait(false) is { } context)
                TryAdmit(context);
        }
        catch (Exception e)
        {
            LogAcceptFailed(e, BoundEndPoint);
        }
    }

    // Whatever is the matter with one connection, others are accepted after it.
    private void TryAdmit(ConnectionContext context)
    {
        try
        {
            Admit(context);
        }
        catch (Exception e)
        {
            LogAdmitFailed(e, BoundEndPoint);
            context.Abort();
        }
    }

    private void Admit(ConnectionContext context)
    {
        var connection = new Sv1Connection(context, _options, _clock);
        if (!_admission.TryEnter(connection, out string? refusal))
        {
            LogRefused(connection.RemoteEndPoint, refusal!);
            connection.Close(new Sv1CloseReason(Sv1CloseKind.ConnectionLimit, refusal!));
            _ = connection.DisposeAsync().AsTask();
            return;
        }
        var isEntered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _served[connection.Id] = (connection, ServeAsync(connection, isEntered.Task));
        isEntered.SetResult();
    }

    private async Task ServeAsync(Sv1Connection connection, Task isEntered)
    {
        await isEntered.ConfigureAwait(false);
        try
        {
            await _serve(connection, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            if (!_stopping.IsCancellationRequested)
                LogHandlerFailed(e, connection.Id, connection.RemoteEndPoint);
            connection.Close(new Sv1CloseReason(Sv1CloseKind.LocalFailure, $"our handler failed: {e.GetType().Name}", e));
        }
        finally
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            _admission.Leave(connection);
            _served.TryRemove(connection.Id, out _);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Accepting Stratum V1 connections on {EndPoint} ended unexpectedly")]
    private partial void LogAcceptFailed(Exception exception, EndPoint endPoint);

    [LoggerMessage(Level = LogLevel.Error, Message = "A Stratum V1 connection to {EndPoint} could not be taken")]
    private partial void LogAdmitFailed(Exception exception, EndPoint endPoint);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A Stratum V1 connection from {EndPoint} was refused: {Reason}")]
    private partial void LogRefused(EndPoint? endPoint, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Serving Stratum V1 connection {Id} from {EndPoint} failed")]
    private partial void LogHandlerFailed(Exception exception, long id, EndPoint? endPoint);
}

/// <summary>A listener could not listen. The message says why, in one line.</summary>
/// <param name="message">Why.</param>
/// <param name="inner">The exception behind it.</param>
public sealed class Sv1ListenException(string message, Exception? inner = null) : Exception(message, inner);
