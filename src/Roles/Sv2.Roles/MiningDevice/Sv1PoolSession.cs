using System.Reflection;
using Microsoft.Extensions.Logging;
using Sv1;
using Sv2.Bitcoin;
using Sv2.Mining.Client;
using Sv2.Protocol;
using Sv2.Transport;

namespace Sv2.Roles.MiningDevice;

/// <summary>
/// One connection to a pool, or a translator, that speaks Stratum V1. Its jobs are put before the device as work of an
/// extended channel, so that the hashing is the same.
/// </summary>
internal sealed class Sv1PoolSession : IPoolSession, ISv1LineHandler, ISv1ClientEvents
{
    private static readonly TimeSpan OpenTimeout = TimeSpan.FromSeconds(10);
    private static readonly string Version = typeof(Sv1PoolSession).Assembly.GetName().Version?.ToString(3) ?? "";

    private readonly MiningDeviceOptions _options;
    private readonly DeviceServices _services;
    private readonly Sv1Connection _connection;
    private readonly Sv1ClientSession _session;
    private readonly Sv1Jobs _jobs;
    private readonly Lock _gate = new();
    private readonly WorkOutlet _outlet;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _receiving = Task.CompletedTask;
    private DateTimeOffset? _lastShareAt;

    private Sv1PoolSession(DevicePool pool, Sv1Connection connection, MiningDeviceOptions options, DeviceServices services)
    {
        Pool = pool;
        _outlet = new WorkOutlet(_gate);
        OpenedAt = services.Time.GetUtcNow();
        _options = options;
        _services = services;
        _connection = connection;
        _jobs = new Sv1Jobs(this, services.Time);
        // The extranonce is search space enough for processors: version bits are left alone.
        _session = new Sv1ClientSession(connection, this, new Sv1ClientOptions
        {
            User = options.UserIdentity,
            UserAgent = $"sv2-dotnet/{Version}",
            VersionMask = 0,
        });
    }

    /// <inheritdoc/>
    public DevicePool Pool { get; }

    /// <inheritdoc/>
    public DateTimeOffset OpenedAt { get; }

    /// <inheritdoc/>
    public Task Ended => _receiving;

    /// <inheritdoc/>
    public string? EndReason => _connection.Reason?.Message;

    /// <inheritdoc/>
    public bool HasWork => _outlet.HasWork;

    /// <summary>Connects, subscribes and authorises.</summary>
    /// <exception cref="PoolUnavailableException">It did not come about; the message says why.</exception>
    public static async Task<Sv1PoolSession> OpenAsync(DevicePool pool, MiningDeviceOptions options, DeviceServices services, CancellationToken cancellation)
    {
        Sv1Connection connection;
        try
        {
            connection = await Sv1Connector.ConnectAsync(pool.Host, pool.Port, null, services.Time, services.Loggers, cancellation).ConfigureAwait(false);
        }
        catch (Sv1ConnectException e)
        {
            throw new PoolUnavailableException(e.Message, needsPerson: false, e);
        }
        var session = new Sv1PoolSession(pool, connection, options, services);
        try
        {
            await session.OpenAsync(cancellation).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Attach(Action<MiningWork?> onWork) => _outlet.Attach(onWork);

    /// <inheritdoc/>
    public void Detach() => _outlet.Detach();

    /// <inheritdoc/>
    public bool TrySubmit(in FoundShare share)
    {
        lock (_gate)
        {
            return _jobs.Find(share.Work) is { } work
                && _session.TrySubmit(work, share.Extranonce.Span, share.Header.Version, share.Header.NTime, share.Header.Nonce, out _);
        }
    }

    /// <inheritdoc/>
    public void Restate(double hashRate)
    {
        // Stratum V1 has no words for it: the pool sees it by the shares.
    }

    /// <inheritdoc/>
    public ChannelInfo? Describe(double hashRate)
    {
        lock (_gate)
        {
            if (_session.Work is not { } work)
                return null;
            return new ChannelInfo
            {
                ConnectionId = _connection.Id,
                ChannelId = 0,
                Kind = "sv1",
                IsDownstream = false,
                UserIdentity = _options.UserIdentity,
                RemoteAddress = _connection.RemoteEndPoint?.ToString() ?? $"{Pool.Host}:{Pool.Port}",
                ExtranoncePrefix = work.Extranonce1.ToString(),
                NominalHashRate = 0,
                HashRate = hashRate,
                Difficulty = work.Difficulty,
                SharesAccepted = _session.Accepted,
                SharesRejected = _session.Rejected,
                OpenedAt = OpenedAt,
                LastShareAt = _lastShareAt,
            };
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Detach();
        await _connection.DisposeAsync().ConfigureAwait(false);
        await _receiving.ConfigureAwait(false);
    }

    Sv1CloseReason? ISv1LineHandler.OnLine(ReadOnlySpan<byte> line)
    {
        lock (_gate)
            return _session.Receive(line) is { } fault ? new Sv1CloseReason(Sv1CloseKind.ProtocolViolation, fault) : null;
    }

    void ISv1ClientEvents.OnWork(Sv1Work work)
    {
        if (_jobs.Take(work) is { } mining)
            _outlet.Put(mining);
    }

    void ISv1ClientEvents.OnAuthorized()
    {
        _connection.Establish();
        _opened.TrySetResult();
    }

    void ISv1ClientEvents.OnRefused(string request, Sv1Error error) =>
        _opened.TrySetException(new PoolUnavailableException($"the pool refused {request} of '{_options.UserIdentity}': {LogText.Sanitise(error.Message)}", needsPerson: true));

    void ISv1ClientEvents.OnShareAccepted(long id)
    {
        _services.Counters.CountAccepted(1);
        _lastShareAt = _services.Time.GetUtcNow();
    }

    void ISv1ClientEvents.OnShareRejected(long id, Sv1Error error) => _services.Counters.CountRejected(error.Message);

    // To another host only a person sends a device that speaks a protocol without any authentication.
    void ISv1ClientEvents.OnReconnect(in ReconnectMessage message) =>
        _connection.Close(new Sv1CloseReason(Sv1CloseKind.Reconnect, "the pool asks its miners to connect again"));

    void ISv1ClientEvents.OnMessage(string text) => _services.Logger.LogInformation("The pool says: {Text}", LogText.Sanitise(text));

    void ISv1ClientEvents.OnViolation(string fault) => _services.Logger.LogWarning("The pool sent {Fault}", fault);

    private async Task OpenAsync(CancellationToken cancellation)
    {
        _receiving = _connection.RunAsync(this, CancellationToken.None);
        lock (_gate)
            _session.Start();
        using var patience = new CancellationTokenSource(OpenTimeout, _services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token, _connection.Closed);
        try
        {
            await _opened.Task.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new PoolUnavailableException(EndReason ?? $"the pool did not let '{_options.UserIdentity}' in within {OpenTimeout.TotalSeconds} s", needsPerson: false);
        }
    }
}
