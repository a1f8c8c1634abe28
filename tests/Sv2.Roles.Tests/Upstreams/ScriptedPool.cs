using System.Net;
using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Noise;
using Sv2.Protocol;
using Sv2.Protocol.Common;
using Sv2.Protocol.Mining;
using Sv2.Roles.Tests.Pool;
using Sv2.Transport;
using Sv2.Transport.Setup;

namespace Sv2.Roles.Tests.Upstreams;

/// <summary>A pool that a test plays message by message. Only opening channels it answers by itself.</summary>
internal sealed class ScriptedPool : IAsyncDisposable
{
    private static readonly U256 Easy = Bitcoin.Target.FromHashesPerShare(20);

    private readonly ServerCredentials _credentials;
    private readonly Sv2Listener _listener;
    private readonly List<ScriptedPeer> _peers = [];
    private readonly Lock _gate = new();
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ScriptedPool(ServerCredentials credentials, IReadOnlyList<ushort> extensions)
    {
        _credentials = credentials;
        Extensions = extensions;
        _listener = Sv2Listener.StartAsync(
            new ListenerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0), Credentials = credentials }, ServeAsync).GetAwaiter().GetResult();
    }

    public IReadOnlyList<ushort> Extensions { get; }

    /// <summary>Extranonce bytes that channels get.</summary>
    public int ExtranonceSize { get; init; } = 12;

    /// <summary>Bytes of the prefixes.</summary>
    public int PrefixSize { get; init; } = 4;

    /// <summary>The target of every channel.</summary>
    public U256 Target { get; init; } = Easy;

    public ConnectionString Address => new("127.0.0.1", ((IPEndPoint)_listener.BoundEndPoint).Port, _credentials.AuthorityPublicKey);

    public static ScriptedPool Start(params ushort[] extensions)
    {
        var keys = new ServerCredentials(AuthorityKeyPair.Generate(), StaticKeyPair.Generate(), TimeProvider.System);
        return new ScriptedPool(keys, extensions);
    }

    public static ScriptedPool StartWith(int prefixSize, int extranonceSize, U256? target = null)
    {
        var keys = new ServerCredentials(AuthorityKeyPair.Generate(), StaticKeyPair.Generate(), TimeProvider.System);
        return new ScriptedPool(keys, []) { PrefixSize = prefixSize, ExtranonceSize = extranonceSize, Target = target ?? Easy };
    }

    /// <summary>The connections so far, those that ended included.</summary>
    public int Connections
    {
        get { lock (_gate) return _peers.Count; }
    }

    /// <summary>The connection with a number from 0, as soon as it is set up.</summary>
    public async Task<ScriptedPeer> PeerAsync(int index = 0)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            Task arrived;
            lock (_gate)
            {
                if (_peers.Count > index)
                    return _peers[index];
                arrived = _arrived.Task;
            }
            await arrived.WaitAsync(patience.Token);
        }
    }

    /// <summary>The newest connection: a client that asks for extensions in vain connects more than once.</summary>
    public async Task<ScriptedPeer> LastPeerAsync()
    {
        await PeerAsync();
        lock (_gate)
            return _peers[^1];
    }

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        _credentials.Dispose();
    }

    private async Task ServeAsync(Sv2Connection connection, CancellationToken cancellation)
    {
        var setup = new ServerSetup
        {
            Protocol = Subprotocol.Mining,
            SupportedFlags = (uint)(MiningSetupFlags.RequiresStandardJobs | MiningSetupFlags.RequiresVersionRolling),
            SupportedExtensions = Extensions,
        };
        SetupResult result = await setup.RunAsync(connection, cancellation);
        if (!result.Succeeded)
            return;
        var peer = new ScriptedPeer(this, connection, result);
        TaskCompletionSource arrived;
        lock (_gate)
        {
            _peers.Add(peer);
            (arrived, _arrived) = (_arrived, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        arrived.TrySetResult();
        await connection.RunAsync(peer, cancellation);
        peer.Inbox.Close();
    }
}

/// <summary>One client of a <see cref="ScriptedPool"/>.</summary>
internal sealed class ScriptedPeer(ScriptedPool pool, Sv2Connection connection, SetupResult setup) : IFrameHandler
{
    public const uint GroupId = 0x4000_0000;

    private uint _lastChannel;
    private uint _lastJob;

    public FrameInbox Inbox { get; } = new();

    /// <summary>The extended jobs sent, by id.</summary>
    public Dictionary<uint, NewExtendedMiningJob> Jobs { get; } = [];

    /// <summary>The TLV areas of the shares of extended channels.</summary>
    public List<byte[]> Tlvs { get; } = [];

    public SetupResult Setup { get; } = setup;

    public Sv2Connection Connection { get; } = connection;

    /// <summary>What the next who open a channel are told; null to accept them.</summary>
    public string? RefusesWith { get; set; }

    /// <summary>The tip that first jobs are on.</summary>
    public U256 PrevHash { get; set; } = U256.FromLimbs(0xabcdef);

    /// <summary>Smallest nTime of the jobs.</summary>
    public uint MinNTime { get; } = (uint)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    public FrameVerdict OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.ExtensionType == 0 && header.MessageType == SubmitSharesExtended.Info.MessageType)
        {
            Assert.True(SubmitSharesExtendedView.TryRead(payload, out SubmitSharesExtendedView share, out _));
            Tlvs.Add(share.Tlvs.ToArray());
        }
        if (header.ExtensionType == 0)
            Answer(header, payload);
        return Inbox.OnFrame(header, payload);
    }

    public void OnBatchEnd() => Inbox.OnBatchEnd();

    public void Send<T>(in T message) where T : IMessage<T> => Assert.True(Connection.TrySend(message));

    public Task<T> ExpectAsync<T>(Func<T, bool>? matches = null) where T : IMessage<T> => Inbox.ExpectAsync(matches);

    /// <summary>A job for a channel or the group; future where no nTime is given.</summary>
    public uint SendJob(uint channelId, int fullExtranonceSize, uint? minNTime = null, bool versionRolling = true, byte? versionRollingByte = null)
    {
        uint job = ++_lastJob;
        CoinbaseSplit coinbase = Coinbase(job, fullExtranonceSize);
        NewExtendedMiningJob message = new()
        {
            ChannelId = channelId,
            JobId = job,
            MinNTime = minNTime,
            Version = 0x2000_0000,
            VersionRollingAllowed = versionRolling,
            MerklePath = [U256.FromLimbs(job, 1)],
            CoinbaseTxPrefix = coinbase.StrippedPrefix,
            CoinbaseTxSuffix = coinbase.StrippedSuffix,
        };
        Jobs[job] = message;
        byte[] frame = Frame.ToArray(message);
        // Behind channel_id, job_id, min_ntime and version.
        frame[FrameHeader.Size + 4 + 4 + (minNTime is null ? 1 : 5) + 4] = versionRollingByte ?? (byte)(versionRolling ? 1 : 0);
        Assert.True(Connection.TrySendFrame(frame));
        return job;
    }

    /// <summary>The coinbase of the job with a number.</summary>
    public static CoinbaseSplit Coinbase(uint job, int fullExtranonceSize) => new CoinbaseTemplate
    {
        Version = 2,
        CoinbasePrefix = CoinbaseRules.HeightPush(100 + job),
        Sequence = uint.MaxValue,
        Outputs = [new TxOutput(job, Script.PayToWitness(0, new byte[20])), WitnessCommitment.Output(U256.FromLimbs(job))],
        LockTime = 0,
    }.Split(fullExtranonceSize);

    /// <summary>A new tip that activates a job.</summary>
    public void SendTip(uint channelId, uint job, U256? prevHash = null)
    {
        PrevHash = prevHash ?? PrevHash;
        Send(new SetNewPrevHash { ChannelId = channelId, JobId = job, PrevHash = PrevHash, MinNTime = MinNTime, NBits = 0x1a00ffff });
    }

    public void Accept(uint channelId, uint lastSequence, uint count = 1) => Send(new SubmitSharesSuccess
    {
        ChannelId = channelId,
        LastSequenceNumber = lastSequence,
        NewSubmitsAcceptedCount = count,
        NewSharesSum = count,
    });

    private void Answer(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.MessageType == OpenExtendedMiningChannel.Info.MessageType)
        {
            Assert.True(OpenExtendedMiningChannel.TryRead(payload, out OpenExtendedMiningChannel open, out _));
            uint id = ++_lastChannel;
            Send(new OpenExtendedMiningChannelSuccess
            {
                RequestId = open.RequestId,
                ChannelId = id,
                Target = pool.Target,
                ExtranonceSize = (ushort)pool.ExtranonceSize,
                ExtranoncePrefix = Prefix(id, pool.PrefixSize),
                GroupChannelId = GroupId,
            });
            SendTip(id, SendJob(id, pool.PrefixSize + pool.ExtranonceSize));
        }
        else if (header.MessageType == OpenStandardMiningChannel.Info.MessageType)
        {
            Assert.True(OpenStandardMiningChannel.TryRead(payload, out OpenStandardMiningChannel open, out _));
            if (RefusesWith is { } code)
            {
                Send(new OpenMiningChannelError { RequestId = open.RequestId, ErrorCode = code });
                return;
            }
            uint id = ++_lastChannel;
            Send(new OpenStandardMiningChannelSuccess
            {
                RequestId = open.RequestId,
                ChannelId = id,
                Target = pool.Target,
                ExtranoncePrefix = Prefix(id, pool.PrefixSize + pool.ExtranonceSize),
                GroupChannelId = GroupId,
            });
            uint job = ++_lastJob;
            Send(new NewMiningJob { ChannelId = id, JobId = job, MinNTime = null, Version = 0x2000_0000, MerkleRoot = U256.FromLimbs(job, id) });
            SendTip(id, job);
        }
    }

    /// <summary>The prefix of a channel that was opened as an extended one.</summary>
    public byte[] PrefixOf(uint channelId) => Prefix(channelId, pool.PrefixSize);

    private static byte[] Prefix(uint id, int size)
    {
        byte[] prefix = new byte[size];
        prefix[0] = 0xee;
        prefix[Math.Min(3, size - 1)] = (byte)id;
        return prefix;
    }
}
