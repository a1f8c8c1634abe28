using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Sv2.Bitcoin;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Roles.TemplateProvider;
using Sv2.Roles.TemplateProvider.EmbeddedChain;
using Sv2.Roles.Tests.Hosting;
using Sv2.TestKit;

namespace Sv2.Roles.Tests.TemplateProvider.Support;

/// <summary>A running template provider on an easy embedded chain, on a free port of the loopback.</summary>
internal sealed class ProviderFixture : IAsyncDisposable, IRoleEvents
{
    private readonly TemporaryFolder _folder = new();
    private readonly Channel<bool> _newTip = Channel.CreateBounded<bool>(10_000);

    private ProviderFixture(EmbeddedChainOptions chain, TemplateProviderOptions? options)
    {
        ChainOptions = chain;
        Options = options ?? new TemplateProviderOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0) };
    }

    /// <summary>Stands still, at the time when the test began: clients with a real clock accept its certificates.</summary>
    public ManualTimeProvider Clock { get; } = new(TimeProvider.System.GetUtcNow());

    public LogCollector Log { get; } = new();

    public EmbeddedChainOptions ChainOptions { get; }

    public TemplateProviderOptions Options { get; private set; }

    public EmbeddedNode Node { get; private set; } = null!;

    public TemplateProviderRole Role { get; private set; } = null!;

    public ConnectionString ConnectionString => Role.ConnectionString!;

    public static async Task<ProviderFixture> StartAsync(EmbeddedChainOptions? chain = null, TemplateProviderOptions? options = null)
    {
        ProviderFixture fixture = new(chain ?? ChainFixture.Easy(), options);
        await fixture.StartRoleAsync();
        return fixture;
    }

    /// <summary>Starts the role (again), on the port it had.</summary>
    public async Task StartRoleAsync()
    {
        RoleContext context = new()
        {
            InstanceName = "tp",
            DataDirectory = _folder.Path,
            LoggerFactory = Log,
            TimeProvider = Clock,
            Events = this,
        };
        Node = new EmbeddedNode(ChainOptions, _folder.Path, Clock, NullLoggerFactory.Instance);
        Role = new TemplateProviderRole(Options, Node, context);
        await Role.StartAsync(default);
        Options = new TemplateProviderOptions
        {
            Listen = new IPEndPoint(IPAddress.Loopback, ConnectionString.Port),
            TemplatesAhead = Options.TemplatesAhead,
            TemplatesKept = Options.TemplatesKept,
            ClientsMax = Options.ClientsMax,
        };
    }

    /// <summary>A client that has set up its session and sent nothing else.</summary>
    public async Task<TemplatePeer> ConnectAsync()
    {
        ScriptedPeer peer = await ScriptedPeer.ConnectAsync(new IPEndPoint(IPAddress.Loopback, ConnectionString.Port));
        await peer.HandshakeAsClientAsync(ConnectionString.AuthorityPublicKey, Clock);
        TemplatePeer client = new(peer);
        await client.SetUpAsync();
        return client;
    }

    /// <summary>A client that has its first template and tip.</summary>
    public async Task<TemplatePeer> ConnectAsync(uint additionalSize, ushort additionalSigops = 0)
    {
        TemplatePeer client = await ConnectAsync();
        await client.Peer.SendAsync(new CoinbaseOutputConstraints { CoinbaseOutputMaxAdditionalSize = additionalSize, CoinbaseOutputMaxAdditionalSigops = additionalSigops });
        await client.ReadStartAsync(Options.TemplatesAhead);
        return client;
    }

    /// <summary>A block on the chain's tip from elsewhere, without transactions.</summary>
    public void MineElsewhere(ulong extranonce = 1_000_000)
    {
        NodeView view = Node.CurrentView()!;
        BlockParts parts = new((uint)view.Height, (ulong)view.Subsidy, view.TipHash, Math.Max(view.MinTime, (uint)Clock.GetUtcNow().ToUnixTimeSeconds()), view.NBits, [], extranonce);
        Assert.Equal(BlockVerdict.Accepted, Node.SubmitBlock(parts.Solve()));
    }

    /// <summary>A transaction that spends a premine output which nothing spends yet.</summary>
    public Transaction Pay(ulong fee, int outputBytes = 0, bool signatureOperation = false)
    {
        NodeView view = Node.CurrentView()!;
        HashSet<OutPoint> spent = [.. view.Candidates.SelectMany(candidate => Transaction.Parse(candidate.Data.Span).Inputs.ToArray()).Select(input => input.PreviousOutput)];
        (OutPoint outpoint, Coin coin) = Node.Coins().First(coin => coin.Value.Script == SpendableScript.PayToWitness && !spent.Contains(coin.Key));
        byte[] script = new byte[Math.Max(outputBytes, 1)];
        Array.Fill(script, signatureOperation ? (byte)0xac : (byte)0x51);
        return new Transaction(2, [SpendableScript.Spend(outpoint, coin.Script, 0xfffffffd)], [new TxOutput(coin.Value - fee, new Script(script))], 0);
    }

    /// <summary>Completes when the chain's best block has this height.</summary>
    public async Task WaitForHeightAsync(int height)
    {
        while (Node.CurrentView()!.Height <= height)
            await _newTip.Reader.ReadAsync().AsTask().WaitAsync(ScriptedPeer.Patience);
    }

    public void Publish(string type, RoleEventSeverity severity, string message, object? data = null)
    {
        if (type == RoleEventTypes.NewTip)
            _newTip.Writer.TryWrite(true);
    }

    public async ValueTask DisposeAsync()
    {
        await Role.DisposeAsync();
        Log.Dispose();
        _folder.Dispose();
    }
}

/// <summary>A client of the Template Distribution Protocol that does what a test says, byte by byte.</summary>
internal sealed class TemplatePeer(ScriptedPeer peer) : IAsyncDisposable
{
    public ScriptedPeer Peer { get; } = peer;

    /// <summary>The newest template to work on.</summary>
    public NewTemplate Template { get; private set; }

    public SetNewPrevHash Tip { get; private set; }

    /// <summary>The template for the block after the next.</summary>
    public NewTemplate Ahead { get; private set; }

    public async Task<SetupConnectionSuccess> SetUpAsync()
    {
        await Peer.SendAsync(new SetupConnection
        {
            Protocol = Subprotocol.TemplateDistribution,
            MinVersion = 2,
            MaxVersion = 2,
            Flags = 0,
            EndpointHost = "127.0.0.1",
            EndpointPort = 8442,
            Vendor = "test",
            HardwareVersion = "test",
            Firmware = "",
            DeviceId = "",
        });
        return await Peer.ExpectAsync<SetupConnectionSuccess>();
    }

    /// <summary>Reads what answers the first constraints.</summary>
    public async Task ReadStartAsync(bool hasAhead = true)
    {
        Template = await Peer.ExpectAsync<NewTemplate>();
        Tip = await Peer.ExpectAsync<SetNewPrevHash>();
        Assert.True(Template.FutureTemplate);
        Assert.Equal(Template.TemplateId, Tip.TemplateId);
        if (hasAhead)
            Ahead = await Peer.ExpectAsync<NewTemplate>();
    }

    /// <summary>Reads what tells of a new tip when the template made ahead fits it.</summary>
    public async Task ReadTipAsync()
    {
        Tip = await Peer.ExpectAsync<SetNewPrevHash>();
        Assert.Equal(Ahead.TemplateId, Tip.TemplateId);
        Template = await Peer.ExpectAsync<NewTemplate>();
        Assert.False(Template.FutureTemplate);
        Ahead = await Peer.ExpectAsync<NewTemplate>();
        Assert.True(Ahead.FutureTemplate);
    }

    public async Task<NewTemplate> ReadTemplateAsync() => Template = await Peer.ExpectAsync<NewTemplate>();

    /// <summary>Asks for something that is always answered, to know that all sent before has been handled.</summary>
    public async Task SyncAsync()
    {
        await Peer.SendAsync(new RequestTransactionData { TemplateId = 0 });
        await Peer.ExpectAsync<RequestTransactionDataError>();
    }

    public ValueTask DisposeAsync() => Peer.DisposeAsync();
}
