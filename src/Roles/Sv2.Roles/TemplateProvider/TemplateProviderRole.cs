using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Roles.Keys;
using Sv2.Roles.Listening;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Roles.TemplateProvider;

/// <summary>
/// Serves the Template Distribution Protocol (7) in front of a node: every client gets templates that leave the room it asked
/// for, and the blocks that clients find go to the node.
/// </summary>
public sealed partial class TemplateProviderRole : IRole, ITemplateSource, IBlockSource, IKeySource, IDrainable, INodeObserver
{
    private readonly TemplateProviderOptions _options;
    private readonly INode _node;
    private readonly RoleContext _context;
    private readonly ILogger _logger;
    private readonly TemplateDistributor _distributor;
    private readonly SolutionDesk _solutions;
    private readonly ServerSetup _setup = new() { Protocol = Subprotocol.TemplateDistribution };
    private readonly ConcurrentDictionary<DistributionSession, bool> _sessions = [];
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ServerCredentials? _credentials;
    private Sv2Listener? _listener;
    private ITimer? _feeTimer;
    private U256? _announcedTip;
    private int _isStopped;

    /// <param name="options">Validated options.</param>
    /// <param name="node">The node; owned and disposed by the role.</param>
    /// <param name="context">What the host gives.</param>
    public TemplateProviderRole(TemplateProviderOptions options, INode node, RoleContext context)
    {
        _options = options;
        _node = node;
        _context = context;
        _logger = context.LoggerFactory.CreateLogger<TemplateProviderRole>();
        _distributor = new TemplateDistributor(node, options, context.TimeProvider);
        _solutions = new SolutionDesk(node, _distributor, context.Events, _logger);
    }

    /// <inheritdoc/>
    public Task Completion => _completion.Task;

    /// <summary>What clients connect to; null before the start.</summary>
    public ConnectionString? ConnectionString { get; private set; }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            _credentials = ServerKeys.LoadOrCreate(_context, _options.AuthorityKeyFile);
            await _node.StartAsync(this, cancellationToken).ConfigureAwait(false);
            _listener = await RoleListener.StartAsync(ListenerOptions(_credentials), ServeAsync, _context, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await ReleaseAsync().ConfigureAwait(false);
            throw;
        }
        ConnectionString = RoleListener.Advertise(_listener, _options.PublicAddress, _credentials);
        _feeTimer = _context.TimeProvider.CreateTimer(
            static state => ((TemplateProviderRole)state!).OnFeeTimer(), this, _options.TemplateInterval, _options.TemplateInterval);
        _distributor.CheckTip();
        LogServing(_logger, ConnectionString.ToString());
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isStopped, 1) != 0)
            return;
        if (_listener is not null)
            await _listener.StopAsync(cancellationToken).ConfigureAwait(false);
        await ReleaseAsync().ConfigureAwait(false);
        _completion.TrySetResult();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None).ConfigureAwait(false);

    /// <inheritdoc/>
    public RoleReport Report()
    {
        NodeStatus node = _node.Status;
        BlockTemplate? latest = _distributor.Latest;
        List<Figure> figures =
        [
            new(FigureNames.Connections, _sessions.Count, "connections"),
            new("templatesMade", _distributor.TemplatesMade, "templates"),
            new("blocksAccepted", _solutions.Accepted, "blocks"),
            new("solutionsRejected", _solutions.Rejected.Values.Sum(), "solutions"),
        ];
        if (node.Height is { } height)
            figures.Add(new(FigureNames.Height, height, "blocks"));
        if (node.MempoolTransactions is { } waiting)
            figures.Add(new(FigureNames.MempoolTransactions, waiting, "transactions"));
        if (latest is not null)
        {
            figures.Add(new("templateValue", latest.Value, "sat"));
            figures.Add(new("templateFees", latest.Fees, "sat"));
            figures.Add(new("templateTransactions", latest.Transactions.Length, "transactions"));
        }
        figures.AddRange(_solutions.Rejected.Select(reason => new Figure($"solutionsRejected.{reason.Key}", reason.Value, "solutions")));
        return new RoleReport
        {
            Health = node.Health,
            Message = node.Health == RoleHealth.Healthy ? $"{node.Message} {Clients()} templates." : node.Message,
            Endpoints = [.. Endpoints(), .. node.Endpoints],
            Upstreams = node.Upstreams,
            Figures = figures,
        };
    }

    /// <inheritdoc/>
    public ValueTask<Page<TemplateInfo>> ListTemplatesAsync(ListQuery query, CancellationToken cancellationToken) => new(_distributor.List(query));

    /// <inheritdoc/>
    public ValueTask<Page<BlockInfo>> ListBlocksAsync(ListQuery query, CancellationToken cancellationToken) => new(_node.ListBlocks(query));

    /// <inheritdoc/>
    public ValueTask<TemplateDetail?> GetTemplateAsync(ulong templateId, CancellationToken cancellationToken) => new(_distributor.Detail(templateId));

    /// <inheritdoc/>
    public IReadOnlyList<KeyInfo> ListKeys() => RoleKeys.List(_context, _options.AuthorityKeyFile, _isStopped == 0 ? _credentials : null);

    /// <inheritdoc/>
    public KeyRotation RotateKey(string name) => RoleKeys.Rotate(_context, _options.AuthorityKeyFile, name);

    /// <inheritdoc/>
    public Task DrainAsync(CancellationToken cancellationToken) =>
        _listener is { } listener && _isStopped == 0 ? listener.DrainAsync(cancellation: cancellationToken) : Task.CompletedTask;

    /// <summary>A template that was handed out; null when it is not known (any more).</summary>
    internal BlockTemplate? Find(ulong templateId)
    {
        _distributor.Find(templateId, out BlockTemplate? template);
        return template;
    }

    void INodeObserver.OnBlockJudged(SolvedBlock block, BlockVerdict verdict) => _solutions.OnJudged(block, verdict);

    void INodeObserver.OnTipChanged()
    {
        // First the clients, then those who watch.
        _distributor.CheckTip();
        NodeStatus node = _node.Status;
        if (node.TipHash is not { } tip || tip == _announcedTip)
            return;
        _announcedTip = tip;
        TipInfo told = new(tip.ToDisplayString(), node.Height);
        _context.Events.Publish(RoleEventTypes.NewTip, RoleEventSeverity.Info, $"New tip at height {told.Height}: {told.Hash}", told);
    }

    void INodeObserver.OnNodeChanged()
    {
        // Fees wait for the timer; clients that have no template yet do not.
        if (_distributor.HasWaiting)
            _distributor.CheckTip();
    }

    private async Task ServeAsync(Sv2Connection connection, CancellationToken cancellationToken)
    {
        SetupResult setup = await _setup.RunAsync(connection, cancellationToken).ConfigureAwait(false);
        if (!setup.Succeeded)
            return;
        DistributionSession session = new(connection, setup.Client.Vendor, _distributor, _solutions, _context.TimeProvider, _logger);
        _sessions.TryAdd(session, true);
        try
        {
            await connection.RunAsync(session, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _distributor.Remove(session);
            _sessions.TryRemove(session, out _);
        }
    }

    private void OnFeeTimer()
    {
        try
        {
            _distributor.CheckFees();
        }
        catch (Exception e)
        {
            // A timer has nobody above it; the next tick tries again.
            LogTemplateFailed(_logger, e);
        }
    }

    private ListenerOptions ListenerOptions(ServerCredentials credentials) => new()
    {
        EndPoint = _options.Listen,
        Credentials = credentials,
        ConnectionsMax = _options.ClientsMax,
        PerAddressMax = _options.ClientsMax,
        HalfOpenMax = _options.ClientsMax,
        OutboundBytesMax = _options.ClientOutboundBytesMax,
    };

    private IReadOnlyList<EndpointInfo> Endpoints() => _listener is null || ConnectionString is null
        ? []
        : [new EndpointInfo("template-distribution", _listener.BoundEndPoint.ToString()!, ConnectionString.ToString(), Encrypted: true)];

    private string Clients() => _sessions.Count switch
    {
        0 => "No client takes",
        1 => "One client takes",
        int count => $"{count} clients take",
    };

    private async Task ReleaseAsync()
    {
        if (_feeTimer is not null)
            await _feeTimer.DisposeAsync().ConfigureAwait(false);
        await _node.DisposeAsync().ConfigureAwait(false);
        _credentials?.Dispose();
    }

    [LoggerMessage(LogLevel.Information, "Serving templates at {ConnectionString}")]
    private static partial void LogServing(ILogger logger, string connectionString);

    [LoggerMessage(LogLevel.Error, "Templates could not be refreshed")]
    private static partial void LogTemplateFailed(ILogger logger, Exception exception);
}
