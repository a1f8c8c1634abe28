using System.Net;
using Sv2.Bitcoin;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.JobDeclaration;
using Sv2.Protocol.Mining;
using Sv2.Roles.JobDeclaratorClient;
using Sv2.Roles.Tests.Pool;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Roles.Tests.JobDeclaratorClient;

/// <summary>
/// A pool and its job declarator server that do what a test says, over real sockets. Shares are checked byte by byte, by
/// other code than the client's own.
/// </summary>
internal sealed class ScriptedUpstream : IAsyncDisposable
{
    public const uint ChannelId = 3;
    public const int ExtranonceSize = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<uint, SetCustomMiningJob> _jobs = [];
    private readonly byte _salt;
    private Endpoint? _pool;
    private Endpoint? _server;
    private uint _lastJobId = 500;
    private byte _lastToken;

    private ScriptedUpstream(byte salt) => _salt = salt;

    /// <summary>The first bytes of every extranonce.</summary>
    public byte[] Prefix => [_salt, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7];

    /// <summary>The script that the pool wants paid.</summary>
    public Script Payout => new((byte[])[0x00, 0x14, .. Enumerable.Repeat(_salt, 20)]);

    /// <summary>Further outputs that tokens ask for.</summary>
    public Script[] Further { get; set; } = [];

    /// <summary>Frames from the client to the pool, and to the server.</summary>
    public FrameInbox ToPool => _pool!.Inbox;

    public FrameInbox ToServer => _server!.Inbox;

    /// <summary>The setups of the connections so far.</summary>
    public SetupConnection? PoolSetup => _pool!.LastSetup;

    public SetupConnection? ServerSetup => _server!.LastSetup;

    public UpstreamOptions Options => new() { Pool = _pool!.Address, DeclaratorServer = _server!.Address };

    public string PoolAddress => _pool!.Address;

    public string ServerAddress => _server!.Address;

    /// <summary>The target of the channel.</summary>
    public U256 Target { get; set; } = U256.MaxValue;

    /// <summary>Whether tokens are given, declarations and custom jobs accepted, and shares taken, by themselves.</summary>
    public bool GivesTokens { get; set; } = true;

    public bool AcceptsDeclarations { get; set; } = true;

    public bool AcceptsJobs { get; set; } = true;

    public bool AcceptsShares { get; set; } = true;

    /// <summary>Whether the pool says anything of shares; it checks them in any case.</summary>
    public bool AnswersShares { get; set; } = true;

    /// <summary>What the TLV fields of the shares so far say of who found them; null for a share that says nothing.</summary>
    public List<string?> Workers { get; } = [];

    /// <summary>Answers every declaration first by asking for these.</summary>
    public ushort[]? Missing { get; set; }

    /// <summary>Shares that were right, and why others were not.</summary>
    public List<(uint JobId, U256 Hash)> Shares { get; } = [];

    public List<string> Faults { get; } = [];

    public static async Task<ScriptedUpstream> StartAsync(byte salt = 0x11, params ushort[] extensions)
    {
        ScriptedUpstream upstream = new(salt);
        upstream._pool = await Endpoint.StartAsync(Subprotocol.Mining, (uint)MiningSetupFlags.RequiresWorkSelection, upstream.OnPoolFrame, extensions);
        upstream._server = await Endpoint.StartAsync(Subprotocol.JobDeclaration, (uint)JobDeclarationSetupFlags.DeclareTxData, upstream.OnServerFrame, []);
        return upstream;
    }

    /// <summary>Says something as the pool, or as the server.</summary>
    public void SayAsPool<T>(in T message) where T : IMessage<T> => _pool!.Client!.TrySend(message);

    public void SayAsServer<T>(in T message) where T : IMessage<T> => _server!.Client!.TrySend(message);

    /// <summary>Sends a frame as it is, as the pool.</summary>
    public void SayAsPool(ReadOnlySpan<byte> frame) => Assert.True(_pool!.Client!.TrySendFrame(frame));

    /// <summary>The pool refuses a share.</summary>
    public void Refuse(SubmitSharesExtended share, string code) =>
        SayAsPool(new SubmitSharesError { ChannelId = ChannelId, SequenceNumber = share.SequenceNumber, ErrorCode = code });

    /// <summary>The pool acknowledges shares up to this one.</summary>
    public void AcceptThrough(SubmitSharesExtended share, uint count) =>
        SayAsPool(new SubmitSharesSuccess { ChannelId = ChannelId, LastSequenceNumber = share.SequenceNumber, NewSubmitsAcceptedCount = count, NewSharesSum = count });

    /// <summary>The pool acknowledges a job.</summary>
    public uint Accept(SetCustomMiningJob job)
    {
        uint id;
        lock (_gate)
            _jobs[id = ++_lastJobId] = job;
        SayAsPool(new SetCustomMiningJobSuccess { ChannelId = ChannelId, RequestId = job.RequestId, JobId = id });
        return id;
    }

    public void Refuse(SetCustomMiningJob job, string code = "") =>
        SayAsPool(new SetCustomMiningJobError { ChannelId = ChannelId, RequestId = job.RequestId, ErrorCode = code });

    public void Accept(DeclareMiningJob job) =>
        SayAsServer(new DeclareMiningJobSuccess { RequestId = job.RequestId, NewMiningJobToken = (byte[])[0xdd, .. job.MiningJobToken.Span] });

    public void Refuse(DeclareMiningJob job, string code = "") =>
        SayAsServer(new DeclareMiningJobError { RequestId = job.RequestId, ErrorCode = code, ErrorDetails = default });

    /// <summary>Both stop listening and hang up.</summary>
    public async Task StopAsync()
    {
        await _pool!.DisposeAsync();
        await _server!.DisposeAsync();
    }

    /// <summary>Both listen again, at the addresses they had.</summary>
    public async Task RestartAsync()
    {
        await _pool!.ListenAsync();
        await _server!.ListenAsync();
    }

    public ValueTask DisposeAsync() => new(StopAsync());

    private void OnPoolFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.MessageType == OpenExtendedMiningChannel.Info.MessageType && OpenExtendedMiningChannel.TryRead(payload, out OpenExtendedMiningChannel open, out _))
        {
            SayAsPool(new OpenExtendedMiningChannelSuccess
            {
                RequestId = open.RequestId,
                ChannelId = ChannelId,
                Target = Target,
                ExtranonceSize = ExtranonceSize,
                ExtranoncePrefix = Prefix,
                GroupChannelId = 77,
            });
        }
        if (header.MessageType == SetCustomMiningJob.Info.MessageType && AcceptsJobs && SetCustomMiningJob.TryRead(payload, out SetCustomMiningJob job, out _))
            Accept(job);
        if (header.ExtensionType == 0 && header.MessageType == SubmitSharesExtended.Info.MessageType && SubmitSharesExtendedView.TryRead(payload, out SubmitSharesExtendedView share, out _))
        {
            bool isNamed = TlvReader.Detect(share.Tlvs, [2]).TryFind(2, 1, out ReadOnlySpan<byte> worker);
            lock (_gate)
                Workers.Add(isNamed ? System.Text.Encoding.UTF8.GetString(worker) : share.Tlvs.IsEmpty ? null : "(other fields)");
            Judge(share.ToOwned());
        }
    }

    private void OnServerFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.MessageType == AllocateMiningJobToken.Info.MessageType && GivesTokens && AllocateMiningJobToken.TryRead(payload, out AllocateMiningJobToken request, out _))
        {
            SayAsServer(new AllocateMiningJobTokenSuccess
            {
                RequestId = request.RequestId,
                MiningJobToken = (byte[])[_salt, ++_lastToken],
                CoinbaseTxOutputs = TxOutput.SerializePrefixed((TxOutput[])[new TxOutput(0, Payout), .. Further.Select(script => new TxOutput(0, script))]),
            });
        }
        if (header.MessageType == DeclareMiningJob.Info.MessageType && DeclareMiningJob.TryRead(payload, out DeclareMiningJob job, out _))
        {
            if (Missing is { } positions)
                SayAsServer(new ProvideMissingTransactions { RequestId = job.RequestId, UnknownTxPositionList = positions });
            else if (AcceptsDeclarations)
                Accept(job);
        }
    }

    private void Judge(SubmitSharesExtended share)
    {
        string? fault = Check(share, out U256 hash);
        lock (_gate)
        {
            if (fault is null)
                Shares.Add((share.JobId, hash));
            else
                Faults.Add(fault);
        }
        if (!AnswersShares)
            return;
        if (fault is null && AcceptsShares)
            SayAsPool(new SubmitSharesSuccess { ChannelId = ChannelId, LastSequenceNumber = share.SequenceNumber, NewSubmitsAcceptedCount = 1, NewSharesSum = 1 });
        else
            SayAsPool(new SubmitSharesError { ChannelId = ChannelId, SequenceNumber = share.SequenceNumber, ErrorCode = fault ?? "no reason" });
    }

    /// <summary>The coinbase put together by hand as 5.3.18 says, up to the header.</summary>
    private string? Check(SubmitSharesExtended share, out U256 hash)
    {
        hash = default;
        SetCustomMiningJob job;
        lock (_gate)
            if (!_jobs.TryGetValue(share.JobId, out job))
                return $"job {share.JobId} is unknown";
        if (share.Extranonce.Length != ExtranonceSize)
            return $"{share.Extranonce.Length} bytes of extranonce";
        byte[] scriptSig = [.. job.CoinbasePrefix.Span, .. Prefix, .. share.Extranonce.Span];
        byte[] coinbase =
        [
            .. BitConverter.GetBytes(job.CoinbaseTxVersion), 1, .. new byte[32], 0xff, 0xff, 0xff, 0xff, (byte)scriptSig.Length, .. scriptSig,
            .. BitConverter.GetBytes(job.CoinbaseTxInputNSequence), .. job.CoinbaseTxOutputs.Span, .. BitConverter.GetBytes(job.CoinbaseTxLocktime),
        ];
        U256 root = MerklePath.Fold(Sha256d.Hash(coinbase), job.MerklePath.AsSpan());
        hash = new BlockHeader(share.Version, job.PrevHash, root, share.NTime, job.NBits, share.Nonce).Hash();
        return hash <= Target ? null : "difficulty-too-low";
    }

    /// <summary>One listener with one client at a time.</summary>
    private sealed class Endpoint : IAsyncDisposable
    {
        private readonly byte[] _secret = new byte[32];
        private readonly Subprotocol _protocol;
        private readonly uint _flags;
        private readonly FrameAction _onFrame;
        private readonly ushort[] _extensions;
        private IPEndPoint _endPoint = new(IPAddress.Loopback, 0);
        private Sv2Listener? _listener;

        private Endpoint(Subprotocol protocol, uint flags, FrameAction onFrame, ushort[] extensions)
        {
            using AuthorityKeyPair keys = AuthorityKeyPair.Generate();
            keys.ExportSecret(_secret);
            Key = keys.PublicKey;
            (_protocol, _flags, _onFrame, _extensions) = (protocol, flags, onFrame, extensions);
        }

        public AuthorityPublicKey Key { get; }

        public FrameInbox Inbox { get; } = new();

        public Sv2Connection? Client { get; private set; }

        public SetupConnection? LastSetup { get; private set; }

        public string Address => new ConnectionString("127.0.0.1", _endPoint.Port, Key).ToString();

        public static async Task<Endpoint> StartAsync(Subprotocol protocol, uint flags, FrameAction onFrame, ushort[] extensions)
        {
            Endpoint endpoint = new(protocol, flags, onFrame, extensions);
            await endpoint.ListenAsync();
            return endpoint;
        }

        public async Task ListenAsync()
        {
            var credentials = new ServerCredentials(AuthorityKeyPair.FromSecret(_secret), StaticKeyPair.Generate(), TimeProvider.System);
            var options = new ListenerOptions { EndPoint = _endPoint, Credentials = credentials, PayloadBytesMax = PayloadLimits.FullBlock, OutboundBytesMax = 16 * 1024 * 1024 };
            _listener = await Sv2Listener.StartAsync(options, ServeAsync);
            _endPoint = (IPEndPoint)_listener.BoundEndPoint;
        }

        public async ValueTask DisposeAsync()
        {
            if (_listener is not null)
                await _listener.DisposeAsync();
            _listener = null;
        }

        private async Task ServeAsync(Sv2Connection connection, CancellationToken cancellation)
        {
            var setup = new ServerSetup { Protocol = _protocol, SupportedFlags = _flags, SupportedExtensions = _extensions };
            SetupResult result = await setup.RunAsync(connection, cancellation);
            if (!result.Succeeded)
                return;
            LastSetup = new SetupConnection
            {
                Protocol = _protocol,
                MinVersion = 2,
                MaxVersion = 2,
                Flags = result.ClientFlags,
                EndpointHost = "",
                EndpointPort = 0,
                Vendor = result.Client.Vendor,
                HardwareVersion = "",
                Firmware = "",
                DeviceId = "",
            };
            Client = connection;
            await connection.RunAsync(new Handler(this), cancellation);
        }

        private sealed class Handler(Endpoint endpoint) : IFrameHandler
        {
            public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
            {
                endpoint.Inbox.OnFrame(header, payload);
                endpoint._onFrame(header, payload);
                return FrameVerdict.Continue;
            }

            public void OnBatchEnd() => endpoint.Inbox.OnBatchEnd();
        }
    }

    private delegate void FrameAction(in FrameHeader header, ReadOnlySpan<byte> payload);
}
