using Sv2.Bitcoin;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Mining;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Roles.Tests.Pool;

/// <summary>
/// A miner written against the messages alone, without the mining engine: what it thinks is a share is worked out here,
/// byte by byte, so that the pool is checked by other code than its own.
/// </summary>
internal sealed class RawMiner : IAsyncDisposable
{
    private readonly Sv2Connection _connection;
    private readonly Task _receiving;
    private uint _requestId;

    private RawMiner(Sv2Connection connection, SetupResult setup)
    {
        _connection = connection;
        Setup = setup;
        _receiving = ReceiveAsync();
    }

    public FrameInbox Inbox { get; } = new();

    public SetupResult Setup { get; }

    public Sv2Connection Connection => _connection;

    /// <summary>Completes when the connection has ended.</summary>
    public Task Ended => _receiving;

    public static async Task<RawMiner> ConnectAsync(string pool, MiningSetupFlags flags = 0, params ushort[] extensions)
    {
        (Sv2Connection connection, SetupResult setup) = await TryConnectAsync(pool, (uint)flags, Subprotocol.Mining, extensions);
        Assert.True(setup.Succeeded, setup.Failure?.Reason.ToString());
        return new RawMiner(connection, setup);
    }

    public static async Task<(Sv2Connection Connection, SetupResult Setup)> TryConnectAsync(
        string pool, uint flags, Subprotocol protocol = Subprotocol.Mining, params ushort[] extensions)
    {
        Sv2Connection connection = await Sv2Connector.ConnectAsync(ConnectionString.Parse(pool));
        var setup = new ClientSetup
        {
            Protocol = protocol,
            Flags = flags,
            Vendor = "raw miner",
            RequestedExtensions = extensions,
            ClosesOnReconnect = false,
        };
        return (connection, await setup.RunAsync(connection));
    }

    public void Send<T>(in T message) where T : IMessage<T> => Assert.True(_connection.TrySend(message));

    public void Send<T>(in T message, ReadOnlySpan<byte> tlvs) where T : IMessage<T> => Assert.True(_connection.TrySend(message, tlvs));

    public Task<T> ExpectAsync<T>(Func<T, bool>? matches = null) where T : IMessage<T> => Inbox.ExpectAsync(matches);

    public async Task<OpenStandardMiningChannelSuccess> OpenStandardAsync(string identity = "alice.rig", float hashRate = 1)
    {
        uint request = ++_requestId;
        Send(new OpenStandardMiningChannel { RequestId = request, UserIdentity = identity, NominalHashRate = hashRate, MaxTarget = U256.MaxValue });
        return await ExpectAsync<OpenStandardMiningChannelSuccess>(answer => answer.RequestId == request);
    }

    public async Task<OpenExtendedMiningChannelSuccess> OpenExtendedAsync(string identity = "alice.rig", float hashRate = 1, ushort minExtranonceSize = 4)
    {
        uint request = ++_requestId;
        Send(new OpenExtendedMiningChannel
        {
            RequestId = request,
            UserIdentity = identity,
            NominalHashRate = hashRate,
            MaxTarget = U256.MaxValue,
            MinExtranonceSize = minExtranonceSize,
        });
        return await ExpectAsync<OpenExtendedMiningChannelSuccess>(answer => answer.RequestId == request);
    }

    /// <summary>The first work of a standard channel: a future job, then the prev-hash that activates it.</summary>
    public async Task<RawWork> FirstWorkAsync(OpenStandardMiningChannelSuccess channel)
    {
        NewMiningJob job = await ExpectAsync<NewMiningJob>(job => job.ChannelId == channel.ChannelId);
        SetNewPrevHash tip = await ExpectAsync<SetNewPrevHash>(tip => tip.ChannelId == channel.ChannelId);
        Assert.Null(job.MinNTime);
        Assert.Equal(job.JobId, tip.JobId);
        return new RawWork(channel.ChannelId, job.JobId, job.Version, tip.PrevHash, job.MerkleRoot, tip.MinNTime, tip.NBits, channel.Target);
    }

    /// <summary>The first work of an extended channel, for an extranonce of zeros.</summary>
    public async Task<RawWork> FirstWorkAsync(OpenExtendedMiningChannelSuccess channel)
    {
        NewExtendedMiningJob job = await ExpectAsync<NewExtendedMiningJob>(job => job.ChannelId == channel.ChannelId);
        SetNewPrevHash tip = await ExpectAsync<SetNewPrevHash>(tip => tip.ChannelId == channel.ChannelId);
        Assert.Null(job.MinNTime);
        Assert.Equal(job.JobId, tip.JobId);
        return Extended(job, channel, tip.PrevHash, tip.MinNTime, tip.NBits);
    }

    public static RawWork Extended(NewExtendedMiningJob job, OpenExtendedMiningChannelSuccess channel, U256 prevHash, uint ntime, uint nbits)
    {
        byte[] extranonce = new byte[channel.ExtranonceSize];
        byte[] coinbase = [.. job.CoinbaseTxPrefix.Span, .. channel.ExtranoncePrefix.Span, .. extranonce, .. job.CoinbaseTxSuffix.Span];
        U256 root = MerklePath.Fold(Sha256d.Hash(coinbase), job.MerklePath.AsSpan());
        return new RawWork(channel.ChannelId, job.JobId, job.Version, prevHash, root, ntime, nbits, channel.Target) { Extranonce = extranonce, Coinbase = coinbase };
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _receiving;
    }

    private async Task ReceiveAsync()
    {
        await Task.Yield();
        await _connection.RunAsync(Inbox, CancellationToken.None);
        Inbox.Close();
    }
}

/// <summary>A header with everything but its nonce, and where its shares go.</summary>
internal sealed record RawWork(uint ChannelId, uint JobId, uint Version, U256 PrevHash, U256 MerkleRoot, uint NTime, uint NBits, U256 Target)
{
    public byte[] Extranonce { get; init; } = [];

    public byte[] Coinbase { get; init; } = [];

    private uint _nextNonce;

    public BlockHeader Header(uint nonce) => new(Version, PrevHash, MerkleRoot, NTime, NBits, nonce);

    /// <summary>The next nonce whose hash meets the target, or, when asked, misses it.</summary>
    public uint NextNonce(U256? target = null, bool meets = true)
    {
        U256 limit = target ?? Target;
        while (true)
        {
            uint nonce = _nextNonce++;
            if (Header(nonce).Hash() <= limit == meets) return nonce;
        }
    }

    public SubmitSharesStandard Standard(uint sequence, uint nonce) =>
        new() { ChannelId = ChannelId, SequenceNumber = sequence, JobId = JobId, Nonce = nonce, NTime = NTime, Version = Version };

    public SubmitSharesExtended ExtendedShare(uint sequence, uint nonce) => new()
    {
        ChannelId = ChannelId,
        SequenceNumber = sequence,
        JobId = JobId,
        Nonce = nonce,
        NTime = NTime,
        Version = Version,
        Extranonce = Extranonce,
    };
}
