using Sv1;
using Sv2.Mining;
using Sv2.Mining.Client;
using Sv2.Protocol;
using Sv2.Protocol.Mining;

namespace Sv2.Roles.MiningDevice;

/// <summary>
/// Jobs of Stratum V1 as work of an extended channel: says to a client session, which has no connection, what a Stratum V2
/// pool would say in the place of this one.
/// </summary>
internal sealed class Sv1Jobs : IMiningOutput, IMiningClientEvents
{
    private const uint GroupId = uint.MaxValue;
    private const int JobsMax = 32;

    private readonly object _tag;
    private readonly MiningClientSession _mining;
    private readonly Dictionary<uint, Sv1Work> _jobs = [];
    private readonly Queue<uint> _order = new();
    private byte[] _frame = new byte[4096];
    private ClientChannel? _channel;
    private MiningWork? _work;
    private U256 _target;
    private U256 _prevHash;
    private uint _lastJob;
    private uint _lastChannel;

    /// <param name="tag">Found again in the channel's tag.</param>
    /// <param name="time">The clock.</param>
    public Sv1Jobs(object tag, TimeProvider time)
    {
        _tag = tag;
        _mining = new MiningClientSession(this, this, time);
    }

    /// <summary>The work that a job stands for; null when its coinbase makes no sense.</summary>
    public MiningWork? Take(Sv1Work work)
    {
        _work = null;
        if (_channel is null || _channel.ExtranoncePrefix != work.Extranonce1 || _channel.ExtranonceSize != work.Extranonce2Size)
            OpenChannel(work);
        else if (_target != work.Target)
            Say(new SetTarget { ChannelId = _channel.Id, MaximumTarget = work.Target });
        _target = work.Target;
        SayJob(work);
        return _work;
    }

    /// <summary>The job that work was made of; null when it is too old.</summary>
    public Sv1Work? Find(MiningWork work) => work.Channel == _channel ? _jobs.GetValueOrDefault(work.JobId) : null;

    bool IMiningOutput.Send(ReadOnlySpan<byte> frame) => true;

    void IMiningClientEvents.OnWork(ClientChannel channel, MiningWork work) => _work = work;

    void IMiningClientEvents.OnChannelOpened(ClientChannel channel, uint requestId) => _channel = channel;

    private void OpenChannel(Sv1Work work)
    {
        if (_channel is { } before)
            _mining.CloseChannel(before);
        _jobs.Clear();
        _order.Clear();
        _prevHash = default;
        uint request = _mining.OpenExtendedChannel("", 0, U256.MaxValue, 0, _tag);
        Say(new OpenExtendedMiningChannelSuccess
        {
            RequestId = request,
            ChannelId = ++_lastChannel,
            Target = work.Target,
            ExtranonceSize = (ushort)work.Extranonce2Size,
            ExtranoncePrefix = work.Extranonce1,
            GroupChannelId = GroupId,
        });
    }

    private void SayJob(Sv1Work work)
    {
        NotifyMessage message = work.Message;
        bool isNewBlock = message.CleanJobs || message.PrevHash != _prevHash;
        _prevHash = message.PrevHash;
        uint job = ++_lastJob;
        Remember(job, work);
        Say(new NewExtendedMiningJob
        {
            ChannelId = _channel!.Id,
            JobId = job,
            MinNTime = isNewBlock ? null : message.NTime,
            Version = message.Version,
            VersionRollingAllowed = false,
            MerklePath = message.MerklePath,
            CoinbaseTxPrefix = message.CoinbasePrefix,
            CoinbaseTxSuffix = message.CoinbaseSuffix,
        });
        if (isNewBlock)
            Say(new SetNewPrevHash { ChannelId = _channel.Id, JobId = job, PrevHash = message.PrevHash, MinNTime = message.NTime, NBits = message.NBits });
    }

    private void Remember(uint job, Sv1Work work)
    {
        if (_order.Count == JobsMax)
            _jobs.Remove(_order.Dequeue());
        _order.Enqueue(job);
        _jobs[job] = work;
    }

    private void Say<T>(in T message) where T : IMessage<T>
    {
        int length = Frame.Length(message);
        if (_frame.Length < length)
            _frame = new byte[length];
        Frame.Write(message, _frame);
        _ = FrameHeader.TryRead(_frame, out FrameHeader header);
        _ = MiningDispatcher.DispatchToClient(header, _frame.AsSpan(FrameHeader.Size, header.PayloadLength), _mining);
    }
}
