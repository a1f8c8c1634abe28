using System.Reflection;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Sv2.Noise;
using Sv2.Protocol.Common;
using Sv2.Protocol.JobDeclaration;
using Sv2.Protocol.Mining;
using Sv2.Roles.Upstreams;
using Sv2.Roles.Workers;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Roles.JobDeclaratorClient;

/// <summary>
/// One upstream of the list: keeps both its connections up as long as the ladder wants them, with back-off, follows where a
/// Reconnect leads, and tells the engine.
/// </summary>
internal sealed class UpstreamPair
{
    private const int OutboundBytesMax = 16 * 1024 * 1024;
    private static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(30);
    private static readonly string Version = typeof(UpstreamPair).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    private readonly int _index;
    private readonly UpstreamSettings _settings;
    private readonly ClientEngine _engine;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ReconnectPolicy _poolReconnects;
    private readonly ReconnectPolicy _serverReconnects;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private ConnectionString? _poolDetour;
    private ConnectionString? _serverDetour;

    public UpstreamPair(ConnectionString pool, ConnectionString server, UpstreamSettings settings, ClientEngine engine, ILoggerFactory loggers)
    {
        _index = settings.Index;
        _settings = settings;
        _engine = engine;
        _loggers = loggers;
        _logger = loggers.CreateLogger<UpstreamPair>();
        _time = engine.Time;
        Pool = new LinkStatus("mining", pool, _time);
        Server = new LinkStatus("job-declaration", server, _time);
        _poolReconnects = new ReconnectPolicy(pool, clock: _time);
        _serverReconnects = new ReconnectPolicy(server, clock: _time);
    }

    /// <summary>How the pool's connection is.</summary>
    public LinkStatus Pool { get; }

    /// <summary>How the server's connection is.</summary>
    public LinkStatus Server { get; }

    /// <summary>What it goes by.</summary>
    public UpstreamSettings Settings => _settings;

    /// <summary>What became of shares.</summary>
    public PairCounters Counters { get; } = new();

    /// <summary>Who it is, in words.</summary>
    public string Name => $"{Pool.Peer.Host}:{Pool.Peer.Port}";

    /// <summary>Something has changed that decides whether it is wanted.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Stays connected while wanted, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await Task.Yield();
        FallbackOptions fallback = _settings.Fallback;
        var backoff = new Backoff(fallback.ReconnectDelayMin, fallback.ReconnectDelayMax, _time);
        try
        {
            while (true)
            {
                await WaitUntilWantedAsync(cancellation).ConfigureAwait(false);
                if (await ConnectAndStayAsync(cancellation).ConfigureAwait(false))
                    backoff.Reset();
                else
                    await backoff.WaitAsync(cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            // Asked to stop: what breaks on the way out, such as a connection just being opened, is no matter any more.
        }
        finally
        {
            Set(UpstreamState.Standby, null);
        }
    }

    private async Task WaitUntilWantedAsync(CancellationToken cancellation)
    {
        while (!_engine.IsWanted(_index))
        {
            Set(UpstreamState.Standby, null);
            await _wake.Reader.ReadAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>One life of the pair. True when the next may begin at once: it was stable, not wanted any more, or sent elsewhere.</summary>
    private async Task<bool> ConnectAndStayAsync(CancellationToken cancellation)
    {
        Set(UpstreamState.Connecting, null);
        PairSession session;
        try
        {
            session = await OpenAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // What is no failure of the upstream is a fault of ours; it must not end the loop.
            if (e is UpstreamUnavailableException)
                _logger.LogDebug("Upstream {Name}: {Reason}", Name, e.Message);
            else
                _logger.LogError(e, "Upstream {Name}: unexpected failure", Name);
            if (Pool.Info.State == UpstreamState.Connecting)
                Pool.Set(UpstreamState.BackingOff, "waits for its job declarator server");
            if (Server.Info.State == UpstreamState.Connecting)
                Server.Set(UpstreamState.BackingOff, "waits for its pool");
            _engine.OnFailed(_index, e.Message);
            return false;
        }
        await using (session.ConfigureAwait(false))
        {
            Set(UpstreamState.Ready, null);
            _engine.OnReady(session);
            bool wanted = await StayAsync(session, cancellation).ConfigureAwait(false);
            string reason = wanted ? session.EndReason ?? "the connection ended" : "not needed";
            _engine.OnLost(session, reason);
            if (!wanted)
                return true;
            bool sentOn = Follow(session);
            Set(UpstreamState.BackingOff, reason);
            return sentOn || _time.GetUtcNow() - session.OpenedAt >= StableAfter;
        }
    }

    /// <summary>False when it was left because it is not wanted any more.</summary>
    private async Task<bool> StayAsync(PairSession session, CancellationToken cancellation)
    {
        Task<bool>? woken = null;
        while (!session.Ended.IsCompleted)
        {
            woken ??= _wake.Reader.WaitToReadAsync(cancellation).AsTask();
            await Task.WhenAny(session.Ended, woken).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            if (!woken.IsCompleted)
                continue;
            _wake.Reader.TryRead(out _);
            woken = null;
            if (!session.Ended.IsCompleted && !_engine.IsWanted(_index))
                return false;
        }
        return true;
    }

    private bool Follow(PairSession session)
    {
        _poolDetour = Decide(_poolReconnects, _poolDetour ?? Pool.Peer, session.PoolConnection.ReconnectRequest);
        _serverDetour = Decide(_serverReconnects, _serverDetour ?? Server.Peer, session.ServerConnection.ReconnectRequest);
        return _poolDetour is not null || _serverDetour is not null;
    }

    private static ConnectionString? Decide(ReconnectPolicy policy, ConnectionString current, Reconnect? request) =>
        request is { } wish ? policy.Decide(current, wish).Target : null;

    private async Task<PairSession> OpenAsync(CancellationToken cancellation)
    {
        // A detour is good for one attempt; after that the configured address is due again.
        (ConnectionString pool, ConnectionString server) = (_poolDetour ?? Pool.Peer, _serverDetour ?? Server.Peer);
        (_poolDetour, _serverDetour) = (null, null);
        Task<Sv2Session> poolSession = ConnectAsync(Pool, pool, PoolSetup(), PayloadLimits.Mining, cancellation);
        Task<Sv2Session> serverSession = ConnectAsync(Server, server, ServerSetup(), PayloadLimits.FullBlock, cancellation);
        try
        {
            await Task.WhenAll(poolSession, serverSession).ConfigureAwait(false);
        }
        catch
        {
            await LetGoAsync(poolSession).ConfigureAwait(false);
            await LetGoAsync(serverSession).ConfigureAwait(false);
            throw;
        }
        PairSession session = new(_settings, Counters, _engine, await poolSession.ConfigureAwait(false), await serverSession.ConfigureAwait(false), _logger);
        try
        {
            session.Start();
            await Task.WhenAny(session.Ready, session.Ended).WaitAsync(_settings.Times.TokenTimeout, _time, cancellation).ConfigureAwait(false);
            if (session.Ready.IsCompleted)
                return session;
            throw Unavailable(session.EndReason ?? "the connection ended");
        }
        catch (TimeoutException)
        {
            string missing = session.Channel is null ? "the pool opened no channel" : "the job declarator server gave no token";
            await session.DisposeAsync().ConfigureAwait(false);
            throw Unavailable($"{missing} within {_settings.Times.TokenTimeout.TotalSeconds:0.#} s");
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private UpstreamUnavailableException Unavailable(string reason)
    {
        Set(UpstreamState.BackingOff, reason);
        return new UpstreamUnavailableException(reason, needsPerson: false);
    }

    private async Task<Sv2Session> ConnectAsync(LinkStatus link, ConnectionString address, ClientSetup setup, int payloadMax, CancellationToken cancellation)
    {
        ConnectorOptions options = new() { PayloadBytesMax = payloadMax, OutboundBytesMax = OutboundBytesMax };
        try
        {
            Sv2Session session = await Sv2Session.ConnectAsync(
                address, setup with { EndpointHost = address.Host, EndpointPort = (ushort)address.Port }, options, _time, _loggers, cancellation).ConfigureAwait(false);
            return session;
        }
        catch (ConnectException e)
        {
            UpstreamUnavailableException unavailable = UpstreamUnavailableException.From(e);
            link.Set(unavailable.NeedsPerson ? UpstreamState.Failed : UpstreamState.BackingOff, e.Message);
            throw unavailable;
        }
    }

    private static async Task LetGoAsync(Task<Sv2Session> attempt)
    {
        try
        {
            await (await attempt.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is UpstreamUnavailableException or OperationCanceledException)
        {
            // It did not come about; that is known already.
        }
    }

    private ClientSetup PoolSetup() => new()
    {
        Protocol = Subprotocol.Mining,
        Flags = (uint)MiningSetupFlags.RequiresWorkSelection,
        Vendor = $"sv2-dotnet {Version}",
        Firmware = $"job-declarator-client {Version}",
        RequestedExtensions = _settings.ReportsWorkers ? [WorkerTlv.Extension] : [],
    };

    private ClientSetup ServerSetup() => new()
    {
        Protocol = Subprotocol.JobDeclaration,
        Flags = _settings.IsFullTemplate ? (uint)JobDeclarationSetupFlags.DeclareTxData : 0,
        Vendor = $"sv2-dotnet {Version}",
        Firmware = $"job-declarator-client {Version}",
    };

    private void Set(UpstreamState state, string? reason)
    {
        Pool.Set(state, reason);
        Server.Set(state, reason);
    }
}
