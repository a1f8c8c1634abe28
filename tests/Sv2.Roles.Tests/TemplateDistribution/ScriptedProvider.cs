using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.TemplateDistribution;
using Sv2.TestKit;

namespace Sv2.Roles.Tests.TemplateDistribution;

/// <summary>A template provider that does what a test says, message by message.</summary>
internal sealed class ScriptedProvider : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ServerCredentials _credentials;

    /// <param name="authority">Secret of the authority that vouches for it; null for one of its own.</param>
    public ScriptedProvider(byte[]? authority = null)
    {
        _credentials = new ServerCredentials(authority is null ? AuthorityKeyPair.Generate() : AuthorityKeyPair.FromSecret(authority), StaticKeyPair.Generate(), TimeProvider.System);
        _listener.Start();
        ConnectionString = new ConnectionString("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port, _credentials.AuthorityPublicKey);
    }

    public ConnectionString ConnectionString { get; }

    /// <summary>A template that is fit to work on.</summary>
    public static NewTemplate Template(ulong id, bool future = true) => new()
    {
        TemplateId = id,
        FutureTemplate = future,
        Version = 0x20000000,
        CoinbaseTxVersion = 2,
        CoinbasePrefix = new byte[] { 0x51, 0 },
        CoinbaseTxInputSequence = 0xffffffff,
        CoinbaseTxValueRemaining = 50_00000000,
        CoinbaseTxOutputsCount = 0,
        CoinbaseTxOutputs = default,
        CoinbaseTxLocktime = 0,
        MerklePath = [],
    };

    public static SetNewPrevHash Tip(ulong templateId, byte hash = 1) => new()
    {
        TemplateId = templateId,
        PrevHash = U256.FromLimbs(hash),
        HeaderTimestamp = 1_800_000_000,
        NBits = 0x207fffff,
        Target = U256.MaxValue,
    };

    /// <summary>Takes the next connection up to the end of the setup; what comes next is for the test to read.</summary>
    public async Task<ScriptedPeer> AcceptAsync()
    {
        Socket socket = await _listener.AcceptSocketAsync().WaitAsync(ScriptedPeer.Patience);
        NetworkStream stream = new(socket, ownsSocket: true);
        ScriptedPeer peer = new(new Duplex(PipeReader.Create(stream), PipeWriter.Create(stream)));
        await peer.HandshakeAsServerAsync(_credentials);
        SetupConnection setup = await peer.ExpectAsync<SetupConnection>();
        Assert.Equal(Subprotocol.TemplateDistribution, setup.Protocol);
        Assert.NotEqual(0, setup.Vendor.Length);
        await peer.SendAsync(new SetupConnectionSuccess { UsedVersion = 2, Flags = 0 });
        return peer;
    }

    /// <summary>Takes the next connection, reads its constraints and sends one template with its tip.</summary>
    public async Task<ScriptedPeer> ServeAsync(ulong templateId = 10)
    {
        ScriptedPeer peer = await AcceptAsync();
        await peer.ExpectAsync<CoinbaseOutputConstraints>();
        await peer.SendAsync(Template(templateId));
        await peer.SendAsync(Tip(templateId));
        return peer;
    }

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        _credentials.Dispose();
        return ValueTask.CompletedTask;
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
