using System.Threading.Channels;
using Sv2.Roles.Node;
using Sv2.Roles.TemplateProvider;
using Sv2.Roles.TemplateProvider.BitcoinCore;
using Sv2.Roles.Tests.Hosting;
using Sv2.Roles.Tests.TemplateProvider.Support;
using Sv2.TestKit;

namespace Sv2.Roles.Tests.TemplateProvider.BitcoinCore;

/// <summary>A BitcoinCoreNode with short waits, and a record of what it tells.</summary>
internal sealed class NodeFixture : IAsyncDisposable, INodeObserver, IRoleEvents
{
    private readonly TemporaryFolder _folder;
    private readonly bool _ownsFolder;
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public NodeFixture(params RpcNodeOptions[] nodes)
        : this(TimeSpan.FromHours(1), nodes)
    {
    }

    public NodeFixture(TimeSpan pollInterval, params RpcNodeOptions[] nodes)
        : this(pollInterval, new TemporaryFolder(), null, nodes) => _ownsFolder = true;

    public NodeFixture(TimeSpan pollInterval, TemporaryFolder folder, params RpcNodeOptions[] nodes)
        : this(pollInterval, folder, null, nodes)
    {
    }

    public NodeFixture(TimeSpan pollInterval, TemporaryFolder folder, TimeSpan? requestTimeout, params RpcNodeOptions[] nodes)
    {
        _folder = folder;
        BitcoinCoreOptions options = new()
        {
            Nodes = nodes,
            Chain = "regtest",
            PollInterval = pollInterval,
            RequestTimeout = requestTimeout ?? ScriptedPeer.Patience,
            BackoffMin = TimeSpan.FromMilliseconds(20),
            BackoffMax = TimeSpan.FromMilliseconds(100),
            ReturnInterval = TimeSpan.FromMilliseconds(50),
        };
        Node = new BitcoinCoreNode(options, folder.Path, TimeProvider.System, Log);
        Context = new RoleContext { InstanceName = "tp", DataDirectory = folder.Path, LoggerFactory = Log, TimeProvider = TimeProvider.System, Events = this };
    }

    public BitcoinCoreNode Node { get; }

    public RoleContext Context { get; }

    public LogCollector Log { get; } = new();

    public string[] WaitingFiles => Directory.GetFiles(Path.Combine(_folder.Path, BitcoinCoreNode.OutboxFolder));

    public Task StartAsync() => Node.StartAsync(this, default);

    /// <summary>The first view for this height (and of this kind).</summary>
    public async Task<NodeView> ViewAsync(int height, Func<NodeView, bool>? which = null)
    {
        NodeView? view = null;
        await WhenAsync(() => (view = Node.CurrentView()) is not null && view.Height == height && (which is null || which(view)));
        return view!;
    }

    /// <summary>Completes when something holds; looked at whenever the node tells of a change, and now and then.</summary>
    public async Task WhenAsync(Func<bool> holds)
    {
        using CancellationTokenSource patience = new(ScriptedPeer.Patience);
        while (!holds())
        {
            using CancellationTokenSource again = CancellationTokenSource.CreateLinkedTokenSource(patience.Token);
            again.CancelAfter(20);
            try
            {
                await _changes.Reader.ReadAsync(again.Token);
            }
            catch (OperationCanceledException) when (!patience.IsCancellationRequested)
            {
                // Files and states change without a word.
            }
        }
    }

    public void OnTipChanged() => _changes.Writer.TryWrite(true);

    public void OnNodeChanged() => _changes.Writer.TryWrite(true);

    public void Publish(string type, RoleEventSeverity severity, string message, object? data = null)
    {
    }

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        if (_ownsFolder)
            _folder.Dispose();
    }
}
