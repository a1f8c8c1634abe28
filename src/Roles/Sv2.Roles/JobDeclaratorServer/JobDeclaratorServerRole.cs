using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Sv2.Bitcoin;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.JobDeclaration;
using Sv2.Roles.JobDeclaration;
using Sv2.Roles.Keys;
using Sv2.Roles.Listening;
using Sv2.Roles.Node;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Roles.JobDeclaratorServer;

/// <summary>
/// A job declarator server (6.1): gives tokens, has declared jobs judged against a Bitcoin node's mempool and chain, and
/// publishes the blocks that clients find on them.
/// </summary>
public sealed partial class JobDeclaratorServerRole : IRole, IDeclarationSource, IBlockSource, IKeySource, IDrainable, INodeFollowing
{
    /// <summary>Folder, inside the role's own, for blocks that no node has judged yet.</summary>
    public const string BlocksFolder = "blocks-to-submit";

    private const long Megabyte = 1024 * 1024;

    private static readonly TimeSpan TickPeriod = TimeSpan.FromMilliseconds(100);

    private readonly JobDeclaratorServerOptions _options;
    private readonly RoleContext _context;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<DeclaratorConnection, bool> _connections = [];
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _tickGate = new();
    private readonly MempoolMirror _mempool;
    private readonly NodeFollower? _node;
    private readonly PushedBlocks _blocks;
    private readonly DeclarationLog _log;
    private readonly DeclaratorTotals _totals = new();
    private readonly ByteBudget _provided;
    private readonly ServerSetup _setup;
    private DeclaratorServices? _services;
    private ServerCredentials? _credentials;
    private AuthorityKeyPair? _tokenKey;
    private Sv2Listener? _listener;
    private ITimer? _timer;
    private int _isStopped;

    /// <summary>Makes a server that has not started.</summary>
    public JobDeclaratorServerRole(JobDeclaratorServerOptions options, RoleContext context)
    {
        _options = options;
        _context = context;
        _logger = context.LoggerFactory.CreateLogger<JobDeclaratorServerRole>();
        _mempool = new MempoolMirror(options.Limits.MempoolTransactions, options.Limits.MempoolMegabytes * Megabyte);
        _provided = new ByteBudget(options.Limits.ProvidedMegabytes * Megabyte);
        _log = new DeclarationLog(options.Limits.Remembered, context.TimeProvider);
        if (options.Mode != DeclarationMode.CoinbaseOnly)
            _node = new NodeFollower(options.Nodes, options.NodeFollowing, context.TimeProvider, _logger);
        _blocks = new PushedBlocks(context.ResolvePath(null, BlocksFolder), _node, context.Events, context.TimeProvider, _logger);
        _setup = new ServerSetup
        {
            Protocol = Subprotocol.JobDeclaration,
            SupportedFlags = options.Mode == DeclarationMode.CoinbaseOnly ? 0 : (uint)JobDeclarationSetupFlags.DeclareTxData,
            RequiredFlags = options.Mode == DeclarationMode.FullTemplate ? (uint)JobDeclarationSetupFlags.DeclareTxData : 0,
        };
    }

    /// <inheritdoc />
    public Task Completion => _completion.Task;

    /// <summary>What clients connect to; null before the start.</summary>
    public ConnectionString? ConnectionString { get; private set; }

    /// <summary>The key that pools must trust to take this server's tokens; null before the start.</summary>
    public AuthorityPublicKey? TokenKey => _tokenKey?.PublicKey;

    /// <inheritdoc />
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            _credentials = ServerKeys.LoadOrCreate(_context, _options.AuthorityKeyFile, _options.CertificateValidity);
            string keyFile = string.IsNullOrWhiteSpace(_options.TokenKeyFile) ? _options.AuthorityKeyFile : _options.TokenKeyFile;
            _tokenKey = AuthorityKeyFile.LoadOrCreate(_context.ResolvePath(keyFile, ServerKeys.AuthorityFileName), "tokenKeyFile");
            _services = MakeServices(_tokenKey);
            _blocks.Load();
            _node?.Start(this);
            _listener = await RoleListener.StartAsync(ListenerOptions(), ServeAsync, _context, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await ReleaseAsync().ConfigureAwait(false);
            throw;
        }
        ConnectionString = RoleListener.Advertise(_listener, _options.PublicAddress, _credentials);
        _timer = _context.TimeProvider.CreateTimer(static state => ((JobDeclaratorServerRole)state!).Tick(), this, TickPeriod, TickPeriod);
        LogServing(_logger, ConnectionString.ToString(), _tokenKey.PublicKey.ToString());
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isStopped, 1) != 0)
            return;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_options.Limits.Drain);
        if (_listener is not null)
            await _listener.DrainAsync(cancellation: patience.Token).ConfigureAwait(false);
        // What no node has judged by then is on disk, and the next run takes it up.
        await _blocks.FlushAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ReleaseAsync().ConfigureAwait(false);
        _completion.TrySetResult();
    }

    /// <inheritdoc />
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        if (_isStopped != 0 || _listener is null)
            return;
        await _listener.DrainAsync(cancellation: cancellationToken).ConfigureAwait(false);
        await _blocks.FlushAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None).ConfigureAwait(false);

    bool INodeFollowing.HasTransaction(U256 wtxid) => _mempool.Contains(wtxid);

    IReadOnlyList<U256> INodeFollowing.FindUnknown(IReadOnlyList<U256> mempool) => _mempool.FindUnknown(mempool);

    void INodeFollowing.OnTransactions(IEnumerable<NodeTransaction> transactions) => _mempool.Add(transactions);

    void INodeFollowing.OnMempool(IReadOnlyList<U256> mempool) => _mempool.Keep(mempool);

    void INodeFollowing.OnTip(NodeTip? tip)
    {
        if (tip is null)
        {
            _context.Events.Publish(RoleEventTypes.Upstream, RoleEventSeverity.Warning, "No node can be asked: declarations are refused until one answers", _node!.States[0]);
            return;
        }
        foreach (DeclaratorConnection connection in _connections.Keys)
            connection.OnTip(tip);
        TipInfo told = new(tip.Hash.ToDisplayString(), tip.NextHeight - 1);
        _context.Events.Publish(RoleEventTypes.NewTip, RoleEventSeverity.Info, $"Judging jobs for block {tip.NextHeight} on {told.Hash}", told);
    }

    private DeclaratorServices MakeServices(AuthorityKeyPair tokenKey) => new()
    {
        Options = _options,
        Outputs = ParseOutputs(),
        Signer = new TokenSigner(tokenKey),
        Node = _node,
        Mempool = _mempool,
        Provided = _provided,
        Log = _log,
        Blocks = _blocks,
        Totals = _totals,
        Events = _context.Events,
        Time = _context.TimeProvider,
    };

    private PoolOutputs ParseOutputs()
    {
        if (!Network.TryGet(_options.Network, out Network? network))
            throw new ConfigurationException("network", $"'{_options.Network}' is not a known network", "give main, testnet4, signet or regtest");
        Script payout = ScriptOf("payout", _options.Payout, network);
        return PoolOutputs.Of(payout, [.. _options.FurtherOutputs.Select((text, i) => ScriptOf($"furtherOutputs[{i}]", text, network))]);
    }

    private static Script ScriptOf(string key, string text, Network network) => OutputDescriptor.TryParse(text, network, out OutputDescriptor? descriptor, out string? error)
        ? descriptor.Script
        : throw new ConfigurationException(key, error, "give an address of the network or a descriptor");

    private async Task ServeAsync(Sv2Connection connection, CancellationToken cancellationToken)
    {
        SetupResult setup = await _setup.RunAsync(connection, cancellationToken).ConfigureAwait(false);
        if (!setup.Succeeded)
            return;
        DeclaratorConnection client = new(_services!, connection, setup, _logger);
        _connections.TryAdd(client, true);
        try
        {
            await connection.RunAsync(client, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _connections.TryRemove(client, out _);
            client.Close();
        }
    }

    private ListenerOptions ListenerOptions()
    {
        DeclaratorLimits limits = _options.Limits;
        return new ListenerOptions
        {
            EndPoint = _options.Listen,
            Credentials = _credentials,
            ConnectionsMax = limits.Connections,
            PerAddressMax = limits.ConnectionsPerAddress,
            HalfOpenMax = limits.HalfOpen,
            HandshakeTimeout = limits.Handshake,
            SetupTimeout = limits.Handshake,
            OutboundBytesMax = limits.OutboundKilobytes * 1_024,
            // Coinbase-only clients send nothing that is large.
            PayloadBytesMax = _options.Mode == DeclarationMode.CoinbaseOnly ? PayloadLimits.BeforeSetup : PayloadLimits.FullBlock,
        };
    }

    private void Tick()
    {
        // A tick that comes while the last one still runs has nothing to add.
        if (!_tickGate.TryEnter())
            return;
        try
        {
            foreach (DeclaratorConnection connection in _connections.Keys)
                connection.Tick();
        }
        catch (Exception e)
        {
            // A timer has nobody above it; the next tick goes on.
            LogTickFailed(_logger, e);
        }
        finally
        {
            _tickGate.Exit();
        }
    }

    private async Task ReleaseAsync()
    {
        if (_timer is not null)
            await _timer.DisposeAsync().ConfigureAwait(false);
        if (_listener is not null)
            await _listener.DisposeAsync().ConfigureAwait(false);
        await _blocks.DisposeAsync().ConfigureAwait(false);
        if (_node is not null)
            await _node.DisposeAsync().ConfigureAwait(false);
        _tokenKey?.Dispose();
        _credentials?.Dispose();
    }

    [LoggerMessage(LogLevel.Information, "Serving job declarator clients at {ConnectionString}; tokens are signed by {TokenKey}")]
    private static partial void LogServing(ILogger logger, string connectionString, string tokenKey);

    [LoggerMessage(LogLevel.Error, "The declarator server's timer failed; it goes on with the next tick")]
    private static partial void LogTickFailed(ILogger logger, Exception exception);
}
