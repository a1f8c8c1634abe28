using System.Net;
using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Mining.Server;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Mining;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Roles.Tests.MiningDevice;

/// <summary>
/// The smallest pool there is: a listener and the mining engine, which checks every share. Templates come from the test.
/// </summary>
internal sealed class TestPool : IChannelPolicy, IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ServerCredentials _credentials;
    private readonly MiningServer _server;
    private readonly JobFamily _family;
    private readonly Lock _gate = new();
    private readonly List<Peer> _peers = [];
    private readonly List<ShareRejection> _refused = [];
    private readonly List<byte[]> _tlvs = [];
    private TaskCompletionSource _changed = NewSignal();
    private Sv2Listener? _listener;
    private ulong _lastTemplate;

    private TestPool(TestAuthority authority, MiningServerOptions options, bool versionRolling)
    {
        _credentials = authority.Credentials();
        var jobs = new JobFactory(new JobFactoryOptions { VersionRollingAllowed = versionRolling });
        _family = jobs.CreateFamily(static value => (TxOutput[])[new TxOutput(value, Script.PayToWitness(0, new byte[20]))]);
        _server = new MiningServer(options, jobs, new ExtranonceAllocator(), this, TimeProvider.System, _ => new Fixed());
        NextBlock();
    }

    /// <summary>Shares that passed all checks.</summary>
    public int Accepted { get; private set; }

    /// <summary>Reasons for which shares were refused.</summary>
    public IReadOnlyList<ShareRejection> Refused
    {
        get
        {
            lock (_gate)
                return [.. _refused];
        }
    }

    /// <summary>CloseChannel messages received.</summary>
    public int ChannelsClosed { get; private set; }

    /// <summary>Channels asked for.</summary>
    public List<string> Opens { get; } = [];

    /// <summary>SetupConnection flags of the clients, in order.</summary>
    public List<uint> Flags { get; } = [];

    /// <summary>Extensions that the pool agrees to.</summary>
    public IReadOnlyList<ushort> Extensions { get; init; } = [];

    /// <summary>The TLV areas behind the shares that passed all checks.</summary>
    public List<byte[]> Tlvs
    {
        get
        {
            lock (_gate)
                return [.. _tlvs];
        }
    }

    /// <summary>What the clients said of themselves, in order.</summary>
    public List<PeerInfo> Clients { get; } = [];

    /// <summary>What the next clients are told when they open a channel; null to accept them.</summary>
    public string? RefusesWith { get; set; }


    public int Connections
    {
        get
        {
            lock (_gate)
                return _peers.Count;
        }
    }

    public ConnectionString Address => new("127.0.0.1", ((IPEndPoint)_listener!.BoundEndPoint).Port, _credentials.AuthorityPublicKey);

    public static async Task<TestPool> StartAsync(TestAuthority authority, int port = 0, MiningServerOptions? options = null, bool versionRolling = true, params ushort[] extensions)
    {
        var pool = new TestPool(authority, options ?? new MiningServerOptions { AckBatchSize = 1 }, versionRolling) { Extensions = extensions };
        var listen = new ListenerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, port), Credentials = pool._credentials };
        pool._listener = await Sv2Listener.StartAsync(listen, pool.ServeAsync);
        return pool;
    }

    /// <summary>A block was found elsewhere: all get a new job on it.</summary>
    public void NextBlock()
    {
        ulong template = ++_lastTemplate;
        Assert.True(_family.TryAddTemplate(Template(template), out _, out string? error), error);
        uint now = (uint)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        Assert.True(_family.TryActivate(template, new ChainTip(Sha256d.Hash(BitConverter.GetBytes(template)), now, 0x1d00ffff, U256.FromLimbs(1))));
        foreach (Peer peer in Peers())
            peer.Refresh();
    }

    /// <summary>Somebody else serves the channels from now on, as far as the clients are told.</summary>
    public void ChangeEndpoints()
    {
        foreach (Peer peer in Peers())
            peer.ChangeEndpoint();
    }

    /// <summary>Ends all channels, the connections staying open.</summary>
    public void CloseChannels(string reason)
    {
        foreach (Peer peer in Peers())
            peer.CloseChannels(reason);
    }

    public Task DrainAsync(string newHost, int newPort) => _listener!.DrainAsync(newHost, (ushort)newPort);

    /// <summary>Waits until something has happened here after which the condition holds.</summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (condition())
                    return;
                changed = _changed.Task;
            }
            await changed.WaitAsync(Patience);
        }
    }

    public Task SharesAsync(int count)
    {
        int from = Accepted;
        return UntilAsync(() => Accepted >= from + count);
    }

    public ChannelDecision OnOpen(in ChannelRequest request)
    {
        string identity = Text.CopyOf(request.UserIdentity).ToString();
        Change(() => Opens.Add(identity));
        return RefusesWith is null ? ChannelDecision.Accept(_family) : ChannelDecision.Refuse(RefusesWith);
    }

    public async ValueTask DisposeAsync()
    {
        await _listener!.DisposeAsync();
        _credentials.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static NewTemplate Template(ulong id)
    {
        TxOutput[] outputs = [WitnessCommitment.Output(U256.FromLimbs(id))];
        return new NewTemplate
        {
            TemplateId = id,
            FutureTemplate = true,
            Version = 0x2000_0000,
            CoinbaseTxVersion = 2,
            CoinbasePrefix = CoinbaseRules.HeightPush(1000 + (uint)id),
            CoinbaseTxInputSequence = uint.MaxValue,
            CoinbaseTxValueRemaining = 5_000_000_000,
            CoinbaseTxOutputsCount = 1,
            CoinbaseTxOutputs = TxOutput.SerializeUnprefixed(outputs),
            CoinbaseTxLocktime = 0,
            MerklePath = [U256.FromLimbs(id, 1), U256.FromLimbs(id, 2)],
        };
    }

    private Peer[] Peers()
    {
        lock (_gate)
            return [.. _peers];
    }

    private void Change(Action change)
    {
        TaskCompletionSource signal;
        lock (_gate)
        {
            change();
            signal = _changed;
            _changed = NewSignal();
        }
        signal.SetResult();
    }

    private async Task ServeAsync(Sv2Connection connection, CancellationToken cancellation)
    {
        var setup = new ServerSetup
        {
            Protocol = Subprotocol.Mining,
            SupportedFlags = (uint)_server.SupportedFlags,
            SuccessFlags = _ => (uint)_server.SuccessFlags,
            SupportedExtensions = Extensions,
        };
        SetupResult result = await setup.RunAsync(connection, cancellation);
        if (!result.Succeeded)
            return;
        var peer = new Peer(this, connection, (MiningSetupFlags)result.ClientFlags);
        Change(() =>
        {
            _peers.Add(peer);
            Flags.Add(result.ClientFlags);
            Clients.Add(result.Client);
        });
        await connection.RunAsync(peer, cancellation);
        peer.End();
        Change(() => _peers.Remove(peer));
    }

    private sealed class Fixed : IVardiff
    {
        private static readonly U256 Share = Target.FromHashesPerShare(30_000);

        public U256 Start(double nominalHashRate, long timestamp) => Share;

        public void OnShare(ulong work, long timestamp)
        {
        }

        public bool TryRetarget(in U256 current, long timestamp, out U256 proposed)
        {
            proposed = default;
            return false;
        }

        public void OnTarget(in U256 target, long timestamp)
        {
        }

        public double HashRate(long timestamp) => 0;
    }

    private sealed class Peer : IFrameHandler, IMiningOutput, IShareSink
    {
        private readonly TestPool _pool;
        private readonly Sv2Connection _connection;
        private readonly MiningServerSession _session;
        private readonly Lock _gate = new();
        private long _lastShare;

        public Peer(TestPool pool, Sv2Connection connection, MiningSetupFlags flags)
        {
            _pool = pool;
            _connection = connection;
            _session = pool._server.CreateSession(flags, this, this);
        }

        public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
        {
            if (header.MessageType == CloseChannel.Info.MessageType)
                _pool.Change(() => _pool.ChannelsClosed++);
            lock (_gate)
            {
                DispatchResult result = MiningDispatcher.DispatchToServer(header, payload, _session);
                Assert.Equal(DispatchOutcome.Handled, result.Outcome);
            }
            return FrameVerdict.Continue;
        }

        public void OnBatchEnd()
        {
            lock (_gate)
                _session.AcknowledgeThrough(_lastShare);
        }

        public bool Send(ReadOnlySpan<byte> frame) => _connection.TrySendFrame(frame);

        public void Refresh()
        {
            lock (_gate)
                _session.Refresh();
        }

        public void CloseChannels(string reason)
        {
            lock (_gate)
                foreach (uint id in _session.Channels.Select(channel => channel.Id).ToArray())
                    _session.CloseChannel(id, reason);
        }

        public void ChangeEndpoint()
        {
            lock (_gate)
                foreach (ServerChannel channel in _session.Channels)
                    _connection.TrySend(new ChannelEndpointChanged { ChannelId = channel.Id });
        }

        public void End()
        {
            lock (_gate)
                _session.Dispose();
        }

        public bool OnAccepted(in AcceptedShare share)
        {
            _lastShare = share.ShareNumber;
            byte[] tlvs = share.Tlvs.ToArray();
            _pool.Change(() =>
            {
                _pool.Accepted++;
                _pool._tlvs.Add(tlvs);
            });
            return true;
        }

        public void OnRejected(in RejectedShare share)
        {
            ShareRejection reason = share.Reason;
            _pool.Change(() => _pool._refused.Add(reason));
        }

        public void OnBlockFound(BlockCandidate block)
        {
        }
    }
}

/// <summary>An authority that several pools can have certificates of.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly AuthorityKeyPair _keys = AuthorityKeyPair.Generate();

    public AuthorityPublicKey PublicKey => _keys.PublicKey;

    /// <summary>Credentials with a static key of their own; the caller disposes them.</summary>
    public ServerCredentials Credentials()
    {
        byte[] secret = new byte[AuthorityKeyPair.SecretSize];
        _keys.ExportSecret(secret);
        return new ServerCredentials(AuthorityKeyPair.FromSecret(secret), StaticKeyPair.Generate(), TimeProvider.System);
    }

    public void Dispose() => _keys.Dispose();
}
