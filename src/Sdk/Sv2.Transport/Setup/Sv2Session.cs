using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Noise;
using Sv2.Transport.Internal;

namespace Sv2.Transport.Setup;

/// <summary>A client's connection with the session on it set up: ready for the protocol's own messages.</summary>
public sealed class Sv2Session : IAsyncDisposable
{
    private const int AttemptsMax = 3;

    private Sv2Session(Sv2Connection connection, SetupResult setup)
    {
        Connection = connection;
        Setup = setup;
    }

    /// <summary>The connection; disposed with the session.</summary>
    public Sv2Connection Connection { get; }

    /// <summary>What was agreed.</summary>
    public SetupResult Setup { get; }

    /// <summary>
    /// Connects, secures the connection, sets the session up and negotiates extensions. A server that does not answer
    /// the negotiation is tried again as extension 0x0001 advises: once more with a longer wait (5 times the connection
    /// time instead of 2), then without extensions. That makes three connections at most.
    /// </summary>
    /// <param name="server">Where to, with the authority key.</param>
    /// <param name="setup">What to ask for. An endpoint left out is taken from <paramref name="server"/>.</param>
    /// <param name="options">Limits and policy; null for the defaults.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    /// <param name="loggers">Where to log; null for nowhere.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The session, owned by the caller. <see cref="SetupResult.ExtensionsAnswered"/> is false after a mute server.</returns>
    /// <exception cref="ConnectException">It did not come about; says at which step and why.</exception>
    /// <exception cref="OperationCanceledException">Given up.</exception>
    public static async Task<Sv2Session> ConnectAsync(
        ConnectionString server, ClientSetup setup, ConnectorOptions? options = null, TimeProvider? clock = null,
        ILoggerFactory? loggers = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(setup);
        setup = setup with { EndpointHost = setup.EndpointHost ?? server.Host, EndpointPort = setup.EndpointPort ?? (ushort)server.Port };
        ILogger logger = loggers?.CreateLogger<Sv2Session>() ?? (ILogger)NullLogger.Instance;
        for (int attempt = 1; ; attempt++)
        {
            Sv2Session session = await ConnectOnceAsync(server, Plan(setup, attempt), options, clock, loggers, cancellation).ConfigureAwait(false);
            if (session.Setup.ExtensionsAnswered && attempt < AttemptsMax) return session;
            if (attempt == AttemptsMax) return session.WithoutAnswer(setup);
            await session.DisposeAsync().ConfigureAwait(false);
            TransportLog.ExtensionsUnanswered(logger, $"{server.Host}:{server.Port}", attempt + 1, AttemptsMax);
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    internal static Sv2Session Of(Sv2Connection connection, SetupResult setup) => new(connection, setup);

    private static ClientSetup Plan(ClientSetup setup, int attempt) => attempt switch
    {
        1 => setup,
        2 => setup with { TimeoutFactor = 5 },
        _ => setup with { RequestedExtensions = [] },
    };

    private static async Task<Sv2Session> ConnectOnceAsync(
        ConnectionString server, ClientSetup setup, ConnectorOptions? options, TimeProvider? clock, ILoggerFactory? loggers, CancellationToken cancellation)
    {
        Sv2Connection connection = await Sv2Connector.ConnectAsync(server, options, clock, loggers, cancellation).ConfigureAwait(false);
        try
        {
            SetupResult result = await setup.RunAsync(connection, cancellation).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            if (result.Failure is { } failure)
                throw new ConnectException($"setup with {server.Host}:{server.Port} failed: {failure.Reason.Message}", failure) { ReconnectRequest = connection.ReconnectRequest };
            return new Sv2Session(connection, result);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private Sv2Session WithoutAnswer(ClientSetup setup) =>
        setup.RequestedExtensions.Count == 0 ? this : new Sv2Session(Connection, Setup with { ExtensionsAnswered = false });
}
