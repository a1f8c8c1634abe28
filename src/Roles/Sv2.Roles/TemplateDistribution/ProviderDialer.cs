using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Sv2.Noise;
using Sv2.Protocol.Common;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Roles.TemplateDistribution;

/// <summary>Opens connections to providers, up to the point where templates are there, and closes them.</summary>
internal sealed class ProviderDialer
{
    private static readonly string Vendor =
        "Sv2 for .NET " + (typeof(ProviderDialer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "");

    private readonly TemplateClientOptions _options;
    private readonly ILoggerFactory _loggerFactory;
    private readonly TimeProvider _timeProvider;
    private readonly Lock _deliveryLock;
    private readonly ISessionObserver _observer;
    private readonly ConditionalWeakTable<ProviderSession, Task> _receiving = [];
    private long _epoch;

    public ProviderDialer(
        TemplateClientOptions options, ILoggerFactory loggerFactory, TimeProvider timeProvider, Lock deliveryLock, ISessionObserver observer)
    {
        _options = options;
        _loggerFactory = loggerFactory;
        _timeProvider = timeProvider;
        _deliveryLock = deliveryLock;
        _observer = observer;
    }

    /// <summary>Connects, sets up, sends the constraints (298) and waits for the first tip.</summary>
    /// <exception cref="ProviderFailure">The provider does not serve.</exception>
    public async Task<ProviderSession> OpenAsync(ConnectionString provider, CoinbaseOutputConstraints constraints, CancellationToken cancellationToken)
    {
        ProviderSession session = await SetUpAsync(provider, constraints, cancellationToken).ConfigureAwait(false);
        try
        {
            Task first = await Task.WhenAny(session.Ready, EndOf(session))
                .WaitAsync(_options.FirstTemplateTimeout, _timeProvider, cancellationToken).ConfigureAwait(false);
            if (first == session.Ready)
                return session;
            throw ProviderFailure.Of(session.Connection);
        }
        catch (TimeoutException)
        {
            await HangUpAsync(session).ConfigureAwait(false);
            throw new ProviderFailure($"no template came within {_options.FirstTemplateTimeout.TotalSeconds} s: its node may not be ready", isLasting: false);
        }
        catch
        {
            await HangUpAsync(session).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Connects, sets up and sends the constraints; does not wait for templates.</summary>
    /// <exception cref="ProviderFailure">The provider does not serve.</exception>
    public async Task<ProviderSession> SetUpAsync(ConnectionString provider, CoinbaseOutputConstraints constraints, CancellationToken cancellationToken)
    {
        Sv2Connection connection = await ConnectAsync(provider, cancellationToken).ConfigureAwait(false);
        SetupResult setup = await Setup(provider).RunAsync(connection, cancellationToken).ConfigureAwait(false);
        if (!setup.Succeeded)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            throw ProviderFailure.Of(connection);
        }
        ProviderSession session = new(
            provider, Interlocked.Increment(ref _epoch), connection, _deliveryLock, _observer, _timeProvider, _options.FutureTemplatesMax);
        connection.TrySend(constraints);
        _receiving.Add(session, ReceiveAsync(session));
        return session;
    }

    /// <summary>A session of what another front end passes on.</summary>
    public ProviderSession MakeShared(ConnectionString provider) =>
        new(provider, Interlocked.Increment(ref _epoch), connection: null, _deliveryLock, _observer, _timeProvider, _options.FutureTemplatesMax);

    /// <summary>Completes when the session's connection has ended.</summary>
    public Task EndOf(ProviderSession session) => _receiving.TryGetValue(session, out Task? receiving) ? receiving : Task.CompletedTask;

    /// <summary>Closes a session; what is queued is still sent.</summary>
    public async Task HangUpAsync(ProviderSession session)
    {
        session.Connection.Close(CloseReason.LocalShutdown);
        await EndOf(session).ConfigureAwait(false);
        await session.Connection.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task ReceiveAsync(ProviderSession session)
    {
        await session.Connection.RunAsync(session).ConfigureAwait(false);
        session.Close();
    }

    private async Task<Sv2Connection> ConnectAsync(ConnectionString provider, CancellationToken cancellationToken)
    {
        ConnectorOptions options = new()
        {
            ConnectTimeout = _options.ConnectTimeout,
            HandshakeTimeout = _options.ConnectTimeout,
            SetupTimeout = _options.ConnectTimeout,
            PayloadBytesMax = PayloadLimits.FullBlock,
            WithoutKey = _options.WithoutKey,
        };
        try
        {
            return await Sv2Connector.ConnectAsync(provider, options, _timeProvider, _loggerFactory, cancellationToken).ConfigureAwait(false);
        }
        catch (ConnectException e)
        {
            throw ProviderFailure.Of(e);
        }
    }

    private ClientSetup Setup(ConnectionString provider) => new()
    {
        Protocol = Subprotocol.TemplateDistribution,
        Vendor = Vendor,
        Firmware = _options.Role,
        EndpointHost = provider.Host,
        EndpointPort = (ushort)provider.Port,
    };
}
