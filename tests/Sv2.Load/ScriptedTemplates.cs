using System.Net;
using Sv2.Bitcoin;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.TemplateDistribution;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Load;

/// <summary>
/// A template provider with blocks of a usual size whose tip moves when it is told to. Its network target is so hard that
/// no share of a load test is a block.
/// </summary>
internal sealed class ScriptedTemplates(byte seed = 0) : IAsyncDisposable
{
    // About 4 000 transactions.
    private const int MerklePathLength = 12;
    private const uint NBits = 0x1a00ffff;

    private readonly Lock _gate = new();
    private readonly AuthorityKeyPair _authority = AuthorityKeyPair.Generate();
    private Sv2Listener? _listener;
    private Sv2Connection? _client;
    private U256 _prevHash = Sha256d.Hash([seed]);
    private uint _height = 800_000;
    private ulong _templateId;

    public string ConnectionString => new ConnectionString("127.0.0.1", ((IPEndPoint)_listener!.BoundEndPoint).Port, _authority.PublicKey).ToString();

    public async Task StartAsync()
    {
        var credentials = new ServerCredentials(_authority, StaticKeyPair.Generate(), TimeProvider.System);
        _listener = await Sv2Listener.StartAsync(new ListenerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0), Credentials = credentials }, ServeAsync);
    }

    /// <summary>The next block's template has been with the pool already; now its tip comes, and a template for the one after.</summary>
    public void MoveTip()
    {
        lock (_gate)
        {
            _prevHash = Sha256d.Hash(_prevHash.AsSpan());
            SendTip();
            _height++;
            SendFuture();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_listener is not null) await _listener.DisposeAsync();
    }

    private async Task ServeAsync(Sv2Connection connection, CancellationToken cancellation)
    {
        if (!(await new ServerSetup { Protocol = Subprotocol.TemplateDistribution }.RunAsync(connection, cancellation)).Succeeded) return;
        lock (_gate)
        {
            _client = connection;
            SendFuture();
            SendTip();
            _height++;
            SendFuture();
        }

        await connection.RunAsync(new Ignore(), cancellation);
    }

    private void SendFuture()
    {
        TxOutput commitment = WitnessCommitment.Output(WitnessCommitment.Compute([U256.Zero]));
        _client?.TrySend(new NewTemplate
        {
            TemplateId = ++_templateId,
            FutureTemplate = true,
            Version = 0x2000_0000,
            CoinbaseTxVersion = 2,
            CoinbasePrefix = CoinbaseRules.HeightPush(_height),
            CoinbaseTxInputSequence = 0xffff_ffff,
            CoinbaseTxValueRemaining = 312_500_000,
            CoinbaseTxOutputsCount = 1,
            CoinbaseTxOutputs = TxOutput.SerializeUnprefixed([commitment]),
            CoinbaseTxLocktime = 0,
            MerklePath = (U256[])[.. Enumerable.Range(0, MerklePathLength).Select(i => Sha256d.Hash([(byte)i, (byte)_templateId]))],
        });
    }

    private void SendTip() => _client?.TrySend(new SetNewPrevHash
    {
        TemplateId = _templateId,
        PrevHash = _prevHash,
        HeaderTimestamp = (uint)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
        NBits = NBits,
        Target = new CompactTarget(NBits).ToTarget(),
    });

    private sealed class Ignore : IFrameHandler
    {
        public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload) => FrameVerdict.Continue;

        public void OnBatchEnd()
        {
        }
    }
}
