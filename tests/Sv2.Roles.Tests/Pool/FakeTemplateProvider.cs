using System.Net;
using Sv2.Bitcoin;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Roles.Tests.Pool;

/// <summary>
/// A template provider whose chain a test moves by hand: it serves one client, and it checks solutions by itself.
/// </summary>
internal sealed class FakeTemplateProvider : IAsyncDisposable
{
    /// <summary>No share of a test meets it by accident.</summary>
    public const uint HardNBits = 0x1a00ffff;

    /// <summary>Every second hash meets it.</summary>
    public const uint EasyNBits = 0x207fffff;

    private readonly byte[] _secret = new byte[32];
    private readonly uint _nbits;
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, (NewTemplate Template, U256 PrevHash)> _sent = [];
    private Sv2Listener? _listener;
    private Sv2Connection? _client;
    private ulong _lastTemplateId;
    private U256 _prevHash = U256.FromWire(Enumerable.Repeat((byte)0xaa, 32).ToArray());
    private IPEndPoint _endPoint = new(IPAddress.Loopback, 0);

    public FakeTemplateProvider(uint nbits = HardNBits)
    {
        _nbits = nbits;
        using AuthorityKeyPair keys = AuthorityKeyPair.Generate();
        keys.ExportSecret(_secret);
        Key = keys.PublicKey;
    }

    public AuthorityPublicKey Key { get; }

    public uint Height { get; private set; } = 100;

    public U256 PrevHash => _prevHash;

    public string ConnectionString => new ConnectionString("127.0.0.1", _endPoint.Port, Key).ToString();

    /// <summary>What the client asked room for.</summary>
    public CoinbaseOutputConstraints? Constraints { get; private set; }

    /// <summary>What a request for transaction data is answered with; null leaves it unanswered.</summary>
    public Func<ulong, RequestTransactionDataSuccess>? TransactionData { get; set; }

    public FrameInbox Inbox { get; } = new();

    public async Task StartAsync()
    {
        var credentials = new ServerCredentials(AuthorityKeyPair.FromSecret(_secret), StaticKeyPair.Generate(), TimeProvider.System);
        _listener = await Sv2Listener.StartAsync(new ListenerOptions { EndPoint = _endPoint, Credentials = credentials }, ServeAsync);
        _endPoint = (IPEndPoint)_listener.BoundEndPoint;
    }

    public async Task StopAsync()
    {
        if (_listener is not null) await _listener.DisposeAsync();
        _listener = null;
    }

    /// <summary>Another template on the same tip, mined at once.</summary>
    public NewTemplate SendTemplate(bool future = false)
    {
        lock (_gate)
        {
            NewTemplate template = Make(future);
            Send(template);
            return template;
        }
    }

    /// <summary>A block was found: a new tip, with a future template announced before.</summary>
    public void SendTip(U256? hash = null)
    {
        lock (_gate)
        {
            Height++;
            _prevHash = hash ?? Sha256d.Hash(_prevHash.AsSpan());
            SendFutureAndTip();
        }
    }

    /// <summary>The chain is reorganised: its tip is now this block at this height.</summary>
    public void Reorganise(U256 hash, uint height)
    {
        lock (_gate)
        {
            Height = height + 1;
            _prevHash = hash;
            SendFutureAndTip();
        }
    }

    /// <summary>The header that a solution stands for, its coinbase hashed without witness.</summary>
    public BlockHeader Rebuild(SubmitSolution solution, out Transaction coinbase)
    {
        lock (_gate)
        {
            (NewTemplate template, U256 prevHash) = _sent[solution.TemplateId];
            coinbase = Transaction.Parse(solution.CoinbaseTx.Span);
            U256 root = MerklePath.Fold(coinbase.Txid, template.MerklePath.AsSpan());
            return new BlockHeader(solution.Version, prevHash, root, solution.HeaderTimestamp, _nbits, solution.HeaderNonce);
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task ServeAsync(Sv2Connection connection, CancellationToken cancellationToken)
    {
        var setup = new ServerSetup { Protocol = Subprotocol.TemplateDistribution };
        if (!(await setup.RunAsync(connection, cancellationToken)).Succeeded) return;
        lock (_gate) _client = connection;
        await connection.RunAsync(new Handler(this), cancellationToken);
    }

    private void OnConstraints(CoinbaseOutputConstraints constraints)
    {
        lock (_gate)
        {
            bool isFirst = Constraints is null || _client is not null;
            Constraints = constraints;
            if (isFirst) SendFutureAndTip();
        }
    }

    private void SendFutureAndTip()
    {
        NewTemplate template = Make(future: true);
        Send(template);
        uint now = (uint)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        Send(new SetNewPrevHash
        {
            TemplateId = template.TemplateId,
            PrevHash = _prevHash,
            HeaderTimestamp = now,
            NBits = _nbits,
            Target = new CompactTarget(_nbits).ToTarget(),
        });
    }

    private NewTemplate Make(bool future)
    {
        TxOutput commitment = WitnessCommitment.Output(WitnessCommitment.Compute([U256.Zero]));
        var template = new NewTemplate
        {
            TemplateId = ++_lastTemplateId,
            FutureTemplate = future,
            Version = 0x2000_0000,
            CoinbaseTxVersion = 2,
            CoinbasePrefix = CoinbaseRules.HeightPush(Height),
            CoinbaseTxInputSequence = 0xffff_ffff,
            CoinbaseTxValueRemaining = 50 * TxOutput.SatoshisPerBitcoin + _lastTemplateId,
            CoinbaseTxOutputsCount = 1,
            CoinbaseTxOutputs = TxOutput.SerializeUnprefixed([commitment]),
            CoinbaseTxLocktime = 0,
            MerklePath = [Sha256d.Hash([1]), Sha256d.Hash([2, (byte)_lastTemplateId])],
        };
        _sent[template.TemplateId] = (template, _prevHash);
        return template;
    }

    private void Send<T>(in T message) where T : IMessage<T> => _client?.TrySend(message);

    private sealed class Handler(FakeTemplateProvider provider) : IFrameHandler
    {
        public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
        {
            if (header.MessageType == CoinbaseOutputConstraints.Info.MessageType)
            {
                Assert.True(CoinbaseOutputConstraints.TryRead(payload, out CoinbaseOutputConstraints constraints, out _));
                provider.OnConstraints(constraints);
            }

            if (header.MessageType == RequestTransactionData.Info.MessageType && provider.TransactionData is { } answer)
            {
                Assert.True(RequestTransactionData.TryRead(payload, out RequestTransactionData request, out _));
                provider._client!.TrySend(answer(request.TemplateId));
            }

            return provider.Inbox.OnFrame(header, payload);
        }

        public void OnBatchEnd() => provider.Inbox.OnBatchEnd();
    }
}
