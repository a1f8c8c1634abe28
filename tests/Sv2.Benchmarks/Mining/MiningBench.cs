using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Mining.Server;
using Sv2.Protocol;
using Sv2.Protocol.Mining;
using Sv2.Protocol.TemplateDistribution;

namespace Sv2.Benchmarks.Mining;

/// <summary>A mining server with one job on a tip, whose every hash is a share and none a block, and sessions that send to nobody.</summary>
internal sealed class MiningBench : IChannelPolicy
{
    private const int MerkleLevels = 12;

    private readonly JobFamily _family;
    private ulong _lastTemplate;
    private ulong _lastTip;

    public MiningBench()
    {
        var jobs = new JobFactory();
        _family = jobs.CreateFamily(static value => (TxOutput[])[new TxOutput(value, Script.PayToWitness(1, new byte[32]))]);
        Server = new MiningServer(
            new MiningServerOptions { PendingSharesMax = 1 << 20, DuplicateFilterMax = 1 << 20 }, jobs, new ExtranonceAllocator(), this, TimeProvider.System, static _ => new FixedVardiff(U256.MaxValue));
        NewBlock();
    }

    public MiningServer Server { get; }

    /// <summary>The job that is mined.</summary>
    public SharedJob Active => _family.State.Active!;

    public ChannelDecision OnOpen(in ChannelRequest request) => ChannelDecision.Accept(_family);

    /// <summary>A template for the next block.</summary>
    public void AddFuture() => Add(future: true);

    /// <summary>A better template for the present block.</summary>
    public void AddActive() => Add(future: false);

    /// <summary>A block was found elsewhere.</summary>
    public void NewBlock()
    {
        AddFuture();
        _lastTip++;
        uint now = (uint)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        if (!_family.TryActivate(_lastTemplate, new ChainTip(U256.FromLimbs(_lastTip), now, 0x1d00ffff, U256.FromLimbs(1))))
            throw new InvalidOperationException("The tip was not taken.");
    }

    /// <summary>A session with channels, each with its first work.</summary>
    public MiningServerSession Connect(BenchSink sink, ChannelKind kind, int channels, MiningSetupFlags flags = 0)
    {
        MiningServerSession session = Server.CreateSession(flags, sink, sink);
        for (uint i = 1; i <= channels; i++)
        {
            byte[] frame = kind == ChannelKind.Standard
                ? Frame.ToArray(new OpenStandardMiningChannel { RequestId = i, UserIdentity = "bench", NominalHashRate = 0, MaxTarget = U256.MaxValue })
                : Frame.ToArray(new OpenExtendedMiningChannel { RequestId = i, UserIdentity = "bench", NominalHashRate = 0, MaxTarget = U256.MaxValue, MinExtranonceSize = 0 });
            Dispatch(session, frame);
        }

        return session;
    }

    /// <summary>Shares of the first channel on the present job, all different.</summary>
    public byte[][] Shares(ServerChannel channel, int count)
    {
        uint nTime = (uint)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 60;
        var shares = new byte[count][];
        for (uint i = 0; i < count; i++)
        {
            shares[i] = channel.Kind == ChannelKind.Standard
                ? Frame.ToArray(new SubmitSharesStandard { ChannelId = channel.Id, SequenceNumber = i, JobId = Active.JobId, Nonce = i, NTime = nTime, Version = 0x2000_0000 })
                : Frame.ToArray(new SubmitSharesExtended
                {
                    ChannelId = channel.Id,
                    SequenceNumber = i,
                    JobId = Active.JobId,
                    Nonce = i,
                    NTime = nTime,
                    Version = 0x2000_0000,
                    Extranonce = Extranonce(i, channel.ExtranonceSize),
                });
        }

        return shares;
    }

    public static void Dispatch(MiningServerSession session, byte[] frame)
    {
        if (!FrameHeader.TryRead(frame, out FrameHeader header) || MiningDispatcher.DispatchToServer(header, frame.AsSpan(FrameHeader.Size), session).Outcome != DispatchOutcome.Handled)
            throw new InvalidOperationException("The frame was not handled.");
    }

    private static ByteString Extranonce(uint number, int size)
    {
        byte[] bytes = new byte[size];
        BitConverter.TryWriteBytes(bytes, number);
        return bytes;
    }

    private void Add(bool future)
    {
        ulong id = ++_lastTemplate;
        TxOutput[] outputs = [WitnessCommitment.Output(U256.FromLimbs(id))];
        var template = new NewTemplate
        {
            TemplateId = id,
            FutureTemplate = future,
            Version = 0x2000_0000,
            CoinbaseTxVersion = 2,
            CoinbasePrefix = CoinbaseRules.HeightPush(900_000 + (uint)id),
            CoinbaseTxInputSequence = uint.MaxValue,
            CoinbaseTxValueRemaining = 312_500_000,
            CoinbaseTxOutputsCount = 1,
            CoinbaseTxOutputs = TxOutput.SerializeUnprefixed(outputs),
            CoinbaseTxLocktime = 0,
            MerklePath = (U256[])[.. Enumerable.Range(1, MerkleLevels).Select(level => U256.FromLimbs(id, (ulong)level))],
        };
        if (!_family.TryAddTemplate(template, out _, out string? error))
            throw new InvalidOperationException(error);
    }
}

/// <summary>Sends nowhere and takes every share.</summary>
internal sealed class BenchSink : IMiningOutput, IShareSink
{
    public long LastShare { get; private set; }

    public int Accepted { get; private set; }

    public bool Send(ReadOnlySpan<byte> frame) => true;

    public bool OnAccepted(in AcceptedShare share)
    {
        LastShare = share.ShareNumber;
        Accepted++;
        return true;
    }

    public void OnRejected(in RejectedShare share) => throw new InvalidOperationException($"A share was refused: {share.Reason}.");

    public void OnBlockFound(BlockCandidate block) => throw new InvalidOperationException("A share was a block.");
}
