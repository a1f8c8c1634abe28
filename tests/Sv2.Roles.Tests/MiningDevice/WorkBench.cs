using Sv2.Bitcoin;
using Sv2.Mining;
using Sv2.Mining.Client;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Roles.Tests.MiningDevice;

/// <summary>A client session that a test plays the pool for, message by message, to get real work out of it.</summary>
internal sealed class WorkBench : IMiningOutput, IMiningClientEvents
{
    private const uint ChannelId = 7;
    private readonly MiningClientSession _session;
    private uint _lastJob;

    public WorkBench(TimeProvider time, int? extranonceSize = null, MiningSetupSuccessFlags flags = 0, double hashesPerShare = 1000)
    {
        _session = new MiningClientSession(this, this, time, flags);
        U256 target = Target.FromHashesPerShare(hashesPerShare);
        if (extranonceSize is { } size)
        {
            uint request = _session.OpenExtendedChannel("a.b", 1e6f, U256.MaxValue, 0);
            Receive(new OpenExtendedMiningChannelSuccess
            {
                RequestId = request,
                ChannelId = ChannelId,
                Target = target,
                ExtranonceSize = (ushort)size,
                ExtranoncePrefix = new byte[] { 1, 2, 3, 4 },
                GroupChannelId = 1,
            });
        }
        else
        {
            uint request = _session.OpenStandardChannel("a.b", 1e6f, U256.MaxValue);
            Receive(new OpenStandardMiningChannelSuccess
            {
                RequestId = request,
                ChannelId = ChannelId,
                Target = target,
                ExtranoncePrefix = new byte[] { 1, 2, 3, 4 },
                GroupChannelId = 1,
            });
        }
        IsExtended = extranonceSize is not null;
        FullExtranonceSize = 4 + (extranonceSize ?? 0);
    }

    public bool IsExtended { get; }

    public int FullExtranonceSize { get; }

    public MiningWork? Work { get; private set; }

    /// <summary>A new job on a new tip.</summary>
    public MiningWork NextBlock(uint version = 0x2000_0000, bool versionRolling = true, uint minNTime = 1_755_700_000)
    {
        uint job = ++_lastJob;
        SendJob(job, version, versionRolling, minNTime: null);
        Receive(new SetNewPrevHash { ChannelId = ChannelId, JobId = job, PrevHash = U256.FromLimbs(job), MinNTime = minNTime, NBits = 0x1d00ffff });
        return Work!;
    }

    public MiningWork SetTarget(double hashesPerShare)
    {
        Receive(new SetTarget { ChannelId = ChannelId, MaximumTarget = Target.FromHashesPerShare(hashesPerShare) });
        return Work!;
    }

    public void OnWork(ClientChannel channel, MiningWork work) => Work = work;

    public void OnViolation(ProtocolViolation violation) => Assert.Fail(violation.Text);

    public bool Send(ReadOnlySpan<byte> frame) => true;

    private void SendJob(uint job, uint version, bool versionRolling, uint? minNTime)
    {
        if (!IsExtended)
        {
            Receive(new NewMiningJob { ChannelId = ChannelId, JobId = job, MinNTime = minNTime, Version = version, MerkleRoot = U256.FromLimbs(job, 5) });
            return;
        }
        CoinbaseSplit coinbase = new CoinbaseTemplate
        {
            Version = 2,
            CoinbasePrefix = CoinbaseRules.HeightPush(100),
            Sequence = uint.MaxValue,
            Outputs = [new TxOutput(job, Script.PayToWitness(0, new byte[20]))],
            LockTime = 0,
        }.Split(FullExtranonceSize);
        Receive(new NewExtendedMiningJob
        {
            ChannelId = ChannelId,
            JobId = job,
            MinNTime = minNTime,
            Version = version,
            VersionRollingAllowed = versionRolling,
            MerklePath = [],
            CoinbaseTxPrefix = coinbase.StrippedPrefix,
            CoinbaseTxSuffix = coinbase.StrippedSuffix,
        });
    }

    private void Receive<T>(T message) where T : IMessage<T>
    {
        byte[] frame = new byte[Frame.Length(message)];
        Frame.Write(message, frame);
        Assert.True(FrameHeader.TryRead(frame, out FrameHeader header));
        DispatchResult result = MiningDispatcher.DispatchToClient(header, frame.AsSpan(FrameHeader.Size), _session);
        Assert.Equal(DispatchOutcome.Handled, result.Outcome);
    }
}
